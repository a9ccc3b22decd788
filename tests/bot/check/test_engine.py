"""The bot's end of the questions to the engine: whatever becomes of the other end."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from bot.check import engine
from bot.check.finding import Finding, fail
from bot.check.questions import SECONDS, Questions
from bot.settings import Settings

PROBES = dict.fromkeys(("process", "ray"), "tests.bot.check.probes")


def questions(what: str = "draft", *, styles: bool = False, quick: bool = False) -> Questions:
    folder = Path("styles") if styles else None
    asked = engine.questions(Settings(styles_dir=folder), running=False, quick=quick)
    return Questions(**{**vars(asked), "quality": what})


async def answers(asked: Questions) -> list[Finding]:
    async with engine.asked(asked, PROBES) as replies:
        return [one async for one in replies]


async def test_each_part_that_is_asked_for_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    every = ["weights", "device", "memory", "styles", "painting"]
    assert [one.name for one in await answers(questions(styles=True))] == every
    assert [one.name for one in await answers(questions(quick=True))] == every[:3]


async def test_where_ray_paints_other_parts_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_AUTH_TOKEN", "for the cluster")
    ray = {**vars(questions(styles=True)), "executor": "ray"}
    answered = await answers(Questions(**ray))
    assert [one.name for one in answered] == ["cluster", "styles"]
    assert "RAY_AUTH_TOKEN" in answered[0].text


async def test_it_is_told_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_AUTH_TOKEN", "for the cluster")
    monkeypatch.setenv("ATELIER_TOKEN", "1:secret")
    monkeypatch.setenv("ATELIER_CACHE", "somewhere")
    assert {one.text for one in await answers(questions())} == {"fine ATELIER_CACHE"}


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("say no module named tensorflow", "ImportError: no module named tensorflow"),
        ("exit 3", "the engine's process ended with exit code 3"),
        (f"signal {int(signal.SIGKILL)}", "as happens where memory runs out"),
        (f"signal {int(signal.SIGILL)}", "one with AVX"),
        (f"signal {int(signal.SIGSEGV)}", "ended by signal 11 (Segmentation fault)"),
    ],
)
async def test_one_that_dies_fails_the_part_it_was_at(what: str, text: str) -> None:
    findings = await answers(questions(what))
    assert [(one.state, one.name) for one in findings] == [
        ("ok", "weights"),
        ("ok", "device"),
        ("FAIL", "memory"),
    ]
    assert text in findings[-1].text


async def test_one_that_ends_well_has_said_all_it_can() -> None:
    assert [one.name for one in await answers(questions("exit 0"))] == ["weights", "device"]


async def test_one_that_hangs_is_given_up_and_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SECONDS, "memory", 0.2)
    pid = tmp_path / "pid"
    findings = await answers(questions(f"hang {pid}"))
    assert (findings[-1].state, findings[-1].name) == ("FAIL", "memory")
    assert "no answer within" in findings[-1].text
    assert not await asyncio.to_thread(_lives, pid)


async def test_it_is_gone_when_nobody_waits_any_more(tmp_path: Path) -> None:
    async with engine.asked(questions(f"hang {tmp_path / 'pid'}"), PROBES) as replies:
        assert (await anext(aiter(replies))).name == "weights"
        children = await asyncio.to_thread(_children)
        assert children
    assert not children & await asyncio.to_thread(_children)


def _lives(pid: Path) -> bool:
    """A process that has written its number; one that was ended before does not."""
    return pid.exists() and Path(f"/proc/{pid.read_text(encoding='ascii')}").exists()


def _children() -> set[str]:
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split())


async def test_no_process_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: object, **__: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr("asyncio.create_subprocess_exec", refuse)
    text = "no process can be started (Resource temporarily unavailable): see memory, and limits"
    assert await answers(questions()) == [fail("engine", text)]

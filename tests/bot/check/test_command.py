"""`atelier check` as a whole, with something small in place of the engine's end."""

import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app import App
from bot.check import command, engine
from bot.check.finding import Finding, fail, note, ok
from bot.sandbox import server
from bot.sandbox.client import SandboxClient
from bot.settings import Settings
from tests.bot.chats import said, see

PROBES = {"process": "tests.bot.check.probes"}
ALL = ["settings", "data", "disk", "database", "token", "clock", "groups", "updates"]
ENGINE = ["weights", "device", "memory", "painting"]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """Without settings of any other place."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.upper().startswith("ATELIER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr("bot.check.data.ENOUGH_DISK", 1)
    monkeypatch.setenv("ATELIER_MAX_DISK_GB", "0")
    return monkeypatch


def set_up(environment: pytest.MonkeyPatch, sandbox: server.Sandbox) -> None:
    environment.setenv("ATELIER_TOKEN", sandbox.token)
    environment.setenv("ATELIER_API_URL", sandbox.url)


async def found(*, quick: bool = False) -> list[Finding]:
    return [one async for one in command.findings(quick, PROBES)]


async def test_in_good_surroundings_every_line_is_ok(
    environment: pytest.MonkeyPatch, sandbox: server.Sandbox, tmp_path: Path
) -> None:
    set_up(environment, sandbox)
    findings = await found()
    assert [one.name for one in findings] == [*ALL, *ENGINE]
    assert {one.state for one in findings} == {"ok"}
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - a path would be one of the loop's
    assert [one.name for one in await found(quick=True)][-1] == "memory"


async def test_beside_a_running_bot(
    environment: pytest.MonkeyPatch,
    app: App,
    settings: Settings,
    sandbox: server.Sandbox,
    person: SandboxClient,
) -> None:
    set_up(environment, sandbox)
    environment.setenv("ATELIER_DATA_DIR", str(settings.data_dir))
    findings = {one.name: one for one in await found()}
    assert {one.state for one in findings.values()} == {"ok"}
    assert "a running bot uses" in findings["data"].text
    await person.send_text("/start")
    await see(person, said("Hello"))


async def test_in_broken_surroundings_every_line_says_what_to_do(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "data").write_text("a file where a folder should be")
    environment.setenv("ATELIER_API_URL", "http://127.0.0.1:1")
    environment.setenv("ATELIER_TOKEN", "1:x")
    environment.setenv("ATELIER_DATABASE_URL", "nonsense")
    environment.setenv("ATELIER_QUALITY", "fine")
    findings = {one.name: one for one in await found()}
    assert {name: one.state for name, one in findings.items()} == {
        "settings": "ok",
        "data": "FAIL",
        "database": "FAIL",
        "token": "FAIL",
        **dict.fromkeys(ENGINE, "ok"),
    }


async def test_lines_come_as_they_are_known(
    environment: pytest.MonkeyPatch, sandbox: server.Sandbox, tmp_path: Path
) -> None:
    set_up(environment, sandbox)
    ask = engine.questions
    hangs = f"hang {os.devnull}"
    environment.setattr(engine, "questions", lambda *asked: replace(ask(*asked), quality=hangs))
    findings = command.findings(False, PROBES)
    assert [(await anext(findings)).name for _ in range(10)] == [*ALL, *ENGINE[:2]]
    await findings.aclose()


async def test_a_slip_in_a_setting_is_a_note(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ATELIER_TOKN", "1:x")
    findings = command.findings(True, PROBES)
    assert await anext(findings) == ok("settings", "every value is allowed")
    hint = "ATELIER_TOKN is no setting: do you mean ATELIER_TOKEN?"
    assert await anext(findings) == note("settings", hint)
    await findings.aclose()


async def test_no_line_has_a_secret(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = "a-secret-of-many-letters"
    environment.setenv("ATELIER_TOKEN", f"7:{secret}")
    environment.setenv("ATELIER_API_URL", f"http://127.0.0.1:1/{secret}")
    findings = {one.name: one for one in await found()}
    assert findings["token"].text.startswith("http://127.0.0.1:1/")
    environment.setenv("ATELIER_WEBHOOK_SECRET", secret)
    assert not [one for one in await found() if secret in str(one)]


@pytest.mark.parametrize(
    ("last", "code"), [(ok("disk", "much"), 0), (note("disk", "less"), 0), (fail("disk", "no"), 1)]
)
def test_the_exit_code_is_1_for_what_keeps_the_bot_from_running(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], last: Finding, code: int
) -> None:
    async def findings(quick: bool) -> AsyncIterator[Finding]:
        yield fail("token", "bad\nworse") if code else ok("token", "good")
        yield last

    environment.setattr(command, "findings", findings)
    assert command.check(quick=True) == code
    first, *others = capsys.readouterr().out.splitlines()
    if code:
        assert (first, others[0]) == ("FAIL  token     bad", "                worse")
    else:
        assert first == "ok    token     good"
    assert others[-1] == f"{last.state:<6}disk      {last.text}"

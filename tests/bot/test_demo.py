"""`atelier demo`: what it prints, what it saves, and how it ends."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot import demo
from bot.app import App
from bot.app import running as bot_running
from bot.errors import AtelierError
from bot.executors.base import Executor, Failed, Started
from bot.sandbox import local
from bot.sandbox.client import SandboxClient
from bot.settings import Settings
from tests.bot.fakes import FILE, FakeExecutor, FakeRun
from tests.bot.sandbox.pictures import decoded, jpeg

Director = Callable[[SandboxClient, FakeRun], Awaitable[None]]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def pictures(tmp_path: Path) -> tuple[Path, Path]:
    paths = tmp_path / "content.jpg", tmp_path / "style.jpg"
    for seed, path in enumerate(paths):
        path.write_bytes(jpeg(seed=seed))
    return paths


@pytest.fixture
def direct(monkeypatch: pytest.MonkeyPatch) -> Callable[[Director], None]:
    """Lets a function of the test paint, instead of the engine."""

    def with_director(director: Director) -> None:
        @asynccontextmanager
        async def running(
            settings: Settings, executor: Executor | None = None
        ) -> AsyncIterator[App]:
            painter = FakeExecutor()

            async def play() -> None:
                run = await painter.next_run()
                try:
                    async with SandboxClient(settings.api_url) as person:
                        await director(person, run)
                except TimeoutError:
                    run.emit(Failed("internal", retryable=False))  # so that the demo ends
                    raise

            async with bot_running(settings, painter) as app:
                playing = asyncio.create_task(play())
                yield app
                await playing

        monkeypatch.setattr(local, "bot_running", running)

    return with_director


async def _a_painting(person: SandboxClient, run: FakeRun) -> None:
    run.sketch()
    await person.wait_for(lambda chat: [one for one in chat if one.from_bot and one.photo])
    run.snapshot(5)
    await person.wait_for(lambda chat: [one for one in chat if "%" in one.text])
    run.finish()


def test_the_chat_is_printed_and_its_pictures_are_saved(
    direct: Callable[[Director], None],
    pictures: tuple[Path, Path],
    out: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    direct(_a_painting)
    assert demo.demo(*pictures, out) == 0
    names = {path.name for path in out.iterdir()}
    assert names == {"sketch.jpg", "snapshot-01.jpg", "result.jpg", "result.png"}
    assert (out / "result.png").read_bytes() == FILE
    assert decoded((out / "sketch.jpg").read_bytes()).size == (64, 48)
    assert decoded((out / "result.jpg").read_bytes()).size == (512, 384)

    lines = capsys.readouterr().out.splitlines()
    for expected in ("0.0 s  You", "→ sketch.jpg", " % ", "press “File", "→ result.png"):
        assert any(expected in line for line in lines), (expected, lines)
    assert lines[-1] == (f"Saved in {out}: sketch.jpg, snapshot-01.jpg, result.jpg, result.png")


def test_an_earlier_runs_pictures_do_not_stay_and_others_do(
    direct: Callable[[Director], None], pictures: tuple[Path, Path], out: Path
) -> None:
    out.mkdir()
    for name in ("snapshot-07.jpg", "mine.jpg"):
        (out / name).write_bytes(b"old")
    direct(_a_painting)
    assert demo.demo(*pictures, out) == 0
    assert not (out / "snapshot-07.jpg").exists()
    assert (out / "mine.jpg").read_bytes() == b"old"


async def _a_failure(person: SandboxClient, run: FakeRun) -> None:
    run.emit(Started(), Failed("unreadable", retryable=False))


def test_an_apology_ends_it_with_the_bots_own_sentence(
    direct: Callable[[Director], None], pictures: tuple[Path, Path], out: Path
) -> None:
    direct(_a_failure)
    with pytest.raises(AtelierError, match="could not read one of the two pictures"):
        demo.demo(*pictures, out)


def test_what_a_phone_cannot_send_as_a_photo_goes_as_a_file(
    direct: Callable[[Director], None], pictures: tuple[Path, Path], out: Path
) -> None:
    content, style = pictures
    content.write_bytes(b"no picture")
    received = []

    async def look(person: SandboxClient, run: FakeRun) -> None:
        received.append(run.request.content)
        await _a_failure(person, run)

    direct(look)
    with pytest.raises(AtelierError):
        demo.demo(content, style, out)
    assert received == [b"no picture"]


def test_a_file_that_is_not_there_is_named(tmp_path: Path, out: Path) -> None:
    missing = tmp_path / "missing.jpg"
    with pytest.raises(AtelierError, match=r"missing\.jpg cannot be read: No such file"):
        demo.demo(missing, missing, out)
    assert not out.exists()


def test_an_out_folder_that_is_a_file_is_refused(
    pictures: tuple[Path, Path], tmp_path: Path
) -> None:
    with pytest.raises(AtelierError, match="cannot be used"):
        demo.demo(*pictures, pictures[0])

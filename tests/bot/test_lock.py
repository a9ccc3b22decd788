"""One bot a data folder, for as long as it lives and no longer."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from bot import lock
from bot.app import App, running
from bot.errors import AtelierError
from bot.sandbox import local
from bot.sandbox.client import SandboxClient
from bot.settings import Settings
from tests.bot.chats import said, see
from tests.bot.fakes import FakeExecutor

ROOT = Path(__file__).parents[2]
# Holds the lock, and has a child that outlives it.
HOLDER = """
import subprocess, sys, time
from pathlib import Path
from bot import lock
with lock.held(Path(sys.argv[1])):
    child = subprocess.Popen(["sleep", "60"], stdout=subprocess.DEVNULL)
    print(child.pid, flush=True)
    time.sleep(60)
"""


def test_a_folder_is_held_once_and_free_again_after_the_block(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    with lock.held(folder), pytest.raises(lock.Taken, match="ATELIER_DATA_DIR"), lock.held(folder):
        pass
    with lock.held(folder):
        pass
    assert [path.name for path in folder.iterdir()] == [lock.NAME]


def test_others_cannot_open_the_lock(tmp_path: Path) -> None:
    with lock.held(tmp_path):
        assert (tmp_path / lock.NAME).stat().st_mode & 0o077 == 0


def test_a_kill_frees_the_folder_whatever_the_dead_has_started(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    child = int(holder.stdout.readline())
    try:
        with pytest.raises(lock.Taken), lock.held(tmp_path):
            pass
        holder.kill()
        holder.wait()
        with lock.held(tmp_path):
            assert Path(f"/proc/{child}").exists()
    finally:
        subprocess.run(["kill", str(child)], check=False)
        holder.stdout.close()


def test_a_folder_that_cannot_be_locked_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("bot.lock.fcntl.flock", refuse)
    with pytest.raises(AtelierError, match=r"not supported.*local disk"), lock.held(tmp_path):
        pass


async def test_a_second_bot_says_one_line_and_takes_nothing_from_the_first(
    app: App, settings: Settings, person: SandboxClient, tmp_path: Path
) -> None:
    half = settings.data_dir / "files" / "partial" / "download-of-the-first"
    half.write_bytes(b"half")
    assert settings.token is not None
    second = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from bot.cli import main; main()", "run"),
        cwd=tmp_path,
        env={
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "ATELIER_TOKEN": settings.token.get_secret_value(),
            "ATELIER_API_URL": settings.api_url,
            "ATELIER_DATA_DIR": str(settings.data_dir),
        },
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        _, errors = await second.communicate()
    assert second.returncode == 1
    assert errors.decode().splitlines() == [
        f"atelier: Another bot uses the data folder {settings.data_dir}: stop it, or set "
        "ATELIER_DATA_DIR to a folder of this one's own."
    ]
    assert half.read_bytes() == b"half"
    await person.send_text("/start")
    await see(person, said("Hello"))


async def test_a_second_bot_in_the_same_process_is_refused_likewise(
    app: App, settings: Settings
) -> None:
    with pytest.raises(lock.Taken):
        async with running(settings, FakeExecutor()):
            pass


async def test_sandboxes_have_folders_of_their_own() -> None:
    async with local.running(executor=FakeExecutor()), local.running(executor=FakeExecutor()):
        pass

"""What a check says of the data folder, its disk and the database."""

import fcntl
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot import lock
from bot.app import App
from bot.check import data
from bot.check.finding import Finding
from bot.database import opened
from bot.settings import Settings
from tests.bot.disks import Disk, mounted

MIB = 2**20


async def found(
    folder: Path, *, url: str = "", running: bool = False, **others: Any
) -> dict[str, Finding]:
    settings = Settings(data_dir=folder, database_url=SecretStr(url) if url else None, **others)
    return {one.name: one async for one in data.look(settings, running=running)}


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(autouse=True)
def free(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """The bytes that are said to be free on every disk."""
    said = {"bytes": 50 * 10**9}
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(
        "bot.check.data.shutil.disk_usage", lambda _: usage._replace(free=said["bytes"])
    )
    return said


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Disk]:
    with mounted(tmp_path / "small", 4 * MIB) as small:
        yield small


async def test_a_folder_that_is_not_there_yet_is_not_made(tmp_path: Path) -> None:
    findings = await found(tmp_path / "new" / "data")
    assert {one.state for one in findings.values()} == {"ok"}
    assert findings["data"].text.endswith("data, made at the first start")
    assert "GB are free" in findings["disk"].text
    assert findings["database"].text == "none yet: the first start makes it"
    assert files(tmp_path) == {}


async def test_nothing_is_left_in_a_folder_that_is(tmp_path: Path) -> None:
    async with opened(f"sqlite+aiosqlite:///{tmp_path / 'atelier.db'}"):
        pass
    before = files(tmp_path)
    findings = await found(tmp_path)
    assert {one.state for one in findings.values()} == {"ok"}
    assert files(tmp_path) == before


async def test_a_running_bot_keeps_its_folder_and_what_it_is_downloading(
    app: App, settings: Settings
) -> None:
    half = settings.data_dir / "files" / "partial" / "download"
    half.write_bytes(b"half")
    assert lock.taken(settings.data_dir)
    findings = await found(settings.data_dir, running=True)
    assert {one.state for one in findings.values()} == {"ok"}, findings
    assert "which a running bot uses" in findings["data"].text
    assert half.read_bytes() == b"half"


def test_a_glance_at_the_lock_keeps_no_bot_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not lock.taken(tmp_path)
    with lock.held(tmp_path):
        assert lock.taken(tmp_path)
    assert not lock.taken(tmp_path)
    glance = os.open(tmp_path / lock.NAME, os.O_RDONLY)
    fcntl.flock(glance, fcntl.LOCK_SH)
    monkeypatch.setattr("bot.lock.time.sleep", lambda _: os.close(glance))
    with lock.held(tmp_path):
        pass


async def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    findings = await found(tmp_path / "data")
    assert findings["data"].state == "FAIL"
    assert "ATELIER_DATA_DIR" in findings["data"].text


async def test_a_folder_that_can_only_be_read(small_disk: Disk) -> None:
    small_disk.make_read_only()
    for folder in (small_disk.folder, small_disk.folder / "data"):
        findings = await found(folder)
        assert findings["data"].state == "FAIL"
        assert "Read-only file system" in findings["data"].text
        assert "ATELIER_DATA_DIR" in findings["data"].text


async def test_a_full_disk(small_disk: Disk) -> None:
    small_disk.fill(leave=4096)
    findings = await found(small_disk.folder)
    assert findings["data"].state == "FAIL"
    assert "The disk is full" in findings["data"].text
    assert [path.name for path in small_disk.folder.iterdir()] == ["ballast"]


async def test_a_disk_that_is_nearly_full(tmp_path: Path, free: dict[str, int]) -> None:
    free["bytes"] = 4 * 10**8
    findings = await found(tmp_path)
    assert findings["data"].state == "ok"
    assert findings["disk"].state == "FAIL"
    assert findings["disk"].text.startswith("0.4 GB are free, and 1.0 GB are needed: make room")


async def test_a_ceiling_that_the_disk_has_no_room_for(
    tmp_path: Path, free: dict[str, int]
) -> None:
    (tmp_path / "files").mkdir()
    os.truncate(os.open(tmp_path / "files" / "one", os.O_CREAT | os.O_WRONLY), 3 * 10**8)
    free["bytes"] = 2 * 10**9
    disk = (await found(tmp_path, max_disk_gb=2.2))["disk"]
    assert disk.state == "ok"
    assert disk.text == "2.0 GB are free; the bot takes 0.3 GB, and at most 2.2 GB"
    disk = (await found(tmp_path, max_disk_gb=2.4))["disk"]
    assert disk.state == "note"
    assert "ATELIER_MAX_DISK_GB" in disk.text
    assert (await found(tmp_path, max_disk_gb=0))["disk"].text == "2.0 GB are free"


async def test_a_disk_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("bot.check.data.fcntl.flock", refuse)
    findings = await found(tmp_path)
    assert findings["data"].state == "FAIL"
    assert "local disk" in findings["data"].text


async def test_a_disk_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()
    monkeypatch.setattr("bot.check.data.os.fsync", lambda _: ended.wait())
    monkeypatch.setattr("bot.lock.fcntl.flock", lambda *_: ended.wait())
    monkeypatch.setattr(data, "SECONDS", 0.1)
    (tmp_path / lock.NAME).touch()
    try:
        assert not await data.taken(Settings(data_dir=tmp_path))
        findings = await found(tmp_path)
        assert all(one.daemon for one in threading.enumerate() if one.name.endswith("(run)"))
    finally:
        ended.set()
    assert [one.state for one in findings.values()] == ["FAIL"]
    assert "does not answer" in findings["data"].text


@pytest.mark.parametrize(
    "url", ["nonsense", "mysql://me:geheim@host/db", "postgresql://me:geheim@127.0.0.1:1/db"]
)
async def test_a_database_that_is_none(tmp_path: Path, url: str) -> None:
    findings = await found(tmp_path, url=url)
    assert findings["data"].state == findings["disk"].state == "ok"
    assert findings["database"].state == "FAIL"
    assert "ATELIER_DATABASE_URL" in findings["database"].text
    assert "geheim" not in findings["database"].text

"""Backup and restore: whole or not at all, beside a bot at work, and nothing is written over."""

import asyncio
import hashlib
import io
import shutil
import sqlite3
import sys
import tarfile
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot import cli, jobs, lock
from bot.app import running
from bot.archive import DATABASE, WORD, Word
from bot.backup import backup
from bot.database import opened
from bot.errors import AtelierError
from bot.files import Files
from bot.restore import restore
from bot.sandbox.client import SandboxClient
from bot.settings import Settings
from tests.bot.chats import RESULT, order_painting, said, see
from tests.bot.disks import files_below
from tests.bot.fakes import FakeExecutor
from tests.bot.queues import wanted
from tests.bot.sandbox.pictures import jpeg

PICTURES = [bytes([number]) * 3000 for number in range(4)]
NAMES = [hashlib.sha256(one).hexdigest() for one in PICTURES]
SERVER = SecretStr("postgresql://role:word@host/atelier")


def at(folder: Path, **more: Any) -> Settings:
    return Settings(data_dir=folder, **more)


async def live(settings: Settings) -> None:
    """A data folder with a job that waits, and its pictures."""
    files = Files(settings.data_dir / "files")
    files.prepare()
    for one in PICTURES:
        await files.put(one)
    async with opened(settings.database()) as database:
        await database.run(jobs.add, wanted(content=NAMES[0], styles=(NAMES[1],)))


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a life behind it, and a backup of that."""
    folder = tmp_path_factory.mktemp("first")
    asyncio.run(live(at(folder / "old")))
    backup(at(folder / "old"), folder / "backup.tar")
    return folder


@pytest.fixture
def lived(first: Path, tmp_path: Path) -> Settings:
    shutil.copytree(first / "old", tmp_path / "old")
    return at(tmp_path / "old")


@pytest.fixture
def made(first: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(first / "backup.tar", tmp_path))


def rows(settings: Settings) -> list[str]:
    with closing(sqlite3.connect(settings.data_dir / "atelier.db")) as connection:
        return list(connection.iterdump())


def refused(settings: Settings, source: Path, *words: str) -> None:
    """One sentence, and nothing has been written."""
    before = files_below(settings.data_dir)
    with pytest.raises(AtelierError) as caught:
        restore(settings, source)
    assert all(word in str(caught.value) for word in words), caught.value
    assert len(str(caught.value).splitlines()) == 1
    assert files_below(settings.data_dir) - {lock.NAME} == before - {lock.NAME}


def remade(made: Path, change: Callable[[list[tuple[tarfile.TarInfo, bytes]]], None]) -> Path:
    """The same archive with other entries."""
    entries = []
    with tarfile.open(made) as archive:
        for member in archive:
            contents = archive.extractfile(member)
            entries.append((member, contents.read() if contents else b""))
    change(entries)
    other = made.with_name("other.tar")
    with tarfile.open(other, "w") as archive:
        for info, data in entries:
            info.size = len(data) if info.isreg() else 0
            archive.addfile(info, io.BytesIO(data))
    return other


def test_what_is_restored_is_what_there_was(lived: Settings, made: Path, tmp_path: Path) -> None:
    new = at(tmp_path / "new")
    said = restore(new, made)
    assert "4 pictures" in said
    assert rows(new) == rows(lived)
    for name, picture in zip(NAMES, PICTURES, strict=True):
        path = new.data_dir / "files" / name[:2] / name
        assert path.read_bytes() == picture
        assert path.stat().st_mode & 0o077 == 0
    assert files_below(new.data_dir) == {*NAMES, "atelier.db", lock.NAME}
    assert made.stat().st_mode & 0o077 == 0


async def test_a_bot_goes_on_from_the_backup_of_one_that_was_at_work(
    person: SandboxClient, settings: Settings, tmp_path: Path
) -> None:
    earlier, later = FakeExecutor(), FakeExecutor()
    async with running(settings, earlier):
        await person.fault("sendPhoto", "error", times=None, error_code=502, description="Bad")
        run = await order_painting(person, earlier)
        run.finish()
        await person.wait_for_calls("sendPhoto", lambda calls: len(calls) > 0)
        waits = await order_painting(person, earlier, [jpeg(seed=3), jpeg(seed=4)])
        waits.snapshot(5)
        await asyncio.to_thread(backup, settings, tmp_path / "backup.tar")
    restored = settings.model_copy(update={"data_dir": tmp_path / "new"})
    await asyncio.to_thread(restore, restored, tmp_path / "backup.tar")
    await person.clear_faults()
    async with running(restored, later):
        result = await see(person, said(RESULT))
        run = await later.next_run()
        assert run.request.content == waits.request.content
        assert run.request.styles == waits.request.styles
        run.finish()
        await see(person, said(RESULT, after=result.id))


async def test_what_is_copied_beside_a_writer_names_nothing_that_is_missing(
    tmp_path: Path,
) -> None:
    settings, new = at(tmp_path / "old"), at(tmp_path / "new")
    files = Files(settings.data_dir / "files")
    files.prepare()
    async with opened(settings.database()) as database:
        copying = asyncio.create_task(asyncio.to_thread(backup, settings, tmp_path / "b.tar"))
        number = 0
        while not copying.done() or number < 10:
            number += 1
            content = await files.put(f"content {number}".encode())
            style = await files.put(f"style {number}".encode())
            await database.run(jobs.add, wanted(content=content, styles=(style,)))
        await copying
    await asyncio.to_thread(restore, new, tmp_path / "b.tar")
    with closing(sqlite3.connect(new.data_dir / "atelier.db")) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        named = {name for (name,) in connection.execute("SELECT sha256 FROM pictures")}
        jobs_there = connection.execute("SELECT count(*) FROM jobs").fetchone()[0]
    assert len(named) == 2 * jobs_there
    assert named <= files_below(new.data_dir / "files")


def test_a_cut_archive_changes_nothing(made: Path, tmp_path: Path) -> None:
    data = made.read_bytes()
    whole = data.rstrip(b"\0")
    for length in [0, 1, 511, 512, *range(1024, len(whole), len(whole) // 40), len(whole) - 1]:
        made.write_bytes(data[:length])
        refused(at(tmp_path / "new"), made)


def test_a_damaged_archive_changes_nothing_or_holds_the_same(
    lived: Settings, made: Path, tmp_path: Path
) -> None:
    data = made.read_bytes()
    refusals = 0
    for number, position in enumerate(range(0, len(data), len(data) // 60)):
        spoilt = bytearray(data)
        spoilt[position] ^= 0x10
        made.write_bytes(spoilt)
        new = at(tmp_path / f"new {number}")
        try:
            restore(new, made)
        except AtelierError:
            refusals += 1
            assert files_below(new.data_dir) - {lock.NAME} == set()
        else:
            assert rows(new) == rows(lived)
    assert refusals > 30


def entry(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


@pytest.mark.parametrize(
    "trick",
    [
        entry("../evil"),
        entry("/tmp/evil"),  # noqa: S108
        entry("pictures/../../evil"),
        entry(f"pictures/{'A' * 64}"),
        entry(f"pictures/{'a' * 64}/evil"),
        entry(f"pictures/{'a' * 64}\n"),
        entry("pictures/", tarfile.DIRTYPE),
        entry(f"pictures/{'a' * 64}", tarfile.SYMTYPE, "/etc/passwd"),
        entry(f"pictures/{'a' * 64}", tarfile.LNKTYPE, DATABASE),
        entry(f"pictures/{'a' * 64}", tarfile.FIFOTYPE),
        entry(f"pictures/{'a' * 64}", tarfile.CHRTYPE),
        entry(f"pictures/{NAMES[0]}"),
        entry(DATABASE),
        entry(WORD),
        entry("lock"),
    ],
    ids=lambda info: f"{info.name!r} {info.type!r}",
)
def test_an_entry_that_no_backup_has_is_refused(
    trick: tarfile.TarInfo, made: Path, tmp_path: Path
) -> None:
    def insert(place: int, entries: list[tuple[tarfile.TarInfo, bytes]]) -> None:
        entries.insert(place, (trick, b""))

    for place in (0, 1, -1, 99):
        other = remade(made, partial(insert, place))
        refused(at(tmp_path / "new"), other, "Nothing was changed")
    assert not (tmp_path / "evil").exists()


def test_what_is_missing_or_another_is_noticed(made: Path, tmp_path: Path) -> None:
    def without_one(entries: list[tuple[tarfile.TarInfo, bytes]]) -> None:
        del entries[2]

    def another(entries: list[tuple[tarfile.TarInfo, bytes]]) -> None:
        entries[1] = entries[1][0], b"another picture"

    def none(entries: list[tuple[tarfile.TarInfo, bytes]]) -> None:
        entries.clear()

    def other_database(entries: list[tuple[tarfile.TarInfo, bytes]]) -> None:
        entries[0] = entries[0][0], entries[0][1][:-1] + b"x"

    for change in (without_one, another, none, other_database):
        refused(at(tmp_path / "new"), remade(made, change), "Nothing was changed")


@pytest.mark.parametrize("honest", [True, False])
def test_a_newer_schema_is_refused(
    honest: bool, lived: Settings, made: Path, tmp_path: Path
) -> None:
    path = tmp_path / "newer.db"
    with tarfile.open(made) as archive:
        contents = archive.extractfile(DATABASE)
        assert contents is not None
        path.write_bytes(contents.read())
    with closing(sqlite3.connect(path)) as connection, connection:
        known = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    data = path.read_bytes()
    word = Word(hashlib.sha256(data).hexdigest(), "9999" if honest else known, len(NAMES))

    def change(entries: list[tuple[tarfile.TarInfo, bytes]]) -> None:
        entries[0] = entries[0][0], data
        entries[-1] = entries[-1][0], word.to_bytes()

    refused(at(tmp_path / "new"), remade(made, change), "9999")


def test_a_used_folder_stays_as_it_is(lived: Settings, made: Path) -> None:
    before = rows(lived)
    refused(lived, made, "which stays as it is", "ATELIER_DATA_DIR")
    assert rows(lived) == before
    with closing(sqlite3.connect(lived.data_dir / "atelier.db")) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    (lived.data_dir / "atelier.db").rename(lived.data_dir / "atelier.db-wal")
    refused(lived, made, "atelier.db-wal")


def test_a_folder_that_a_bot_uses_is_left_alone(made: Path, tmp_path: Path) -> None:
    new = at(tmp_path / "new")
    with lock.held(new.data_dir):
        refused(new, made, "Another bot uses")


def test_a_restore_that_is_cut_short_can_be_made_again(
    lived: Settings, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = at(tmp_path / "new")

    class Cut(BaseException):
        pass

    def cut_after(count: int) -> Callable[..., Any]:
        calls = iter(range(count))

        def call(path: Path, target: Path) -> Path:
            if next(calls, None) is None:
                raise Cut
            moved: Path = kept(path, target)
            return moved

        return call

    for name, counts in (("replace", range(len(NAMES))), ("rename", range(1))):
        kept = getattr(Path, name)
        for count in counts:
            with monkeypatch.context() as patch:
                patch.setattr(Path, name, cut_after(count))
                with suppress(Cut):
                    restore(new, made)
            assert not (new.data_dir / "atelier.db").exists()
    restore(new, made)
    assert rows(new) == rows(lived)


def test_a_picture_that_is_damaged_on_the_disk_is_left_out_and_told(
    lived: Settings, tmp_path: Path
) -> None:
    path = lived.data_dir / "files" / NAMES[2][:2] / NAMES[2]
    path.write_bytes(b"rotten")
    said = backup(lived, tmp_path / "backup.tar")
    assert "3 pictures" in said
    assert "1 damaged" in said
    restore(at(tmp_path / "new"), tmp_path / "backup.tar")
    assert NAMES[2] not in files_below(tmp_path / "new")


def test_a_picture_that_goes_while_the_backup_is_made_is_no_failure(
    lived: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot import backup as module

    def with_one_more(folder: Path) -> list[Path]:
        return [*kept(folder), folder / "aa" / ("a" * 64)]

    kept = module._pictures
    monkeypatch.setattr(module, "_pictures", with_one_more)
    assert "4 pictures" in backup(lived, tmp_path / "backup.tar")


def test_what_cannot_be_backed_up_is_said_and_leaves_no_file(
    lived: Settings, tmp_path: Path
) -> None:
    there = tmp_path / "there"
    there.write_bytes(b"mine")
    for settings, target, words in (
        (lived, there, "is there already"),
        (at(tmp_path / "none"), tmp_path / "new", "nothing to back up"),
        (lived, tmp_path / "no" / "folder", "cannot be written"),
    ):
        with pytest.raises(AtelierError, match=words):
            backup(settings, target)
    database = lived.data_dir / "atelier.db"
    data = bytearray(database.read_bytes())
    data[4096 : 3 * 4096] = bytes(2 * 4096)
    database.write_bytes(data)
    with pytest.raises(AtelierError, match=r"damaged|copied"):
        backup(lived, tmp_path / "new")
    assert there.read_bytes() == b"mine"
    assert {path.name for path in tmp_path.iterdir()} == {"old", "there"}


def test_of_a_servers_database_the_pictures_are_kept_and_the_rest_is_said(
    lived: Settings, made: Path, tmp_path: Path
) -> None:
    server = at(lived.data_dir, database_url=SERVER)
    said = backup(server, tmp_path / "pictures.tar")
    assert "pg_dump" in said
    new = at(tmp_path / "new", database_url=SERVER)
    refused(new, made, "names a server")
    refused(at(tmp_path / "new"), tmp_path / "pictures.tar", "pictures only")
    assert "pg_restore" in restore(new, tmp_path / "pictures.tar")
    assert files_below(new.data_dir) == {*NAMES, lock.NAME}


def test_the_commands_say_one_line_each(
    lived: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ATELIER_DATA_DIR", "old")

    def atelier(*arguments: str) -> tuple[object, str, str]:
        monkeypatch.setattr(sys, "argv", ["atelier", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code, *capsys.readouterr()

    assert atelier("backup", "one.tar") == (0, f"one.tar: 4 pictures, {size('one.tar')} MB.\n", "")
    code, out, err = atelier("restore", "one.tar")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.startswith("atelier: There is a database already")
    monkeypatch.setenv("ATELIER_DATA_DIR", "new")
    assert atelier("restore", "one.tar")[0] == 0


def size(name: str) -> str:
    return f"{Path(name).stat().st_size / 1e6:.1f}"

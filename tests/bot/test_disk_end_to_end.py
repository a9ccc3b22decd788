"""A disk that fills up under a running bot, or is not as it should be when one starts."""

import asyncio
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot import disk, logs
from bot.app import App, running
from bot.database import opened
from bot.sandbox import server
from bot.sandbox.client import SandboxClient
from bot.sandbox.view import Message
from bot.settings import Settings
from tests.bot.chats import RESULT, order_painting, said, see
from tests.bot.disks import Disk, Refusals, mounted
from tests.bot.fakes import FakeExecutor
from tests.bot.sandbox.pictures import jpeg

pytestmark = pytest.mark.slow  # a minute in all

MIB = 2**20
ROOT = Path(__file__).parents[2]
WAITS = "My disk is full"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "FIRST_WAIT", 0.05)
    monkeypatch.setattr(disk, "MAX_WAIT", 0.2)
    logs.configure("json")  # the other form takes a second for a traceback


@pytest.fixture
async def refusals(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Refusals]:
    refusals = Refusals(monkeypatch)
    yield refusals
    refusals.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Disk]:
    with mounted(tmp_path / "small", 4 * MIB) as small:
        yield small


@pytest.fixture(params=["errors", "disk"])
def full(request: pytest.FixtureRequest) -> Refusals | Disk:
    """What can be filled: each test is made twice."""
    name = {"errors": "refusals", "disk": "small_disk"}[request.param]
    found: Refusals | Disk = request.getfixturevalue(name)
    return found


@pytest.fixture
async def app(
    full: Refusals | Disk, settings: Settings, executor: FakeExecutor
) -> AsyncIterator[App]:
    if isinstance(full, Disk):
        settings = settings.model_copy(update={"data_dir": full.folder / "data"})
    async with running(settings, executor) as started:
        yield started


def count(chat: list[Message], words: str) -> int:
    return sum(words in one.text for one in chat if one.from_bot)


async def test_what_is_sent_while_the_disk_is_full_is_answered_once_when_there_is_room(
    app: App, full: Refusals | Disk, person: SandboxClient
) -> None:
    full.fill()
    await person.send_text("/start")
    if isinstance(full, Refusals):
        await full.more(3)
        confirmed = [call["parameters"].get("offset") for call in await person.calls("getUpdates")]
        assert not any(int(offset or 0) for offset in confirmed), "acknowledged, and not stored"
        assert not [one for one in await person.messages() if one.from_bot]
    full.empty()
    await see(person, said("Hello"))
    await person.send_text("/help")
    chat = await see(
        person, lambda chat: chat if len([m for m in chat if m.from_bot]) > 1 else None
    )
    assert count(chat, "Hello") == 1


async def test_a_photo_that_finds_no_room_is_told_of_once_and_painted_later(
    app: App, full: Refusals | Disk, person: SandboxClient, executor: FakeExecutor
) -> None:
    if isinstance(full, Refusals):
        full.files = True
    else:
        full.fill()
    await person.send_photo(jpeg(seed=1))
    if isinstance(full, Refusals):
        await see(person, said(WAITS))
        await full.more(2)
    full.empty()
    run = await order_painting(person, executor, [jpeg(seed=2)])
    run.finish()
    await see(person, said(RESULT))
    assert count(await person.messages(), WAITS) <= 1
    assert count(await person.messages(), "Something went wrong") == 0


async def test_a_result_that_finds_no_room_is_kept_and_not_painted_again(
    app: App, full: Refusals | Disk, person: SandboxClient, executor: FakeExecutor
) -> None:
    run = await order_painting(person, executor)
    full.fill()
    run.snapshot(5, checkpoint=bytes(100_000))
    run.finish()
    await asyncio.wait_for(run.closed.wait(), 10)
    if isinstance(full, Refusals):
        await full.more(3)
        assert count(await person.messages(), RESULT) == 0
    full.empty()
    await see(person, said(RESULT))
    assert len(await person.calls("sendPhoto")) == 1
    assert len(executor.runs) == 1


def notes_what_was_sent(statement: str) -> bool:
    return statement.startswith("UPDATE deliveries") and "message_id=" in statement


@pytest.mark.parametrize("code", [sqlite3.SQLITE_FULL, sqlite3.SQLITE_CORRUPT])
async def test_a_result_that_has_arrived_is_not_sent_again_while_that_cannot_be_noted(
    refusals: Refusals, settings: Settings, person: SandboxClient, executor: FakeExecutor, code: int
) -> None:
    refusals.code = code
    async with running(settings, executor):
        run = await order_painting(person, executor)
        refusals.database = notes_what_was_sent
        run.finish()
        await see(person, said(RESULT))
        await refusals.more(2)
        refusals.empty()
        await person.send_text("/help")
        await see(person, said("Send two photos"))
    assert len(await person.calls("sendPhoto")) == 1


async def test_a_bot_stops_in_time_on_a_full_disk_and_the_next_one_goes_on(
    full: Refusals | Disk, settings: Settings, person: SandboxClient
) -> None:
    if isinstance(full, Disk):
        settings = settings.model_copy(update={"data_dir": full.folder / "data"})
    first, second = FakeExecutor(), FakeExecutor()
    async with running(settings, first):
        run = await order_painting(person, first)
        full.fill()
        run.finish()
        await person.send_photo(jpeg(seed=3))
        await asyncio.wait_for(run.closed.wait(), 10)
        began = time.monotonic()
    assert time.monotonic() - began < 10
    full.empty()
    async with running(settings, second):
        if not count(await person.messages(), RESULT):
            (await second.next_run()).finish()
        await see(person, said(RESULT))
        (await order_painting(person, second, [jpeg(seed=4)])).finish()
        await see(person, lambda chat: count(chat, RESULT) == 2)
    assert len(await person.calls("sendPhoto")) == 2


@pytest.mark.slow
@pytest.mark.parametrize("free", range(0, 260_000, 20_000))
async def test_wherever_a_disk_gets_full_one_painting_comes(
    small_disk: Disk, settings: Settings, person: SandboxClient, free: int
) -> None:
    executor = FakeExecutor()
    settings = settings.model_copy(update={"data_dir": small_disk.folder / "data"})
    async with running(settings, executor):
        small_disk.fill(leave=free)
        for seed in (1, 2):
            await person.send_photo(jpeg(320, 240, seed=seed))
        room = asyncio.get_running_loop().call_later(0.7, small_disk.empty)
        run = await executor.next_run()
        small_disk.fill(leave=free)
        room.cancel()
        run.snapshot(1, checkpoint=bytes(40_000))
        run.snapshot(2, checkpoint=bytes(50_000))
        run.finish()
        await asyncio.wait_for(run.closed.wait(), 10)
        small_disk.empty()
        await see(person, said(RESULT))
        assert len(executor.runs) == 1
    assert count(await person.messages(), WAITS) <= 2
    assert len(await person.calls("sendPhoto")) == 1


async def start_refused(folder: Path, data: Path, sandbox: server.Sandbox) -> str:
    """What `atelier run` says; it must be one line, and the exit code 1."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from bot.cli import main; main()", "run"),
        cwd=folder,
        env={
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "ATELIER_TOKEN": sandbox.token,
            "ATELIER_API_URL": sandbox.url,
            "ATELIER_DATA_DIR": str(data),
        },
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        _, errors = await process.communicate()
    lines = errors.decode().splitlines()
    assert process.returncode == 1, lines
    assert len(lines) == 1, lines
    assert lines[0].startswith("atelier: ")
    return lines[0]


@pytest.fixture
async def database(settings: Settings) -> Path:
    """One that a bot has left."""
    settings.data_dir.mkdir()
    async with opened(settings.database()):
        pass
    return settings.data_dir / "atelier.db"


def newer(path: Path) -> bytes:
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    return path.read_bytes()


def damaged(path: Path) -> bytes:
    data = bytearray(path.read_bytes())
    data[100:4000] = bytes(3900)
    path.write_bytes(data)
    return bytes(data)


@pytest.mark.parametrize(("spoil", "words"), [(newer, "or a newer one"), (damaged, "damaged")])
async def test_a_database_that_cannot_be_used_ends_the_start_in_one_line(
    spoil: Callable[[Path], bytes],
    words: str,
    database: Path,
    sandbox: server.Sandbox,
    tmp_path: Path,
) -> None:
    before = spoil(database)
    assert words in await start_refused(tmp_path, database.parent, sandbox)
    assert await asyncio.to_thread(database.read_bytes) == before


@pytest.mark.parametrize("how", ["full", "read-only"])
async def test_a_disk_that_takes_nothing_ends_the_start_in_one_line(
    how: str, small_disk: Disk, sandbox: server.Sandbox, tmp_path: Path, person: SandboxClient
) -> None:
    data = small_disk.folder / "data"
    settings = Settings(token=SecretStr(sandbox.token), api_url=sandbox.url, data_dir=data)
    async with running(settings, FakeExecutor()):
        await person.send_text("/start")
        await see(person, said("Hello"))
    before = (data / "atelier.db").read_bytes()
    if how == "full":
        small_disk.fill()
        words = "The disk is full"
    else:
        small_disk.make_read_only()
        words = "cannot be written"
    assert words in await start_refused(tmp_path, data, sandbox)
    assert (data / "atelier.db").read_bytes() == before

"""A bot on PostgreSQL, over HTTP, whose server goes away and comes back.

A server that crashes, and a stop without one, are slow:
uv run pytest -m slow tests/bot/test_postgresql_end_to_end.py
"""

import asyncio
import time
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.app import running
from bot.errors import AtelierError
from bot.sandbox.client import SandboxClient
from bot.settings import Settings
from tests.bot.chats import RESULT, gone, order_painting, said, see
from tests.bot.fakes import FILE, FakeExecutor
from tests.bot.sandbox.pictures import jpeg
from tests.bot.servers import GUARDED, PASSWORD, Server


@pytest.fixture
def database_kind() -> str:
    return "postgresql"


async def test_a_painting(
    person: SandboxClient, settings: Settings, executor: FakeExecutor
) -> None:
    async with running(settings, executor):
        run = await order_painting(person, executor)
        run.sketch()
        status = await see(person, said("sketch"))
        run.snapshot(5)
        await see(person, said("5 seconds left"))
        run.finish()
        result = await see(person, said(RESULT))
        await see(person, gone(status.id))
        await person.press(result.id, "File")
        [file] = await see(person, lambda chat: [one for one in chat if one.document])
        assert await person.file(file.document or "") == FILE
        await person.send_text("/forget")
        asked = await see(person, said("Shall I delete"))
        await person.press(asked.id, "Delete everything")
        await see(person, said("This is deleted"))


@pytest.mark.parametrize("how", ["fast", pytest.param("immediate", marks=pytest.mark.slow)])
async def test_a_server_that_is_started_again_in_the_middle_of_a_job_loses_nothing(
    person: SandboxClient, settings: Settings, postgresql: Server, how: str
) -> None:
    first, second = FakeExecutor(), FakeExecutor()
    async with running(settings, first):
        run = await order_painting(person, first)
        run.snapshot(5, checkpoint=b"five steps")
        await see(person, said("5 seconds left"))
        await asyncio.to_thread(postgresql.stop, how)
        try:
            run.snapshot(7, checkpoint=b"seven steps")
            run.finish()
            await person.send_text("/help")
        finally:
            await asyncio.to_thread(postgresql.start)
        await see(person, said(RESULT))
        await see(person, said("/forget"))
        await order_painting(person, first, [jpeg(seed=8), jpeg(seed=9)])
    async with running(settings, second):
        assert (await second.next_run()).request.attempt == 2


@pytest.mark.slow
async def test_a_stop_while_the_server_is_away_takes_seconds_and_loses_nothing(
    person: SandboxClient, settings: Settings, postgresql: Server
) -> None:
    first, second = FakeExecutor(), FakeExecutor()
    async with running(settings, first):
        run = await order_painting(person, first)
        await asyncio.to_thread(postgresql.stop)
        run.finish()
        await person.send_text("/help")
        began = time.monotonic()
    seconds = time.monotonic() - began
    await asyncio.to_thread(postgresql.start)
    assert seconds < 10
    async with running(settings, second):
        await see(person, said("/forget"))
        (await second.next_run()).finish()
        await see(person, said(RESULT))


async def test_no_password_is_in_any_line(
    person: SandboxClient,
    settings: Settings,
    executor: FakeExecutor,
    postgresql: Server,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with postgresql.database("template1") as name:
        postgresql.execute(f"ALTER DATABASE {name} OWNER TO {GUARDED}")
        url = SecretStr(postgresql.url(name, GUARDED, PASSWORD))
        async with running(settings.model_copy(update={"database_url": url}), executor):
            await asyncio.to_thread(postgresql.stop)
            await person.send_text("/help")
            await asyncio.to_thread(postgresql.start)
            await see(person, said("/forget"))
    printed = "".join(capsys.readouterr())
    assert "the database is away" in printed
    assert PASSWORD not in printed


async def test_two_bots_with_folders_of_their_own_cannot_have_one_database(
    settings: Settings, executor: FakeExecutor, tmp_path: Path
) -> None:
    other = settings.model_copy(update={"data_dir": tmp_path / "another"})
    async with running(settings, executor):
        with pytest.raises(AtelierError, match="Another bot uses the database"):
            async with running(other, FakeExecutor()):
                pass


async def test_a_bot_that_has_lost_its_database_to_another_one_ends_with_a_sentence(
    settings: Settings,
    executor: FakeExecutor,
    tmp_path: Path,
    postgresql: Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.postgresql.GHOST_SECONDS", 0.0)
    other = settings.model_copy(update={"data_dir": tmp_path / "another"})
    async with running(settings, executor) as app:
        failed = asyncio.create_task(app.failed())
        postgresql.end_sessions()
        async with running(other, FakeExecutor()):
            waiting = asyncio.create_task(app.database.run(_nothing))
            with pytest.raises(AtelierError, match="Another bot uses the database"):
                await failed
            await asyncio.gather(waiting, return_exceptions=True)


async def _nothing(_connection: object) -> None:
    """A transaction that does nothing."""

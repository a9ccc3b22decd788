"""Every schema that there ever was, with rows in it, becomes today's, and loses none of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from pydantic import SecretStr
from sqlalchemy import Connection, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import pictures, tables
from bot.app import running
from bot.database import Database, opened
from bot.errors import AtelierError
from bot.files import Files
from bot.sandbox.client import SandboxClient
from bot.settings import Settings
from tests.bot.chats import see
from tests.bot.fakes import FakeExecutor
from tests.bot.old_databases import as_stored, fill, read, revisions, rows
from tests.bot.sandbox.pictures import jpeg
from tests.bot.servers import Server

REVISIONS = revisions()


@pytest.fixture
def place(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a database is to be: a file, or the URL of one without tables."""
    if database_kind == "sqlite":
        yield str(tmp_path / "atelier.db")
        return
    server: Server = request.getfixturevalue("postgresql")
    with server.database("template1") as name:
        yield server.url(name)


def url(place: str) -> str:
    return place if place.startswith("postgresql:") else f"sqlite:///{place}"


async def differences(database: Database) -> list[object]:
    def compare(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, tables.metadata))

    async def work(connection: AsyncConnection) -> list[object]:
        return await connection.run_sync(compare)

    return await database.run(work)


def test_the_rows_of_these_tests_are_in_every_table() -> None:
    assert {name for name, some in rows().items() if some} == set(tables.metadata.tables)


@pytest.mark.parametrize("revision", REVISIONS)
async def test_an_older_database_is_brought_up_to_date_and_keeps_every_row(
    place: str, revision: str
) -> None:
    before = fill(place, revision, rows())
    assert before["jobs"]
    async with opened(url(place)) as database:
        assert await differences(database) == []
    assert read(place, before) == as_stored(before)


NAMED = ("content", "start", "photo", "file", "pair", "film")


@pytest.mark.parametrize("revision", ["0001", "0010"])
async def test_the_files_that_older_jobs_name_are_kept(place: str, revision: str) -> None:
    fill(place, revision, rows())
    async with opened(url(place)) as database:
        found = await database.run(lambda connection: connection.execute(select(tables.jobs)))
        named = {
            (job.id, sha256)
            for job in found.all()
            for sha256 in {*job.styles, *(job._mapping[name] for name in NAMED)} - {None}
        }
        kept = select(tables.pictures.c.job_id, tables.pictures.c.sha256)
        held = await database.run(lambda connection: connection.execute(kept))
        assert {tuple(row) for row in held} == named
        files = {sha256 for _, sha256 in named}
        assert len(files) == 4
        assert await database.run(pictures.unneeded, files | {"x"}) == {"x"}


@pytest.mark.parametrize("revision", REVISIONS[:-1])
async def test_a_migration_that_fails_in_the_middle_leaves_the_old_database(
    place: str, revision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = fill(place, revision, rows())

    def breaks(*_: object, **__: object) -> None:
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    # The last word of each migration: all its changes are made, and not yet committed.
    with monkeypatch.context() as broken:
        broken.setattr("alembic.runtime.migration.HeadMaintainer.update_to_step", breaks)
        with pytest.raises(AtelierError, match="database or disk is full"):
            async with opened(url(place)):
                pass
    assert read(place, before) == as_stored(before)
    async with opened(url(place)) as database:
        assert await differences(database) == []
    assert read(place, before) == as_stored(before)


@pytest.mark.parametrize("revision", REVISIONS)
async def test_the_bot_goes_on_with_what_an_older_one_has_left(
    settings: Settings, person: SandboxClient, place: str, revision: str
) -> None:
    settings = settings.model_copy(update={"database_url": SecretStr(url(place))})
    files = Files(settings.data_dir / "files")
    files.prepare()
    names = ("content", "style", "photo", "file")
    stored = {name: await files.put(jpeg(seed=seed)) for seed, name in enumerate(names)}
    stored["checkpoint"] = await files.put(b"half-way")
    fill(place, revision, rows(person.user, **stored))
    await person.send_text("/start")  # without it nobody may be written to

    executor = FakeExecutor()
    async with running(settings, executor):
        run = await executor.next_run()
        assert (run.request.job_id, run.request.checkpoint) == (2, b"half-way")
        # The result that was not delivered, the answer that was not given …
        await see(person, lambda chat: [one for one in chat if one.from_bot and one.photo])
        await see(person, lambda chat: len([one for one in chat if "/forget" in one.text]) == 1)
        run.finish()
        await see(person, lambda chat: len([one for one in chat if one.photo]) > 1)
        # … and the photo whose other half had not come.
        await person.send_photo(jpeg(seed=9))
        run = await executor.next_run()
        if run.request.job_id == 3:  # unless it was seen before that its chat is gone
            run.finish()
            run = await executor.next_run()
        assert run.request.content == await files.get(stored["content"])
        assert run.request.styles != (await files.get(stored["style"]),)

"""Opening and migrating."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from bot.database import Database, opened
from bot.errors import AtelierError
from bot.tables import metadata


def url(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder / 'atelier.db'}"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with opened(url(tmp_path)) as database:
        yield database


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, metadata))


async def test_the_migrations_make_exactly_the_tables(database: Database) -> None:
    async with database.begin() as connection:
        assert await connection.run_sync(differences) == []


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)]
)
async def test_sqlite_is_set_to_lose_nothing(
    database: Database, pragma: str, value: object
) -> None:
    async with database.begin() as connection:
        assert await connection.scalar(text(f"PRAGMA {pragma}")) == value


async def test_an_exception_rolls_everything_back(database: Database) -> None:
    insert = text("INSERT INTO updates (update_id, data, received_at) VALUES (1, '{}', 0)")
    with pytest.raises(ZeroDivisionError):
        async with database.begin() as connection:
            await connection.execute(insert)
            raise ZeroDivisionError
    async with database.begin() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM updates")) == 0


async def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    insert = text("INSERT INTO updates (update_id, data, received_at) VALUES (1, '{}', 0)")
    async with opened(url(tmp_path)) as database, database.begin() as connection:
        await connection.execute(insert)
    async with opened(url(tmp_path)) as database, database.begin() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM updates")) == 1


async def test_a_newer_database_is_refused_with_a_sentence_and_kept(tmp_path: Path) -> None:
    async with opened(url(tmp_path)) as database, database.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    before = (tmp_path / "atelier.db").read_bytes()
    with pytest.raises(AtelierError, match="newer"):
        async with opened(url(tmp_path)):
            pass
    assert (tmp_path / "atelier.db").read_bytes() == before


async def test_a_damaged_database_is_refused_with_a_sentence_and_kept(tmp_path: Path) -> None:
    (tmp_path / "atelier.db").write_bytes(b"not a database, surely" * 100)
    with pytest.raises(AtelierError, match="cannot be used"):
        async with opened(url(tmp_path)):
            pass
    assert (tmp_path / "atelier.db").read_bytes() == b"not a database, surely" * 100


@pytest.mark.parametrize("bad", ["nonsense", "mysterydb://host/name"])
async def test_a_url_that_means_nothing_is_a_sentence(bad: str) -> None:
    with pytest.raises(AtelierError, match="ATELIER_DATABASE_URL"):
        async with opened(bad):
            pass

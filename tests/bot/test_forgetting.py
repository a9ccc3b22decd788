"""What is kept of a person, and its end, in the database."""

import time
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Table, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import (
    forgetting,
    gallery,
    inbox,
    jobs,
    outbox,
    pictures,
    preferences,
    questions,
    said,
    sessions,
)
from bot.choices import Preferences
from bot.database import Database
from bot.forgetting import Kept
from bot.gallery import Style
from bot.gathering import Part, Request, Session
from bot.jobs import NewJob
from bot.sessions import Where
from bot.tables import metadata
from tests.bot.updates import message, pressed

ME, YOU, GROUP = 7, 8, -100


def job(owner: int, content: str, style: str, chat: int | None = None) -> NewJob:
    return NewJob(owner, chat or owner, 0, 1, "en", content, (style,), {"size": 512})


async def live(connection: AsyncConnection) -> None:
    """Two persons, with some files in common."""
    finished = await jobs.add(connection, job(ME, "content", "shared"))
    await jobs.claim(connection, finished)
    await jobs.finish(connection, finished, "photo", "file", {}, "pair", "film")
    await outbox.add(connection, finished, outbox.Kind.RESULT)
    changed = replace(job(ME, "content", "another", GROUP), start="start")
    await jobs.add(connection, changed)
    await jobs.add(connection, job(YOU, "yours", "shared"))
    part, common = Part("gathered", 4), Part("common", 5)
    await sessions.save(connection, Where(ME, 0, ME), Session((part,), touched=1.0), "en")
    await sessions.save(connection, Where(GROUP, 3, ME), Session((common,), touched=1.0), "en")
    await sessions.save(connection, Where(GROUP, 3, YOU), Session((common,), touched=1.0), "en")
    for user in (ME, YOU):
        await questions.add(connection, Where(GROUP, 3, user), message_id=user)
    for user in (ME, YOU):
        await said.note(connection, Where(GROUP, 3, user), "digest")
    for chat in (ME, YOU, GROUP):
        await preferences.save(connection, chat, Preferences(quality="fine"))
    sent = [message(1, ME), message(2, YOU), message(3, ME, GROUP), pressed(4, ME), message(5, ME)]
    await inbox.add(connection, sent)
    for update_id in (1, 2, 3):
        await inbox.mark_handled(connection, update_id)


async def counts(connection: AsyncConnection) -> dict[str, int]:
    async def count(table: Table) -> int:
        return int(await connection.scalar(select(func.count()).select_from(table)) or 0)

    return {name: await count(table) for name, table in metadata.tables.items()}


async def everything(connection: AsyncConnection) -> str:
    """All that the database holds, in words."""
    found: list[Any] = []
    for table in metadata.tables.values():
        found += [dict(row._mapping) for row in await connection.execute(select(table))]
    return repr(found)


@pytest.mark.both_databases
async def test_what_is_kept_is_counted_in_all_chats(database: Database) -> None:
    await database.run(live)
    assert await database.run(forgetting.kept, ME, except_update=4) == Kept(
        paintings=1, pictures=5, messages=3, active=(2,), settings=True
    )
    assert not await database.run(forgetting.kept, 9, except_update=4)


@pytest.mark.both_databases
async def test_forgetting_leaves_nothing_of_the_person_and_all_of_the_others(
    database: Database,
) -> None:
    await database.run(live)
    await database.run(jobs.cancel, 2)
    unneeded = await database.run(forgetting.forget, ME, this_update=4)
    assert unneeded == {"content", "another", "photo", "file", "gathered", "start", "pair", "film"}
    assert await database.run(counts) == {
        **dict.fromkeys(metadata.tables, 0),
        **{"updates": 3, "sessions": 1, "preferences": 2, "jobs": 1, "questions": 1, "said": 1},
        "pictures": 2,
    }
    assert not await database.run(forgetting.kept, ME, except_update=5)
    left = [one.update_id for one in await database.run(inbox.unhandled)]
    assert left == [5], "what has come since is still to be handled"
    await database.run(forgetting.forget, ME, this_update=5)
    assert "Maximilian" not in await database.run(everything)
    assert "Yolanda" in await database.run(everything)


@pytest.mark.both_databases
@pytest.mark.parametrize("text", ["\0", "\ud83d", '"id": 7', "\U0001f3a8"])
async def test_updates_with_odd_texts_are_found_and_those_of_others_stay(
    database: Database, text: str
) -> None:
    mine, yours = message(1, ME), message(2, YOU)
    for one in (mine, yours):
        one["message"]["text"] = text
    odd = {"update_id": 3, "message": text, "callback_query": {"from": text}}
    stored = await database.run(inbox.add, [mine, yours, odd])
    assert await database.run(inbox.unhandled) == stored
    await database.run(inbox.mark_handled, 1, 2, 3)
    assert (await database.run(forgetting.kept, ME, except_update=0)).messages == 1
    await database.run(forgetting.forget, ME, this_update=4)
    assert (await database.run(forgetting.kept, ME, except_update=0)).messages == 0
    assert (await database.run(forgetting.kept, YOU, except_update=0)).messages == 1


async def test_the_files_that_will_go_are_known_before_anything_has_gone(
    database: Database,
) -> None:
    await database.run(live)
    before = await database.run(everything)
    files = await database.run(forgetting.files_of, ME, this_update=4)
    assert await database.run(everything) == before
    assert files == await database.run(forgetting.forget, ME, this_update=4)


async def test_forgetting_twice_changes_nothing_more(database: Database) -> None:
    await database.run(live)
    for _ in range(2):
        await database.run(forgetting.forget, ME, this_update=4)
    assert (await database.run(counts))["jobs"] == 1


async def test_an_update_that_asks_is_handled_and_tells_no_more_who_asked(
    database: Database,
) -> None:
    await database.run(live)
    began = time.time()
    await database.run(forgetting.forget, ME, this_update=4)

    async def row(connection: AsyncConnection) -> Any:
        table = metadata.tables["updates"]
        return (await connection.execute(select(table).where(table.c.update_id == 4))).one()

    asked = await database.run(row)
    assert asked.data == {}
    assert asked.handled_at >= began - 1


async def test_a_groups_settings_are_nobodys_own(database: Database) -> None:
    await database.run(live)
    await database.run(forgetting.forget, GROUP, this_update=4)
    assert (await database.run(preferences.load, GROUP)).quality == "fine"


async def test_files_that_somebody_needs_are_not_unneeded(database: Database) -> None:
    await database.run(live)
    every = {"content", "shared", "another", "start", "photo", "file", "pair", "film"}
    every |= {"gathered", "common", "yours", "new"}
    assert await database.run(pictures.unneeded, every) == {"new"}


async def test_the_gallery_is_nobodys_and_stays(database: Database) -> None:
    await database.run(gallery.put, Style("mosaic", "Mosaic", "hung"), 0)
    await database.run(jobs.add, job(ME, "content", "hung"))
    assert (await database.run(forgetting.kept, ME, except_update=0)).pictures == 1
    assert await database.run(forgetting.forget, ME, 1) == {"content"}


async def test_photos_that_a_session_only_remembers_are_forgotten_too(database: Database) -> None:
    last = Request(Part("refused", 4), (Part("its style", 5),))
    where = Where(ME, 0, ME)
    await database.run(sessions.save, where, Session(touched=1.0, last=last), "en")
    assert (await database.run(forgetting.kept, ME, except_update=0)).pictures == 2
    assert await database.run(pictures.unneeded, {"refused", "gone"}) == {"gone"}
    assert await database.run(forgetting.forget, ME, 1) == {"refused", "its style"}


def test_no_table_is_overlooked() -> None:
    emptied = {
        "updates",
        "sessions",
        "questions",
        "said",
        "preferences",
        "jobs",
        "deliveries",
        "pictures",
    }
    kept_on_purpose = {"gallery", "blocked"}  # nobody's; and a block outlives being forgotten
    assert set(metadata.tables) == emptied | kept_on_purpose, "a new one: is it in `forget`?"

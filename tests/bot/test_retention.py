"""What goes when it is old, and what is needed and stays."""

import time
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import Table, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import gallery, inbox, jobs, outbox, pictures, retention, sessions, workload
from bot.database import Database
from bot.gallery import Style
from bot.gathering import Part, Session
from bot.outbox import Kind
from bot.retention import NOBODY, SLICE
from bot.sessions import Where
from bot.tables import deliveries, metadata, questions
from bot.tables import jobs as table
from tests.bot import queues
from tests.bot.queues import ANN, BOB, set_values
from tests.bot.updates import message

pytestmark = pytest.mark.both_databases

NOW = time.time()
OLD, THEN = NOW - 1000, NOW - 500  # older than then, which is the limit


async def over(database: Database, owner: int = ANN, *, at: float = OLD, **more: Any) -> int:
    """A painting that has arrived, `at` a time."""
    job_id = await queues.finished(database, owner, **more)
    await set_values(database, job_id, started_at=at - 60, finished_at=at, created_at=at - 90)
    return job_id


async def left(database: Database, of: Table = table) -> Sequence[Any]:
    key = of.primary_key.columns[0]
    query = select(key).order_by(key)
    return (await database.run(lambda connection: connection.scalars(query))).all()


async def row(database: Database, job_id: int) -> Any:
    query = select(table).where(table.c.id == job_id)
    return (await database.run(lambda connection: connection.execute(query))).one()


@pytest.mark.both_databases
async def test_the_pictures_of_old_jobs_go_and_those_of_others_stay(database: Database) -> None:
    old = await over(database, content="old", styles=("both",))
    new = await over(database, content="new", styles=("both",), at=NOW)
    count, names = await database.run(retention.let_go, THEN)
    assert (count, names) == (1, {"old", "both", "c" * 64, "d" * 64})
    assert await database.run(pictures.unneeded, names) == {"old"}
    assert [(await row(database, one)).kept for one in (old, new)] == [False, True]
    assert await database.run(retention.let_go, THEN) == (0, set())


async def test_what_is_not_over_keeps_its_pictures_however_old(database: Database) -> None:
    states = [await queues.queued(database), await queues.running(database, BOB)]
    for job_id in states:  # the hour of its end is nonsense, and changes nothing
        await set_values(database, job_id, created_at=1.0, started_at=1.0, finished_at=2.0)
    assert await database.run(retention.let_go, NOW) == (0, set())


@pytest.mark.parametrize("kind", [Kind.RESULT, Kind.FILE, Kind.APOLOGY])
async def test_what_has_still_to_be_delivered_stays(database: Database, kind: Kind) -> None:
    job_id = await over(database)
    await database.run(outbox.add, job_id, kind)
    assert await database.run(retention.let_go, NOW) == (0, set())
    await set_values(database, job_id, kept=False)
    assert await database.run(retention.forget_jobs, NOW) == 0
    assert len(await left(database, deliveries)) >= 1


async def test_a_result_that_has_gone_is_not_given_to_others(database: Database) -> None:
    from bot import results

    await over(database, key="same")
    assert await database.run(results.find, "same") is not None
    await database.run(retention.let_go, THEN)
    assert await database.run(results.find, "same") is None


async def test_sessions_the_gallery_and_checkpoints_need_their_pictures(
    database: Database,
) -> None:
    where = Where(ANN, 0, ANN)
    await database.run(sessions.save, where, Session((Part("gathered", 1),), touched=NOW), "en")
    await database.run(gallery.put, Style("mosaic", "Mosaic", "hung"), 0)
    job_id = await queues.running(database)
    await database.run(jobs.save_checkpoint, job_id, "so far", NOW)
    names = {"gathered", "hung", "so far", "a" * 64, "b" * 64, "nobody's"}
    assert await database.run(pictures.unneeded, names) == {"nobody's"}


async def test_many_names_are_looked_for_in_slices(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "MANY", 3)
    await queues.queued(database, content="needed")
    names = {f"no {number}" for number in range(10)}
    assert await database.run(pictures.unneeded, {*names, "needed"}) == names


async def test_what_a_job_holds_is_what_its_row_names(database: Database) -> None:
    await over(database, content="x", styles=("y", "x"), start="z")
    given = await queues.running(database, BOB, start=None)
    await database.run(jobs.finish, given, "p", "f", {}, "pair", "film")

    async def held(connection: AsyncConnection) -> list[set[str]]:
        kept = metadata.tables["pictures"]
        found: dict[int, set[str]] = {}
        for job_id, name in await connection.execute(select(kept.c.job_id, kept.c.sha256)):
            found.setdefault(job_id, set()).add(name)
        return [found[job_id] for job_id in sorted(found)]

    assert await database.run(held) == [
        {"x", "y", "z", "c" * 64, "d" * 64},
        {"a" * 64, "b" * 64, "p", "f", "pair", "film"},
    ]


@pytest.mark.both_databases
async def test_rows_go_in_slices_once_their_pictures_have(database: Database) -> None:
    first = await over(database)
    await set_values(database, first, early=True)
    newest = await over(database, at=NOW)
    assert await database.run(retention.forget_jobs, THEN) == 0, "its pictures are still there"
    copies = SLICE + 5

    async def multiply(connection: AsyncConnection) -> None:
        values = dict(
            (await connection.execute(select(table).where(table.c.id == first))).one()._mapping
        )
        rows = [values | {"id": newest + 1 + n, "state": "cancelled"} for n in range(copies)]
        await connection.execute(insert(table), rows)

    await database.run(multiply)
    while (await database.run(retention.let_go, THEN))[0]:
        pass
    assert await database.run(retention.forget_jobs, THEN) == SLICE
    assert await database.run(retention.forget_jobs, THEN) == copies - SLICE  # not the latest
    assert await database.run(retention.forget_jobs, THEN) == 0
    assert await left(database) == [newest, newest + copies]


@pytest.mark.both_databases
async def test_of_what_was_measured_the_time_stays_and_nothing_else(database: Database) -> None:
    job_id = await over(database, content="mine", start=None)
    await set_values(database, job_id, finished_at=OLD, started_at=OLD - 60)
    before = await database.run(workload.measured)
    await database.run(retention.let_go, THEN)
    assert await database.run(retention.forget_jobs, THEN) == 0
    after = await database.run(workload.measured)
    options = {"size": 512, "quality": "draft"}
    assert after.seconds(options) == before.seconds(options) == pytest.approx(60)
    bare = await row(database, job_id)
    assert (bare.owner_id, bare.chat_id, bare.reply_to) == (NOBODY,) * 3
    assert (bare.content, bare.styles, bare.photo, bare.file, bare.report) == (
        "",
        [],
        None,
        None,
        None,
    )
    assert await left(database, deliveries) == []


async def test_a_change_of_a_result_is_no_measure_even_without_its_picture(
    database: Database,
) -> None:
    changed = await over(database, start="result")  # the latest: its row stays
    await database.run(retention.let_go, THEN)
    await database.run(retention.forget_jobs, THEN)
    assert (await row(database, changed)).start == ""
    assert (await database.run(workload.measured)).by_quality() == {}


async def test_the_number_of_a_job_is_not_given_to_another(database: Database) -> None:
    job_id = await queues.queued(database)
    await database.run(jobs.cancel, job_id)
    await set_values(database, job_id, finished_at=OLD)
    await database.run(retention.let_go, THEN)
    await database.run(retention.forget_jobs, THEN)
    assert await queues.queued(database) > job_id


@pytest.mark.both_databases
async def test_updates_go_once_they_are_handled_and_old(database: Database) -> None:
    await database.run(inbox.add, [message(number, 7) for number in range(1, SLICE + 4)])
    await database.run(inbox.mark_handled, *range(1, SLICE + 3))
    updates = metadata.tables["updates"]
    recent = update(updates).where(updates.c.update_id == 2)
    statement = update(updates).where(updates.c.handled_at.is_not(None)).values(handled_at=OLD)
    await database.run(lambda connection: connection.execute(statement))
    await database.run(lambda connection: connection.execute(recent.values(handled_at=NOW)))
    assert await database.run(retention.forget_updates, THEN) == SLICE
    assert await database.run(retention.forget_updates, THEN) == 1
    assert await left(database, updates) == [2, SLICE + 3]


async def test_old_questions_go_and_sessions_that_nothing_will_come_of(
    database: Database,
) -> None:
    async def fill(connection: AsyncConnection) -> None:
        part = (Part("x", 1),)
        await sessions.save(connection, Where(1, 0, ANN), Session(part, touched=OLD), "en")
        await sessions.save(connection, Where(2, 0, ANN), Session(part, touched=OLD, due=1.0), "en")
        await sessions.save(connection, Where(3, 0, ANN), Session(part, touched=NOW), "en")
        for chat, asked in ((1, OLD), (2, NOW)):
            values = {"chat_id": chat, "message_id": 1, "user_id": ANN, "asked_at": asked}
            await connection.execute(insert(questions).values(**values))

    await database.run(fill)
    await database.run(retention.forget_talk, THEN)
    assert await left(database, metadata.tables["sessions"]) == [2, 3]
    assert await left(database, questions) == [2]


async def test_checkpoints_of_jobs_that_are_over_go_and_those_of_others_stay(
    database: Database,
) -> None:
    ended, painted = await queues.running(database), await queues.running(database, BOB)
    for job_id, name in ((ended, "ended"), (painted, "painted")):
        await database.run(jobs.save_checkpoint, job_id, name, NOW)
    await database.run(jobs.cancel, ended)
    assert await database.run(retention.let_go_checkpoints) == {"ended"}
    assert await database.run(retention.let_go_checkpoints) == set()
    assert (await row(database, painted)).checkpoint == "painted"


async def test_preferences_blocks_and_the_gallery_are_not_looked_at(database: Database) -> None:
    from bot import blocklist, preferences
    from bot.choices import Preferences

    await database.run(preferences.save, ANN, Preferences(quality="fine"))
    await database.run(blocklist.add, BOB, ANN)
    await database.run(gallery.put, Style("mosaic", "Mosaic", "hung"), 0)
    await over(database)
    await database.run(retention.let_go, NOW)
    for forget in (retention.forget_jobs, retention.forget_updates):
        await database.run(forget, NOW)
    await database.run(retention.forget_talk, NOW)

    async def counts(connection: AsyncConnection) -> list[int]:
        names = ("preferences", "blocked", "gallery")
        return [
            int(
                await connection.scalar(select(func.count()).select_from(metadata.tables[name]))
                or 0
            )
            for name in names
        ]

    assert await database.run(counts) == [1, 1, 1]

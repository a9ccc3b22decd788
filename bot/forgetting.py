"""What is kept of a person, and its end. Queries only."""

import time
from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import gallery, inbox, pictures, preferences, said, sessions, tables
from bot.jobs import ACTIVE, State
from bot.tables import deliveries, jobs, updates


@dataclass(frozen=True)
class Kept:
    """How much there is of a person, in all chats."""

    paintings: int = 0
    pictures: int = 0  # sent by them
    messages: int = 0
    active: tuple[int, ...] = ()  # ids of their jobs that are queued or running
    settings: bool = False

    def __bool__(self) -> bool:
        return self != Kept()


async def kept(connection: AsyncConnection, user_id: int, except_update: int) -> Kept:
    """Look; the update that asks does not count."""
    columns = jobs.c.id, jobs.c.state, jobs.c.kept, jobs.c.content, jobs.c.styles
    mine = (await connection.execute(select(*columns).where(jobs.c.owner_id == user_id))).all()
    sent = {sha256 for row in mine if row.kept for sha256 in (row.content, *row.styles)}
    sent |= await sessions.pictures(connection, user_id)
    sent -= await gallery.pictures(connection)
    messages = set(await inbox.sent_by(connection, user_id)) - {except_update}
    settings = await preferences.load(connection, user_id) if user_id > 0 else None
    return Kept(
        paintings=sum(row.state == State.FINISHED for row in mine),
        pictures=len(sent),
        messages=len(messages),
        active=tuple(row.id for row in mine if row.state in ACTIVE),
        settings=bool(settings and settings.to_dict()),
    )


async def forget(connection: AsyncConnection, user_id: int, this_update: int) -> set[str]:
    """Delete everything of a person, and end the update that asks for it.

    Their jobs must have been cancelled. Returns the files that nobody needs any more.
    """
    mine = jobs.c.owner_id == user_id
    theirs = await files(connection, user_id)
    ids = select(jobs.c.id).where(mine)
    for table in (deliveries, tables.pictures):
        await connection.execute(delete(table).where(table.c.job_id.in_(ids)))
    await connection.execute(delete(jobs).where(mine))
    for table in (tables.sessions, tables.questions):
        await connection.execute(delete(table).where(table.c.user_id == user_id))
    await said.forget_person(connection, user_id)
    if user_id > 0:  # a group's settings are nobody's own
        await preferences.drop(connection, user_id)
    await inbox.forget(connection, await inbox.sent_by(connection, user_id))
    blank = update(updates).where(updates.c.update_id == this_update)
    await connection.execute(blank.values(data={}, handled_at=time.time()))
    return await pictures.unneeded(connection, theirs)


async def files(connection: AsyncConnection, user_id: int) -> set[str]:
    """All files that are kept for a person, some of which others may need."""
    theirs = await pictures.of(connection, jobs.c.owner_id == user_id)
    return theirs | await sessions.pictures(connection, user_id)


async def files_of(connection: AsyncConnection, user_id: int, this_update: int) -> set[str]:
    """The files that nobody will need any more once the person is forgotten."""
    trial = await connection.begin_nested()
    theirs = await forget(connection, user_id, this_update)
    await trial.rollback()
    return theirs

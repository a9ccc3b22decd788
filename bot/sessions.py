"""The `sessions` table: what has been gathered, by chat, topic and person. Queries only."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Row, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.gathering import Part, Request, Session
from bot.tables import sessions


@dataclass(frozen=True)
class Where:
    """Whose session. `thread_id` is 0 outside topics."""

    chat_id: int
    thread_id: int
    user_id: int

    @property
    def private(self) -> bool:
        """A chat with one person: its id is theirs. All others have negative ids."""
        return self.chat_id > 0


async def load(connection: AsyncConnection, where: Where) -> tuple[Session, str]:
    """The session and its language; an empty one, in English, where there is none."""
    row = (await connection.execute(select(sessions).where(_is(where)))).one_or_none()
    return (_session(row), row.language) if row else (Session(), "en")


async def save(connection: AsyncConnection, where: Where, session: Session, language: str) -> None:
    """Replace. An empty session leaves no row."""
    await connection.execute(delete(sessions).where(_is(where)))
    if session.parts or session.last:
        await connection.execute(
            insert(sessions).values(
                chat_id=where.chat_id,
                thread_id=where.thread_id,
                user_id=where.user_id,
                language=language,
                parts=[part.to_dict() for part in session.parts],
                asked=session.asked,
                due_at=session.due,
                touched_at=session.touched,
                began_at=session.began,
                last=session.last.to_dict() if session.last else None,
            )
        )


async def pictures(connection: AsyncConnection, user_id: int | None = None) -> set[str]:
    """The SHA-256 of all that sessions name: those of one person, or of all."""
    query = select(sessions)
    if user_id is not None:
        query = query.where(sessions.c.user_id == user_id)
    found = [_session(row) for row in await connection.execute(query)]
    last = [part for one in found if one.last for part in (one.last.content, *one.last.styles)]
    return {part.sha256 for part in (*last, *(part for one in found for part in one.parts))}


async def due(connection: AsyncConnection) -> list[tuple[Where, float]]:
    """The sessions that wait to be settled, or to expire, and when."""
    return [
        (Where(row.chat_id, row.thread_id, row.user_id), wake)
        for row in await connection.execute(select(sessions).order_by(sessions.c.touched_at))
        if (wake := _session(row).wake) is not None
    ]


def _is(where: Where) -> ColumnElement[bool]:
    return (
        (sessions.c.chat_id == where.chat_id)
        & (sessions.c.thread_id == where.thread_id)
        & (sessions.c.user_id == where.user_id)
    )


def _session(row: Row[tuple[object, ...]]) -> Session:
    return Session(
        parts=tuple(Part.from_dict(part) for part in row.parts),
        due=row.due_at,
        asked=row.asked,
        touched=row.touched_at,
        began=row.began_at,
        last=Request.from_dict(row.last) if row.last else None,
    )

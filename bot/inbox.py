"""The `updates` table: what Telegram has sent, until it is handled. Queries only."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Text, cast, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.tables import updates

MAX_ID = 2**63 - 1  # where the database's numbers end
SLICE = 1000  # ids in one statement: databases have a limit


@dataclass(frozen=True)
class StoredUpdate:
    """An update as it came: https://core.telegram.org/bots/api#update."""

    update_id: int
    data: Mapping[str, Any]
    received_at: float


def number(one: object) -> int | None:
    """The id of what should be an update; None where it has none."""
    found = one.get("update_id") if isinstance(one, Mapping) else None
    return found if type(found) is int and 0 <= found <= MAX_ID else None


def is_sound(one: object) -> bool:
    """Whether it can be stored: with an id, and not beyond what JSON's writers take."""
    try:
        json.dumps(one, allow_nan=False)
    except (ValueError, RecursionError):
        return False
    return number(one) is not None


async def add(
    connection: AsyncConnection, batch: Sequence[Mapping[str, Any]]
) -> list[StoredUpdate]:
    """Store a batch, and return those that were not there yet, in order."""
    ids = [one["update_id"] for one in batch]
    query = select(updates.c.update_id).where(updates.c.update_id.in_(ids))
    known = set((await connection.scalars(query)).all())
    now = time.time()
    new: list[StoredUpdate] = []
    for one in sorted(batch, key=lambda one: one["update_id"]):
        if one["update_id"] not in known:
            known.add(one["update_id"])
            new.append(StoredUpdate(one["update_id"], one, now))
    if new:
        rows = [
            {"update_id": one.update_id, "data": dict(one.data), "received_at": now} for one in new
        ]
        await connection.execute(insert(updates), rows)
    return new


async def unhandled(connection: AsyncConnection) -> list[StoredUpdate]:
    """What a restart has to take up, in order."""
    query = (
        select(updates.c.update_id, updates.c.data, updates.c.received_at)
        .where(updates.c.handled_at.is_(None))
        .order_by(updates.c.update_id)
    )
    return [StoredUpdate(*row) for row in await connection.execute(query)]


async def sent_by(connection: AsyncConnection, user_id: int) -> list[int]:
    """The ids of all updates that this person has sent."""
    # By their text first, and then read: a database that looks into JSON itself may stop at what
    # only the text can hold, such as half a pair of surrogates.
    written = cast(updates.c.data, Text).contains(f'"id": {user_id}')
    query = select(updates.c.update_id, updates.c.data).where(written)
    return [row.update_id for row in await connection.execute(query) if _is_from(row.data, user_id)]


async def forget(connection: AsyncConnection, update_ids: Sequence[int]) -> None:
    """Delete those of these updates that are handled."""
    for start in range(0, len(update_ids), SLICE):
        this = updates.c.update_id.in_(update_ids[start : start + SLICE])
        await connection.execute(delete(updates).where(this, updates.c.handled_at.is_not(None)))


async def mark_handled(connection: AsyncConnection, *update_ids: int) -> None:
    """Part of the transaction that holds all else that the updates have led to."""
    await connection.execute(
        update(updates).where(updates.c.update_id.in_(update_ids)).values(handled_at=time.time())
    )


def _is_from(data: Mapping[str, Any], user_id: int) -> bool:
    senders = [one.get("from") for one in data.values() if isinstance(one, Mapping)]
    return any(isinstance(one, Mapping) and one.get("id") == user_id for one in senders)

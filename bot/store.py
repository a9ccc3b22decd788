"""What `bot.database` asks of a kind of database, and what the kinds share. No SQL."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

T = TypeVar("T")

Work = Callable[[AsyncConnection], Awaitable[T]]


class Store(Protocol):
    """A kind of database. One transaction at a time is asked for."""

    engine: AsyncEngine

    async def transact(self, work: Work[T]) -> T:
        """Do it in one transaction that no cancellation breaks, and return what it returns."""

    async def lost(self) -> None:
        """Wait for ever, or until it is another bot's. Raises `AtelierError` then."""


async def unbroken(attempt: Awaitable[T]) -> T:
    """As it is; but a caller that is cancelled meanwhile is so after its end."""
    task = asyncio.ensure_future(attempt)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise

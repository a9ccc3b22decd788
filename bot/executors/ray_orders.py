"""What the bot orders of its runs on a Ray cluster: an actor beside the bot. Needs no Ray itself.

A task cannot be spoken to, but it can ask: each run waits here for what is ordered of it.
"""

import asyncio
from typing import Literal

Order = Literal["cancel", "finish", "close"]


class Orders:
    """Orders by run, kept until the run is forgotten: one may come before the run has begun."""

    def __init__(self) -> None:
        self._given: dict[str, list[Order]] = {}
        self._waiting: dict[str, asyncio.Event] = {}

    async def give(self, run: str, order: Order) -> None:
        """Add an order, and wake the run."""
        self._given.setdefault(run, []).append(order)
        self._wake(run)

    async def after(self, run: str, seen: int) -> list[Order]:
        """The run's orders but for the first `seen`; waits for one. Empty: it was forgotten."""
        if len(self._given.get(run, ())) <= seen:
            await self._waiting.setdefault(run, asyncio.Event()).wait()
        return self._given.get(run, [])[seen:]

    async def forget(self, run: str) -> None:
        """The run is over."""
        self._given.pop(run, None)
        self._wake(run)

    def _wake(self, run: str) -> None:
        if waiting := self._waiting.pop(run, None):
            waiting.set()

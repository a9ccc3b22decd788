"""One attempt as the bot sees it: its request, and the events not yet taken. No I/O."""

import asyncio

from bot.executors.base import Event, Failed, Finished, Request


class Run:
    """A mailbox from one teller to one taker, at most one event of each kind deep.

    Where the taker is slow the newest snapshot replaces the one before. The first event, the
    sketch and the final one come but once, so they always arrive. After the final one there is
    nothing more to tell.
    """

    def __init__(self, request: Request) -> None:
        self.request = request
        self.over = False
        self.cancelled = False
        self.finishing = False
        self._waiting: dict[type[Event], Event] = {}
        self._told = asyncio.Event()

    def tell(self, event: Event) -> None:
        """Hand over `event`. What was cancelled ends as cancelled, whatever became of it."""
        if self.over:
            return
        if isinstance(event, Finished | Failed):
            self.over = True
            if self.cancelled:
                event = Failed("cancelled", retryable=False)
        self._waiting[type(event)] = event
        self._told.set()

    async def next(self) -> Event:
        """Take the oldest event; wait for one where there is none."""
        while not self._waiting:
            self._told.clear()
            await self._told.wait()
        return self._waiting.pop(next(iter(self._waiting)))

"""Wakes those who wait for a change. Pure asyncio: no state of the chats."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


class Bell:
    """Rings after each change; waiters look again."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self.closed = False

    def ring(self) -> None:
        """Wake everyone who waits now."""
        self._event.set()
        self._event = asyncio.Event()

    def close(self) -> None:
        """Wake everyone, for good: nobody waits any more."""
        self.closed = True
        self.ring()

    async def wait(self, seconds: float) -> None:
        """Until the next ring, or for so many seconds."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._event.wait(), seconds)

    async def until(self, look: Callable[[], T], seconds: float) -> T:
        """What `look` returns once it is true, or what it returns when the time is over."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while not (found := look()) and not self.closed:
            left = deadline - loop.time()
            if left <= 0:
                break
            await self.wait(left)
        return found

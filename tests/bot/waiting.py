"""Waiting for something that another task notes."""

import asyncio
from collections.abc import Callable


class Waiting:
    """Wakes those who wait whenever something has changed."""

    def __init__(self) -> None:
        self._change = asyncio.Event()

    def changed(self) -> None:
        """Something has."""
        self._change.set()

    async def until(self, condition: Callable[[], bool], seconds: float = 30) -> None:
        """Wait until it holds."""
        async with asyncio.timeout(seconds):
            while not condition():
                self._change.clear()
                await self._change.wait()

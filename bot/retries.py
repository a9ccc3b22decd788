"""Tries again what Telegram could not take. Touches the clock, and knows no content."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from bot.gateway_errors import Unreachable

log = structlog.get_logger(__name__)

T = TypeVar("T")

MAX_WAIT = 30.0  # seconds between two tries, unless Telegram asks for more


async def until_reached(step: Callable[[], Awaitable[T]]) -> T:
    """Take a step as often as it raises `Unreachable`, and return what it returns."""
    wait = 1.0
    while True:
        try:
            return await step()
        except Unreachable as error:
            pause = max(wait, error.retry_after)
            log.warning("a reply is delayed", reason=str(error), seconds=pause)
        await asyncio.sleep(pause)
        wait = min(wait * 2, MAX_WAIT)

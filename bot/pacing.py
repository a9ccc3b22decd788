"""Keeps the bot within Telegram's limits. Touches the clock, not the network.

About one message a second to a chat, twenty a minute to a group, thirty a second in all, edits
included (https://core.telegram.org/bots/faq#broadcasting-to-users). Short bursts are allowed, so
each limit is a token bucket. A 429 stops the chat it is about, and nobody else.
"""

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable, Coroutine
from enum import IntEnum
from typing import Any

from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

Json = bool | dict[str, Any] | list[dict[str, Any]]

# Messages a second on average, and at once. Any window of a second, or of a minute in a group,
# holds at most the sum for it: 30 in all, 20 in a group.
LIMIT_IN_ALL = (25.0, 5.0)
PRIVATE_LIMIT = (1.0, 3.0)
GROUP_LIMIT = (16.0 / 60.0, 4.0)
MAX_TRIES = 4
MAX_IDLE_CHATS = 1000


class Priority(IntEnum):
    """What goes first when not all can go."""

    NORMAL = 0  # results, answers
    PROGRESS = 1  # may be late, or never go


class Bucket:
    """At most `capacity` at once, and `rate` a second on average."""

    def __init__(self, rate: float, capacity: float, clock: Callable[[], float]) -> None:
        self._rate = rate
        self._capacity = capacity
        self._clock = clock
        self._tokens = capacity
        self._filled_at = clock()
        self._blocked_until = 0.0

    def delay(self, reserve: float = 0.0) -> float:
        """Seconds until a token can be taken and `reserve` tokens are left."""
        self._fill()
        missing = max(0.0, 1.0 + min(reserve, self._capacity - 1.0) - self._tokens)
        return max(missing / self._rate, self._blocked_until - self._clock(), 0.0)

    def take(self) -> None:
        """Take a token."""
        self._fill()
        self._tokens -= 1.0

    def block(self, seconds: float) -> None:
        """Nothing for so long: a 429 said so."""
        self._blocked_until = max(self._blocked_until, self._clock() + seconds)

    def idle(self) -> bool:
        """Whether forgetting this bucket would change nothing."""
        self._fill()
        return self._tokens >= self._capacity and self._blocked_until <= self._clock()

    def _fill(self) -> None:
        now = self._clock()
        self._tokens = min(self._capacity, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now


class Lane:
    """Those who wait for one bucket: by priority, then first come, first served."""

    def __init__(self, bucket: Bucket) -> None:
        self.bucket = bucket
        self._waiting: list[tuple[Priority, int]] = []
        self._numbers = itertools.count()
        self._changed = asyncio.Event()

    async def enter(self, priority: Priority) -> None:
        """Wait for a token, and take it."""
        ticket = (priority, next(self._numbers))
        heapq.heappush(self._waiting, ticket)
        self._announce()
        try:
            while (delay := self._delay(ticket)) > 0:
                changed = self._changed
                try:
                    async with asyncio.timeout(delay):
                        await changed.wait()
                except TimeoutError:
                    pass
            self.bucket.take()
        finally:
            self._waiting.remove(ticket)
            heapq.heapify(self._waiting)
            self._announce()

    def idle(self) -> bool:
        """Whether nobody waits, and nobody would have to."""
        return not self._waiting and self.bucket.idle()

    def _delay(self, ticket: tuple[Priority, int]) -> float:
        if self._waiting[0] != ticket:
            return float("inf")
        # Progress leaves a token, so that an answer never waits behind it.
        return self.bucket.delay(reserve=float(ticket[0] == Priority.PROGRESS))

    def _announce(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


class Pacing(BaseRateLimiter[Priority]):
    """Telegram's limits, for every call that a chat sees."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._all = Lane(Bucket(*LIMIT_IN_ALL, clock))
        self._chats: dict[object, Lane] = {}

    async def initialize(self) -> None:
        """Nothing to do."""

    async def shutdown(self) -> None:
        """Nothing to do."""

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Json]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: Priority | None,
    ) -> Json:
        """Make the call when it may be made; again after a 429, unless it is mere progress."""
        chat = data.get("chat_id")
        if chat is None or not endpoint.startswith(("send", "edit", "delete", "set")):
            return await callback(*args, **kwargs)
        priority = Priority.NORMAL if rate_limit_args is None else rate_limit_args
        lane = self._lane(chat)
        for last in (False,) * (MAX_TRIES - 1) + (True,):
            # Taking a message away is no message: it counts in all, not in its chat.
            if not endpoint.startswith("delete"):
                await lane.enter(priority)
            await self._all.enter(priority)
            try:
                return await callback(*args, **kwargs)
            except RetryAfter as error:
                lane.bucket.block(_seconds(error))
                if last or priority is Priority.PROGRESS:
                    raise
        raise AssertionError("The last try returns or raises.")

    def _lane(self, chat: object) -> Lane:
        if chat not in self._chats:
            if len(self._chats) >= MAX_IDLE_CHATS:
                self._chats = {k: lane for k, lane in self._chats.items() if not lane.idle()}
            self._chats[chat] = Lane(self._bucket(chat))
        return self._chats[chat]

    def _bucket(self, chat: object) -> Bucket:
        private = isinstance(chat, int) and chat > 0
        rate, capacity = PRIVATE_LIMIT if private else GROUP_LIMIT
        return Bucket(rate, capacity, self._clock)


def _seconds(error: RetryAfter) -> float:
    after = error.retry_after
    return float(after if isinstance(after, int) else after.total_seconds())

"""Keeps the bot within Telegram's limits. Touches the clock and the metrics, not the network.

About one message a second to a chat, twenty a minute to a group, thirty a second in all
(https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this); edits count, and
an album counts as its pictures, but as one to a chat. What has been sent is not kept over a
restart: `bot.rate_limits` counts on the worst.
"""

import asyncio
import math
import time
from collections.abc import Callable, Coroutine
from enum import Enum
from typing import Any

from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

from bot import metrics
from bot.rate_limits import Key, Limit, Priority, Turns

Json = bool | dict[str, Any] | list[dict[str, Any]]

# Any window of a second holds at most 24 messages in all (28, where the last is an album of ten),
# any minute at most 20 in a group, and any T seconds at most T + 3 in a chat.
LIMIT_IN_ALL = Limit(18.0, 6.0)
CHAT_LIMIT = Limit(1.0, 3.0, calls=True)
GROUP_LIMIT = Limit(10.0 / 60.0, 10.0)
MAX_TRIES = 4


class Paid(Enum):
    """Instead of a priority: the call's turn has come already, by `Pacing.turn`."""

    PAID = "paid"


class Pacing(BaseRateLimiter[Priority | Paid]):
    """Telegram's limits, for every call."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._turns = Turns(LIMIT_IN_ALL, _limits, clock())
        self._waiting: dict[int, asyncio.Future[None]] = {}  # by the number of what was asked
        self._timer: asyncio.TimerHandle | None = None

    async def initialize(self) -> None:
        """Nothing to do."""

    async def shutdown(self) -> None:
        """Give no more turns."""
        if self._timer is not None:
            self._timer.cancel()

    async def turn(self, chat_id: int, priority: Priority) -> None:
        """Wait for a message's turn, and take it; the call that follows at once is `PAID`.

        So a caller can choose what to send when its time has come, and can stop waiting.
        """
        await self._turn(chat_id, priority, 1.0, 1.0)

    async def look(self, what: str) -> None:
        """Wait until something that no chat sees may be asked for: a 429 may have stopped it."""
        await self._turn(what, Priority.NORMAL, 0.0, 0.0)

    def refused(self, key: Key, seconds: float) -> None:
        """Telegram has answered 429 to something under this key."""
        self._turns.refused(key, seconds, self._clock())
        self._pump()

    def wait(self, chat_id: int) -> float:
        """Seconds until something final could go to a chat."""
        return self._turns.wait(chat_id, self._clock())

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Json]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: Priority | Paid | None,
    ) -> Json:
        """Make the call when it may be made.

        An answer that meets a 429 is made again when its time has come. What is final is put off
        by whoever delivers it, and progress has better to tell by then: both raise `RetryAfter`.
        """
        key, here, in_all = _cost(endpoint, data)
        priority = rate_limit_args or Priority.NORMAL
        for last in (False,) * (MAX_TRIES - 1) + (True,):
            if isinstance(priority, Priority):
                await self._turn(key, priority, here, in_all)
            try:
                return await callback(*args, **kwargs)
            except RetryAfter as error:
                self.refused(key, _seconds(error))
                if last or priority is not Priority.NORMAL:
                    raise
        raise AssertionError("The last try returns or raises.")

    async def _turn(self, key: Key, priority: Priority, here: float, in_all: float) -> None:
        ask = self._turns.ask(key, priority, here, in_all, self._clock())
        came = self._waiting[ask.number] = asyncio.get_running_loop().create_future()
        try:
            self._pump()
            with metrics.API_WAIT.labels(priority.name.lower()).time():
                await came
        finally:
            if self._waiting.pop(ask.number, None) is not None:
                self._turns.withdraw(ask, self._clock())
                self._pump()

    def _pump(self) -> None:
        """Give the turns that have come, and look again when there may be more."""
        now = self._clock()
        for ask in self._turns.grant(now):
            came = self._waiting.pop(ask.number)
            if not came.done():
                came.set_result(None)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if (at := self._turns.next_at(now)) < math.inf:
            self._timer = asyncio.get_running_loop().call_later(max(0.0, at - now), self._pump)


def _cost(endpoint: str, data: dict[str, Any]) -> tuple[Key, float, float]:
    """Under which key a call goes, and what it costs there and in all."""
    chat = data.get("chat_id")
    if chat is None or not endpoint.startswith(("send", "edit", "delete", "set")):
        return endpoint, 0.0, 0.0
    if endpoint.startswith("delete") or endpoint == "sendChatAction":
        return chat, 0.0, 1.0  # no message
    count = float(len(data["media"])) if endpoint == "sendMediaGroup" else 1.0
    return chat, count, count


def _limits(key: Key) -> list[Limit]:
    """Those of a key. Groups and channels have negative ids, or names."""
    private = isinstance(key, int) and key > 0
    return [CHAT_LIMIT] if private else [CHAT_LIMIT, GROUP_LIMIT]


def _seconds(error: RetryAfter) -> float:
    after = error.retry_after
    return float(after if isinstance(after, int) else after.total_seconds())

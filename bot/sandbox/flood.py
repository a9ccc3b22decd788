"""Telegram's limits on what a bot sends: enforced, and checked in a transcript. Pure.

https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this: about a message a
second in a chat, with short bursts; twenty a minute in a group; thirty a second in all. Edits
count, and an album counts as its pictures, but as one message a second. Times are in seconds, of
any clock.
"""

import json
import math
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

ALL = 0  # no chat has this id
UNCOUNTED = frozenset({"sendChatAction"})


@dataclass(frozen=True)
class FloodLimits:
    """What is published; how short a short burst is, is not."""

    chat_rate: float = 1.0  # messages, or albums, a second, on average
    chat_burst: float = 5.0  # and at once
    group: int = 20  # in any `group_seconds`
    group_seconds: float = 60.0
    in_all: int = 30  # in any `all_seconds`
    all_seconds: float = 1.0

    def __post_init__(self) -> None:
        if min(vars(self).values()) <= 0:
            raise ValueError("a limit must be above 0.")


def weight(method: str, parameters: Json) -> tuple[int, int]:
    """The chat that a call's messages go to, and how many they are: 0 where none counts."""
    chat = _chat(parameters)
    if chat is None or method in UNCOUNTED or not method.startswith(("send", "edit")):
        return ALL, 0
    if method != "sendMediaGroup":
        return chat, 1
    media = parameters.get("media") or "[]"
    return chat, len(json.loads(media) if isinstance(media, str) else media)


class Window:
    """At most so many in any so many seconds."""

    def __init__(self, count: int, seconds: float) -> None:
        self._count = count
        self._seconds = seconds
        self._times: deque[float] = deque()

    def wait(self, count: int, now: float) -> float:
        """Seconds until so many more fit; what never fits, fits where there is nothing else."""
        while self._times and self._times[0] <= now - self._seconds:
            self._times.popleft()
        over = len(self._times) + min(count, self._count) - self._count
        return 0.0 if over <= 0 else self._times[over - 1] + self._seconds - now

    def add(self, count: int, now: float) -> None:
        """So many more."""
        self._times.extend([now] * count)


class Burst:
    """At most `burst + rate * T` calls in any T seconds."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._left = burst
        self._at = -math.inf

    def wait(self, count: int, now: float) -> float:
        """Seconds until one more fits, of however many messages."""
        left = min(self._burst, self._left + (now - self._at) * self._rate)
        return max(0.0, (1.0 - left) / self._rate)

    def add(self, count: int, now: float) -> None:
        """One more."""
        self._left = min(self._burst, self._left + (now - self._at) * self._rate) - 1.0
        self._at = now


Counter = Window | Burst


class Flood:
    """Counts what is sent, by chat and in all."""

    def __init__(self, limits: FloodLimits) -> None:
        self.limits = limits
        self._in_all = Window(limits.in_all, limits.all_seconds)
        self._chats: dict[int, dict[str, Counter]] = {}
        self._closed: dict[int, float] = defaultdict(float)  # until when

    def over(self, chat: int, count: int, now: float) -> dict[str, float]:
        """The limits that so many more would exceed, and the seconds until they would not."""
        waits = {name: one.wait(count, now) for name, one in self._counters(chat).items()}
        return {name: wait for name, wait in waits.items() if wait > 1e-9}

    def add(self, chat: int, count: int, now: float) -> None:
        """So many more."""
        for counter in self._counters(chat).values():
            counter.add(count, now)

    def refusal(self, method: str, parameters: Json, now: float) -> int | None:
        """The `retry_after` with which a call is refused; None where it may be made.

        Until then everything is refused that is about the same limit.
        """
        chat, count = weight(method, parameters)
        if not count:
            return None
        for name, wait in self.over(chat, count, now).items():
            scope = ALL if name == "all" else chat
            self._closed[scope] = max(self._closed[scope], now + math.ceil(wait))
        left = max(self._closed[chat], self._closed[ALL]) - now
        if left > 0:
            return math.ceil(left)
        self.add(chat, count, now)
        return None

    def _counters(self, chat: int) -> dict[str, Counter]:
        if chat not in self._chats:
            limits = self.limits
            own: dict[str, Counter] = {"chat": Burst(limits.chat_rate, limits.chat_burst)}
            if chat < 0:
                own["group"] = Window(limits.group, limits.group_seconds)
            self._chats[chat] = own
        return self._chats[chat] | {"all": self._in_all}


def violations(calls: Iterable[Json], limits: FloodLimits | None = None) -> list[str]:
    """Where a transcript exceeds the limits: a sentence each. Refused calls count, too."""
    flood = Flood(limits or FloodLimits())
    found: list[str] = []
    for call in calls:
        chat, count = weight(call["method"], call["parameters"])
        if count:
            what = f"call {call['number']}, {call['method']} to {chat}"
            found += [
                f"{what}: {wait:.2f} s too early ({name})"
                for name, wait in flood.over(chat, count, call["time"]).items()
            ]
            flood.add(chat, count, call["time"])
    return found


def impatience(calls: Iterable[Json], on_its_way: float = 0.25) -> list[str]:
    """Calls that came before the `retry_after` of a 429 was over: a sentence each.

    A 429 is about the chat that the call was to; where that is none, about the method. What came
    within `on_its_way` seconds was sent, perhaps, before the caller had heard of it.
    """
    ends: list[tuple[object, float, float]] = []  # of what, from when, until when
    found: list[str] = []
    for call in calls:
        about, at = _about(call), call["time"]
        found += [
            f"call {call['number']}, {call['method']} to {about}: {until - at:.2f} s too early"
            for one, since, until in ends
            if one == about and since + on_its_way < at < until
        ]
        after = ((call["answer"] or {}).get("parameters") or {}).get("retry_after")
        if after:
            answered = at + (call["seconds"] or 0.0)
            ends.append((about, answered, answered + after))
    return found


def _about(call: Json) -> object:
    chat = _chat(call["parameters"])
    visible = call["method"].startswith(("send", "edit", "delete", "set"))
    return chat if visible and chat is not None else call["method"]


def _chat(parameters: Json) -> int | None:
    try:
        return int(parameters["chat_id"])
    except (KeyError, TypeError, ValueError):
        return None

"""Who may call Telegram when: token buckets, and the queues before them. Pure: time is handed in.

Everyone who wants to call asks for a turn under a key: a chat, or a method that no chat sees. Each
key has a lane, in which what matters more goes first, and equals in the order in which they came.
A turn is given when the lane's buckets and the bucket for all have what it costs. A 429 stops its
own lane until the second it names; where several lanes are told to stop at once, it is the bot
that is stopped, and all wait.
"""

import heapq
import itertools
import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

Key = int | str

MAX_IDLE_LANES = 1000
# So many lanes that are stopped within so many seconds, until the same time, are all lanes.
EVIDENCE_LANES = 3
EVIDENCE_SECONDS = 5.0
SAME_SECONDS = 2.0


class Priority(IntEnum):
    """What goes first when not all can go."""

    FINAL = 1  # results, apologies
    NORMAL = 2  # answers
    PROGRESS = 3  # may be late, or never go; leaves a token for the others


class Limit(NamedTuple):
    """So many messages, or `calls`, a second on average, and so many at once."""

    rate: float
    burst: float
    calls: bool = False  # an album is one

    def cost(self, messages: float) -> float:
        """What a call with so many messages costs."""
        return min(messages, 1.0) if self.calls else messages


@dataclass(order=True)
class Ask:
    """Somebody who waits for a turn: the messages that it costs in its lane, and in all."""

    priority: Priority
    number: int
    key: Key = field(compare=False)
    here: float = field(compare=False)
    in_all: float = field(compare=False)
    withdrawn: bool = field(default=False, compare=False)

    @property
    def reserve(self) -> float:
        """What it leaves to those who matter more."""
        return float(self.priority is Priority.PROGRESS)


class Bucket:
    """In any window of T seconds, at most `burst + rate * T` are taken from it.

    It counts as empty at `empty_at`, when nothing is known of what was taken before.
    """

    def __init__(self, limit: Limit, empty_at: float, now: float) -> None:
        self._limit = limit
        self._tokens = 0.0
        self._filled_at = empty_at
        self._fill(now)

    def ready_at(self, messages: float, reserve: float, now: float) -> float:
        """When so many can be taken, and `reserve` is left.

        What costs more than the burst takes a full bucket, and leaves it in debt.
        """
        self._fill(now)
        wanted = self._limit.cost(messages) + reserve
        missing = min(wanted, self._limit.burst) - self._tokens
        return now if missing <= 0 else now + missing / self._limit.rate

    def take(self, messages: float, now: float) -> None:
        """Take so many."""
        self._fill(now)
        self._tokens -= self._limit.cost(messages)

    def full(self, now: float) -> bool:
        """Whether a new one would be no different."""
        self._fill(now)
        return self._tokens >= self._limit.burst

    def _fill(self, now: float) -> None:
        gained = (now - self._filled_at) * self._limit.rate
        self._tokens = min(self._limit.burst, self._tokens + gained)
        self._filled_at = now


class Lane:
    """Those who ask under one key."""

    def __init__(self, buckets: Sequence[Bucket]) -> None:
        self._buckets = buckets
        self._asks: list[Ask] = []
        self._stopped_until = -math.inf
        self.serial = 0  # of the only entry that counts for this lane in the heaps of `Turns`

    def add(self, ask: Ask) -> None:
        """One more."""
        heapq.heappush(self._asks, ask)

    def head(self) -> Ask | None:
        """Whose turn is next."""
        while self._asks and self._asks[0].withdrawn:
            heapq.heappop(self._asks)
        return self._asks[0] if self._asks else None

    def stop(self, until: float) -> None:
        """No turns until then."""
        self._stopped_until = max(self._stopped_until, until)

    def ready_at(self, messages: float, reserve: float, now: float) -> float:
        """When a turn at this cost can be given."""
        times = [now, self._stopped_until]
        if messages:
            times += [bucket.ready_at(messages, reserve, now) for bucket in self._buckets]
        return max(times)

    def give(self, now: float) -> Ask:
        """The head has its turn."""
        ask = heapq.heappop(self._asks)
        for bucket in self._buckets:
            bucket.take(ask.here, now)
        return ask

    def idle(self, now: float) -> bool:
        """Whether forgetting this lane would change nothing."""
        filled = all(bucket.full(now) for bucket in self._buckets)
        return filled and self.head() is None and self._stopped_until <= now


class Turns:
    """All lanes. `limits` names those of a key; `now` is when the process has begun.

    What was sent before that is not known, so every bucket is empty then: a restart, however often,
    adds nothing to what Telegram gets.
    """

    def __init__(self, in_all: Limit, limits: Callable[[Key], Sequence[Limit]], now: float) -> None:
        self._began = now
        self._limits = limits
        self._in_all = Bucket(in_all, now, now)
        self._lanes: dict[Key, Lane] = {}
        self._sweep_at = MAX_IDLE_LANES
        self._numbers = itertools.count(1)
        self._serials = itertools.count(1)
        # Lanes whose head has to wait for its own buckets; for the one of all; for nothing but the
        # end of a stop of all.
        self._later: list[tuple[float, int, Lane]] = []
        self._ready: list[tuple[Ask, int, Lane]] = []
        self._free: list[tuple[Ask, int, Lane]] = []
        self._refusals: deque[tuple[float, Key, float]] = deque()  # when, what, until when
        self._stopped_until = -math.inf

    def ask(self, key: Key, priority: Priority, here: float, in_all: float, now: float) -> Ask:
        """Wait for a turn, which `grant` gives."""
        ask = Ask(priority, next(self._numbers), key, here, in_all)
        lane = self._lane(key, now)
        lane.add(ask)
        self._place(lane, now)
        return ask

    def withdraw(self, ask: Ask, now: float) -> None:
        """It does not want its turn any more. One that has had it may say so, too."""
        ask.withdrawn = True
        if ask.key in self._lanes:
            self._place(self._lanes[ask.key], now)

    def refused(self, key: Key, seconds: float, now: float) -> None:
        """Telegram has answered 429: nothing more under this key, or at all, for so long."""
        until = now + seconds
        lane = self._lane(key, now)
        lane.stop(until)
        self._place(lane, now)
        self._refusals.append((now, key, until))
        while self._refusals[0][0] < now - EVIDENCE_SECONDS:
            self._refusals.popleft()
        alike = [one for one in self._refusals if abs(one[2] - until) <= SAME_SECONDS]
        if len({key for _, key, _ in alike}) >= EVIDENCE_LANES:
            self._stopped_until = max(self._stopped_until, *(end for _, _, end in alike))

    def grant(self, now: float) -> list[Ask]:
        """Those whose turn it is."""
        while self._later and self._later[0][0] <= now:
            _, serial, lane = heapq.heappop(self._later)
            if lane.serial == serial:
                self._place(lane, now)
        granted: list[Ask] = []
        if self._stopped_until > now:
            return granted
        while _first(self._free):
            granted.append(self._give(heapq.heappop(self._free)[-1], now))
        while (ask := _first(self._ready)) and self._ready_at(ask, now) <= now:
            granted.append(self._give(heapq.heappop(self._ready)[-1], now))
            while _first(self._free):
                granted.append(self._give(heapq.heappop(self._free)[-1], now))
        return granted

    def next_at(self, now: float) -> float:
        """When `grant` is worth another look; infinity where nobody waits."""
        times = [entry[0] for entry in self._later[:1]]
        if _first(self._free):
            times.append(now)
        if ask := _first(self._ready):
            times.append(self._ready_at(ask, now))
        return max(min(times, default=math.inf), self._stopped_until)

    def wait(self, key: Key, now: float) -> float:
        """Seconds until something final could go under this key, if it were alone."""
        ready = self._lane(key, now).ready_at(1.0, 0.0, now)
        return max(ready, self._stopped_until) - now

    def _ready_at(self, ask: Ask, now: float) -> float:
        return self._in_all.ready_at(ask.in_all, ask.reserve, now)

    def _give(self, lane: Lane, now: float) -> Ask:
        ask = lane.give(now)
        self._in_all.take(ask.in_all, now)
        self._place(lane, now)
        return ask

    def _place(self, lane: Lane, now: float) -> None:
        """Note where a lane stands, after any change; what was noted before counts no more."""
        lane.serial = next(self._serials)
        ask = lane.head()
        if ask is None:
            return
        at = lane.ready_at(ask.here, ask.reserve, now)
        if at > now:
            heapq.heappush(self._later, (at, lane.serial, lane))
        else:
            waiting = self._ready if ask.in_all else self._free
            heapq.heappush(waiting, (ask, lane.serial, lane))

    def _lane(self, key: Key, now: float) -> Lane:
        if key not in self._lanes:
            if len(self._lanes) >= self._sweep_at:
                self._lanes = {k: lane for k, lane in self._lanes.items() if not lane.idle(now)}
                self._sweep_at = max(MAX_IDLE_LANES, 2 * len(self._lanes))
            buckets = [Bucket(limit, self._began, now) for limit in self._limits(key)]
            self._lanes[key] = Lane(buckets)
        return self._lanes[key]


def _first(waiting: list[tuple[Ask, int, Lane]]) -> Ask | None:
    """The first entry that still counts."""
    while waiting and waiting[0][2].serial != waiting[0][1]:
        heapq.heappop(waiting)
    return waiting[0][0] if waiting else None

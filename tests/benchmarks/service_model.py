"""The service as a model: arrivals, one bot, its workers, Telegram's limit. Pure.

All times are in seconds. What a part costs is measured by `test_capacity.py`; what a painting
takes is that of the engine. A bot is one thread; where `cores` is given, everything shares them.
"""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.benchmarks.simulation import Process, Simulation, Station, Turn

DAY = 86_400.0
SWING = 0.8  # of the mean: how much more comes at the busiest hour, and less at the quietest
# What leaves the bot by its own limits: `bot.pacing.LIMIT_IN_ALL`.
CALLS_A_SECOND, BURST = 18.0, 6
FINAL, NORMAL = 1, 2  # as in `bot.rate_limits.Priority`


@dataclass(frozen=True)
class Costs:
    """What one painting costs besides being painted."""

    before: float  # of the bot's processor, until it is handed out
    after: float  # of the bot's processor, from its result on
    way: float = 0.0  # to the worker and back, without a processor
    beside: float = 0.0  # of processors other than the bot's: worker, Ray, a server beside them


@dataclass(frozen=True)
class Outcome:
    """What became of those that came."""

    waits: Sequence[float]  # from coming to being handed out, in order
    deliveries: Sequence[float]  # from being painted to Telegram
    ends: Sequence[float]  # when each was delivered, in order

    def rate(self, rounds_of: int = 1) -> float:
        """How many a second were delivered, without the first and the last fifth.

        Workers that were begun together end together: then only whole rounds can be counted.
        """
        first = len(self.ends) // 5
        count = (len(self.ends) - 2 * first - 1) // rounds_of * rounds_of
        return count / (self.ends[first + count] - self.ends[first])


class Service:
    """One bot with `workers`, each of which takes `painting` seconds for a picture."""

    def __init__(
        self,
        costs: Costs,
        workers: int,
        painting: float,
        *,
        cores: int | None = None,
        calls: int = 3,  # that nobody can do without: status, result, and its taking away
        calls_a_second: float = CALLS_A_SECOND,
    ) -> None:
        self._simulation = Simulation()
        self._costs = costs
        self._painting = painting
        self._calls = calls
        self._refill = BURST / calls_a_second
        self._bot = Station(self._simulation, 1)
        self._cores = Station(self._simulation, cores) if cores else None
        self._workers = Station(self._simulation, workers)
        self._telegram = Station(self._simulation, BURST)
        self._waits: list[float] = []
        self._deliveries: list[float] = []
        self._ends: list[float] = []
        self._left = 0  # of a closed loop

    def open(self, arrivals: Iterator[float]) -> Outcome:
        """They come when they come."""
        self._simulation.start(self._arriving(arrivals))
        return self._run()

    def closed(self, at_once: int, in_all: int) -> Outcome:
        """There are always so many, until in all so many have come."""
        self._left = in_all - at_once
        for _ in range(at_once):
            self._simulation.start(self._job())
        return self._run()

    def _run(self) -> Outcome:
        self._simulation.run()
        return Outcome(self._waits, self._deliveries, self._ends)

    def _arriving(self, arrivals: Iterator[float]) -> Process:
        for at in arrivals:
            yield at - self._simulation.now
            self._simulation.start(self._job())

    def _job(self) -> Process:
        clock, costs = self._simulation, self._costs
        came = clock.now
        self._tell(NORMAL, self._calls - 1)
        yield Turn(self._workers)
        yield from self._think(costs.before)
        self._waits.append(clock.now - came)
        yield costs.way + self._painting
        yield from self._compute(costs.beside)
        yield from self._think(costs.after)
        self._workers.give()
        painted = clock.now
        yield Turn(self._telegram, FINAL)
        clock.after(self._refill, self._telegram.give)
        self._deliveries.append(clock.now - painted)
        self._ends.append(clock.now)
        if self._left > 0:
            self._left -= 1
            clock.start(self._job())

    def _tell(self, priority: int, calls: int) -> None:
        for _ in range(calls):
            self._simulation.start(self._call(priority))

    def _call(self, priority: int) -> Process:
        yield Turn(self._telegram, priority)
        self._simulation.after(self._refill, self._telegram.give)

    def _think(self, seconds: float) -> Process:
        yield Turn(self._bot)
        yield from self._compute(seconds)
        self._bot.give()

    def _compute(self, seconds: float) -> Process:
        if self._cores is None:
            yield seconds
        elif seconds:
            yield Turn(self._cores)
            yield seconds
            self._cores.give()


def day(an_hour: float, seed: int = 1, days: float = 1.0) -> Iterator[float]:
    """When they come over a day: at random, most of them in the evening. `an_hour` is the mean."""
    rng = random.Random(seed)  # noqa: S311 - nothing secret
    most = an_hour * (1 + SWING) / 3600
    at = 0.0
    while (at := at + rng.expovariate(most)) < days * DAY:
        # Of the candidates at the busiest rate so many are kept as there are at this hour.
        if rng.random() < (1 + SWING * math.sin(2 * math.pi * at / DAY)) / (1 + SWING):
            yield at


def busiest(an_hour: float) -> float:
    """How many come in the busiest hour where `an_hour` is the mean."""
    return an_hour * (1 + SWING)


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which such a share of them is; 0 of none."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0.0

"""Discrete events: processes that wait for time, or for their turn at a station. Pure.

A process is a generator. What it yields is what it waits for: seconds, or a `Turn`. A turn that
was had is given back by `Station.give`.
"""

import heapq
import itertools
import math
from collections.abc import Callable, Generator
from dataclasses import dataclass


class Station:
    """So many at a time; the others wait, what is more urgent first, equals in their order."""

    def __init__(self, simulation: "Simulation", capacity: int) -> None:
        if capacity < 1:
            raise ValueError("A station serves at least one at a time.")
        self._simulation = simulation
        self.free = capacity
        self._waiting: list[tuple[int, int, Process]] = []
        self._numbers = itertools.count()

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._waiting)

    def give(self) -> None:
        """Somebody has had their turn; the next one's is now."""
        if self._waiting:
            self._simulation.resume(heapq.heappop(self._waiting)[-1])
        else:
            self.free += 1

    def take(self, process: "Process", priority: int) -> bool:
        """Whether it is the process's turn; if not it waits."""
        if self.free:
            self.free -= 1
            return True
        heapq.heappush(self._waiting, (priority, next(self._numbers), process))
        return False


@dataclass(frozen=True)
class Turn:
    """What a process waits for: its turn. A lower `priority` goes first."""

    station: Station
    priority: int = 0


Process = Generator[float | Turn, None, None]


class Simulation:
    """The clock, in seconds from 0, and what is to happen when."""

    def __init__(self) -> None:
        self.now = 0.0
        self._events: list[tuple[float, int, Callable[[], None] | Process]] = []
        self._numbers = itertools.count()

    def start(self, process: Process, at: float | None = None) -> None:
        """Begin a process, now or at a time."""
        self._push(self.now if at is None else at, process)

    def resume(self, process: Process) -> None:
        """Let a process go on, now."""
        self._push(self.now, process)

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        """Call, so many seconds from now."""
        self._push(self.now + seconds, call)

    def run(self, until: float = math.inf) -> None:
        """Let everything happen that happens up to then."""
        while self._events and self._events[0][0] <= until:
            self.now, _, what = heapq.heappop(self._events)
            if isinstance(what, Generator):
                self._step(what)
            else:
                what()

    def _push(self, at: float, what: Callable[[], None] | Process) -> None:
        if at < self.now:
            raise ValueError("Nothing happens in the past.")
        heapq.heappush(self._events, (at, next(self._numbers), what))

    def _step(self, process: Process) -> None:
        for wanted in process:
            if isinstance(wanted, Turn):
                if not wanted.station.take(process, wanted.priority):
                    return
            else:
                self._push(self.now + wanted, process)
                return

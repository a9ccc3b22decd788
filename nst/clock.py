"""What a step costs on this machine, and how much time there is. Asks the clock, nothing else."""

import time


class Clock:
    """What a step costs on this machine, and how much time there is."""

    def __init__(self, seconds_per_cost: float, deadline: float | None) -> None:
        """`deadline` is in seconds from now; None is as long as it takes."""
        self._began = time.perf_counter()
        self._deadline = deadline
        self._guess = seconds_per_cost
        self._seconds, self._cost = 0.0, 0.0  # of the steps so far

    @property
    def has_deadline(self) -> bool:
        """Whether time runs out at all."""
        return self._deadline is not None

    @property
    def speed(self) -> float:
        """Seconds for one full step and pixel, measured as far as it can be."""
        return self._seconds / self._cost if self._cost else self._guess

    def add(self, seconds: float, cost: float) -> None:
        """One step was made. Old steps count less: a small scale says little of a large one."""
        self._seconds, self._cost = 0.8 * self._seconds + seconds, 0.8 * self._cost + cost

    def affordable(self, other: float) -> float | None:
        """What steps may cost from here on, beside `other`; None without a deadline."""
        if self._deadline is None:
            return None
        spent = time.perf_counter() - self._began
        return (self._deadline - spent) / self.speed - other

    def left(self, cost: float) -> float:
        """Seconds until the end, with steps of `cost` to come or however many the deadline lets."""
        if self._deadline is None:
            return cost * self.speed
        return max(0.0, self._deadline - (time.perf_counter() - self._began))

    def is_over(self, cost: float) -> bool:
        """Whether what costs so much would be too late."""
        if self._deadline is None:
            return False
        return time.perf_counter() - self._began + cost * self.speed > self._deadline

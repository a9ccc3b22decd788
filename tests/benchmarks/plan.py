"""What one would run for so many paintings an hour: by the model, with what was measured. Pure."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.benchmarks.service_model import (
    CALLS_A_SECOND,
    DAY,
    Costs,
    Outcome,
    Service,
    busiest,
    day,
    quantile,
)

HOURLY = (10, 1_000, 100_000)  # the mean over a day
# Seconds a painting. Measured on two cores (README.md), but for the last: that is a target.
PAINTINGS = {"draft": 10.2, "standard": 36.2, "fine": 110.0, "a GPU": 1.0}
MOST_WORKERS = 64  # of one bot: `ATELIER_WORKERS`
CALLS = 3  # of a painting, that nobody can do without
FULL = 0.7  # how much of Telegram's limit results may take: the rest is for progress and answers
MB_A_PAINTING = 1.5  # photos and results, while they are kept
KEPT_HOURS = 168


@dataclass(frozen=True)
class Plan:
    """What to run, and what waits are to be expected."""

    an_hour: int
    quality: str
    workers: int  # in all
    bots: int
    wait: tuple[float, float]  # in seconds, in the evening: the median, and of 95 in 100
    delivery: float  # of 95 in 100, from painted to Telegram
    calls: float  # of Telegram a second and bot, at the busiest hour, without progress

    @property
    def disk_gb(self) -> float:
        """Of all bots, for pictures."""
        return self.an_hour * KEPT_HOURS * MB_A_PAINTING / 1024


def plans(costs: Costs) -> Iterator[Plan]:
    """One for each load and quality."""
    for an_hour in HOURLY:
        for quality, painting in PAINTINGS.items():
            yield plan(costs, an_hour, quality, painting)


def plan(costs: Costs, an_hour: int, quality: str, painting: float) -> Plan:
    """The fewest workers with which 95 in 100 wait no longer than a painting takes, or 5 s."""
    bots = fewest_bots(an_hour, painting)
    share = an_hour / bots  # each bot has persons, a database and workers of its own
    workers = max(1, math.ceil(busiest(share) / 3600 * painting))
    while True:
        outcome = simulated(costs, share, workers, painting)
        if quantile(outcome.waits, 0.95) <= max(painting, 5.0) or workers == MOST_WORKERS:
            break
        workers = min(MOST_WORKERS, workers + max(1, workers // 32))
    waits = quantile(outcome.waits, 0.5), quantile(outcome.waits, 0.95)
    delivery = quantile(outcome.deliveries, 0.95)
    calls = CALLS * busiest(share) / 3600
    return Plan(an_hour, quality, workers * bots, bots, waits, delivery, calls)


def fewest_bots(an_hour: float, painting: float) -> int:
    """So many that none needs more than its workers, or than Telegram lets it send."""
    a_second = busiest(an_hour) / 3600
    by_workers = a_second * painting / (0.95 * MOST_WORKERS)
    by_calls = a_second * CALLS / (FULL * CALLS_A_SECOND)
    return max(1, math.ceil(max(by_workers, by_calls)))


def simulated(costs: Costs, an_hour: float, workers: int, painting: float) -> Outcome:
    """The six busiest hours of a bot's day; of twenty days where few come."""
    times = day(an_hour, days=1.0 if an_hour > 100 else 20.0)
    busy = (at for at in times if 1 / 8 <= at / DAY % 1 < 3 / 8)
    return Service(costs, workers, painting, calls=CALLS).open(busy)


def rows(made: Iterable[Plan]) -> Iterator[str]:
    """The table, in Markdown."""
    yield (
        "| paintings an hour | each | workers | bots | wait p50, p95 | delivery p95 "
        "| calls a second and bot | pictures of a week |"
    )
    yield "|---|---|---|---|---|---|---|---|"
    for one in made:
        yield (
            f"| {one.an_hour:,} | {one.quality}, {PAINTINGS[one.quality]:g} s | {one.workers:,} "
            f"| {one.bots} | {one.wait[0]:.1f} s, {one.wait[1]:.1f} s | {one.delivery:.1f} s "
            f"| {one.calls:.2g} | {one.disk_gb:,.0f} GB |"
        )

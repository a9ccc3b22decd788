"""The clock, the stations, and the model of the service: against what can be told by hand."""

import itertools
import math
import random
import statistics
from collections.abc import Iterator

import pytest

from tests.benchmarks.service_model import (
    CALLS_A_SECOND,
    DAY,
    SWING,
    Costs,
    Service,
    day,
    quantile,
)
from tests.benchmarks.simulation import Process, Simulation, Station, Turn

NOTHING = Costs(before=0.0, after=0.0)


def evenly(seconds: float, count: int) -> Iterator[float]:
    return (seconds * number for number in range(count))


def test_things_happen_in_the_order_of_their_times() -> None:
    simulation, seen = Simulation(), []

    def process(name: str, *pauses: float) -> Process:
        for pause in pauses:
            yield pause
            seen.append((simulation.now, name))

    simulation.start(process("slow", 2.0, 2.0))
    simulation.start(process("quick", 1.0, 2.0))
    simulation.start(process("late", 0.5), at=3.0)
    simulation.run()
    assert seen == [(1.0, "quick"), (2.0, "slow"), (3.0, "quick"), (3.5, "late"), (4.0, "slow")]


def test_a_station_serves_what_is_urgent_first_and_equals_in_their_order() -> None:
    simulation = Simulation()
    station, seen = Station(simulation, 1), []

    def process(name: str, priority: int) -> Process:
        yield Turn(station, priority)
        seen.append((simulation.now, name))
        yield 1.0
        station.give()

    for name, priority in (("first", 2), ("second", 2), ("third", 2), ("urgent", 1)):
        simulation.start(process(name, priority))
    simulation.run()
    assert seen == [(0.0, "first"), (1.0, "urgent"), (2.0, "second"), (3.0, "third")]
    assert (station.free, station.waiting) == (1, 0)


def test_what_happens_later_than_asked_for_does_not_happen() -> None:
    simulation, seen = Simulation(), []
    simulation.after(1.0, lambda: seen.append(simulation.now))
    simulation.after(2.0, lambda: seen.append(simulation.now))
    simulation.run(until=1.5)
    assert seen == [1.0]


def test_nothing_happens_in_the_past() -> None:
    with pytest.raises(ValueError, match="past"):
        Simulation().after(-1.0, lambda: None)


@pytest.mark.parametrize("workers", [1, 4, 64])
def test_where_nothing_else_costs_time_workers_paint_as_much_as_they_can(workers: int) -> None:
    service = Service(NOTHING, workers, painting=2.0, calls_a_second=1e6)
    outcome = service.closed(2 * workers, 20 * workers)
    assert outcome.rate(workers) == pytest.approx(workers / 2.0, rel=1e-4)


def test_a_bot_of_one_thread_is_the_limit_where_there_are_many_workers() -> None:
    service = Service(Costs(before=0.01, after=0.03), 64, painting=1.0, calls_a_second=1e6)
    assert service.closed(128, 2000).rate() == pytest.approx(1 / 0.04, rel=0.02)


def test_cores_that_all_share_are_a_limit() -> None:
    costs = Costs(before=0.0, after=0.0, beside=0.5)
    service = Service(costs, 64, painting=1.0, cores=2, calls_a_second=1e6)
    assert service.closed(128, 2000).rate() == pytest.approx(2 / 0.5, rel=0.02)


@pytest.mark.parametrize("calls", [3, 14])
def test_telegrams_limit_is_shared_by_all_calls(calls: int) -> None:
    service = Service(NOTHING, 64, painting=0.1, calls=calls)
    ends = service.open(evenly(0.01, 1000)).ends
    # Results go first, so all of them are out before what could wait.
    assert len(ends) / ends[-1] == pytest.approx(CALLS_A_SECOND, rel=0.03)
    service = Service(NOTHING, 64, painting=0.1, calls=calls)
    assert service.closed(64, 1000).rate() <= CALLS_A_SECOND


def test_waits_are_those_of_a_queue_with_one_server() -> None:
    """M/D/1: at 80 % the mean wait is 2 services, by Pollaczek and Khinchine."""
    rng = random.Random(5)  # noqa: S311 - nothing secret
    gaps = (rng.expovariate(0.8) for _ in range(60_000))
    service = Service(NOTHING, 1, painting=1.0, calls_a_second=1e6)
    waits = service.open(itertools.accumulate(gaps)).waits
    assert statistics.mean(waits) == pytest.approx(0.8 / (2 * (1 - 0.8)), rel=0.1)


def test_a_day_has_its_busy_hours_and_its_mean() -> None:
    times = list(day(an_hour=1000))
    assert len(times) == pytest.approx(24_000, rel=0.02)
    assert times == sorted(times)
    evening = sum(abs(at / DAY - 0.25) < 1 / 48 for at in times)
    night = sum(abs(at / DAY - 0.75) < 1 / 48 for at in times)
    assert evening == pytest.approx(1000 * (1 + SWING), rel=0.1)
    assert night == pytest.approx(1000 * (1 - SWING), rel=0.2)
    assert times == list(day(an_hour=1000)), "not the same at every call"


def test_quantiles_of_few_and_of_none() -> None:
    assert quantile([], 0.95) == 0.0
    assert quantile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert quantile(range(100), 0.95) == 95
    assert math.isclose(quantile([1.0], 1.0), 1.0)

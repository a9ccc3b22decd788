"""Whose turn it is."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.fairness import (
    Full,
    Limits,
    Load,
    Refusal,
    Running,
    Waiting,
    ends,
    order,
    pick,
    refusal,
)

ANN, BOB, CLEO = 1, 2, 3


def test_everyones_first_job_goes_before_anyones_second() -> None:
    queue = [Waiting(1, ANN, 1), Waiting(2, ANN, 2), Waiting(3, BOB, 3), Waiting(4, CLEO, 4)]
    assert [job.job_id for job in order(queue, set(), {})] == [1, 3, 4, 2]


def test_a_person_with_a_running_job_waits_for_it() -> None:
    queue = [Waiting(2, ANN, 2), Waiting(3, BOB, 3)]
    chosen = pick(queue, {ANN}, {ANN: 1.0})
    assert chosen is not None
    assert chosen.job_id == 3
    assert pick(queue, {ANN, BOB}, {}) is None


def test_newcomers_do_not_starve_a_second_job() -> None:
    # Ann's first turn ended at 10; whoever came later waits behind her second.
    queue = [Waiting(2, ANN, 1), Waiting(3, BOB, 20), Waiting(4, CLEO, 5)]
    assert [job.job_id for job in order(queue, set(), {ANN: 10.0})] == [4, 2, 3]


@given(
    st.lists(st.tuples(st.integers(1, 4), st.floats(0, 100)), max_size=12),
    st.sets(st.integers(1, 4)),
)
def test_the_order_holds_every_job_once_and_each_persons_in_sequence(
    entries: list[tuple[int, float]], busy: set[int]
) -> None:
    queue = [Waiting(number, owner, when) for number, (owner, when) in enumerate(entries)]
    ordered = order(queue, busy, {})
    assert sorted(job.job_id for job in ordered) == [job.job_id for job in queue]
    for owner in range(1, 5):
        own = [job.job_id for job in ordered if job.owner_id == owner]
        assert own == sorted(own)
    chosen = pick(queue, busy, {})
    assert (chosen is None) == all(job.owner_id in busy for job in queue)


@given(st.lists(st.integers(1, 3), min_size=1, max_size=9))
def test_working_the_queue_off_serves_persons_in_turns(owners: list[int]) -> None:
    queue = [Waiting(number, owner, float(number)) for number, owner in enumerate(owners)]
    served: dict[int, float] = {}
    turns: list[int] = []
    now = 1000.0
    while (job := pick(queue, set(), served)) is not None:
        queue.remove(job)
        now += 1
        served[job.owner_id] = now
        turns.append(job.owner_id)
        # Nobody who still waits has had two turns fewer than anyone.
        for owner in {job.owner_id for job in queue}:
            assert max(turns.count(one) for one in set(turns)) - turns.count(owner) <= 1


@pytest.mark.parametrize(
    ("load", "full"),
    [
        (Load(person=2, group=3, in_all=5), Full.PERSON),
        (Load(person=1, group=3, in_all=5), Full.GROUP),
        (Load(person=1, group=2, in_all=5), Full.ALL),
        (Load(person=2, in_all=5, day=(999.0, 950.0)), Full.DAY),
        (Load(person=1, group=2, in_all=4, day=(999.0,)), None),
    ],
)
def test_the_limit_that_keeps_one_out_longest_is_told(load: Load, full: Full | None) -> None:
    limits = Limits(per_person=2, per_group=3, in_all=5, per_day=2)
    found = refusal(load, limits, 1000.0)
    assert (found.full if found else None) == full


def test_a_refusal_says_how_many_wait_and_when_to_try_again() -> None:
    load = Load(person=2, in_all=4, waiting=3, frees={Full.PERSON: 42.0})
    assert refusal(load, Limits(2, 9, 9), 0.0) == Refusal(Full.PERSON, 2, 3, 42.0)
    assert refusal(replace(load, frees={}), Limits(2, 9, 9), 0.0) == Refusal(
        Full.PERSON, 2, 3, None
    )


def test_an_administrator_has_no_allowance_but_waits_like_all() -> None:
    limits = Limits(per_person=2, per_group=3, in_all=5, per_day=1)
    assert refusal(Load(day=(1.0,)), limits, 2.0, exempt=True) is None
    full = refusal(Load(person=2, day=(1.0,)), limits, 2.0, exempt=True)
    assert full is not None
    assert full.full is Full.PERSON


def test_the_wait_is_that_of_all_who_go_before() -> None:
    queue = [Waiting(1, ANN, 1), Waiting(2, BOB, 2), Waiting(3, CLEO, 3)]
    running = [Running(9, 4, left=10.0)]
    found = ends(queue, running, 1, {1: 60.0, 2: 30.0, 3: 5.0})
    assert found == {1: (10.0, 70.0), 2: (70.0, 100.0), 3: (100.0, 105.0)}
    found = ends(queue, running, 2, {1: 60.0, 2: 30.0, 3: 5.0})
    assert found == {1: (0.0, 60.0), 2: (10.0, 40.0), 3: (40.0, 45.0)}


def test_ones_second_waits_for_ones_first_and_lets_others_by() -> None:
    queue = order([Waiting(1, ANN, 1), Waiting(2, BOB, 2), Waiting(3, BOB, 3)], {ANN}, {})
    found = ends(queue, [Running(9, ANN, left=100.0)], 2, dict.fromkeys((1, 2, 3), 10.0))
    assert found == {2: (0.0, 10.0), 3: (10.0, 20.0), 1: (100.0, 110.0)}


def test_what_depends_on_an_unknown_is_unknown() -> None:
    queue = [Waiting(1, ANN, 1), Waiting(2, BOB, 2)]
    assert ends(queue, [Running(9, CLEO)], 1, {1: 5.0, 2: 5.0}) == {
        1: (None, None),
        2: (None, None),
    }
    assert ends(queue, [], 1, {1: None, 2: 5.0}) == {1: (0.0, None), 2: (None, None)}
    assert ends(queue, [Running(9, CLEO)], 2, {1: 5.0, 2: 5.0}) == {1: (0.0, 5.0), 2: (5.0, 10.0)}


@given(
    st.lists(st.integers(1, 4), max_size=10),
    st.dictionaries(st.integers(1, 4), st.none() | st.floats(0, 500), max_size=3),
    st.integers(1, 3),
    st.data(),
)
def test_no_forecast_has_more_at_once_than_there_are_slots(
    owners: list[int],
    runs: dict[int, float | None],
    slots: int,
    data: st.DataObject,
) -> None:
    queue = [Waiting(number, owner, float(number)) for number, owner in enumerate(owners)]
    running = [
        Running(100 + n, owner, left) for n, (owner, left) in enumerate([*runs.items()][:slots])
    ]
    seconds = st.none() | st.floats(1, 100)
    takes = {job.job_id: data.draw(seconds) for job in queue}
    ordered = order(queue, {job.owner_id for job in running}, {})
    found = ends(ordered, running, slots, takes)
    assert set(found) == set(takes)
    spans: list[tuple[float | None, float | None, int]] = [
        (0.0, job.left, job.owner_id) for job in running if job.left
    ]
    spans += [(found[job.job_id][0], found[job.job_id][1], job.owner_id) for job in queue]
    known = [(a, b, owner) for a, b, owner in spans if a is not None and b is not None]
    for moment, _, _ in known:
        at_once = [owner for begin, end, owner in known if begin <= moment < end]
        assert len(at_once) <= slots
        assert len(at_once) == len(set(at_once)), "two of one person's at once"

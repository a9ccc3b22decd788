"""Whose turn it is."""

from hypothesis import given
from hypothesis import strategies as st

from bot.fairness import Waiting, order, pick

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

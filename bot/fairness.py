"""Whose turn it is: round robin over persons, one running job each. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass


@dataclass(frozen=True)
class Waiting:
    """A queued job."""

    job_id: int
    owner_id: int
    created_at: float


def order(waiting: Iterable[Waiting], busy: Set[int], served: Mapping[int, float]) -> list[Waiting]:
    """The queue as it will be worked off, if nothing changes.

    `busy` holds the owners with a running job; `served` when an owner's last turn ended.
    Everyone's first job goes before anyone's second; within a round, whoever has waited longest
    since coming or since the last turn is first, so that newcomers starve nobody.
    """
    rounds: defaultdict[int, int] = defaultdict(int)
    keyed = []
    for job in sorted(waiting, key=lambda job: job.job_id):
        turn = rounds[job.owner_id] + (job.owner_id in busy)
        rounds[job.owner_id] += 1
        since = max(job.created_at, served.get(job.owner_id, 0.0))
        keyed.append((turn, since, job.job_id, job))
    return [job for *_, job in sorted(keyed, key=lambda key: key[:3])]


def pick(waiting: Iterable[Waiting], busy: Set[int], served: Mapping[int, float]) -> Waiting | None:
    """The job to start now, or None where everyone who waits has one running."""
    ordered = order(waiting, busy, served)
    return next((job for job in ordered if job.owner_id not in busy), None)

"""Whose turn it is, who may still ask, and how long it will take: the queue's policy. Pure.

Round robin over persons, one running job each. Whoever asks for more than the limits allow is
refused, and told when to try again where that is known.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from enum import StrEnum

DAY_SECONDS = 86400.0


@dataclass(frozen=True)
class Waiting:
    """A queued job."""

    job_id: int
    owner_id: int
    created_at: float


@dataclass(frozen=True)
class Running:
    """A job in work. `left` is in seconds; None is unknown."""

    job_id: int
    owner_id: int
    left: float | None = None


@dataclass(frozen=True)
class Limits:
    """How many jobs may be queued or running at once, and be asked for in a day."""

    per_person: int
    per_group: int
    in_all: int
    per_day: int = 0  # a person, in any 24 hours; 0 is no limit


class Full(StrEnum):
    """Which limit is reached."""

    DAY = "day"
    PERSON = "person"
    GROUP = "group"
    ALL = "all"


@dataclass(frozen=True)
class Load:
    """What counts against the limits when a person asks."""

    person: int = 0  # theirs, in all chats
    group: int = 0  # of the group that they ask in; 0 in a private chat
    in_all: int = 0
    waiting: int = 0  # of all, those that are not running
    day: tuple[float, ...] = ()  # when those of the last 24 hours were asked for, oldest first
    frees: Mapping[Full, float] = field(default_factory=dict)  # seconds until one ends, if known


@dataclass(frozen=True)
class Refusal:
    """Why a job is not taken, and what to tell about it."""

    full: Full
    limit: int
    waiting: int  # jobs in the queue
    again_in: float | None  # seconds; None is unknown


def refusal(load: Load, limits: Limits, now: float, *, exempt: bool = False) -> Refusal | None:
    """Why one more job cannot be taken; None where it can.

    `exempt` is an administrator's: from the daily allowance, and from nothing else. The allowance
    is of any 24 hours, not of a calendar day: it has no midnight at which all come at once, and
    no time zone that somebody would have to know.
    """
    recent = [when for when in load.day if when > now - DAY_SECONDS]
    if limits.per_day and not exempt and len(recent) >= limits.per_day:
        again = sorted(recent)[len(recent) - limits.per_day] + DAY_SECONDS - now
        return Refusal(Full.DAY, limits.per_day, load.waiting, again)
    for full, count, limit in (
        (Full.PERSON, load.person, limits.per_person),
        (Full.GROUP, load.group, limits.per_group),
        (Full.ALL, load.in_all, limits.in_all),
    ):
        if count >= limit:
            return Refusal(full, limit, load.waiting, load.frees.get(full))
    return None


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


def ends(
    ordered: Sequence[Waiting],
    running: Iterable[Running],
    slots: int,
    takes: Mapping[int, float | None],
) -> dict[int, tuple[float | None, float | None]]:
    """When every queued job will begin and end, in seconds from now; None is unknown.

    `takes` has the seconds that each queued job will need, where they can be told. Nothing is
    promised on the ground of an unknown: what waits for one is unknown itself.
    """
    free = [0.0] * slots
    owners: defaultdict[int, float] = defaultdict(float)
    for job in running:
        left = math.inf if job.left is None else max(job.left, 0.0)
        owners[job.owner_id] = max(owners[job.owner_id], left)
        # More may run than there are slots, when a restart has lowered their number.
        free[free.index(min(free))] = left
    found: dict[int, tuple[float | None, float | None]] = {}
    remaining = list(ordered)
    while remaining:
        slot = free.index(min(free))
        next_one = remaining.pop(_first_to_begin(remaining, free[slot], owners))
        begin = max(free[slot], owners[next_one.owner_id])
        seconds = takes.get(next_one.job_id)
        end = math.inf if seconds is None else begin + seconds
        free[slot] = owners[next_one.owner_id] = end
        found[next_one.job_id] = (_known(begin), _known(end))
    return found


def _first_to_begin(remaining: Sequence[Waiting], free: float, owners: Mapping[int, float]) -> int:
    """The index of the one that begins first in a slot that is free then: mostly the very first."""
    earliest, first = math.inf, 0
    for index, job in enumerate(remaining):
        begin = max(free, owners.get(job.owner_id, 0.0))
        if begin <= free:
            return index
        if begin < earliest:
            earliest, first = begin, index
    return first


def _known(seconds: float) -> float | None:
    return seconds if math.isfinite(seconds) else None

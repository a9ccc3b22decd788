"""From what was seen of a scene to the promises that were broken in it. Pure."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.faults.ledger import Ledger
from tests.faults.matrix import Victim
from tests.faults.studio import Painting

_ERROR_ID = re.compile(r"\b[0-9a-f]{8}\b")
STATUS = "status message"


@dataclass(frozen=True)
class Said:
    """A message of the bot's, when it came into a chat."""

    time: float
    chat: int
    what: str  # its kind and its words; all status messages are the same

    @property
    def key(self) -> tuple[int, str]:
        """What is the same in two that are duplicates."""
        return self.chat, self.what


@dataclass(frozen=True)
class Kill:
    """A kill, and the database right after."""

    time: float
    victim: Victim
    ledger: Ledger
    orphans: tuple[str, ...] = ()  # what outlived the bot too long

    @property
    def of_bot(self) -> bool:
        """Whether the bot was killed, or stopped."""
        return self.victim is not Victim.WORKER


@dataclass(frozen=True)
class Record:
    """All that was seen of a scene."""

    said: Sequence[Said]
    stands: Counter[tuple[int, str]]  # what the bot has in the chats at the end
    confirmed: int  # all updates below were acknowledged
    ledger: Ledger
    paintings: Sequence[Painting]
    files: int  # in the data folder
    kills: Sequence[Kill] = ()
    calls: Sequence[Mapping[str, Any]] = ()  # the transcript


def described(kind: str, text: str, *, is_status: bool) -> str:
    """`Said.what`."""
    return STATUS if is_status else f"{kind} {_ERROR_ID.sub('<id>', text)!r}"


def duplicates(record: Record, calm: Record) -> list[Said]:
    """What came more often than in the same story without a kill: the later ones of each."""
    left = Counter(one.key for one in calm.said)
    extra = []
    for one in record.said:
        if left[one.key] > 0:
            left[one.key] -= 1
        else:
            extra.append(one)
    return extra


def broken(record: Record, calm: Record) -> list[str]:
    """The promises that were not kept; `calm` is the same story without a kill."""
    return [
        *_updates(record),
        *_jobs(record, calm),
        *_messages(record, calm),
        *_duplicates(record, calm),
        *_continuation(record),
        *_files(record, calm),
        *(f"outlived the bot by 5 s: {one}" for kill in record.kills for one in kill.orphans),
    ]


def _updates(record: Record) -> list[str]:
    handled = dict(record.ledger.updates)
    known = {id_ for kill in record.kills for id_, _ in kill.ledger.updates} | handled.keys()
    first = min(handled, default=record.confirmed)  # those before are forgotten, with their person
    lost = [id_ for id_ in sorted(known) if not handled.get(id_, id_ < first)]
    lost += [id_ for id_ in range(first, record.confirmed) if id_ not in known]
    return [f"update {id_} was acknowledged and not handled" for id_ in lost]


def _jobs(record: Record, calm: Record) -> list[str]:
    found = []
    ended = sorted(job.state for job in record.ledger.jobs)
    wanted = sorted(job.state for job in calm.ledger.jobs)
    if ended != wanted:
        found.append(f"the jobs ended as {ended}, not as {wanted}")
    for job in record.ledger.jobs:
        ends = [
            one
            for one in record.ledger.deliveries
            if one.job_id == job.id and one.kind in ("result", "apology") and one.state == "sent"
        ]
        if len(ends) != (job.state != "cancelled"):
            found.append(f"job {job.id}, {job.state}, has {len(ends)} results and apologies")
    if not record.ledger.at_rest:
        found.append(f"something is left to do: {record.ledger}")
    return found


def _messages(record: Record, calm: Record) -> list[str]:
    again = Counter(one.key for one in duplicates(record, calm))
    return [
        f"{count} of {key} never came, or did not stay"
        for key, count in (calm.stands - record.stands).items()
    ] + [
        f"{count} of {key} stayed, and should not have"
        for key, count in (record.stands - calm.stands - (again | _unknown(record))).items()
    ]


def _unknown(record: Record) -> Counter[tuple[int, str]]:
    """Status messages that a bot did not live to note: they stay, be there another or not."""
    found: Counter[tuple[int, str]] = Counter()
    for kill in record.kills:
        until = _silence(kill, record)
        shown = [one for one in record.said if one.what == STATUS and one.time <= until]
        if shown and _open(kill, shown[-1]):
            found[shown[-1].key] += 1
    return found


def _duplicates(record: Record, calm: Record) -> list[str]:
    """At most one a kill, and only where it fell between a send and its commit."""
    found = []
    kills = list(record.kills)
    for extra in duplicates(record, calm):
        before = [one.time for one in record.said if one.key == extra.key and one.time < extra.time]
        cause = next(
            (
                kill
                for kill in kills
                if before
                and before[0] <= _silence(kill, record)
                and kill.time <= extra.time
                and _open(kill, extra)
            ),
            None,
        )
        if cause is None:
            found.append(f"{extra.what} in {extra.chat} came again, for no kill of its own")
        else:
            kills.remove(cause)
    return found


def _silence(kill: Kill, record: Record) -> float:
    """When nothing of the dead bot comes any more: until the next one's first call it may."""
    lives = (one["time"] for one in record.calls if one["method"] == "getMe")
    return min((float(time) for time in lives if time > kill.time), default=kill.time)


def _open(kill: Kill, said: Said) -> bool:
    """Whether the database did not know yet, when the bot died, that this had been said."""
    ledger = kill.ledger
    unhandled = any(not handled for _, handled in ledger.updates) or ledger.due > 0
    waiting = any(one.state == "waiting" for one in ledger.deliveries)
    if said.what == STATUS:
        return kill.of_bot and any(job.status_message_id is None for job in ledger.jobs)
    return kill.of_bot and (unhandled or waiting)


def _files(record: Record, calm: Record) -> list[str]:
    """A kill may leave a checkpoint that no job names any more. Once it is old, it goes."""
    painted = [kill for kill in record.kills if kill.of_bot and kill.ledger.jobs]
    if record.files <= calm.files + len(painted):
        return []
    return [f"{record.files} files are kept, where {calm.files} are needed"]


def _continuation(record: Record) -> list[str]:
    """A run goes on from the last checkpoint before the kill that ended the one before it."""
    found = []
    for earlier, later in zip(record.paintings, record.paintings[1:], strict=False):
        kill = next((k for k in reversed(record.kills) if k.time <= later.began), None)
        if kill is None:
            found.append(f"the run {later} began for no kill")
            continue
        saved = max((job.step for job in kill.ledger.jobs), default=0)
        most = max([earlier.after, *earlier.steps])
        if saved == -1 or not (later.after == saved or (not kill.of_bot and later.after > saved)):
            found.append(f"a run went on after step {later.after}, the checkpoint was of {saved}")
        if later.after > most:
            found.append(f"a run went on after step {later.after} of {most}")
        repeated = [step for step in later.steps if step <= later.after]
        found += [f"step {step} was made again" for step in repeated]
    return found

"""The judge of the kill matrix sees every kind of broken promise, and no other."""

from collections import Counter
from dataclasses import replace

import pytest

from tests.faults.judge import STATUS, Kill, Record, Said, broken
from tests.faults.ledger import DeliveryRow, JobRow, Ledger
from tests.faults.matrix import Victim
from tests.faults.studio import Painting

CHAT = 7
ASKED, RESULT = "text 'The style?'", "photo 'Here is your painting.'"
DONE = Ledger(
    updates=((101, True), (102, True)),
    jobs=(JobRow(1, "finished", 1, None, None),),
    deliveries=(DeliveryRow(1, "result", "sent"),),
)
CALM = Record(
    said=(Said(1.0, CHAT, ASKED), Said(2.0, CHAT, STATUS), Said(5.0, CHAT, RESULT)),
    stands=Counter({(CHAT, ASKED): 1, (CHAT, RESULT): 1}),
    confirmed=103,
    ledger=DONE,
    paintings=(Painting(11, 0, 2.5, [1, 2, 3, 4]),),
    files=7,
)


def midway(step: int = 2, status: int | None = 3, result: str = "") -> Ledger:
    """The database, while it is painted, or while the result is sent."""
    checkpoint = b'{"step": %d}' % step
    sending = (DeliveryRow(1, "result", result),) if result else ()
    state = "finished" if result else "running"
    return replace(DONE, jobs=(JobRow(1, state, 1, status, checkpoint),), deliveries=sending)


def killed(ledger: Ledger, at: float = 3.0, victim: Victim = Victim.BOT) -> Record:
    """The same story with a kill, after which all is well."""
    paintings = [Painting(11, 0, 2.5, [1, 2, 3, 4])]
    if ledger.jobs[0].state == "running":
        step = ledger.jobs[0].step
        paintings = [
            Painting(11, 0, 2.5, [1, 2, 3]),
            Painting(12, step, at + 1, list(range(step + 1, 5))),
        ]
    return replace(CALM, kills=(Kill(at, victim, ledger),), paintings=paintings)


def with_more(record: Record, *more: Said, stays: bool = True) -> Record:
    """Something is said besides."""
    stands = record.stands + (Counter(one.key for one in more) if stays else Counter())
    said = sorted([*record.said, *more], key=lambda one: one.time)
    return replace(record, said=said, stands=stands)


@pytest.mark.parametrize(
    "record",
    [
        CALM,
        killed(midway()),
        with_more(killed(midway(status=None)), Said(4.0, CHAT, STATUS)),
        replace(killed(midway(status=None)), stands=CALM.stands + Counter({(CHAT, STATUS): 1})),
        with_more(killed(midway(result="waiting"), at=5.5), Said(6.0, CHAT, RESULT)),
        with_more(
            replace(killed(DONE), kills=(Kill(1.5, Victim.BOT, Ledger(((101, False),))),)),
            Said(1.7, CHAT, ASKED),
        ),
        replace(killed(midway()), ledger=replace(DONE, updates=((102, True),))),
        replace(killed(midway()), files=CALM.files + 1),
        with_more(
            replace(
                killed(midway(result="waiting"), at=4.9),
                calls=[{"method": "getMe", "time": time} for time in (0.5, 5.1)],
            ),
            Said(6.0, CHAT, RESULT),
        ),
    ],
    ids=[
        *("calm", "killed", "status again", "status stays", "result again", "question again"),
        *("forgotten", "a checkpoint stays", "on its way"),
    ],
)
def test_what_is_allowed_is_not_held_against_it(record: Record) -> None:
    assert broken(record, CALM) == []


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (replace(CALM, ledger=replace(DONE, updates=((101, True), (102, False)))), "not handled"),
        (replace(CALM, ledger=replace(DONE, updates=((101, True),))), "update 102"),
        (replace(CALM, ledger=replace(DONE, jobs=())), "the jobs ended as"),
        (replace(CALM, ledger=replace(DONE, deliveries=())), "0 results and apologies"),
        (
            replace(
                CALM,
                ledger=replace(
                    DONE, deliveries=(*DONE.deliveries, DeliveryRow(1, "apology", "sent"))
                ),
            ),
            "2 results and apologies",
        ),
        (replace(CALM, ledger=midway()), "left to do"),
        (replace(CALM, stands=Counter({(CHAT, ASKED): 1})), "never came"),
        (replace(CALM, stands=CALM.stands + Counter({(CHAT, STATUS): 1})), "should not have"),
        (
            replace(killed(midway()), stands=CALM.stands + Counter({(CHAT, STATUS): 1})),
            "should not have",
        ),
        (with_more(CALM, Said(6.0, CHAT, RESULT)), "no kill of its own"),
        (with_more(killed(midway()), Said(4.0, CHAT, STATUS)), "no kill of its own"),
        (
            with_more(killed(midway(result="sent"), at=5.5), Said(6.0, CHAT, RESULT)),
            "no kill of its own",
        ),
        (
            with_more(killed(midway(status=None), victim=Victim.WORKER), Said(4.0, CHAT, STATUS)),
            "no kill of its own",
        ),
        (
            with_more(
                killed(midway(result="waiting"), at=5.5),
                Said(6.0, CHAT, RESULT),
                Said(6.1, CHAT, RESULT),
            ),
            "no kill of its own",
        ),
        (
            replace(killed(midway(2)), paintings=(CALM.paintings[0], Painting(12, 1, 4.0, [2]))),
            "the checkpoint was of 2",
        ),
        (
            replace(killed(midway(2)), paintings=(CALM.paintings[0], Painting(12, 2, 4.0, [2]))),
            "made again",
        ),
        (
            replace(CALM, paintings=(*CALM.paintings, Painting(12, 2, 4.0, [3, 4]))),
            "for no kill",
        ),
        (
            replace(killed(midway()), kills=(Kill(3.0, Victim.BOT, midway(), ("a worker",)),)),
            "outlived",
        ),
        (
            with_more(killed(midway(result="waiting"), at=4.9), Said(6.0, CHAT, RESULT)),
            "no kill of its own",
        ),
        (replace(CALM, files=8), "8 files are kept"),
        (replace(CALM, files=8, kills=(Kill(1.0, Victim.BOT, Ledger()),)), "8 files are kept"),
        (replace(killed(midway()), files=CALM.files + 2), "files are kept"),
    ],
)
def test_what_is_broken_is_named(record: Record, words: str) -> None:
    found = broken(record, CALM)
    assert len(found) >= 1
    assert any(words in one for one in found), found

"""The commands about the queue."""

import time
from dataclasses import replace

import pytest

from bot import blocklist, jobs, lookup, sessions, stats
from bot.access import turned_away
from bot.buttons import Action, Button
from bot.conversation import decide
from bot.database import Database
from bot.decision import Decision, Facts, Policy, Unfetchable
from bot.fairness import Limits
from bot.gathering import Part, Session
from bot.incoming import Command, Incoming, Other, Photo, Pressed
from bot.jobs import Job, State
from bot.queueing import MAX_SEED
from bot.sessions import Where
from bot.stats import Stats
from bot.texts import texts_for
from bot.workload import Active, Workload
from tests.bot.queues import (
    ANN,
    BOB,
    CLEO,
    GROUP,
    JOB,
    finished,
    queued,
    running,
    set_values,
)

ADMIN = 9
TEXTS = texts_for("en")
POLICY = Policy(Limits(2, 3, 5), {"size": 512}, admins=frozenset({ADMIN}))
ONE = Session(parts=(Part("a" * 64, 4),), asked=True, touched=100.0)
LAST = replace(
    JOB,
    language="ru",
    styles=("b" * 64, "c" * 64),
    options={"size": 640, "strength": 2.0},
    state=State.CANCELLED,
)


def active(job_id: int, owner: int = ANN, chat: int = ANN, state: State = State.QUEUED) -> Active:
    return Active(job_id, owner, chat, state, {}, 0.0, None, None)


LOAD = Workload(
    active=[
        active(1, state=State.RUNNING),
        active(2),
        active(3, chat=GROUP),
        active(4, BOB, BOB),
    ],
    places={4: 1, 2: 2, 3: 3},
    begins={4: 20.0, 2: 200.0, 3: None},
    ends={1: 20.0, 4: 100.0, 2: 300.0, 3: None},
)


def ask(
    what: Command | Pressed | Photo | Other,
    facts: Facts,
    *,
    user: int = ANN,
    chat: int | None = None,
    fetched: str | Unfetchable | None = None,
) -> Decision:
    incoming = Incoming(Where(chat or user, 0, user), "en", 5, what)
    return decide(incoming, facts, POLICY, TEXTS, 100.0, fetched)


def said(decision: Decision) -> str:
    return "\n".join(reply.text for reply in decision.replies)


def test_the_list_has_ones_own_paintings_with_a_button_each() -> None:
    [reply] = ask(Command("queue"), Facts(ONE, workload=LOAD)).replies
    assert reply.text.splitlines() == [
        "Your paintings:",
        "1. In work. Time left: about a minute.",
        "2. In the queue: place 2. Expected wait: 4 minutes.",
        "3. In the queue: place 3.",
        "Paintings in the queue: 3.",
    ]
    assert [row[0] for row in reply.rows] == [
        (f"Cancel {number}", Button(Action.UNQUEUE, number)) for number in (1, 2, 3)
    ]


def test_in_a_group_the_list_is_the_groups() -> None:
    [reply] = ask(Command("queue"), Facts(Session(), workload=LOAD), chat=GROUP).replies
    assert [row[0][1].job_id for row in reply.rows] == [3]


def test_who_has_nothing_is_told_so_with_the_length_of_the_queue() -> None:
    [reply] = ask(Command("queue"), Facts(Session(), workload=LOAD), user=77).replies
    assert reply.text.splitlines() == [TEXTS.nothing_queued(), TEXTS.queue_length(3)]
    assert reply.rows == []


def test_a_button_of_the_list_cancels_and_tells_the_list_anew() -> None:
    press = Pressed("99", Button(Action.UNQUEUE, 2))
    decision = ask(press, Facts(ONE, workload=LOAD, job=LAST))
    assert decision.cancelled == [2]
    assert decision.session == ONE
    assert decision.edit is not None
    assert [row[0][1].job_id for row in decision.edit.rows] == [1, 3]
    assert "2. In the queue: place 2." in decision.edit.text.splitlines()
    assert TEXTS.queue_length(2) in decision.edit.text


@pytest.mark.parametrize(
    ("job", "notice"),
    [
        (replace(LAST, owner_id=BOB), TEXTS.not_yours()),
        (replace(LAST, state=State.FINISHED), TEXTS.already_over()),
        (None, TEXTS.not_yours()),
    ],
)
def test_a_button_of_the_list_touches_nobody_elses_and_nothing_that_is_over(
    job: Job | None, notice: str
) -> None:
    press = Pressed("99", Button(Action.UNQUEUE, 4))
    decision = ask(press, Facts(Session(), workload=LOAD, job=job))
    assert (decision.cancelled, decision.edit, decision.notice) == ((), None, notice)


def test_again_is_the_last_request_with_the_next_seed() -> None:
    [job] = ask(Command("again"), Facts(ONE, last=LAST)).new_jobs
    assert (job.content, job.styles) == (LAST.content, LAST.styles)
    assert job.options == {"size": 640, "strength": 2.0, "seed": 1}
    assert (job.owner_id, job.chat_id, job.reply_to, job.language) == (ANN, ANN, 5, "en")
    later = replace(LAST, options={"seed": MAX_SEED})
    [job] = ask(Command("again"), Facts(ONE, last=later)).new_jobs
    assert job.options == {"seed": 0}


def test_again_with_a_photo_is_the_same_style_on_that() -> None:
    command = Command("again", photo=Photo("id", 1, 4, None, None))
    [job] = ask(command, Facts(ONE, last=LAST), fetched="d" * 64).new_jobs
    assert (job.content, job.styles, job.options) == ("d" * 64, LAST.styles, LAST.options)
    decision = ask(command, Facts(ONE, last=LAST), fetched=Unfetchable("Gone."))
    assert (said(decision), decision.new_jobs) == ("Gone.", ())


def test_again_with_nothing_to_repeat_says_so() -> None:
    decision = ask(Command("again"), Facts(ONE))
    assert (said(decision), decision.new_jobs) == (TEXTS.nothing_to_repeat(), ())


@pytest.mark.parametrize("name", ["stats", "block", "unblock"])
def test_what_is_for_administrators_is_unknown_to_others_and_silent_in_groups(name: str) -> None:
    command = Command(name, subject=BOB)
    decision = ask(command, Facts(ONE))
    assert said(decision) == TEXTS.unknown_command()
    assert (decision.blocked, decision.unblocked, decision.session) == (None, None, ONE)
    assert ask(command, Facts(ONE), chat=GROUP).replies == []


def test_stats_are_told_to_administrators() -> None:
    counts = Stats(1, 2, 3, 4, 5, 6, 7, 8, {"fine": 100.0, "draft": 9.0})
    text = said(ask(Command("stats"), Facts(Session(), stats=counts), user=ADMIN))
    for line in ("In the queue: 1", "In work: 2", "• painted: 3", "• people: 7", "Blocked: 8"):
        assert line in text.splitlines()
    assert "“draft”: 9 seconds" in text


def test_block_stops_what_the_person_has_and_unblock_lets_them_in_again() -> None:
    facts = Facts(Session(), subject=BOB, subject_jobs=(4, 5))
    decision = ask(Command("block"), facts, user=ADMIN)
    assert (decision.blocked, decision.cancelled) == (BOB, (4, 5))
    assert "Cancelled paintings: 2" in said(decision)
    decision = ask(
        Command("unblock"), Facts(Session(), subject=BOB, subject_blocked=True), user=ADMIN
    )
    assert (decision.unblocked, said(decision)) == (BOB, TEXTS.unblocked(BOB))
    decision = ask(Command("unblock"), Facts(Session(), subject=BOB), user=ADMIN)
    assert said(decision) == TEXTS.was_not_blocked(BOB)


@pytest.mark.parametrize(
    ("subject", "text"), [(None, TEXTS.block_whom()), (ADMIN, TEXTS.never_blocked())]
)
def test_block_without_a_person_or_of_an_administrator_blocks_nobody(
    subject: int | None, text: str
) -> None:
    decision = ask(Command("block"), Facts(Session(), subject=subject), user=ADMIN)
    assert (decision.blocked, said(decision)) == (None, text)


class TestAccess:
    INVITED = replace(POLICY, allowed=frozenset({ANN, GROUP}))

    def away(
        self,
        user: int,
        chat: int,
        what: Command | Photo | Pressed = Command("start"),  # noqa: B008 - frozen
        *,
        blocked: bool = False,
    ) -> Decision | None:
        incoming = Incoming(Where(chat, 0, user), "en", 5, what)
        return turned_away(incoming, Facts(ONE, blocked=blocked), self.INVITED, TEXTS)

    def test_invited_chats_and_administrators_are_served(self) -> None:
        assert self.away(ANN, ANN) is None
        assert self.away(BOB, GROUP) is None
        assert self.away(ADMIN, ADMIN) is None
        assert self.away(ADMIN, -5, blocked=True) is None

    def test_others_are_told_in_private_how_to_be_let_in(self) -> None:
        decision = self.away(BOB, BOB)
        assert decision is not None
        assert str(BOB) in said(decision)
        assert decision.session == ONE

    @pytest.mark.parametrize(
        ("chat", "what"),
        [
            (-5, Command("queue")),
            (BOB, Photo("id", 1, 5, None, "album")),
            (BOB, Pressed("99", None)),
        ],
    )
    def test_groups_albums_and_buttons_get_no_such_word(
        self, chat: int, what: Command | Photo | Pressed
    ) -> None:
        decision = self.away(BOB, chat, what)
        assert decision is not None
        assert said(decision) == ""

    def test_the_blocked_hear_nothing_wherever_they_are(self) -> None:
        for chat in (ANN, GROUP):
            decision = self.away(ANN, chat, blocked=True)
            assert decision is not None
            assert (said(decision), decision.notice) == ("", "")

    def test_without_a_list_all_are_served(self) -> None:
        incoming = Incoming(Where(BOB, 0, BOB), "en", 5, Command("start"))
        assert turned_away(incoming, Facts(ONE), POLICY, TEXTS) is None


class TestTables:
    async def test_a_command_in_reply_to_the_bot_is_about_whoever_asked_for_that(
        self, database: Database
    ) -> None:
        shown = await queued(database, BOB, GROUP)
        await database.run(jobs.set_status_message, shown, 6)
        await finished(database, CLEO, chat=GROUP)  # as message 7
        for message_id, owner in ((6, BOB), (7, CLEO), (8, None)):
            for chat, expected in ((GROUP, owner), (ANN, None)):
                where = Where(chat, 0, ADMIN)
                incoming = Incoming(where, "en", 9, Command("block"), reply_to=message_id)
                args = incoming, 1, Facts(Session()), POLICY, time.time()
                facts = await database.run(lookup.more, *args)
                assert facts.subject == expected
                jobs_of = (shown,) if expected == BOB else ()
                assert facts.subject_jobs == jobs_of

    async def test_blocking_is_kept_and_forgets_what_was_gathered(self, database: Database) -> None:
        where = Where(BOB, 0, BOB)
        await database.run(sessions.save, where, ONE, "en")
        for _ in range(2):
            await database.run(blocklist.add, BOB, ADMIN)
        assert await database.run(blocklist.holds, BOB)
        assert not await database.run(blocklist.holds, ANN)
        assert await database.run(blocklist.count) == 1
        assert (await database.run(sessions.load, where))[0] == Session()
        assert await database.run(blocklist.drop, BOB)
        assert not await database.run(blocklist.drop, BOB)
        assert not await database.run(blocklist.holds, BOB)

    async def test_stats_count_the_last_day_and_all_that_waits(self, database: Database) -> None:
        await queued(database)
        old = await queued(database)
        await set_values(database, old, created_at=1.0)
        await running(database, BOB)
        await finished(database, seconds=30.0)
        ancient = await finished(database, BOB)
        await set_values(database, ancient, created_at=1.0)
        again = await finished(database)
        await set_values(database, again, cached=True)
        stopped = await queued(database)
        await database.run(jobs.cancel, stopped)
        found = await database.run(stats.read, time.time())
        assert (found.waiting, found.running, found.finished) == (2, 1, 1)
        assert (found.failed, found.cancelled, found.cached, found.people) == (0, 1, 1, 2)
        assert found.seconds == {"draft": pytest.approx(45.0)}  # of all that is kept

    async def test_the_last_job_is_of_the_person_and_the_chat(self, database: Database) -> None:
        mine = await queued(database)
        await queued(database, ANN, GROUP)
        await queued(database, BOB)
        last = await database.run(jobs.last_of, ANN, ANN)
        assert last is not None
        assert last.id == mine
        assert await database.run(jobs.last_of, 77, ANN) is None

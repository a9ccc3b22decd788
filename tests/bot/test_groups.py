"""What is meant for the bot in a group, and what comes of it, press by press and photo by photo."""

from dataclasses import replace

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot import gathering, groups
from bot.buttons import Action, Button
from bot.conversation import act, decide
from bot.decision import Decision, Facts, Policy, Unfetchable
from bot.fairness import Limits
from bot.gathering import EXPIRY_SECONDS, Part, Role, Session
from bot.incoming import Command, Incoming, Other, Photo, Pressed
from bot.sessions import Where
from bot.texts import texts_for
from tests.bot.test_conversation import JOB

TEXTS = texts_for("en", group=True)
POLICY = Policy(Limits(9, 9, 9), {"size": 512})
HERE = Where(-7, 0, 7)
PICTURE = Photo("id", 100, 5, None, None)
WAITING = Session(parts=(Part("a" * 64, 4),), asked=True, touched=100.0)
NOBODY = Facts(Session())


def incoming(what: Command | Photo | Other | Pressed, reply_to: int | None = None) -> Incoming:
    return Incoming(HERE, "en", 5, what, reply_to)


def answer(
    what: Command | Photo | Other, facts: Facts, fetched: str | Unfetchable | None = None
) -> Decision:
    return decide(incoming(what), facts, POLICY, TEXTS, 100.0, fetched)


@pytest.mark.parametrize(
    ("what", "facts", "silent"),
    [
        (PICTURE, NOBODY, True),
        (PICTURE, Facts(WAITING), True),  # a photo among friends, not an answer
        (PICTURE, Facts(WAITING, asked=True), False),
        (PICTURE, Facts(Session(), repaints=JOB), False),
        (replace(PICTURE, album="x"), Facts(Session((Part("a" * 64, 4, album="x"),))), False),
        (replace(PICTURE, album="y"), Facts(Session((Part("a" * 64, 4, album="x"),))), True),
        (Other("video"), Facts(WAITING), True),
        (Other("video"), Facts(WAITING, asked=True), False),
        (Other("text", "mosaic"), NOBODY, True),
        (Other("text", "mosaic"), Facts(WAITING), True),
        (Other("text", "mosaic"), Facts(WAITING, asked=True), False),
        (Other("text", "mosaic"), Facts(Session(), repaints=JOB), False),
        (Other("video"), Facts(Session(), repaints=JOB), True),
        (Command("cancel"), NOBODY, True),
        (Command("cancel", addressed=True), NOBODY, False),
        (Command("cancel"), Facts(WAITING), False),
        (Command("cancel"), Facts(Session(), active_here=(1,)), False),
        (Command("style"), NOBODY, False),
        (Command("help"), NOBODY, False),
    ],
)
def test_silence_is_decided_before_anything_is_fetched(
    what: Command | Photo | Other, facts: Facts, silent: bool
) -> None:
    assert groups.unasked(incoming(what), facts) is silent
    private = replace(incoming(what), where=Where(7, 0, 7))
    assert not groups.unasked(private, facts)


@pytest.mark.parametrize(
    ("owner", "chat", "counts"), [(7, -7, False), (8, -7, True), (8, -9, False)]
)
def test_admins_are_looked_up_only_where_somebody_elses_button_is_pressed(
    owner: int, chat: int, counts: bool
) -> None:
    facts = Facts(Session(), job=replace(JOB, owner_id=owner, chat_id=chat))
    assert groups.needs_admin(incoming(Pressed("9", Button(Action.CANCEL, 3))), facts) is counts
    assert not groups.needs_admin(incoming(Pressed("9", None)), facts)


def test_an_admin_may_cancel_what_is_not_theirs_and_others_may_not() -> None:
    job = replace(JOB, owner_id=8, chat_id=-7)
    pressed = incoming(Pressed("9", Button(Action.CANCEL, 3)))
    refused = decide(pressed, Facts(Session(), job=job), POLICY, TEXTS, 100.0)
    assert (refused.notice, refused.cancelled) == (TEXTS.not_yours(), ())
    allowed = decide(pressed, Facts(Session(), job=job, is_admin=True), POLICY, TEXTS, 100.0)
    assert allowed.cancelled == [3]


def test_a_result_is_repainted_and_an_open_request_stays_open() -> None:
    facts = Facts(WAITING, repaints=replace(JOB, content="c" * 64))
    decision = answer(PICTURE, facts, "b" * 64)
    [job] = decision.new_jobs
    assert (job.content, job.styles, job.reply_to) == ("c" * 64, ("b" * 64,), 5)
    assert decision.session == WAITING


def test_an_album_in_reply_to_a_result_is_one_request_of_many_styles() -> None:
    facts = Facts(WAITING, repaints=replace(JOB, content="c" * 64))
    for number, name in enumerate("bde"):
        part = Incoming(HERE, "en", 5 + number, replace(PICTURE, album="x"))
        decision = decide(part, facts, POLICY, TEXTS, 100.0, name * 64)
        assert not decision.new_jobs
        facts = replace(facts, session=decision.session)
    _, [request] = gathering.tick(facts.session, 110.0)
    assert isinstance(request, gathering.Request)
    assert request.content.sha256 == "c" * 64
    assert [style.sha256[0] for style in request.styles] == ["b", "d", "e"]


def test_style_in_reply_to_a_result_begins_with_its_content_and_not_with_what_was_open() -> None:
    facts = Facts(WAITING, repaints=replace(JOB, content="c" * 64))
    session = answer(Command("style"), facts).session
    assert [part.sha256[0] for part in session.parts] == ["c"]


def test_a_photo_with_style_that_answers_another_is_the_style() -> None:
    facts = Facts(WAITING, base="d" * 64)
    decision = answer(Command("style", photo=PICTURE, base=PICTURE), facts, "b" * 64)
    [job] = decision.new_jobs
    assert (job.content[0], job.styles[0][0]) == ("d", "b")
    assert decision.session == WAITING


@pytest.mark.parametrize(
    ("facts", "fetched"),
    [
        (Facts(WAITING, asked=True), Unfetchable("Too large.")),
        (Facts(WAITING, base=Unfetchable("Too large.")), None),
    ],
)
def test_a_photo_that_cannot_be_fetched_is_answered_and_loses_nothing(
    facts: Facts, fetched: Unfetchable | None
) -> None:
    decision = answer(PICTURE if fetched else Command("style"), facts, fetched)
    assert [(one.text, one.reply_to) for one in decision.replies] == [("Too large.", 5)]
    assert decision.session == WAITING


def test_a_role_in_the_caption_of_an_answer_counts() -> None:
    facts = Facts(WAITING, asked=True)
    decision = answer(replace(PICTURE, role=Role.CONTENT), facts, "b" * 64)
    [job] = decision.new_jobs
    assert (job.content[0], job.styles[0][0]) == ("b", "a")


class Chatting(RuleBasedStateMachine):
    """Three people in one group, as their sessions and questions are kept; a model of each."""

    people = st.sampled_from([11, 12, 13])

    def __init__(self) -> None:
        super().__init__()
        self.now, self.ids = 1000.0, 1
        self.sessions: dict[int, Session] = {}
        self.questions: dict[int, int] = {}  # whom each one was put to
        self.given: dict[int, list[str]] = {}  # what each has given for the open request
        self.jobs: list[tuple[int, set[str]]] = []
        self.wanted: list[tuple[int, set[str]]] = []

    def handle(self, who: int, what: Command | Photo, question: int | None, sha256: str) -> None:
        where = Where(-7, 0, who)
        update = Incoming(where, "en", self.next_id(), what, question)
        session = self.sessions.get(who, Session())
        facts = Facts(session, asked=self.questions.get(question or 0) == who)
        if groups.unasked(update, facts):
            return
        decision = decide(update, facts, POLICY, TEXTS, self.now, sha256 or None)
        self.take(who, decision)

    def take(self, who: int, decision: Decision) -> None:
        self.sessions[who] = decision.session
        self.jobs += [(job.owner_id, {job.content, *job.styles}) for job in decision.new_jobs]
        for reply in decision.replies:
            assert reply.asks, "nothing but questions is said here"
            assert reply.reply_to, "to whom, Telegram takes from the message that is replied to"
            self.questions[self.next_id()] = who

    def next_id(self) -> int:
        self.ids += 1
        return self.ids

    def give(self, who: int, sha256: str) -> None:
        given = self.given.setdefault(who, [])
        given.append(sha256)
        if len(given) == 2:
            self.wanted.append((who, set(self.given.pop(who))))

    @rule(who=people)
    def asks_with_a_photo(self, who: int) -> None:
        sha256 = f"{self.ids:064}"
        self.give(who, sha256)
        self.handle(who, Command("style", photo=PICTURE), None, sha256)

    @rule(who=people)
    def asks_alone(self, who: int) -> None:
        self.handle(who, Command("style"), None, "")

    @rule(who=people)
    def sends_a_photo_to_friends(self, who: int) -> None:
        self.handle(who, PICTURE, None, f"{self.ids:064}")

    @precondition(lambda self: self.questions)
    @rule(who=people, data=st.data())
    def replies_to_a_question(self, who: int, data: st.DataObject) -> None:
        question = data.draw(st.sampled_from(sorted(self.questions)))
        sha256 = f"{self.ids:064}"
        if self.questions[question] == who:
            self.give(who, sha256)
        self.handle(who, PICTURE, question, sha256)

    @rule(who=people)
    def time_passes(self, who: int) -> None:
        self.now += 1
        session, outcomes = gathering.tick(self.sessions.get(who, Session()), self.now)
        facts = Facts(session)
        self.take(who, act(session, outcomes, Where(-7, 0, who), facts, POLICY, TEXTS))

    @rule(who=people)
    def somebody_forgets(self, who: int) -> None:
        self.now += EXPIRY_SECONDS + 1
        for one in (11, 12, 13):
            self.sessions[one] = Session()
        self.given.clear()

    @invariant()
    def everyone_gets_what_they_asked_for_of_their_own_photos(self) -> None:
        assert self.jobs == self.wanted

    @invariant()
    def sessions_hold_their_owners_photos_only(self) -> None:
        for who, session in self.sessions.items():
            assert [part.sha256 for part in session.parts] == self.given.get(who, [])


TestChatting = Chatting.TestCase

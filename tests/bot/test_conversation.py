"""What the bot decides to answer."""

from dataclasses import replace

import pytest

from bot.buttons import Action, Button
from bot.conversation import act, decide
from bot.decision import Decision, Facts, Policy, Unfetchable
from bot.fairness import Limits
from bot.gathering import Part, Request, Session
from bot.incoming import Command, Incoming, Other, Photo, Pressed
from bot.jobs import Job, State
from bot.outbox import Kind
from bot.sessions import Where
from bot.texts import texts_for
from tests.bot import queues

TEXTS = texts_for("en")
POLICY = Policy(Limits(per_person=2, per_group=3, in_all=5), {"size": 512})
HERE = Where(chat_id=7, thread_id=0, user_id=7)
PHOTO = Photo("id", 100, 5, None, None)
CANCEL, FILE, FINISH = (Button(action, 3) for action in (Action.CANCEL, Action.FILE, Action.FINISH))
ONE = Session(parts=(Part("a" * 64, 4),), asked=True, touched=100.0)
JOB = replace(queues.JOB, owner_id=7, chat_id=7, state=State.RUNNING)


def answer(what: Command | Photo | Pressed | Other, facts: Facts, fetched: str = "") -> Decision:
    return decide(Incoming(HERE, "en", 5, what), facts, POLICY, TEXTS, 100.0, fetched or None)


def press(button: Button | None, job: Job | None, *files: str) -> Decision:
    return answer(Pressed("99", button), Facts(Session(), job=job, files=frozenset(files)))


def test_the_second_photo_makes_a_job_that_holds_all_there_is_to_know() -> None:
    decision = answer(PHOTO, Facts(ONE), fetched="b" * 64)
    [job] = decision.new_jobs
    assert (job.content, job.styles) == ("a" * 64, ("b" * 64,))
    assert (job.owner_id, job.chat_id, job.reply_to) == (7, 7, 4)
    assert job.options == {"size": 512}
    assert decision.session.parts == ()
    assert decision.replies == []


def test_a_photo_that_could_not_be_fetched_is_answered_and_loses_nothing() -> None:
    incoming = Incoming(HERE, "en", 5, PHOTO)
    decision = decide(incoming, Facts(ONE), POLICY, TEXTS, 100.0, Unfetchable("Too large."))
    assert [reply.text for reply in decision.replies] == ["Too large."]
    assert decision.session == ONE


def test_every_pair_is_wanted_whatever_the_limits_then_say() -> None:
    requests = [Request(Part("a", n), (Part("b", n + 1),)) for n in (1, 3, 5)]
    decision = act(Session(), requests, HERE, Facts(Session()), POLICY, TEXTS)
    assert [job.reply_to for job in decision.new_jobs] == [1, 3, 5]


def test_cancel_forgets_the_photos_and_stops_what_is_in_this_chat() -> None:
    decision = answer(Command("cancel"), Facts(ONE, active_here=(3, 4)))
    assert decision.session == Session()
    assert decision.cancelled == (3, 4)
    assert "2 paintings" in decision.replies[0].text


def test_cancel_with_nothing_to_cancel_says_so() -> None:
    decision = answer(Command("cancel"), Facts(Session()))
    assert decision.replies[0].text == TEXTS.nothing_to_cancel()


@pytest.mark.parametrize("name", ["start", "help", "nonsense"])
def test_every_command_has_an_answer_and_keeps_the_photos(name: str) -> None:
    decision = answer(Command(name), Facts(ONE))
    assert len(decision.replies) == 1
    assert decision.session == ONE


@pytest.mark.parametrize("kind", ["text", "video", "voice", "sticker", "file", "other"])
def test_everything_else_gets_a_sentence_of_its_own(kind: str) -> None:
    texts = {answer(Other(kind), Facts(ONE)).replies[0].text for kind in (kind, "something")}
    assert len(texts) == (1 if kind == "other" else 2)


def test_the_cancel_button_cancels_a_queued_or_running_job() -> None:
    for state in (State.QUEUED, State.RUNNING):
        assert press(CANCEL, replace(JOB, state=state)).cancelled == [3]


def test_the_finish_button_ends_what_has_been_begun_as_it_is() -> None:
    interrupted = replace(JOB, state=State.QUEUED, checkpoint="c" * 64)
    for job in (JOB, interrupted):
        decision = press(FINISH, job)
        assert (decision.finished, decision.cancelled) == ([3], ())
    waiting = press(FINISH, replace(JOB, state=State.QUEUED))
    assert (waiting.finished, waiting.notice) == ((), TEXTS.not_begun())


def test_the_file_button_asks_for_the_file_of_a_finished_job() -> None:
    job = replace(JOB, state=State.FINISHED, file="d" * 64)
    assert press(FILE, job, "d" * 64).sends == [(3, Kind.FILE)]
    assert press(FILE, job).notice == TEXTS.pictures_gone()


@pytest.mark.parametrize(
    ("button", "job", "notice"),
    [
        (CANCEL, replace(JOB, owner_id=8), TEXTS.not_yours()),
        (FILE, replace(JOB, owner_id=8, state=State.FINISHED), TEXTS.not_yours()),
        (CANCEL, replace(JOB, chat_id=8), TEXTS.button_too_old()),
        (CANCEL, None, TEXTS.button_too_old()),
        (None, None, TEXTS.button_too_old()),
        (CANCEL, replace(JOB, state=State.FINISHED), TEXTS.already_over()),
        (FINISH, replace(JOB, state=State.CANCELLED), TEXTS.already_over()),
        (FINISH, replace(JOB, owner_id=8), TEXTS.not_yours()),
        (FILE, replace(JOB, state=State.FAILED), TEXTS.already_over()),
    ],
)
def test_a_button_that_may_not_or_cannot_act_says_why_and_does_nothing(
    button: Button | None, job: Job | None, notice: str
) -> None:
    decision = press(button, job)
    assert decision.notice == notice
    assert not decision.cancelled
    assert not decision.finished
    assert not decision.sends

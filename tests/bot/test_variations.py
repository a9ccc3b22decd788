"""What the buttons under a result ask for."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.buttons import Action, Button
from bot.conversation import decide
from bot.decision import Decision, Facts, Policy
from bot.fairness import Limits
from bot.gathering import Part, Role, Session
from bot.incoming import Incoming, Pressed
from bot.jobs import Job, NewJob, State
from bot.outbox import Kind
from bot.sessions import Where
from bot.texts import texts_for
from bot.variations import ACTIONS, STRONGEST, WEAKEST, concerns, rows
from nst.options import Options
from tests.bot import queues
from tests.bot.queues import ANN, BOB, GROUP

TEXTS = texts_for("en")
POLICY = Policy(Limits(2, 3, 5), {"size": 512}, max_size=1024)
CONTENT, STYLE, RESULT = "a" * 64, "b" * 64, "d" * 64
THERE = frozenset({CONTENT, STYLE, RESULT})
JOB = replace(
    queues.JOB,
    reply_to=4,
    language="ru",
    content=CONTENT,
    styles=(STYLE,),
    options={"size": 512, "quality": "draft"},
    state=State.FINISHED,
    photo="c" * 64,
    file=RESULT,
)
STRONGER, SOFTER, BIGGER, SWAP, ANOTHER, PAIR, FILM = (
    Button(action, 3)
    for action in (
        *(Action.STRONGER, Action.SOFTER, Action.BIGGER, Action.SWAP, Action.ANOTHER),
        *(Action.PAIR, Action.FILM),
    )
)
MINE, STYLES_OWN = (Button(Action.COLOURS, 3, words=(word,)) for word in ("content", "style"))
ALL = (STRONGER, SOFTER, BIGGER, SWAP, ANOTHER, MINE, STYLES_OWN)


def press(button: Button, job: Job | None = JOB, *, user: int = ANN, **facts: Any) -> Decision:
    known = Facts(**{"session": Session(), "files": THERE, "job": job, **facts})
    where = Where(job.chat_id if job else ANN, 0, user)
    texts = texts_for("en", group=not where.private)
    return decide(Incoming(where, "en", 9, Pressed("99", button)), known, POLICY, texts, 100.0)


def only_said(decision: Decision) -> str:
    """The notice, where there is nothing else."""
    empty = Decision(Session(), [], new_jobs=[], notice=decision.notice)
    assert replace(decision, replies=[*decision.replies], new_jobs=[*decision.new_jobs]) == empty
    return decision.notice


def wanted(button: Button, job: Job = JOB, **facts: Any) -> NewJob:
    [new] = press(button, job, **facts).new_jobs
    return new


@pytest.mark.parametrize(
    ("button", "changed"),
    [
        (STRONGER, {"strength": 2.0}),
        (SOFTER, {"strength": 0.5}),
        (BIGGER, {"size": 768}),
        (MINE, {"colours": "content"}),
    ],
)
def test_a_change_goes_on_from_the_result_and_keeps_all_else(
    button: Button, changed: dict[str, object]
) -> None:
    new = wanted(button)
    assert new.start == RESULT
    assert (new.content, new.styles) == (CONTENT, (STYLE,))
    assert new.options == {**JOB.options, **changed}
    assert (new.owner_id, new.chat_id, new.reply_to, new.language) == (ANN, ANN, 9, "en")
    assert press(button).notice == TEXTS.going_on()


def test_what_is_not_in_the_result_is_painted_from_the_beginning() -> None:
    swapped = wanted(SWAP)
    assert (swapped.content, swapped.styles, swapped.start) == (STYLE, (CONTENT,), None)
    own = replace(JOB, options={**JOB.options, "colours": "content"}, start="e" * 64)
    coloured = wanted(STYLES_OWN, own)
    assert (coloured.options["colours"], coloured.start) == ("style", None)
    assert press(SWAP).notice == TEXTS.beginning_anew()


def test_a_result_that_is_gone_while_its_photos_are_not_is_painted_from_the_beginning() -> None:
    new = wanted(STRONGER, files=THERE - {RESULT})
    assert (new.start, new.options["strength"]) == (None, 2.0)


@settings(deadline=None)
@given(st.lists(st.sampled_from([STRONGER, SOFTER, BIGGER, MINE, STYLES_OWN, SWAP]), max_size=30))
def test_any_presses_in_a_row_ask_for_what_the_engine_takes_or_say_why_not(
    buttons: list[Button],
) -> None:
    job = JOB
    for button in buttons:
        decision = press(button, job)
        assert decision.notice
        for new in decision.new_jobs:
            options = Options.from_dict(new.options)
            assert WEAKEST <= options.strength <= STRONGEST
            assert options.size == "auto" or options.size <= POLICY.max_size
            assert new.start in (None, RESULT)
            job = replace(
                JOB, content=new.content, styles=new.styles, options=new.options, start=new.start
            )
        if not decision.new_jobs:
            assert decision.notice in (
                *(TEXTS.strongest(), TEXTS.softest(), TEXTS.biggest(POLICY.max_size)),
            )


@pytest.mark.parametrize(
    ("button", "end", "notice"),
    [
        (STRONGER, ("strength", STRONGEST), TEXTS.strongest()),
        (SOFTER, ("strength", WEAKEST), TEXTS.softest()),
        (BIGGER, ("size", POLICY.max_size), TEXTS.biggest(POLICY.max_size)),
    ],
)
def test_each_way_has_an_end_that_is_reached_and_said(
    button: Button, end: tuple[str, float], notice: str
) -> None:
    job, seen = JOB, list[float]()
    for _ in range(10):
        decision = press(button, job)
        if not decision.new_jobs:
            break
        [new] = decision.new_jobs
        seen.append(new.options[end[0]])
        job = replace(job, options=new.options)
    assert seen[-1] == end[1]
    assert all(one != other for one, other in pairwise(seen))
    assert decision.notice == notice


def test_a_size_that_the_engine_chose_is_not_outdone() -> None:
    job = replace(JOB, options={"size": "auto"})
    assert press(BIGGER, job).notice == TEXTS.biggest(1024)


def test_an_operators_odd_limit_is_the_last_step() -> None:
    policy = replace(POLICY, max_size=900)
    job = replace(JOB, options={"size": 768})
    incoming = Incoming(Where(ANN, 0, ANN), "en", 9, Pressed("99", BIGGER))
    [new] = decide(incoming, Facts(Session(), job=job, files=THERE), policy, TEXTS, 100.0).new_jobs
    assert new.options["size"] == 900


def test_a_second_press_starts_no_second_job() -> None:
    for button in (STRONGER, SWAP):
        under_way = replace(JOB, **vars(wanted(button)), id=4, state=State.QUEUED)
        again = press(button, under_way=(under_way,))
        assert only_said(again) == TEXTS.at_it_already()
        other = press(SOFTER, under_way=(under_way,))
        assert len(other.new_jobs) == 1


@pytest.mark.parametrize("button", ALL)
def test_photos_that_are_gone_are_said_kindly(button: Button) -> None:
    for missing in (CONTENT, STYLE):
        decision = press(button, files=THERE - {missing})
        assert only_said(decision) == TEXTS.pictures_gone()


@pytest.mark.parametrize(
    ("button", "kind", "notice"),
    [(PAIR, Kind.PAIR, TEXTS.pair_coming()), (FILM, Kind.FILM, TEXTS.film_coming())],
)
def test_before_and_after_and_the_film_are_sent_where_there_are_any(
    button: Button, kind: Kind, notice: str
) -> None:
    job = replace(JOB, pair="1" * 64, film="2" * 64)
    decision = press(button, job, files={job.pair, job.film})
    assert (decision.sends, decision.notice) == ([(3, kind)], notice)
    assert only_said(press(button, job)) == TEXTS.pictures_gone()
    assert only_said(press(button)) == TEXTS.already_over()


@pytest.mark.parametrize("button", [*ALL, PAIR, FILM])
def test_strangers_and_stale_buttons_change_nothing(button: Button) -> None:
    assert only_said(press(button, user=BOB)) == TEXTS.not_yours()
    here = replace(JOB, chat_id=GROUP)
    assert only_said(press(button, here, user=BOB)) == texts_for("en", group=True).not_yours()
    assert only_said(press(button, None)) == TEXTS.button_too_old()
    running = replace(JOB, state=State.RUNNING)
    assert only_said(press(button, running)) == TEXTS.already_over()


def test_an_administrator_of_the_group_may_and_the_painting_is_theirs() -> None:
    [new] = press(STRONGER, replace(JOB, chat_id=GROUP), user=BOB, is_admin=True).new_jobs
    assert (new.owner_id, new.chat_id) == (BOB, GROUP)


def test_another_style_asks_for_one_with_the_photo_filled_in() -> None:
    decision = press(ANOTHER)
    assert decision.session.parts == (Part(CONTENT, 4, Role.CONTENT),)
    assert [reply.text for reply in decision.replies] == [TEXTS.ask_style()]
    assert decision.new_jobs == []


def test_another_style_takes_the_place_of_a_photo_that_waits_for_one() -> None:
    waiting = Session(parts=(Part("f" * 64, 5),), asked=True, touched=99.0)
    assert press(ANOTHER, session=waiting).session.parts == (Part(CONTENT, 4, Role.CONTENT),)


def test_another_style_meets_a_style_that_waits_for_a_photo() -> None:
    waiting = Session(parts=(Part("f" * 64, 5, Role.STYLE),), asked=True, touched=99.0)
    new = wanted(ANOTHER, session=waiting)
    assert (new.content, new.styles, new.start) == (CONTENT, ("f" * 64,), None)


def test_several_styles_have_nothing_to_swap() -> None:
    blended = replace(JOB, styles=(STYLE, RESULT))
    assert press(SWAP, blended).notice == TEXTS.nothing_to_swap()
    assert Action.SWAP not in actions(blended)


def test_the_buttons_stand_two_in_a_row_and_lead_somewhere() -> None:
    assert actions(JOB) == {*ACTIONS, Action.FILE}
    everything = replace(JOB, pair="1" * 64, film="2" * 64)
    assert actions(everything) == {*ACTIONS, Action.FILE, Action.PAIR, Action.FILM}
    assert actions(replace(JOB, film="2" * 64)) == {*ACTIONS, Action.FILE, Action.FILM}
    assert all(1 <= len(row) <= 2 for row in [*rows(JOB, TEXTS), *rows(everything, TEXTS)])
    assert Action.FILE not in actions(replace(JOB, as_file=True))
    for _, button in (one for row in rows(JOB, TEXTS) for one in row):
        if button.action in ACTIONS:
            assert press(button).notice != TEXTS.button_too_old()


def test_the_colours_button_offers_what_the_result_has_not() -> None:
    def colours(job: Job) -> list[tuple[str, ...]]:
        found = [one for row in rows(job, TEXTS) for _, one in row]
        return [button.words for button in found if button.action is Action.COLOURS]

    assert colours(JOB) == [("content",)]
    assert colours(replace(JOB, options={"colours": "content"})) == [("style",)]


def test_a_word_that_is_no_colour_is_nothing() -> None:
    made_up = Button(Action.COLOURS, 3, words=("rainbow",))
    assert only_said(press(made_up)) == TEXTS.button_too_old()


def test_only_these_buttons_want_to_know_which_files_are_there() -> None:
    where = Where(ANN, 0, ANN)
    assert all(concerns(Incoming(where, "en", 9, Pressed("9", button))) for button in ALL)
    cancel = Pressed("9", Button(Action.CANCEL, 3))
    assert not any(concerns(Incoming(where, "en", 9, one)) for one in (cancel, Pressed("9", None)))


def actions(job: Job) -> set[Action]:
    return {button.action for row in rows(job, TEXTS) for _, button in row}

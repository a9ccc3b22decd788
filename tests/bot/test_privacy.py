"""/privacy and /forget: what is said, and what is decided."""

from dataclasses import replace

import pytest

from bot.buttons import Action, Button
from bot.conversation import decide
from bot.decision import Decision, Facts, Policy
from bot.fairness import Limits
from bot.forgetting import Kept
from bot.gathering import Part, Session
from bot.incoming import Command, Incoming, Pressed
from bot.sessions import Where
from bot.texts import texts_for

TEXTS = texts_for("en")
POLICY = Policy(Limits(1, 1, 1), {"size": 512})
HERE, GROUP = Where(7, 0, 7), Where(-7, 0, 7)
KEPT = Kept(paintings=3, pictures=5, messages=21, active=(8, 9), settings=True)
FACTS = Facts(Session(parts=(Part("a" * 64, 4),)), kept=KEPT)


def answer(what: Command | Pressed, facts: Facts = FACTS, where: Where = HERE) -> Decision:
    return decide(Incoming(where, "en", 5, what), facts, POLICY, TEXTS, 100.0)


def press(word: str, facts: Facts = FACTS, owner: int = 7) -> Decision:
    return answer(Pressed("9", Button(Action.FORGET, owner_id=owner, words=(word,))), facts)


def test_privacy_tells_and_changes_nothing() -> None:
    decision = answer(Command("privacy"))
    assert decision == Decision(FACTS.session, decision.replies)
    assert "/forget" in decision.replies[0].text


@pytest.mark.parametrize(("days", "words"), [(0, ""), (1, "after 1 day,"), (7, "after 7 days,")])
def test_privacy_tells_after_how_long_all_goes_by_itself(days: int, words: str) -> None:
    told = Incoming(HERE, "en", 5, Command("privacy"))
    [reply] = decide(told, FACTS, replace(POLICY, kept_days=days), TEXTS, 100.0).replies
    assert words in reply.text
    assert ("goes by itself" in reply.text) == (days > 0)


def test_forget_asks_first_and_says_what_there_is() -> None:
    decision = answer(Command("forget"))
    assert not decision.forget
    [reply] = decision.replies
    for line in (
        *("3 paintings", "5 photos", "2 paintings that are not finished"),
        *("21 messages", "your settings"),
    ):
        assert f"• {line}" in reply.text
    assert [button.words for row in reply.rows for _, button in row] == [("yes",), ("no",)]


def test_yes_deletes_stops_and_says_what_was_deleted() -> None:
    decision = press("yes")
    assert decision.forget
    assert decision.cancelled == (8, 9)
    assert decision.session == FACTS.session, "its files are found by it"
    assert decision.edit is not None
    assert "• 3 paintings" in decision.edit.text
    assert not decision.edit.rows


def test_no_deletes_nothing() -> None:
    decision = press("no")
    assert (decision.forget, decision.cancelled) == (False, ())
    assert decision.session == FACTS.session
    assert decision.edit is not None
    assert decision.edit.text == TEXTS.nothing_deleted()


def test_somebody_elses_button_does_nothing() -> None:
    assert press("yes", owner=8) == Decision(FACTS.session, notice=TEXTS.not_for_you())


def test_a_word_that_is_no_more_is_an_old_button() -> None:
    assert press("maybe") == Decision(FACTS.session, notice=TEXTS.button_too_old())


@pytest.mark.parametrize("kept", [None, Kept()])
def test_where_nothing_is_kept_it_says_so(kept: Kept | None) -> None:
    facts = replace(FACTS, kept=kept)
    assert answer(Command("forget"), facts).replies[0].text == TEXTS.nothing_kept()
    again = press("yes", facts)
    assert again.edit is not None
    assert again.edit.text == TEXTS.nothing_kept()


def test_in_a_group_the_answer_is_a_reply_and_the_group_itself_is_nobody() -> None:
    assert answer(Command("forget"), where=GROUP).replies[0].reply_to == 5
    anonymous = Incoming(Where(-7, 0, -7), "en", 5, Command("forget"))
    decision = decide(anonymous, FACTS, POLICY, TEXTS, 100.0)
    assert decision.replies[0].text == TEXTS.forget_in_private()

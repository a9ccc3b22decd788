"""The panel of settings, press by press."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bot import panel
from bot.buttons import Action, Button, decode, encode
from bot.choices import WORDS, Preferences
from bot.conversation import decide
from bot.decision import Decision, Facts, Policy, Reply
from bot.fairness import Limits
from bot.gathering import Part, Session
from bot.incoming import Command, Incoming, Photo, Pressed
from bot.languages import LANGUAGES
from bot.sessions import Where
from bot.texts import texts_for

POLICY = Policy(Limits(2, 2, 5), {"size": 600, "quality": "draft"}, max_size=1024)
HERE, GROUP = Where(7, 0, 7), Where(-7, 0, 7)
ONE = Session(parts=(Part("a" * 64, 4),), asked=True, touched=100.0)
TEXTS = texts_for("en")


def ask(
    what: Command | Pressed, where: Where = HERE, facts: Facts | None = None, tag: str = "en"
) -> Decision:
    facts = facts or Facts(ONE)
    texts = texts_for(facts.preferences.language or tag)
    return decide(Incoming(where, tag, 5, what), facts, POLICY, texts, 100.0)


def press(button: Button, where: Where = HERE, facts: Facts | None = None) -> Decision:
    return ask(Pressed("99", button), where, facts)


def labels(reply: Reply | None) -> list[str]:
    assert reply is not None
    return [label for row in reply.rows for label, _ in row]


def test_the_panel_shows_what_counts_now_chosen_or_not() -> None:
    facts = Facts(ONE, preferences=Preferences(strength="soft", colours="content"))
    decision = ask(Command("settings"), facts=facts)
    assert decision.session == ONE, "the photos sent so far stay"
    assert labels(decision.replies[0]) == [
        *("Quality · Draft", "Style strength · Soft", "Colours · My photo's own", "Size · 600 px"),
        *("Result · Photo", "Progress · Pictures", "Language · English", "Done"),
    ]


@pytest.mark.parametrize("name", panel.ORDER)
def test_every_setting_has_a_page_that_marks_what_counts(name: str) -> None:
    page = press(Button(Action.PANEL, words=(name,))).edit
    marked = [label for label in labels(page) if label.startswith(panel.TICK)]
    assert len(marked) == 1, marked
    assert labels(page)[-1] == TEXTS.back_button()
    assert page is not None
    assert page.text == TEXTS.setting_pages()[name]


def test_sizes_end_at_the_largest_allowed_and_hold_the_operators_own() -> None:
    page = press(Button(Action.PANEL, words=("size",))).edit
    assert labels(page)[:-1] == ["512 px", "✓ 600 px", "768 px", "1024 px"]


def test_a_choice_is_kept_and_shown_at_once() -> None:
    decision = press(Button(Action.SET, words=("quality", "fine")))
    assert decision.preferences == Preferences(quality="fine")
    assert "Quality · Fine" in labels(decision.edit)
    assert decision.session == ONE


def test_a_new_language_is_spoken_at_once_and_auto_is_telegrams() -> None:
    decision = press(Button(Action.SET, words=("language", "ru")))
    assert labels(decision.edit)[-1] == texts_for("ru").done_button() != TEXTS.done_button()
    facts = Facts(ONE, preferences=Preferences(language="en", size="768"))
    decision = ask(Pressed("9", Button(Action.SET, words=("language", "auto"))), HERE, facts, "ru")
    assert decision.preferences == Preferences(size="768")
    assert labels(decision.edit)[-1] == texts_for("ru").done_button()


def test_language_opens_the_page_of_languages() -> None:
    reply = ask(Command("language")).replies[0]
    assert {one.name for one in LANGUAGES} < {label.removeprefix("✓ ") for label in labels(reply)}
    assert "✓ As in Telegram" in labels(reply)


def test_done_takes_the_buttons_away() -> None:
    assert labels(press(Button(Action.PANEL, words=("done",))).edit) == []


@pytest.mark.parametrize(
    "button",
    [
        Button(Action.PANEL, words=("taste",)),
        Button(Action.SET, words=("quality", "best")),
        Button(Action.SET, words=("taste", "fine")),
        Button(Action.SET, words=("size", "99999")),
        Button(Action.SET, words=("to_dict", "fine")),
    ],
)
def test_a_page_or_a_choice_that_is_no_more_is_an_old_button(button: Button) -> None:
    decision = press(button)
    assert decision == Decision(ONE, notice=TEXTS.button_too_old())


@pytest.mark.parametrize(
    "what",
    [
        Pressed("99", Button(Action.PANEL, words=("main",))),
        Pressed("99", Button(Action.SET, words=("quality", "fine"))),
        Command("settings"),
        Command("language"),
    ],
)
def test_in_a_group_only_admins_see_and_change_the_settings(what: Command | Pressed) -> None:
    assert panel.concerns(Incoming(GROUP, "en", 5, what))
    refused = ask(what, GROUP)
    assert (refused.preferences, refused.edit) == (None, None)
    assert TEXTS.only_admins() in (refused.notice, *(reply.text for reply in refused.replies))
    allowed = ask(what, GROUP, Facts(ONE, is_admin=True))
    shown = allowed.edit or allowed.replies[0]
    assert shown.rows
    assert TEXTS.only_admins() not in (allowed.notice, shown.text)


def test_other_updates_need_no_admin() -> None:
    for what in (Command("start"), Photo("id", 1, 5, None, None), Pressed("9", None)):
        assert not panel.concerns(Incoming(GROUP, "en", 5, what))


@given(
    st.sampled_from([one.code for one in LANGUAGES]),
    st.sampled_from(["main", *panel.ORDER]),
    st.booleans(),
)
def test_every_page_fits_a_phone_in_every_language(tag: str, name: str, private: bool) -> None:
    facts = Facts(ONE, preferences=Preferences(language=tag), is_admin=True)
    page = press(Button(Action.PANEL, words=(name,)), HERE if private else GROUP, facts).edit
    assert page is not None
    for row in page.rows:
        assert sum(len(label) + 4 for label, _ in row) <= 44, row


class Pressing(RuleBasedStateMachine):
    """Someone presses whatever the panel shows; a model keeps what was chosen."""

    def __init__(self) -> None:
        super().__init__()
        self.facts = Facts(ONE)
        self.shown: Reply = ask(Command("settings")).replies[0]
        self.chosen: dict[str, str] = {}

    @rule(data=st.data())
    def press(self, data: st.DataObject) -> None:
        buttons = [button for row in self.shown.rows for _, button in row]
        if not buttons:  # done: it is opened again
            self.shown = ask(Command("settings"), facts=self.facts).replies[0]
            return
        button = decode(encode(data.draw(st.sampled_from(buttons))))
        assert button is not None
        decision = press(button, facts=self.facts)
        assert decision.notice == ""
        assert decision.edit is not None
        self.shown = decision.edit
        if button.action is Action.SET:
            name, word = button.words
            self.chosen[name] = word
            assert decision.preferences is not None
            self.facts = replace(self.facts, preferences=decision.preferences)
        else:
            assert decision.preferences is None

    @invariant()
    def what_was_chosen_counts(self) -> None:
        chosen = {name: word for name, word in self.chosen.items() if word != "auto"}
        assert self.facts.preferences.to_dict() == chosen


TestPressing = Pressing.TestCase


def test_every_word_has_a_label_in_every_language() -> None:
    for language in LANGUAGES:
        known = texts_for(language.code).choice_labels()
        assert {(name, word) for name in WORDS for word in WORDS[name] if name != "language"} == (
            known.keys() - {("language", "auto")}
        )

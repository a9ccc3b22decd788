"""What users read, in every language."""

import gettext
import re

import pytest

from bot.languages import LANGUAGES, Language
from bot.texts import BAR_CELLS, GroupTexts, Texts, is_ours, texts_for
from bot.texts.ending import Ending
from bot.texts.groups import GroupEnding, GroupMessages, GroupNotices, GroupRefusals, Groups
from bot.texts.labels import Labels
from bot.texts.menu import About, Menu
from bot.texts.notices import Notices
from bot.texts.panel import PanelLabels, PanelPages
from bot.texts.privacy import PrivacyLabels, PrivacyPages
from bot.texts.progress import Progress
from bot.texts.queueing import Queueing
from bot.texts.styles import StyleLabels, StyleNotices, Styles, StyleTitles
from bot.texts.talking import Talking
from bot.texts.variations import VariationLabels, VariationNotices
from tests.bot.rendering import CODES, everything

TEXTS = texts_for("en")
# https://core.telegram.org/bots/api: sendMessage, captions, answerCallbackQuery, BotCommand.
# A label has no limit there, but a phone shows little of a long one.
LIMITS: dict[type | str, int] = {
    Talking: 4096,
    PanelPages: 4096,
    PrivacyPages: 4096,
    Styles: 4096,
    Groups: 4096,
    GroupMessages: 4096,
    GroupRefusals: 4096,
    GroupEnding: 1024,
    GroupNotices: 200,
    "style_placeholder": 64,
    "content_placeholder": 64,
    Queueing: 4096,
    Progress: 1024,
    Ending: 1024,
    Labels: 32,
    PanelLabels: 24,
    PrivacyLabels: 32,
    StyleLabels: 32,
    StyleTitles: 26,
    Notices: 200,
    StyleNotices: 200,
    VariationLabels: 24,
    VariationNotices: 200,
    Menu: 256,
    About: 512,
    "short_description": 120,
}


class Pseudo(gettext.NullTranslations):
    """Marks what has gone through a catalogue."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


@pytest.mark.parametrize("kind", [Texts, GroupTexts])
def test_every_text_goes_through_the_catalogue(kind: type[Texts]) -> None:
    for _, name, text in everything(kind(Pseudo())):
        outside = text
        while (inner := re.sub(r"⟦[^⟦⟧]*⟧", "", outside)) != outside:
            outside = inner
        assert not re.search(r"[^\W\d_]", outside), f"{name}: {outside!r} cannot be translated"


@pytest.mark.parametrize("in_group", [False, True], ids=["private", "group"])
@pytest.mark.parametrize("language", LANGUAGES, ids=lambda one: one.code)
def test_every_text_is_whole_and_fits_telegrams_limits(language: Language, in_group: bool) -> None:
    for group, name, text in everything(texts_for(language.code, group=in_group)):
        assert text.strip() == text != "", name
        assert not re.search(r"[{}]", text), f"{name}: a placeholder is left open: {text}"
        assert len(text.encode("utf-16-le")) // 2 <= LIMITS.get(name, LIMITS[group]), (
            f"{name}: {text}"
        )


@pytest.mark.parametrize("in_group", [False, True], ids=["private", "group"])
@pytest.mark.parametrize("code", CODES)
def test_an_apology_says_what_to_do_and_gives_the_number_only_for_our_faults(
    code: str, in_group: bool
) -> None:
    text = texts_for("en", group=in_group).apology(code, "ab12cd34")
    assert "send" in text.lower()
    assert ("ab12cd34" in text) == is_ours(code)


# What a group may hear all the same: where to write in private, and what only owners see.
NOT_IN_GROUPS = {
    *("ask_style", "ask_style_or_choose", "ask_content", "style_chosen", "no_such_style"),
    *("unknown_command", "not_invited", "description", "short_description"),
}


def test_nobody_in_a_group_is_told_to_send_two_photos() -> None:
    """The bot would not see them: what counts there is /style, and replies."""
    for _, name, text in everything(texts_for("en", group=True)):
        if name not in NOT_IN_GROUPS:
            wrong = re.search(r"[Ss]end (me )?(the |your )?(two )?photos?\b|two photos", text)
            assert not wrong, f"{name}: {text}"


@pytest.mark.parametrize(
    ("share", "filled", "percent"),
    [
        (0.0, 0, " 0 %"),
        (0.5, BAR_CELLS // 2, "50 %"),
        (0.999, BAR_CELLS, "99 %"),
        (1.0, BAR_CELLS, "100 %"),
    ],
)
def test_the_bar_shows_how_far_it_is(share: float, filled: int, percent: str) -> None:
    text = TEXTS.painting(share, 20.0)
    assert text.count("▰") == filled
    assert text.count("▰") + text.count("▱") == BAR_CELLS
    assert percent in text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.2, "1 second"),
        (1, "1 second"),
        (59, "59 seconds"),
        (89, "89 seconds"),
        (91, "2 minutes"),
        (600, "10 minutes"),
    ],
)
def test_durations_are_said_as_a_person_would(seconds: float, text: str) -> None:
    assert TEXTS.duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(1, "1 секунда"), (3, "3 секунды"), (11, "11 секунд"), (61, "61 секунда")]
)
def test_russian_counts_as_russians_do(seconds: float, text: str) -> None:
    assert texts_for("ru").duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "about a minute"),
        (60, "about a minute"),
        (61, "2 minutes"),
        (3600, "60 minutes"),
        (5400, "2 hours"),
    ],
)
def test_waits_are_rounded_so_that_they_change_rarely(seconds: float, text: str) -> None:
    assert TEXTS.about(seconds) == text
    assert f"Expected wait: {text}." in TEXTS.queued(2, seconds)


def test_an_unknown_wait_is_not_made_up() -> None:
    assert "wait" not in TEXTS.queued(2, None)

"""Every text that a user sees, in every language: the only place where text is rendered. Pure."""

from functools import cache
from gettext import NullTranslations

from bot.languages import ENGLISH, Language, catalogue, chosen
from bot.texts.ending import Ending, is_ours
from bot.texts.groups import (
    GroupEnding,
    GroupMessages,
    GroupNotices,
    GroupRefusals,
    Groups,
)
from bot.texts.labels import Labels
from bot.texts.menu import About, Menu
from bot.texts.notices import Notices
from bot.texts.panel import PanelLabels, PanelPages
from bot.texts.privacy import PrivacyLabels, PrivacyPages
from bot.texts.progress import BAR_CELLS
from bot.texts.queueing import Queueing
from bot.texts.styles import StyleLabels, StyleNotices, Styles, StyleTitles
from bot.texts.variations import VariationLabels, VariationNotices

__all__ = ["BAR_CELLS", "GroupTexts", "Texts", "is_ours", "texts_for"]


class Texts(
    Queueing,
    Ending,
    Groups,
    Labels,
    Notices,
    Menu,
    About,
    PanelPages,
    PanelLabels,
    PrivacyPages,
    PrivacyLabels,
    Styles,
    StyleLabels,
    StyleNotices,
    StyleTitles,
    VariationLabels,
    VariationNotices,
):
    """All of them, in one language, as they are said in private."""

    def __init__(self, translations: NullTranslations, language: Language = ENGLISH) -> None:
        super().__init__(translations)
        self.language = language


class GroupTexts(GroupMessages, GroupRefusals, GroupEnding, GroupNotices, Texts):
    """All of them, as they are said in groups and channels."""


def texts_for(tag: str, *, group: bool = False) -> Texts:
    """The texts for an IETF language tag, as Telegram gives it; in English for an unknown one."""
    return _texts(chosen(tag), group)


@cache
def _texts(language: Language, group: bool) -> Texts:
    return (GroupTexts if group else Texts)(catalogue(language), language)

"""What every group of texts is made with. Pure."""

import gettext
from collections.abc import Callable


class Base:
    """A group of texts in one language.

    A text is a method that returns `self._("…")`, or `self.ngettext("one", "many", count)`, and
    fills its placeholders by `str.format` afterwards. Plain text, without Telegram's markup, so
    that nothing needs escaping.
    """

    def __init__(self, translations: gettext.NullTranslations) -> None:
        self._: Callable[[str], str] = translations.gettext
        self.ngettext: Callable[[str, str, int], str] = translations.ngettext

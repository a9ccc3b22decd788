"""The languages there are, and which one a person gets. Reads the catalogues, nothing else."""

import gettext
from dataclasses import dataclass
from pathlib import Path

DOMAIN = "atelier"
LOCALE = Path(__file__).parent / "locale"


@dataclass(frozen=True)
class Language:
    """One that the bot speaks."""

    code: str  # ISO 639-1
    name: str  # as its speakers call it
    locale: str | None  # its folder in `bot/locale`; None for the language of the sources


ENGLISH = Language("en", "English", None)
LANGUAGES = (
    ENGLISH,
    Language("ru", "Русский", "ru"),
    Language("es", "Español", "es"),
    Language("pt", "Português (Brasil)", "pt_BR"),
    Language("de", "Deutsch", "de"),
    Language("fr", "Français", "fr"),
    Language("uk", "Українська", "uk"),
    Language("it", "Italiano", "it"),
    Language("tr", "Türkçe", "tr"),
    Language("id", "Bahasa Indonesia", "id"),
)
_BY_CODE = {language.code: language for language in LANGUAGES}


def chosen(tag: str) -> Language:
    """The language for an IETF tag (`pt-br`, `ru`); English where there is none for it."""
    return _BY_CODE.get(tag.replace("_", "-").partition("-")[0].lower(), ENGLISH)


def catalogue(language: Language) -> gettext.NullTranslations:
    """A language's translations. Raises `FileNotFoundError` where they were not compiled."""
    if language.locale is None:
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, LOCALE, [language.locale])

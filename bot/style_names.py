"""Styles of the gallery by their names: how they are called, and which one is meant. Pure."""

from collections.abc import Callable, Sequence

from bot.gallery import Style
from bot.roles import says_style, words_of
from bot.texts import Texts, texts_for

MAX_LETTERS = 80  # a longer text tells of something else

Words = Sequence[str]


def title_of(style: Style, texts: Texts) -> str:
    """As it is called in this language; an operator's own as its file is."""
    return texts.style_titles().get(style.name, style.title)


def meant(text: str, styles: Sequence[Style], texts: Texts, *, loosely: bool) -> Style | None:
    """The one style that a text names, in this language or in English, and nothing else.

    A name, or as much of its beginning as no other style has: "mosaic", "Neon", "стиль: ночь".
    `loosely`: any words of it. The word "style" may stand beside. None where it is unclear.
    """
    words = _words(text) if len(text) <= MAX_LETTERS else []
    if not words:
        return None
    called = [(style, _names(style, texts)) for style in styles]
    ways: tuple[Callable[[Words, Words], bool], ...] = _is, _begins
    for way in (*ways, _holds) if loosely else ways:
        found = [style for style, names in called if any(way(name, words) for name in names)]
        if found:
            return found[0] if len(found) == 1 else None
    return None


def _names(style: Style, texts: Texts) -> list[Words]:
    known = style.name, style.title, title_of(style, texts_for("en")), title_of(style, texts)
    return [words for name in dict.fromkeys(known) if (words := _words(name))]


def _words(text: str) -> Words:
    return [word for word in words_of(text) if not says_style(word)]


def _is(name: Words, words: Words) -> bool:
    return list(name) == list(words)


def _begins(name: Words, words: Words) -> bool:
    return list(name[: len(words)]) == list(words)


def _holds(name: Words, words: Words) -> bool:
    return set(words) <= set(name)

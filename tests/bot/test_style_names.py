"""Which style a text names."""

import pytest

from bot.gallery import Style
from bot.style_names import MAX_LETTERS, meant
from bot.texts import texts_for

STYLES = [
    Style(name, title, name)
    for name, title in (
        ("mosaic", "Mosaic"),
        ("neon", "Neon in the rain"),
        ("ink-wash", "Ink wash"),
        ("suminagashi", "Floating ink"),
        ("stained-glass", "Stained glass"),
        ("my-film-noir", "Film noir, by Ann"),
        ("kodak", "Film of the eighties, in style"),
    )
]


def named(text: str, language: str = "en", *, loosely: bool = False) -> str | None:
    style = meant(text, STYLES, texts_for(language), loosely=loosely)
    return style.name if style else None


@pytest.mark.parametrize(
    ("text", "language", "name"),
    [
        ("mosaic", "en", "mosaic"),
        ("  MOSAIC! ", "en", "mosaic"),
        ("#mosaic", "en", "mosaic"),
        ("Stained-Glass", "en", "stained-glass"),
        ("stained", "en", "stained-glass"),
        ("style: mosaic", "en", "mosaic"),
        ("Mosaic style", "en", "mosaic"),
        ("Neon in the rain", "en", "neon"),
        ("neon", "en", "neon"),
        ("film noir", "en", "my-film-noir"),
        ("film of the eighties in style", "en", "kodak"),
        ("мозаика", "ru", "mosaic"),
        ("Стиль «Мозаика»", "ru", "mosaic"),
        ("Mosaic", "ru", "mosaic"),
        ("mosaïque", "fr", "mosaic"),
        ("MOSAIQUE", "fr", "mosaic"),
        ("мозаика", "de", None),
    ],
)
def test_a_name_is_understood_in_ones_own_language_and_in_english(
    text: str, language: str, name: str | None
) -> None:
    assert named(text, language) == name


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "style", "hello", "mosaic please", "in the rain", "mos", "?!", "film"),
        "mosaic " * MAX_LETTERS,
    ],
)
def test_what_is_no_name_of_one_style_names_none(text: str) -> None:
    assert named(text) is None


def test_after_a_question_any_words_of_the_name_do_unless_two_styles_have_them() -> None:
    assert named("rain", loosely=True) == "neon"
    assert named("noir", loosely=True) == "my-film-noir"
    assert named("floating", loosely=True) == "suminagashi"
    assert named("ink", loosely=True) == "ink-wash", "it begins so; the other one only has it"
    assert named("rain in spring", loosely=True) is None

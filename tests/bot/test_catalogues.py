"""The catalogues hold every text of the code, whole and well-formed."""

import io
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

import bot
from bot.languages import DOMAIN, LANGUAGES, LOCALE

LOCALES = [one.locale for one in LANGUAGES if one.locale]
HOW = "see bot/locale/README.md"


@cache
def texts_of_the_code() -> frozenset[str | tuple[str, ...]]:
    found = extract_from_dir(Path(bot.__file__).parent, keywords=DEFAULT_KEYWORDS)
    return frozenset(message for _, _, message, _, _ in found)


def po(locale: str) -> Path:
    return LOCALE / locale / "LC_MESSAGES" / f"{DOMAIN}.po"


@cache
def catalogue(locale: str) -> Catalog:
    with po(locale).open("rb") as file:
        return read_po(file, locale=locale, abort_invalid=True)


def messages(locale: str) -> list[Message]:
    return [message for message in catalogue(locale) if message.id]


def strings(value: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())


def placeholders(text: str) -> Counter[str]:
    return Counter(re.findall(r"\{[^}]*\}", text))


def commands(text: str) -> Counter[str]:
    return Counter(re.findall(r"(?<!\w)/[a-z]+", text))


def test_there_are_texts_to_translate_and_no_forgotten_folders() -> None:
    assert len(texts_of_the_code()) > 40
    assert {path.name for path in LOCALE.iterdir() if path.is_dir()} == set(LOCALES)


@pytest.mark.parametrize("locale", LOCALES)
def test_every_text_of_the_code_is_in_the_catalogue_and_none_besides(locale: str) -> None:
    known = {message.id for message in messages(locale)}
    assert not texts_of_the_code() - known, HOW
    assert not known - texts_of_the_code(), HOW
    assert not catalogue(locale).obsolete, HOW


@pytest.mark.parametrize("locale", LOCALES)
def test_every_text_is_translated_in_every_plural_form(locale: str) -> None:
    whole = catalogue(locale)
    assert not whole.fuzzy
    for message in messages(locale):
        forms = strings(message.string)
        assert all(form.strip() for form in forms), f"{message.id!r} is not translated"
        assert not message.fuzzy, f"{message.id!r} is fuzzy"
        assert len(forms) == (whole.num_plurals if message.pluralizable else 1), message.id


@pytest.mark.parametrize("locale", LOCALES)
def test_plural_forms_are_those_of_the_language(locale: str) -> None:
    expected = Catalog(locale=locale)
    whole = catalogue(locale)
    assert (whole.num_plurals, whole.plural_expr) == (expected.num_plurals, expected.plural_expr)


@pytest.mark.parametrize("locale", LOCALES)
def test_placeholders_commands_and_lines_are_those_of_the_original(locale: str) -> None:
    for message in messages(locale):
        originals = strings(message.id)
        for form in strings(message.string):
            assert any(placeholders(form) == placeholders(one) for one in originals), form
            assert any(commands(form) == commands(one) for one in originals), form
            assert form.count("\n") == originals[0].count("\n"), form
            assert form.count("•") == originals[0].count("•"), form
            assert not re.search(r"  | \n|\t|[<>]|&\w+;", form), f"stray blanks or markup: {form!r}"
            for left, right in ("()", "[]", "«»", "„“" if locale == "de" else "“”"):
                assert form.count(left) == form.count(right), form


@pytest.mark.parametrize("locale", LOCALES)
def test_the_compiled_catalogue_is_that_of_the_sources(locale: str) -> None:
    compiled = io.BytesIO()
    write_mo(compiled, catalogue(locale))
    assert po(locale).with_suffix(".mo").read_bytes() == compiled.getvalue(), HOW

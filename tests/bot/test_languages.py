"""Which language a person gets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.languages import LANGUAGES, Language, catalogue, chosen


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda one: one.code)
def test_a_language_is_chosen_by_its_code_in_any_form(language: Language) -> None:
    code = language.code
    for tag in (code, code.upper(), f"{code}-XX", f"{code}_XX", f"{code}-hant-XX"):
        assert chosen(tag) is language, tag


@given(st.text(max_size=20))
def test_any_tag_gets_a_language(tag: str) -> None:
    assert chosen(tag) in LANGUAGES


@pytest.mark.parametrize("tag", ["", "zh-hans", "tlh", "xx", "-ru", "english"])
def test_an_unknown_one_is_english(tag: str) -> None:
    assert chosen(tag).code == "en"


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda one: one.code)
def test_every_language_has_its_compiled_catalogue(language: Language) -> None:
    translated = catalogue(language).gettext("Cancel")
    assert translated
    assert (translated == "Cancel") == (language.code == "en")


def test_no_two_languages_share_a_code_or_a_name() -> None:
    for values in ([one.code for one in LANGUAGES], [one.name for one in LANGUAGES]):
        assert len(set(values)) == len(LANGUAGES)

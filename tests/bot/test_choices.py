"""What there is to choose, and what a choice means."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.choices import AUTO, SIZES, WORDS, Preferences, may_be
from nst.options import Options

NAMES = [*WORDS, "size"]
words = st.sampled_from([word for some in WORDS.values() for word in some] + [AUTO, "512", "2048"])


@st.composite
def preferences(draw: st.DrawFn) -> Preferences:
    chosen = Preferences()
    for name, word in draw(st.lists(st.tuples(st.sampled_from(NAMES), words))):
        chosen = chosen.changed(name, word) or chosen
    return chosen


@given(preferences())
def test_what_was_chosen_survives_the_database(chosen: Preferences) -> None:
    assert Preferences.from_dict(chosen.to_dict()) == chosen
    assert None not in chosen.to_dict().values()


@given(st.dictionaries(st.sampled_from(NAMES) | st.text(), st.integers() | st.none() | words))
def test_what_another_version_knew_is_left_out(values: dict[str, Any]) -> None:
    chosen = Preferences.from_dict(values)
    for name, word in chosen.to_dict().items():
        assert values[name] == word


@given(st.text(max_size=12), st.text(max_size=12) | words)
def test_a_tampered_choice_is_one_that_may_be_or_none(name: str, word: str) -> None:
    chosen = Preferences().changed(name, word)
    assert chosen is None or chosen.to_dict() in ({}, {name: word})


@pytest.mark.parametrize(
    "word", ["", "0", "63", "8193", "00512", "5.5", "-512", "\u0665\u0661\u0662", "512000"]
)
def test_a_size_is_a_number_of_pixels_in_its_range(word: str) -> None:
    assert not may_be("size", word)
    assert may_be("size", "512")


def test_what_cannot_be_chosen_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="quality cannot be 'best'"):
        Preferences(quality="best")


def test_auto_takes_a_choice_back() -> None:
    assert Preferences(language="ru", quality="fine").changed("language", AUTO) == Preferences(
        quality="fine"
    )


@given(preferences())
def test_the_engine_takes_every_choice(chosen: Preferences) -> None:
    options = Options.from_dict(chosen.options({"size": 256, "quality": "draft"}, max_size=1024))
    assert options.size in (256, *SIZES)
    assert options.size != 2048
    if chosen.quality is not None:
        assert options.quality == chosen.quality


def test_what_was_not_chosen_is_the_operators_and_the_engines_choice() -> None:
    defaults = {"size": 256, "quality": "draft"}
    assert Preferences().options(defaults, max_size=1024) == defaults
    chosen = Preferences(strength="strong", size="768")
    assert chosen.options(defaults, max_size=1024) == {
        "size": 768,
        "quality": "draft",
        "strength": 2.0,
    }


def test_a_size_that_the_operator_does_not_allow_any_more_is_the_default() -> None:
    assert Preferences(size="1024").options({"size": 512}, max_size=768) == {"size": 512}


def test_pictures_are_shown_and_results_are_photos_unless_chosen_otherwise() -> None:
    assert Preferences().shows_snapshots
    assert not Preferences().as_file
    assert not Preferences(snapshots="off").shows_snapshots
    assert Preferences(result="file").as_file

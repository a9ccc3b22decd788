"""Options: every bad value is refused by a sentence that names it; JSON there and back."""

import dataclasses
import json
import math
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nst.errors import BadOptions
from nst.options import (
    MAX_SECONDS,
    MAX_SIZE,
    MIN_SECONDS,
    MIN_SIZE,
    Backbone,
    Colours,
    Options,
    Precision,
    Quality,
)

VALID: dict[str, st.SearchStrategy[Any]] = {
    "size": st.integers(MIN_SIZE, MAX_SIZE) | st.just("auto"),
    "quality": st.sampled_from(get_args(Quality)),
    "seconds": st.none() | st.floats(MIN_SECONDS, MAX_SECONDS),
    "strength": st.floats(0.1, 10),
    "style_weights": st.none() | st.lists(st.floats(0.1, 1e6), min_size=1, max_size=5).map(tuple),
    "style_scale": st.floats(0.25, 4),
    "colours": st.sampled_from(get_args(Colours)),
    "backbone": st.sampled_from(get_args(Backbone)),
    "seed": st.integers(0, 2**31 - 1),
    "precision": st.sampled_from(get_args(Precision)),
}


@given(st.fixed_dictionaries({}, optional=VALID))
def test_any_valid_options_go_through_json_unchanged(values: dict[str, Any]) -> None:
    options = Options(**values)
    assert Options.from_dict(json.loads(json.dumps(options.to_dict()))) == options


def test_a_dictionary_holds_every_option_and_these_tests_know_them_all() -> None:
    names = {field.name for field in dataclasses.fields(Options)}
    assert set(Options().to_dict()) == names == set(VALID)


def test_what_a_dictionary_leaves_out_is_the_default() -> None:
    assert Options.from_dict({}) == Options()
    assert Options.from_dict({"size": 300}) == Options(size=300)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("size", value) for value in (MIN_SIZE - 1, MAX_SIZE + 1, 0, -512, 512.0, "512", True)),
        ("size", None),
        *(("quality", value) for value in ("best", "", "Draft", None, 1, ["draft"])),
        *(("strength", value) for value in (0, 0.09, 10.01, -1, math.nan, math.inf, "1", True)),
        *(("seconds", value) for value in (0, 0.5, -1, 1e9, math.nan, "60", True)),
        *(("style_scale", value) for value in (0, 0.2, 4.1, math.inf, "1", None)),
        *(
            ("style_weights", value)
            for value in ((0.0, 0.0), (-1.0,), ("1",), (), 1.0, (math.nan,))
        ),
        *(("colours", value) for value in ("both", "", None)),
        *(("backbone", value) for value in ("vgg11", "", None)),
        *(("seed", value) for value in (-1, 2**31, 1.0, "1", True, None)),
        *(("precision", value) for value in ("float16", "", None, 32)),
    ],
)
def test_a_bad_value_is_refused_by_its_name(name: str, value: Any) -> None:
    with pytest.raises(BadOptions, match=rf"^{name} must be [^\n]+\.$"):
        Options(**{name: value})
    with pytest.raises(BadOptions, match=rf"^{name} must be [^\n]+\.$"):
        Options.from_dict({name: value})


@pytest.mark.parametrize("value", [MIN_SIZE, MAX_SIZE])
def test_the_limits_of_size_are_allowed(value: int) -> None:
    assert Options(size=value).size == value


@pytest.mark.parametrize("value", [0.1, 1, 10])
def test_the_limits_of_strength_are_allowed(value: float) -> None:
    assert Options(strength=value).strength == value


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(BadOptions, match=r"^There is no option called 'sise'\.$"):
        Options.from_dict({"size": 300, "sise": 400})


def test_options_are_frozen_and_can_be_a_key() -> None:
    options = Options()
    with pytest.raises(dataclasses.FrozenInstanceError):
        options.size = 300  # type: ignore[misc]
    assert {options: 1}[Options()] == 1

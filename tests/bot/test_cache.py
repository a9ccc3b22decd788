"""Which requests are the same."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import nst
from bot import cache

A, B, C = "a" * 64, "b" * 64, "c" * 64

options = st.fixed_dictionaries(
    {},
    optional={
        "size": st.integers(64, 8192),
        "quality": st.sampled_from(["draft", "standard", "fine"]),
        "strength": st.floats(0.1, 10),
        "style_weights": st.none() | st.lists(st.floats(0.5, 10), min_size=1, max_size=3),
        "colours": st.sampled_from(["style", "content"]),
        "seed": st.integers(0, 2**31 - 1),
    },
)


def meaning(values: dict[str, Any]) -> nst.Options:
    return nst.Options.from_dict(values)


def test_the_defaults_are_the_engines() -> None:
    assert nst.Options().to_dict() == cache.DEFAULTS


@given(options)
def test_what_means_the_same_has_the_same_key(values: dict[str, Any]) -> None:
    backwards = dict(reversed(list(meaning(values).to_dict().items())))
    assert cache.key(A, [B], values, "1") == cache.key(A, [B], backwards, "1")


@given(options, options)
def test_other_options_have_another_key(one: dict[str, Any], two: dict[str, Any]) -> None:
    assume(meaning(one) != meaning(two))
    assert cache.key(A, [B], one, "1") != cache.key(A, [B], two, "1")


def test_a_painting_that_begins_from_a_result_is_another() -> None:
    keys = {cache.key(A, [B], {}, "1", start) for start in (None, A, C)}
    assert len(keys) == 3


def test_whole_numbers_are_the_same_however_they_are_written() -> None:
    as_int = cache.key(A, [B], {"strength": 2, "style_weights": (1, 2)}, "1")
    as_float = cache.key(A, [B], {"strength": 2.0, "style_weights": [1.0, 2.0]}, "1")
    assert as_int == as_float


@pytest.mark.parametrize(
    "other",
    [
        (B, [A], {}, "1"),
        (A, [C], {}, "1"),
        (A, [B, C], {}, "1"),
        (A, [B], {}, "2"),
        (A, [B], {"seed": 1}, "1"),
    ],
)
def test_other_pictures_or_another_engine_have_another_key(other: tuple[Any, ...]) -> None:
    assert cache.key(A, [B], {}, "1") != cache.key(*other)


def test_the_order_of_styles_counts() -> None:
    assert cache.key(A, [B, C], {}, "1") != cache.key(A, [C, B], {}, "1")


def test_an_engine_that_is_changed_is_another_one(tmp_path: Path) -> None:
    package = tmp_path / "nst"
    package.mkdir()
    script = "from bot import cache; print(cache.recipe())"
    found = []
    for text in ("STEPS = 1\n", "STEPS = 2\n", "STEPS = 1\n"):
        (package / "__init__.py").write_text(text)
        environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{Path.cwd()}"}
        done = subprocess.run(
            [sys.executable, "-c", script],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            cwd=tmp_path,
        )
        found.append(done.stdout)
    assert found[0] == found[2] != found[1]
    assert cache.recipe() == cache.recipe()

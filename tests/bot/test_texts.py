"""What users read."""

import inspect

import pytest

from bot.texts import BAR_CELLS, is_ours, texts_for

TEXTS = texts_for("en")
CODES = [
    *("unreadable", "too_large", "too_small", "weights_missing", "out_of_memory", "cancelled"),
    *("bad_options", "worker_died", "timed_out", "internal", "gone", "a_code_of_next_year"),
]


@pytest.mark.parametrize("code", CODES)
def test_an_apology_says_what_to_do_and_gives_the_number_only_for_our_faults(code: str) -> None:
    text = TEXTS.apology(code, "ab12cd34")
    assert "send" in text.lower()
    assert ("ab12cd34" in text) == is_ours(code)


@pytest.mark.parametrize(
    ("share", "filled", "percent"),
    [
        (0.0, 0, " 0 %"),
        (0.5, BAR_CELLS // 2, "50 %"),
        (0.999, BAR_CELLS, "99 %"),
        (1.0, BAR_CELLS, "100 %"),
    ],
)
def test_the_bar_shows_how_far_it_is(share: float, filled: int, percent: str) -> None:
    text = TEXTS.painting(share, 20.0)
    assert text.count("▓") == filled
    assert text.count("▓") + text.count("░") == BAR_CELLS
    assert percent in text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.2, "1 second"),
        (1, "1 second"),
        (59, "59 seconds"),
        (89, "89 seconds"),
        (91, "2 minutes"),
        (600, "10 minutes"),
    ],
)
def test_durations_are_said_as_a_person_would(seconds: float, text: str) -> None:
    assert TEXTS.duration(seconds) == text


def test_no_placeholder_is_left_open() -> None:
    values = {
        "limit": 3,
        "place": 2,
        "jobs": 2,
        "share": 0.5,
        "seconds_left": 3.0,
        "seconds": 3.0,
        "error_id": "ab",
        "code": "internal",
        "kind": "text",
    }
    for name, method in inspect.getmembers(TEXTS, inspect.ismethod):
        if name.startswith("_") or name in {"ngettext", "commands"}:
            continue
        wanted = inspect.signature(method).parameters
        text = method(**{one: values[one] for one in wanted})
        assert text, name
        assert "{" not in text, name

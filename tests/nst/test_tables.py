"""The tables of a bench say what its figures are, and no more."""

import io
import re

import pytest
from rich.console import Console

from nst.figures import Check, Figures, Needed, Painted, Speed
from nst.tables import number, said, tables


@pytest.fixture
def figures() -> Figures:
    """Standard's loss is not reached, draft's is."""
    return Figures(
        "cpu",
        "bfloat16",
        512,
        384,
        [Speed(256, 192, 0.3, 0.2, 0.25), Speed(512, 384, 1.25, 0.75, 1.0)],
        [Painted("draft", 9.0, 0.12, 90.0), Painted("standard", 38.0, 0.05, 80.0)],
        [Check(0, 0.0, 0.66, 200.0), Check(10, 13.0, 0.36, 85.0), Check(230, 299.0, 0.06, 50.0)],
    )


def shown(figures: Figures, width: int = 120) -> str:
    file = io.StringIO()
    Console(file=file, width=width).print(tables(figures))
    return file.getvalue()


def row(text: str, beginning: str) -> list[str]:
    """The cells of the one row that begins so."""
    found = [line for line in text.splitlines() if line.strip().startswith(beginning)]
    assert len(found) == 1, text
    return re.split(r"\s{2,}", found[0].strip())


def test_speeds_are_told_and_the_choice_of_auto_is_marked(figures: Figures) -> None:
    text = shown(figures)
    assert row(text, "pixels") == ["pixels", "float32", "bfloat16 (auto)", "unit"]
    assert row(text, "256 x 192") == ["256 x 192", "0.300", "0.200", "0.250"]
    assert row(text, "512 x 384") == ["512 x 384", "1.25", "0.750", "1.00"]


def test_of_a_graphics_card_its_name_and_its_own_precision_are_told(figures: Figures) -> None:
    figures.device, figures.cards = "gpu", ["A Card", "A Card"]
    figures.precision = "tensorfloat32"
    figures.speeds = [Speed(256, 192, 0.004, None, 0.003, 0.002)]
    text = shown(figures)
    assert "Seconds a step (A Card, A Card)" in text
    names = ["pixels", "float32", "tensorfloat32 (auto)", "bfloat16", "unit"]
    assert row(text, "pixels") == names
    cells = ["256 x 192", "0.00400", "0.00200", "not enough memory", "0.00300"]
    assert row(text, "256 x 192") == cells


def test_pictures_are_told_in_seconds_and_units(figures: Figures) -> None:
    figures.speeds[1] = Speed(512, 384, 1.25, 0.75, 2.0)
    text = shown(figures)
    assert row(text, "draft") == ["draft", "9.00", "4.50", "0.1200", "9.00e+01"]
    assert row(text, "standard") == ["standard", "38.0", "19.0", "0.0500", "8.00e+01"]
    assert row(text, "tutorial") == ["tutorial", "299", "150", "0.0600", "5.00e+01", "230"]


def test_what_the_tutorial_needs_is_told_by_both_losses(figures: Figures) -> None:
    text = shown(figures)
    # Draft's 0.12 lies 80 % of the way from 0.36 to 0.06: 13 s + 0.8 * 286 s, over 9 s.
    assert row(text, "as draft")[1:] == [
        "after 186 steps (242 s): 26.9 times",
        "after 10 steps (12.4 s): 1.38 times",
    ]
    assert row(text, "as standard")[1:] == [
        "not within 230 steps (299 s): more than 7.86 times",
        "after 42 steps (53.9 s): 1.42 times",
    ]


def test_reached_and_not_reached_are_not_mixed_up() -> None:
    assert said(Needed(True, 3, 4.0, 2.0)) == "after 3 steps (4.00 s): 2.00 times"
    assert said(Needed(False, 3, 4.0, 2.0)) == "not within 3 steps (4.00 s): more than 2.00 times"


def test_more_than_is_never_rounded_up() -> None:
    for times in (7.0987, 30.196, 999.9, 0.9996, 0.012345):
        told = float(said(Needed(False, 3, 4.0, times)).split()[-2])
        assert 0.98 * times < told <= times


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (0.00214, "0.00214"), (0.2, "0.200"), (38.44, "38.4"), (1234.4, "1234")],
)
def test_numbers_have_three_digits(value: float, text: str) -> None:
    assert number(value) == text


def test_too_little_memory_is_said_in_its_place(figures: Figures) -> None:
    figures.speeds.append(Speed(1024, 768, None, 3.0, None))
    figures.painted.pop()
    figures.lacked_memory.append("standard")
    text = shown(figures)
    lack = "not enough memory"
    assert row(text, "1024 x 768") == ["1024 x 768", lack, "3.00", lack]
    assert row(text, "standard") == ["standard", lack]
    assert "as standard" not in text


def test_what_was_not_come_to_is_left_out(figures: Figures) -> None:
    figures.tutorial.clear()
    text = shown(figures)
    assert "draft" in text
    assert "tutorial's recipe is" not in text
    assert "not within" not in text
    figures.painted.clear()
    assert "Time to quality" not in shown(figures)
    figures.speeds.clear()
    assert shown(figures).strip() == ""


def test_a_terminal_of_80_columns_cuts_nothing(figures: Figures) -> None:
    text = shown(figures, width=80)
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text
    assert set(shown(figures).split()) - {"─" * n for n in range(200)} <= set(text.split())

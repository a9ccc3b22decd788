"""What follows from the figures, and how the page is filled."""

from pathlib import Path

import pytest

from tests.benchmarks import capacity_page, curve, plan
from tests.benchmarks.figures import Figures
from tests.benchmarks.service_model import Costs

COSTS = Costs(before=0.01, after=0.02, way=0.1, beside=0.05)
FIGURES = Figures(
    {
        "wait": 2.0,
        "waiting": [
            {"workers": 1, "a_second": 0.45, "bot_ms": 30, "beside_ms": 80, "memory_mb": 40},
            {"workers": 2, "a_second": 0.9, "bot_ms": 20, "beside_ms": 80, "memory_mb": 80},
        ],
        "waiting_alone": {"handed_out_ms": 5, "way_ms": 200, "delivered_ms": 40},
        "saturated": {"a_second": 90, "bot_ms": 10},
        "limited": {"a_second": 5.5, "bot_ms": 18, "calls": {"sendPhoto": 1.0}},
    }
)


def test_costs_are_those_of_one_worker() -> None:
    costs = FIGURES.costs("waiting")
    assert (costs.before, costs.after) == (0.015, 0.015)
    assert costs.beside == 0.08
    assert costs.way == pytest.approx(1 / 0.45 - 2.0 - 0.08 - 0.03)
    assert FIGURES.simulated("waiting", 1) == pytest.approx(0.45, rel=0.01)


def test_few_paintings_need_one_worker_and_one_bot() -> None:
    one = plan.plan(COSTS, 10, "standard", 36.2)
    assert (one.workers, one.bots) == (1, 1)
    assert one.wait[0] < one.wait[1] <= 36.2


def test_a_load_has_enough_workers_for_its_busiest_hour() -> None:
    one = plan.plan(COSTS, 1000, "draft", 10.2)
    assert one.workers > 1.8 * 1000 / 3600 * 10.2
    assert one.wait[1] <= 10.2
    assert one.calls == pytest.approx(3 * 0.5)


@pytest.mark.parametrize(("painting", "limit"), [(36.2, 64), (0.1, 0.7 * 18 / 3 * 3600 / 1.8)])
def test_bots_are_added_where_one_has_no_more_workers_or_calls(
    painting: float, limit: float
) -> None:
    bots = plan.fewest_bots(100_000, painting)
    one = 100_000 / bots
    needed = 1.8 * one / 3600 * painting if painting > 1 else one
    assert needed <= limit
    more = 100_000 / (bots - 1)
    assert (1.8 * more / 3600 * painting / 0.95 if painting > 1 else more) > limit


def test_the_page_gets_its_tables_between_its_marks() -> None:
    page = "before\n<!-- a: made -->\nold\n<!-- end of a -->\nafter\n"
    assert capacity_page.filled(page, "a", ["x", "y"]) == page.replace("old", "x\ny")
    with pytest.raises(ValueError, match="b"):
        capacity_page.filled(page, "b", [])


def test_the_page_tells_what_was_measured() -> None:
    text = capacity_page.PAGE.read_text(encoding="utf-8")
    assert text == capacity_page.written(text, Figures.read()), (
        "uv run python -m tests.benchmarks.capacity_page"
    )


def test_the_picture_is_drawn_of_what_was_measured(tmp_path: Path) -> None:
    image = curve.drawn(FIGURES)
    assert image.size == curve.SIZE
    assert curve.COLOURS["waiting"] in {colour for _, colour in image.getcolors(2**18) or ()}
    assert curve.COLOURS["ray"] not in {colour for _, colour in image.getcolors(2**18) or ()}

"""Writes what was measured and simulated into docs/capacity.md, and draws its picture.

`uv run python -m tests.benchmarks.capacity_page`, after `capacity.json` was measured anew: see
`test_capacity.py`. It takes a minute or two.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.benchmarks import curve, plan
from tests.benchmarks.figures import EXECUTORS, Figures

DOCS = Path(__file__).parents[2] / "docs"
PAGE, PICTURE = DOCS / "capacity.md", DOCS / "pictures" / "capacity.png"


def filled(page: str, name: str, rows: Iterable[str]) -> str:
    """The page with these rows between the marks of that name. Raises `ValueError` without."""
    marks = re.compile(rf"(<!-- {name}: [^>]*-->\n).*?(<!-- end of {name} -->)", re.S)
    if not marks.search(page):
        raise ValueError(f"The page has no marks of {name}.")
    text = "".join(f"{row}\n" for row in rows)
    return marks.sub(lambda found: f"{found[1]}{text}{found[2]}", page)


def measured(figures: Figures) -> Iterator[str]:
    """Throughput against workers."""
    yield "| | workers | paintings a second | of the ideal | simulated | bot | else | memory |"
    yield "|---|---|---|---|---|---|---|---|"
    for name, words in EXECUTORS.items():
        for one in figures.found.get(name, ()):
            share = 100 * one["a_second"] * figures.painting / one["workers"]
            yield (
                f"| {words} | {one['workers']} | {one['a_second']:.2f} | {share:.0f} % "
                f"| {figures.simulated(name, one['workers']):.2f} | {one['bot_ms']:.0f} ms "
                f"| {one['beside_ms']:.0f} ms | {one['memory_mb'] / 1000:.1f} GB |"
            )


def between(figures: Figures) -> Iterator[str]:
    """What passes between the stages of one painting, where nobody else is there."""
    yield "| | taken on to handed out | to the worker and back | done to Telegram's answer |"
    yield "|---|---|---|---|"
    for name, words in EXECUTORS.items():
        if one := figures.found.get(f"{name}_alone"):
            yield (
                f"| {words} | {one['handed_out_ms']:.0f} ms | {one['way_ms']:.0f} ms "
                f"| {one['delivered_ms']:.0f} ms |"
            )


def saturated(figures: Figures) -> Iterator[str]:
    """Where one bot is saturated, and where Telegram is."""
    yield "| results at once, and | paintings a second | the bot's processor, each | calls, each |"
    yield "|---|---|---|---|"
    for name, words in (("saturated", "no limits"), ("limited", "Telegram's limits")):
        one = figures.found[name]
        calls = f"{sum(one['calls'].values()):.1f}" if "calls" in one else ""
        yield f"| {words} | {one['a_second']:.1f} | {one['bot_ms']:.0f} ms | {calls} |"


def written(page: str, figures: Figures) -> str:
    """The page with all that was measured."""
    for name, rows in (("measured", measured), ("between", between), ("saturated", saturated)):
        page = filled(page, name, rows(figures))
    return page


def main() -> None:
    """Write the page and the picture."""
    figures = Figures.read()
    page = written(PAGE.read_text(encoding="utf-8"), figures)
    plans = plan.rows(plan.plans(figures.costs("ray")))
    PAGE.write_text(filled(page, "plan", plans), encoding="utf-8")
    curve.drawn(figures).save(PICTURE, optimize=True)


if __name__ == "__main__":
    main()

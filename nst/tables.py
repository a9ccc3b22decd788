"""The figures of a bench, as tables and sentences for a person. Rich; prints nothing."""

import math

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table

from nst.figures import MEASURES, Check, Figures, Needed, Painted, Speed

NO_MEMORY = "not enough memory"


def tables(figures: Figures) -> RenderableType:
    """What was measured, the speeds first; a part that was not come to is left out."""
    parts: list[RenderableType] = []
    if figures.speeds:
        parts += [_speeds(figures), _ABOUT_SPEEDS, ""]
    if figures.painted or figures.lacked_memory:
        parts += [_pictures(figures), ""]
    if figures.tutorial:
        parts += [_comparison(figures), _ABOUT_COMPARISON]
    return Group(*parts)


_ABOUT_SPEEDS = (
    "A step is one of L-BFGS: the whole loss and its gradient. The unit is VGG-19 to conv5_1, "
    "float32, forward and gradient, as the TensorFlow tutorial's recipe has it."
)
_ABOUT_COMPARISON = (
    "Losses are of the pictures as they are saved. Each recipe does best by the loss that it "
    "minimises. The tutorial's time is that of its steps alone."
)


def _speeds(figures: Figures) -> Table:
    known = ["float32", "tensorfloat32", "bfloat16"]
    if figures.device == "cpu":
        known.remove("tensorfloat32")
    names = [f"{name} (auto)" if name == figures.precision else name for name in known]
    device = ", ".join(figures.cards) or figures.device
    table = _table(f"Seconds a step ({device})", ["pixels", *names, "unit"])
    for row in figures.speeds:
        table.add_row(_size(row.width, row.height), *_cells(row, [*known, "unit"]))
    return table


def _cells(row: Speed, names: list[str]) -> list[str]:
    times = [getattr(row, name) for name in names]
    return [NO_MEMORY if seconds is None else number(seconds) for seconds in times]


def _pictures(figures: Figures) -> Table:
    size = _size(figures.width, figures.height)
    columns = ["", "seconds", "units", "loss (ours)", "loss (tutorial's)", "steps"]
    table = _table(f"Time to quality at {size} pixels", columns)
    for ours in figures.painted:
        table.add_row(ours.quality, *_row(figures, ours))
    if figures.tutorial:
        last = figures.tutorial[-1]
        table.add_row("tutorial", *_row(figures, last), str(last.steps))
    for name in figures.lacked_memory:
        table.add_row(name, NO_MEMORY)
    return table


def _row(figures: Figures, one: Painted | Check) -> list[str]:
    units = figures.units(one.seconds)
    shown = "" if units is None else number(units)
    return [number(one.seconds), shown, f"{one.loss:.4f}", f"{one.tutorial_loss:.2e}"]


def _comparison(figures: Figures) -> Table:
    table = _table("The tutorial's recipe is as good", ["", "by our loss", "by its own loss"])
    for ours in figures.painted:
        needed = [figures.needed(ours, measure) for measure in MEASURES]
        table.add_row(f"as {ours.quality}", *[said(one) for one in needed if one])
    return table


def said(needed: Needed) -> str:
    """When the tutorial's recipe was as good, and how many times our seconds that is."""
    effort = f"{needed.steps} steps ({number(needed.seconds)} s)"
    if needed.reached:
        return f"after {effort}: {number(needed.times)} times"
    return f"not within {effort}: more than {number(needed.times, down=True)} times"


def number(value: float, *, down: bool = False) -> str:
    """Three digits that count, and no fewer before the point; rounded, or cut off."""
    if value <= 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(value)))
    if down:
        value = math.floor(value * 10**digits) / 10**digits
    return f"{value:.{digits}f}"


def _size(width: int, height: int) -> str:
    return f"{width} x {height}"


def _table(title: str, headings: list[str]) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in headings:
        table.add_column(heading, justify="right" if heading else "left")
    return table

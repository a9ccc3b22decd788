"""The figures as tables for a person. Rich; prints nothing."""

from rich import box
from rich.table import Table

from nst.tables import number
from tests.gpu.equality import STEPS, Equality
from tests.gpu.plan import TARGETS
from tests.gpu.timing import Painted, Peak, Step


def peaks(found: list[Peak], copied: float) -> Table:
    """What the card does at best."""
    table = _table("The card's peaks, measured", ["", ""])
    for one in found:
        shown = "none" if one.flops_a_second is None else f"{one.flops_a_second / 1e12:.3g} TFLOP/s"
        table.add_row(f"product of matrices, {one.precision}", shown)
    table.add_row("memory, read and written", f"{copied / 1e9:.4g} GB/s")
    return table


def equality(found: list[Equality]) -> Table:
    """Against float32 on the processor."""
    columns = ["", "loss", "gradient", "cosine", "together", f"loss after {STEPS}"]
    table = _table("Differences from float32 on the processor, relative", columns)
    for one in found:
        table.add_row(
            one.precision,
            f"{one.loss_error:.1e}",
            f"{one.gradient_error:.1e}",
            f"{one.cosine:.6f}",
            f"{one.ways_error:.1e}",
            f"{one.last_loss:.5f}",
        )
    return table


def steps(found: list[Step], peaks: list[Peak], copied: float) -> Table:
    """Milliseconds a step, and the least by arithmetic and by memory at the card's peaks."""
    best = {one.precision: one.flops_a_second for one in peaks}
    columns = ["pixels", "precision", "one by one", "together", "XLA"]
    columns += ["arithmetic", "memory", "times", "first s", "XLA's", "MB"]
    table = _table(
        "A full step, ms; the least that it could take; seconds of a first call", columns
    )
    for one in found:
        arithmetic = one.flops / flops if (flops := best.get(one.precision)) else None
        memory = one.bytes / copied
        least = max(arithmetic or 0, memory)
        table.add_row(
            f"{one.width} x {one.height}",
            one.precision,
            *map(_ms, (one.one_by_one, one.together, one.compiled, arithmetic, memory)),
            _or_nothing(one.together and one.together / least, "{:.1f}"),
            _or_nothing(one.first_seconds, "{:.1f}"),
            _or_nothing(one.compile_seconds, "{:.1f}"),
            _or_nothing(one.memory_mb, "{}"),
        )
    return table


def paintings(found: list[Painted]) -> Table:
    """Seconds of whole paintings, against what is aimed at."""
    table = _table(
        "Whole paintings, seconds", ["", "precision", "first", "again", "loss", "MB", "aim"]
    )
    for one in found:
        aim = TARGETS.get(one.size) if one.quality == "standard" else None
        table.add_row(
            f"{one.quality} at {one.size}",
            one.precision,
            number(one.first_seconds),
            number(one.seconds),
            f"{one.loss:.4f}",
            _or_nothing(one.memory_mb, "{}"),
            "" if aim is None else f"{aim:g}: {'met' if one.seconds <= aim else 'missed'}",
        )
    return table


def _ms(seconds: float | None) -> str:
    return "" if seconds is None else number(1000 * seconds)


def _or_nothing(value: float | None, form: str) -> str:
    return "" if value is None else form.format(value)


def _table(title: str, headings: list[str]) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for position, heading in enumerate(headings):
        table.add_column(heading, justify="right" if position else "left")
    return table

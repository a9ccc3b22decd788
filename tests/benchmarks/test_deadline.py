"""How near a run with `seconds` comes to its deadline, and what it makes of the time.

Run with: uv run pytest -m benchmark -s tests/benchmarks/test_deadline.py
`BENCHMARK_SIZE` sets the long side, 512 by default. Nothing else should compute meanwhile.
"""

import math

import pytest
from PIL import Image
from rich.console import Console
from rich.table import Table

from tests.benchmarks import measure
from tests.benchmarks.measure import alone

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(1800)]

SECONDS = (5, 10, 20, 40, 80)


def test_deadlines() -> None:
    content, style = measure.pictures()
    reports = alone(paint, content, style)
    table = Table(title=f"{reports[0]['width']} x {reports[0]['height']} pixels")
    for heading in ("asked for", "took", "of it", "steps", "loss"):
        table.add_column(heading, justify="right")
    for asked, report in zip(SECONDS, reports, strict=True):
        took, loss = report["seconds"], report["loss"]["total"]
        steps = " + ".join(str(stage["steps"]) for stage in report["schedule"])
        table.add_row(f"{asked} s", f"{took:.1f} s", f"{took / asked:.0%}", steps, f"{loss:.4f}")
    Console(width=100).print(table)
    losses = [report["loss"]["total"] for report in reports]
    assert all(map(math.isfinite, losses))
    assert losses[-1] < losses[0], "more time gave no better picture"


def paint(content: Image.Image, style: Image.Image) -> list[dict[str, object]]:
    """One run a deadline, in one warm process, as the bot's worker is."""
    import nst

    nst.warm_up(nst.Options())
    return [
        nst.stylize(content, style, nst.Options(size=measure.SIZE, seconds=asked)).report
        for asked in SECONDS
    ]

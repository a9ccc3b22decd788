"""What `standard` and `draft` cost, in steps of the tutorial's recipe, in one run.

Run with: uv run pytest -m benchmark -s tests/benchmarks/test_units.py
`BENCHMARK_SIZE` sets the long side, 512 by default. Nothing else should compute meanwhile.
"""

import math

import pytest
from rich.console import Console
from rich.table import Table

from tests.benchmarks import measure
from tests.benchmarks.measure import Measured, alone

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(1800)]


def test_units() -> None:
    content, style = measure.pictures()
    before = alone(measure.tutorial, content, style)
    painted = [
        alone(measure.painting, content, style, quality) for quality in ("standard", "draft")
    ]
    after = alone(measure.tutorial, content, style)
    unit = (before[0].seconds + after[0].seconds) / 2
    show([*before, *painted, *after], unit)
    for row in (*before, *painted, *after):
        assert math.isfinite(row.seconds), row
        assert row.seconds > 0, row
        assert max(row.size) == measure.SIZE, row
        assert 100 < row.peak_rss_mb < 16_000, row
    assert len({row.size for row in (*before, *painted)}) == 1, "not at the same size"
    standard, draft = painted
    assert draft.seconds < standard.seconds


def show(rows: list[Measured], unit: float) -> None:
    """The table; the unit is the mean of those before and after, in case the machine drifts."""
    width, height = rows[0].size
    table = Table(title=f"{width} x {height} pixels")
    for heading in ("", "seconds", "units", "peak MB"):
        table.add_column(heading, justify="right" if heading else "left")
    table.add_column("", overflow="fold")
    for row in rows:
        figures = (f"{row.seconds:.3f}", f"{row.seconds / unit:.2f}", str(row.peak_rss_mb))
        table.add_row(row.name, *figures, row.detail)
    Console(width=120).print(table)

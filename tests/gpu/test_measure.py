"""The measuring command: its tables, and a whole round where there is no GPU.

The round takes a minute or two: `uv run pytest -m slow tests/gpu`.
"""

import io
import json
import math
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

from tests.gpu import tables
from tests.gpu.timing import Painted, Peak, Step

PEAKS = [Peak("float32", 50e12), Peak("bfloat16", None)]


def shown(table: Table) -> list[list[str]]:
    """The rows, without spaces and lines."""
    console = Console(width=140, record=True, file=io.StringIO())
    console.print(table)
    lines = console.export_text().splitlines()
    return [line.split() for line in lines if line.strip(" ─")]


def step(precision: str, together: float | None) -> Step:
    return Step(512, 384, precision, 0.004, together, None, 10, 1.5, None, 900, 100e9, 4e9)


def test_a_step_is_held_against_the_larger_of_what_it_must_take() -> None:
    """Arithmetic: 100 GFLOP at 50 TFLOP/s, 2 ms; memory: 4 GB at 1 TB/s, 4 ms."""
    *_, row = shown(tables.steps([step("float32", 0.008)], PEAKS, 1e12))
    assert row == [
        "512",
        "x",
        "384",
        "float32",
        "4.00",
        "8.00",
        "2.00",
        "4.00",
        "2.0",
        "1.5",
        "900",
    ]


def test_what_was_not_measured_is_left_out() -> None:
    *_, row = shown(tables.steps([step("bfloat16", None)], PEAKS, 1e12))
    assert row == ["512", "x", "384", "bfloat16", "4.00", "4.00", "1.5", "900"]


@pytest.mark.parametrize(("seconds", "verdict"), [(0.99, "met"), (1.01, "missed")])
def test_a_standard_painting_is_held_against_the_aim(seconds: float, verdict: str) -> None:
    found = [
        Painted("standard", 512, "bfloat16", 3.0, seconds, 0.05, 900),
        Painted("fine", 512, "bfloat16", 3.0, 2.0, 0.05, 900),
    ]
    *_, standard, fine = shown(tables.paintings(found))
    assert standard[-2:] == ["1:", verdict]
    assert fine[-1] == "900"


@pytest.mark.slow
def test_a_small_round_measures_all_parts(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    done = subprocess.run(
        [sys.executable, "-m", "tests.gpu.measure", "--small", "--report", str(report)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(report.read_text())
    assert set(figures) == {"machine", "peaks", "equality", "steps", "paintings", "seconds"}
    for one in figures["steps"]:
        assert 0 < one["together"] < math.inf
        assert 0 < one["one_by_one"] < math.inf
    (painted,) = figures["paintings"]
    assert painted["loss"] > 0
    assert figures["equality"][0]["ways_error"] < 1e-2
    assert all(one["cosine"] > 0.99 for one in figures["equality"])
    for title in ("peaks", "Differences", "A full step", "Whole paintings"):
        assert title in done.stdout

"""What painting takes of memory: predicted beforehand, and measured, in rooms of several sizes.

Run with: uv run pytest -m benchmark -s tests/benchmarks/test_memory.py
Each painting has a process of its own, and two steps of each kind at its two finest scales: ten
minutes in all on two cores (`BENCHMARK_SIZE` leaves out what is larger). Other work does no harm,
but makes it longer.
"""

import json
import subprocess
import sys
from typing import Any

import pytest
from rich.console import Console
from rich.table import Table

from tests.benchmarks import measure

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(7200)]

LARGEST = 8192 if measure.SIZE == 512 else measure.SIZE
# Long sides of 4:3 in pixels, and the megabytes that there are.
ROOMS = (
    (512, 8000),
    (512, 1400),
    (1024, 8000),
    (1024, 1800),
    (1600, 8000),
    (1600, 4096),
    (1600, 2500),
    (2048, 4096),
    (2048, 2000),
    (4096, 6144),
    (4096, 2500),
    (8192, 8000),
)


def test_memory_is_as_predicted() -> None:
    table = Table(
        "pixels", "room", "tile", "history", "predicted", "measured", "off by", "last scale"
    )
    found = [painted(size, room) for size, room in ROOMS if size <= LARGEST]
    for one in found:
        tile = "whole" if one["most"] is None else f"{one['most'] / 1e6:.2f} Mpx"
        table.add_row(
            str(one["size"]),
            f"{one['room']} MB",
            tile,
            str(one["history"]),
            f"{one['predicted']} MB",
            f"{one['measured']} MB",
            f"{one['predicted'] / one['measured'] - 1:+.0%}",
            f"{one['schedule'][-1]['seconds']:.0f} s",
        )
    Console(width=110).print(table)
    for one in found:
        assert one["measured"] < one["room"], one
        assert 0.8 < one["predicted"] / one["measured"] < 1.2, one


def painted(size: int, room: int) -> dict[str, Any]:
    """What `tests.benchmarks.painting_within` tells."""
    command = [sys.executable, "-m", "tests.benchmarks.painting_within", str(size), str(room)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found

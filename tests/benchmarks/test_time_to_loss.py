"""The same loss, minimised by the tutorial's Adam and by the engine: what each pays for it.

Run with: uv run pytest -m benchmark -s tests/benchmarks/test_time_to_loss.py
`BENCHMARK_SIZE` sets the long side. Adam's 1000 steps take 20 minutes at 512 pixels on a 2-core
CPU, 5 at 256; `BENCHMARK_FOLDER` keeps their losses. Nothing else should compute meanwhile, but
for Adam's steps, which are counted and not timed.
"""

import json
import math
from itertools import pairwise
from typing import Any
from unittest import mock

import pytest
from rich.console import Console
from rich.table import Table

from nst.images import to_array
from tests.benchmarks import measure
from tests.benchmarks.measure import alone

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(4 * 3600)]

# The tutorial's loss is of this order, and its ε of 0.1 is made for such gradients; ours is of
# order 1, and Adam would hardly move.
TUTORIALS_ORDER = 1e8
EFFORTS = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
LOOKS = (50, 100, 200, 300, 400, 500, 700, 1000)  # steps of Adam that the table shows


def test_time_to_loss() -> None:
    content, style = measure.pictures()
    adam = _kept(lambda: alone(adams_losses, content, style))
    unit = alone(measure.tutorial, content, style)[0].seconds
    ours = alone(paint, content, style)
    table = Table(title=f"{measure.SIZE} pixels, a unit of {unit:.2f} s")
    for heading in ("", "steps", "units", "loss", "Adam's steps to it", "times cheaper"):
        table.add_column(heading, justify="right" if heading else "left")
    for steps in LOOKS:
        table.add_row("Adam", str(steps), str(steps), f"{adam[steps]:.4f}", "", "")
    for effort, report in zip(EFFORTS, ours, strict=True):
        loss, units = report["loss"]["total"], report["seconds"] / unit
        as_good = next((step for step, reached in enumerate(adam) if reached <= loss), None)
        table.add_row(
            f"effort {effort}",
            " + ".join(str(stage["steps"]) for stage in report["schedule"]),
            f"{units:.1f}",
            f"{loss:.4f}",
            "more" if as_good is None else str(as_good),
            f"{(as_good or len(adam)) / units:.1f}{'' if as_good else ' and more'}",
        )
    Console(width=100).print(table)
    assert all(map(math.isfinite, adam))
    assert adam[-1] < adam[0]
    assert all(b["loss"]["total"] < a["loss"]["total"] for a, b in pairwise(ours))


def adams_losses(content: Any, style: Any) -> list[float]:
    """The engine's loss before the first step of the tutorial's Adam, and after each."""
    import tensorflow as tf

    from nst import network
    from nst.images import fit
    from nst.options import Options
    from nst.schedule import Stage
    from nst.subject import scaled, scaled_style
    from nst.tutorial import STEPS, Adam

    objective = network.objective(Options(precision="float32"))
    stage = Stage(*fit(content.size, measure.SIZE), texture=0, full=1)
    start = tf.constant(scaled(content, stage)[None])
    wanted = tf.constant(to_array(scaled_style(style, stage, 1.0))[None])
    targets = objective.targets(start, [wanted], [1.0], 1.0)
    adam, losses = Adam(start), []
    for _ in range(STEPS):
        loss, gradient = objective.evaluate(adam.point, targets)
        losses.append(loss.total)
        adam.step(TUTORIALS_ORDER * gradient)
        adam.point = tf.clip_by_value(adam.point, 0.0, 1.0)
    return [*losses, objective.measure(adam.point, targets).total]


def paint(content: Any, style: Any) -> list[dict[str, Any]]:
    """The engine's reports at each effort, in one warm process."""
    import nst
    from nst import schedule

    nst.warm_up(nst.Options(precision="float32"))
    reports = []
    for effort in EFFORTS:
        with mock.patch.dict(schedule.EFFORT, {"standard": effort}):
            options = nst.Options(size=measure.SIZE, precision="float32")
            reports.append(nst.stylize(content, style, options).report)
    return reports


def _kept(losses: Any) -> list[float]:
    """What an earlier run has left, or what this one finds and leaves."""
    path = measure.FOLDER / f"adam - {measure.SIZE}.json"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(losses()), encoding="utf-8")
    kept: list[float] = json.loads(path.read_text(encoding="utf-8"))
    return kept

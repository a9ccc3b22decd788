"""The recipe's experiments: every trial on every pair, judged by networks that were not optimised.

Run with: uv run --group benchmark pytest -m benchmark -s tests/benchmarks/test_recipe.py
`BENCHMARK_SIZE` sets the long side (384 in RECIPE.md); `TRIALS` and `PAIRS` choose trials and kinds
of pairs by how their names begin, with commas between; `BENCHMARK_FOLDER` keeps the pictures and
figures, so that a run can go on later.
Costs are counted, not timed: other work on the machine disturbs nothing.
"""

import json
import math
import multiprocessing
import os
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from statistics import geometric_mean
from typing import Any
from unittest import mock

import pytest
from rich.console import Console
from rich.table import Table

from tests.benchmarks import judges, measure
from tests.benchmarks.trials import BASELINE, TRIALS, Trial

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.timeout(4 * 3600),
    pytest.mark.skipif(not judges.installed(), reason="needs: uv sync --group benchmark"),
]

COLUMNS = (
    "vgg16_gram",
    "alexnet_gram",
    "vgg16_moments",
    "alexnet_moments",
    "lpips_vgg16",
    "lpips_alexnet",
    "loss",
    "cost",
)
Figures = dict[str, dict[str, float]]  # by pair, then by column


def test_trials() -> None:
    chosen = [trial for trial in TRIALS if trial is BASELINE or _is_wanted(trial.name, "TRIALS")]
    spawn = multiprocessing.get_context("spawn")
    os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", TF_NUM_INTRAOP_THREADS="1")
    with ProcessPoolExecutor(os.cpu_count(), spawn, max_tasks_per_child=1) as processes:
        figures = dict(
            zip(
                [trial.name for trial in chosen],
                processes.map(paint_all, [trial.name for trial in chosen]),
                strict=True,
            )
        )
    show(chosen, figures)
    for name, of_pairs in figures.items():
        assert of_pairs.keys() == figures[BASELINE.name].keys()
        assert len(of_pairs) > 0
        assert all(math.isfinite(row[column]) for row in of_pairs.values() for column in COLUMNS), (
            name
        )


def paint_all(name: str) -> Figures:
    """Paint every pair as the trial `name` does, in this process, which then ends."""
    from tests.benchmarks.pairs import pairs

    trial = next(trial for trial in TRIALS if trial.name == name)
    with ExitStack() as changes:
        for target, replacement in trial.changes.items():
            changes.enter_context(mock.patch(target, replacement))
        return {
            pair.kind: _painted(trial, pair) for pair in pairs() if _is_wanted(pair.kind, "PAIRS")
        }


def _is_wanted(name: str, variable: str) -> bool:
    """Whether the environment's `variable` names it; all are wanted where it is not set."""
    beginnings = tuple(filter(None, os.environ.get(variable, "").split(",")))
    return not beginnings or name.startswith(beginnings)


def _painted(trial: Trial, pair: Any) -> dict[str, float]:
    import nst
    from nst import schedule
    from nst.images import resize, to_array
    from nst.subject import scaled_style

    path = measure.FOLDER / f"{trial.name} - {pair.kind} - {measure.SIZE}.png".replace(":", "")
    kept = path.with_suffix(".json")
    if kept.exists():
        row: dict[str, float] = json.loads(kept.read_text(encoding="utf-8"))
        return row
    options = nst.Options(size=measure.SIZE, **trial.options)
    result = nst.stylize(pair.content, pair.style, options)
    width, height = result.image.size
    plan = schedule.plan(width, height, schedule.EFFORT["standard"])
    content = to_array(resize(pair.content, (width, height)))
    style = to_array(scaled_style(pair.style, plan[-1], 1.0))
    row = {
        **vars(judges.verdict(to_array(result.image), content, style)),
        "loss": result.report["loss"]["total"],
        "cost": schedule.cost_left(plan, 0, 0) / (width * height),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    result.image.save(path)
    kept.write_text(json.dumps(row), encoding="utf-8")
    return row


def show(trials: Iterable[Trial], figures: dict[str, Figures]) -> None:
    """Each trial's figures over the engine's, as the geometric mean of the pairs'."""
    baseline = figures[BASELINE.name]
    table = Table(title=f"{measure.SIZE} pixels, {len(baseline)} pairs: figures over the engine's")
    for heading in ("", *COLUMNS):
        table.add_column(heading.replace("_", " "), justify="right" if heading else "left")
    for trial in trials:
        rows = figures[trial.name]
        ratios = [
            geometric_mean([rows[kind][column] / baseline[kind][column] for kind in baseline])
            for column in COLUMNS
        ]
        table.add_row(trial.name, *(f"{ratio:.3f}" for ratio in ratios))
    Console(width=130).print(table)

"""Measure the engine on a GPU: `uv run --group gpu python -m tests.gpu.measure --report gpu.json`.

Prints as it goes: the card's peaks, steps against the least that they could take, whole paintings,
and whether the card computes what a processor does. `--small` runs all of it in a minute or two on
a processor, where the figures say nothing but that the command works. README.md beside this file
tells more.
"""

import argparse
import json
import os
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf
from rich.console import Console

from nst import card, devices
from tests.gpu import equality, tables, timing
from tests.gpu.plan import LARGE, SMALL, Plan


class Measuring:
    """One round; `figures` grows on the way, and is written after each part."""

    def __init__(self, plan: Plan, report: Path | None) -> None:
        self._plan, self._report = plan, report
        self._console = Console(highlight=False, width=110)
        self._began = time.perf_counter()
        self.figures: dict[str, Any] = {}

    def run(self) -> None:
        """All parts; the dear ones last."""
        self._tell("machine", self._machine())
        plan = self._plan
        peaks = [timing.peak(name, plan.matrix) for name in self._precisions()]
        copied = timing.copied_bytes_a_second(plan.copied_mib)
        self._tell("peaks", {"products": [asdict(one) for one in peaks], "copied": copied})
        self._console.print(tables.peaks(peaks, copied))
        found = equality.compare(self._precisions(), plan.equality)
        self._tell("equality", [asdict(one) for one in found])
        self._console.print(tables.equality(found))
        self._steps(peaks, copied)
        self._paintings()
        self._tell("seconds", round(time.perf_counter() - self._began, 1))

    def _machine(self) -> dict[str, Any]:
        memory = card.memory_mb()
        machine = {
            "device": devices.device(),
            "cards": devices.cards(),
            "memory_mb": memory and memory[1],
            "tensorflow": tf.__version__,
            "precision": devices.best_precision(),
            "autotune": os.environ.get("TF_CUDNN_USE_AUTOTUNE", "1"),
        }
        self._console.print(", ".join(f"{name} {value}" for name, value in machine.items()))
        return machine

    def _precisions(self) -> list[str]:
        if devices.device() == "gpu":
            return list(devices.CARD_PRECISIONS)
        return ["float32", "bfloat16"]

    def _steps(self, peaks: list[timing.Peak], copied: float) -> None:
        done: list[timing.Step] = []
        for size in self._plan.steps:
            for name in self._precisions():
                compiled = size in self._plan.compiled
                done.append(timing.step(size, name, self._plan.count, compiled=compiled))
                self._tell("steps", [asdict(one) for one in done])
        self._console.print(tables.steps(done, peaks, copied))

    def _paintings(self) -> None:
        done: list[timing.Painted] = []
        for size in self._plan.paintings:
            for quality in self._plan.qualities:
                done.append(timing.painting(quality, size))
                self._tell("paintings", [asdict(one) for one in done])
        self._console.print(tables.paintings(done))

    def _tell(self, name: str, found: Any) -> None:
        self.figures[name] = found
        if self._report:
            self._report.write_text(json.dumps(self.figures, indent=1), encoding="utf-8")


def main() -> None:
    """Measure, as the command line says."""
    parser = argparse.ArgumentParser(description="Measure the engine on a GPU.")
    parser.add_argument("--small", action="store_true", help="a trial, on any machine")
    parser.add_argument("--report", type=Path, help="a JSON file for the figures")
    given = parser.parse_args()
    Measuring(SMALL if given.small else LARGE, given.report).run()


if __name__ == "__main__":
    main()

"""Benches whose clock is ours: what is timed and painted is replaced, the rules are not."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import tensorflow as tf
from PIL import Image

from nst import bench, engine, network
from nst.bench import Bench
from nst.options import Options, Quality

QUALITIES: tuple[Quality, ...] = ("draft", "standard")


class Clock:
    """In place of the bench's: goes on only when something is said to take time."""

    def __init__(self) -> None:
        self.now = 1000.0

    def perf_counter(self) -> float:
        return self.now


class Calls:
    """In place of the steps that are timed: each name's calls take the `seconds` given."""

    def __init__(self, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = clock
        self.seconds: dict[str, list[float]] = {
            "float32": [100.0, 9.0, 1.0, 2.0],
            "bfloat16": [100.0, 30.0, 10.0, 20.0],
            "tensorfloat32": [100.0, 9.0, 1.5, 1.5],
            "unit": [100.0, 300.0],
        }
        self.fails: tuple[str, int] | None = None  # the name, and the long side from which on
        self.made: list[tuple[str, int]] = []  # the name and the long side
        monkeypatch.setattr(bench, "_steps", self.start)
        monkeypatch.setattr(bench, "_units", lambda content, style: self.start("unit", content, 0))
        monkeypatch.setattr(Bench, "_compare", lambda self: None)

    def start(self, name: str, content: Any, style: Any) -> Iterator[int]:
        size = max(content.shape)
        for seconds in self.seconds[name]:
            self.clock.now += seconds
            self.made.append((name, size))
            if self.fails and name == self.fails[0] and size >= self.fails[1]:
                raise tf.errors.ResourceExhaustedError(None, None, "full")
            yield 1


class Recipe:
    """In place of the tutorial's: a step takes 2 s, a look 100 s, the loss is a curve."""

    def __init__(self, clock: Clock) -> None:
        self.clock, self.recipe = clock, self
        self.steps = 0
        self.fails_at = -1

    @property
    def picture(self) -> int:
        return self.steps

    def step(self) -> None:
        if self.steps == self.fails_at:
            raise MemoryError
        self.clock.now += 2.0
        self.steps += 1

    def losses(self, picture: Any) -> tuple[float, float]:
        """Of the tutorial's picture 1 / (1 + steps); of ours, what its size says."""
        self.clock.now += 100.0
        loss = 1 / (1 + picture) if isinstance(picture, int) else 1 / picture.shape[1]
        return loss, 2 * loss


class World:
    """A bench with clock, recipe and engine replaced. A painting's width is 1 over its loss."""

    widths = {"draft": 20, "standard": 40, "fine": 80}  # noqa: RUF012

    def __init__(self, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock, self.recipe = clock, Recipe(clock)
        self.fails: dict[str, Exception] = {}
        self.told: list[str] = []
        self.interrupt_at = 10**9  # the tutorial's step
        monkeypatch.setattr(Bench, "_measure_speeds", lambda bench: None)
        monkeypatch.setattr(bench, "_Judge", lambda content, style: self.recipe)
        monkeypatch.setattr(network, "trace", lambda options: None)
        monkeypatch.setattr(engine, "stylize", self.stylize)

    def stylize(self, content: Any, style: Any, options: Options, **named: Any) -> Any:
        if options.quality in self.fails:
            raise self.fails[options.quality]
        width = self.widths[options.quality]
        return SimpleNamespace(image=Image.new("RGB", (width, 9)), report={"seconds": width / 10})

    def run(self, seconds: float = 1e6, qualities: tuple[Quality, ...] = QUALITIES) -> Any:
        def cancelled() -> bool:
            return self.recipe.steps >= self.interrupt_at

        run = Bench(96, seconds, qualities, self.told.append, cancelled)
        run.run()
        return run.figures

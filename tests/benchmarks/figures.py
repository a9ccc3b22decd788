"""What `test_capacity.py` has measured, as the model of the service takes it. Reads one file."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.service_model import Costs, Service

MEASURED = Path(__file__).with_name("capacity.json")
EXECUTORS = {"waiting": "processes of one machine", "ray": "Ray"}
CORES = 2  # of the machine that it was measured on


@dataclass(frozen=True)
class Figures:
    """The file's content."""

    found: dict[str, Any]

    @classmethod
    def read(cls, path: Path = MEASURED) -> "Figures":
        """As committed, or as it was just measured."""
        return cls(json.loads(path.read_text(encoding="utf-8")))

    @property
    def painting(self) -> float:
        """Seconds that the engine has waited."""
        return float(self.found["wait"])

    def points(self, executor: str) -> list[tuple[int, float]]:
        """Workers, and paintings a second."""
        return [(one["workers"], one["a_second"]) for one in self.found.get(executor, ())]

    def costs(self, executor: str) -> Costs:
        """What a painting costs besides, by the run with one worker."""
        (first,) = (one for one in self.found[executor] if one["workers"] == 1)
        bot, beside = first["bot_ms"] / 1000, first["beside_ms"] / 1000
        way = 1 / first["a_second"] - self.painting - bot - beside
        return Costs(bot / 2, bot / 2, max(way, 0.0), beside)

    def simulated(self, executor: str, workers: int) -> float:
        """Paintings a second, as the model has it, on the machine of the measurements."""
        service = Service(
            self.costs(executor), workers, self.painting, cores=CORES, calls_a_second=1e6
        )
        return service.closed(2 * workers, 20 * workers).rate(workers)

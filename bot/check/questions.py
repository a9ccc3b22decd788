"""What the bot's end of a check asks its helper processes, and how these answer. Pipes only."""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

from bot.check.finding import Finding
from bot.tied import go_with_the_parent

# How long each answer may take, in seconds; that on the device begins with loading TensorFlow.
SECONDS = {
    "weights": 60.0,
    "device": 180.0,
    "memory": 30.0,
    "cluster": 60.0,
    "styles": 180.0,
    "painting": 300.0,
}
PARTS = {"process": ("weights", "device", "memory"), "ray": ("cluster",)}


@dataclass(frozen=True)
class Questions:
    """What of the settings, and of the moment, the answers depend on."""

    size: int  # pixels
    max_size: int
    quality: str
    workers: int
    styles_dir: str | None
    executor: str
    ray_address: str
    ray_cpus: float
    ray_gpus: float
    running: bool  # a bot is at work beside
    quick: bool  # without a trial painting

    def parts(self) -> list[str]:
        """Those that are asked for, in their order: one answer each."""
        parts = [*PARTS[self.executor]]
        parts += ["styles"] if self.styles_dir is not None else []
        return parts + (["painting"] if self.executor == "process" and not self.quick else [])


def answer(answers: Callable[[Questions], Iterator[Finding]]) -> None:
    """The helper's whole work: a line of JSON for each part. Ends where nobody waits any more."""
    go_with_the_parent()
    for finding in answers(Questions(**json.loads(sys.argv[1]))):
        sys.stdout.write(f"{json.dumps(asdict(finding))}\n")
        sys.stdout.flush()

"""How long a painting takes, from how long another took on the same machine. Pure arithmetic."""

from collections.abc import Mapping
from typing import Any

from nst.options import Quality
from nst.schedule import EFFORT, cost_left, overhead, plan


def seconds(report: Mapping[str, Any], size: tuple[int, int], quality: Quality) -> float:
    """Of a painting of `size`, (width, height) in pixels, by the `Result.report` of another."""
    painted = report["width"], report["height"]
    scale = cost(size, quality) / cost(painted, report["options"]["quality"])
    return float(report["seconds"] * scale)


def cost(size: tuple[int, int], quality: Quality) -> float:
    """Of a painting from its first target to its last evaluation, in full steps times pixels."""
    stages = plan(*size, EFFORT[quality])
    return cost_left(stages, 0, 0) + overhead(stages)

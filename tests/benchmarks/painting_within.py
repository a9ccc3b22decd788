"""`python -m tests.benchmarks.painting_within SIZE ROOM`: one painting in so many megabytes.

A few steps of each scale, which take as much memory as all would. Writes a line of JSON: what was
predicted, and the most that the process has had.
"""

import json
import os
import sys
from dataclasses import replace
from unittest import mock

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from nst import Options, gallery, memory, samples, schedule, stylize
from nst.budget import Budget, finished_area
from nst.encode import encode_jpeg
from nst.images import fit
from nst.schedule import Stage

STEPS = 2
CONTENT = (1024, 768)  # pixels of the photo; of more is only made more


def main() -> None:
    """Paint, and tell."""
    size, room = int(sys.argv[1]), int(sys.argv[2])
    content = samples.content().resize(CONTENT)
    style = gallery.style("nocturne")
    with (
        mock.patch("nst.memory.room_mb", return_value=room - memory.LOADED_MB),
        mock.patch("nst.schedule.plan", short),
    ):
        result = stylize(content, style, Options(size=size, precision="float32"))
    encode_jpeg(result.image)
    sources = content.width * content.height + style.width * style.height
    stages = short(*fit(content.size, size), 1.0)
    budget = Budget(room - memory.LOADED_MB, sources, finished=finished_area(stages))
    fits = [budget.fit(stage) for stage in stages]
    dearest = max((one for one in fits if one is not None), key=lambda one: one.mb)
    found = {
        "size": size,
        "room": room,
        "most": dearest.most,
        "history": dearest.history,
        "predicted": dearest.mb + memory.LOADED_MB,
        "measured": result.report["peak_rss_mb"],
        "schedule": result.report["schedule"],
    }
    print(json.dumps(found))  # noqa: T201 - its answer


_plan = schedule.plan


def short(width: int, height: int, effort: float) -> list[Stage]:
    """The engine's two finest scales, and the finest with full steps; a few of each kind."""
    stages = _plan(width, height, effort)
    judged = [stage for stage in stages if stage.full][-1:]  # where the loss is measured
    return [
        replace(stage, texture=min(STEPS, stage.texture), full=min(STEPS, stage.full))
        for stage in stages
        if stage in judged or stage in stages[-2:]
    ]


if __name__ == "__main__":
    main()

"""A large painting's crops at 100 %, beside the same painting enlarged from where painting ends.

Run with: uv run --group benchmark pytest -m benchmark -s tests/benchmarks/test_last_mile.py
`BENCHMARK_SIZE` sets the long side, 2048 by default; `PAIRS` chooses kinds of pairs by how their
names begin, with commas between. `BENCHMARK_FOLDER` gets, for each pair (KIND, such as landscape):

  last mile - KIND - SIZE - ours.png     the painting
  last mile - KIND - SIZE - plain.png    what was painted of it, enlarged by Lanczos
  last mile - KIND - SIZE - beside.png   crops of 512 pixels: left `plain`, right `ours`

Steps are counted, and seconds told beside them: nothing else should compute meanwhile.
"""

import os
from dataclasses import dataclass
from typing import Any
from unittest import mock

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from rich.console import Console
from rich.table import Table

import nst
from nst.images import resize, to_array, to_image
from nst.painter import enlarged
from nst.schedule import EFFORT, FINISH_AREA, cost_left, overhead, plan
from nst.subject import Floats
from tests.benchmarks import judges, measure
from tests.benchmarks.artefacts import weave
from tests.benchmarks.pairs import Pair, pairs

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.timeout(4 * 3600),
    pytest.mark.skipif(not judges.installed(), reason="needs: uv sync --group benchmark"),
]

SIZE = int(os.environ.get("BENCHMARK_SIZE", "2048"))
KINDS = tuple(filter(None, os.environ.get("PAIRS", "landscape").split(",")))
CROP = 512
PLACES = ((0.25, 0.6), (0.5, 0.25), (0.75, 0.75))  # of the crops' centres, down and across


@dataclass(frozen=True)
class Figures:
    """Of one crop."""

    gram: float  # VGG-16's, against the style at its own size
    weave: float  # dB
    coherence: float  # 0…1: how far neighbouring gradients have one direction


@pytest.mark.parametrize(
    "pair", [pair for pair in pairs() if pair.kind.startswith(KINDS)], ids=lambda pair: pair.kind
)
def test_last_mile(pair: Pair) -> None:
    ours, plain, report = measure.alone(paint, pair)
    width, height = ours.size
    stages = plan(width, height, EFFORT["standard"])
    assert width * height > FINISH_AREA, "a size that is painted as a whole: ask for a larger one"
    style = to_array(pair.style)
    content = resize(pair.content, ours.size)
    boxes = [box(ours.size, place) for place in PLACES]
    shown = {
        name: [judged(image.crop(one), content.crop(one), style) for one in boxes]
        for name, image in (("plain", plain), ("ours", ours))
    }
    save(pair, ours, plain, boxes)
    show(pair, shown)
    painted = [stage for stage in stages if not stage.finishing]
    costs = [cost_left(some, 0, 0) + overhead(some) for some in (painted, stages)]
    seconds = [stage["seconds"] for stage in report["schedule"]]
    Console().print(
        f"In full steps at {width} x {height}: painting {costs[0] / stages[-1].area:.2f}, "
        f"finishing {(costs[1] - costs[0]) / stages[-1].area:.2f}. Seconds by scale: {seconds}, "
        f"of {report['seconds']:.0f}; {report['peak_rss_mb']} MB at most."
    )
    for mine, other in zip(shown["ours"], shown["plain"], strict=True):
        assert mine.coherence > other.coherence


def paint(pair: Pair) -> tuple[Image.Image, Image.Image, dict[str, Any]]:
    """The painting; what was painted of it, enlarged; the report."""
    painted: list[Floats] = []

    def noted(picture: Floats, content: Floats) -> Floats:
        if picture[..., 0].size <= FINISH_AREA:
            painted.append(picture.copy())
        return enlarged(picture, content)

    with mock.patch("nst.painter.enlarged", noted):
        result = nst.stylize(pair.content, pair.style, nst.Options(size=SIZE))
    plain = resize(to_image(painted[-1]), result.image.size)
    return result.image, plain, result.report


def box(size: tuple[int, int], place: tuple[float, float]) -> tuple[int, int, int, int]:
    """The crop around `place`, as left, top, right, bottom."""
    down, across = place
    left, top = (
        min(max(0, round(side * part) - CROP // 2), side - CROP)
        for side, part in zip(size, (across, down), strict=True)
    )
    return left, top, left + CROP, top + CROP


def judged(crop: Image.Image, content: Image.Image, style: Floats) -> Figures:
    """The figures of one crop."""
    picture = to_array(crop)
    return Figures(
        gram=judges.judge("vgg16").gram_distance(picture, style),
        weave=weave(picture, to_array(content), style),
        coherence=coherence(crop),
    )


def coherence(crop: Image.Image) -> float:
    """The structure tensor's (λ1 - λ2) / (λ1 + λ2), of brightness, in its mean over the picture."""
    y, x = np.gradient(np.asarray(crop.convert("L"), np.float32) / 255.0)
    products = np.stack([x * x, x * y, y * y], -1)[np.newaxis]
    xx, xy, yy = np.moveaxis(tf.nn.avg_pool2d(products, 7, 1, "VALID")[0].numpy(), -1, 0)
    return float(np.mean(np.sqrt((xx - yy) ** 2 + 4 * xy**2) / (xx + yy + 1e-9)))


def save(
    pair: Pair, ours: Image.Image, plain: Image.Image, boxes: list[tuple[int, int, int, int]]
) -> None:
    """The three pictures that the first lines name."""
    beside = Image.new("RGB", (2 * CROP, CROP * len(boxes)))
    for row, one in enumerate(boxes):
        for column, image in enumerate((plain, ours)):
            beside.paste(image.crop(one), (column * CROP, row * CROP))
    measure.FOLDER.mkdir(parents=True, exist_ok=True)
    for name, image in (("ours", ours), ("plain", plain), ("beside", beside)):
        image.save(measure.FOLDER / f"last mile - {pair.kind} - {SIZE} - {name}.png")


def show(pair: Pair, shown: dict[str, list[Figures]]) -> None:
    """A row a crop: each figure of the enlarged and of the finished picture."""
    table = Table(title=f"{pair.kind}: {pair.title}, {SIZE} pixels: plain and ours")
    for heading in ("crop", *vars(shown["ours"][0])):
        table.add_column(heading, justify="right" if heading != "crop" else "left")
    for number, both in enumerate(zip(shown["plain"], shown["ours"], strict=True), 1):
        before, after = (vars(figures).values() for figures in both)
        cells = (f"{a:.3f} → {b:.3f}" for a, b in zip(before, after, strict=True))
        table.add_row(str(number), *cells)
    Console(width=120).print(table)

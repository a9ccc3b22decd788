"""Content, style, the tutorial after 1000 steps, and ours: a sheet a pair, and the judges' figures.

Run with: uv run --group benchmark pytest -m benchmark -s tests/benchmarks/test_side_by_side.py
`BENCHMARK_SIZE` sets the long side; the tutorial's steps take 20 minutes a pair at 512 pixels on a
2-core CPU, 5 at 256. `BENCHMARK_FOLDER` gets the pictures and sheets, and keeps what is done.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import get_args

import pytest
from PIL import Image
from rich.console import Console
from rich.table import Table

import nst
from nst.gallery import sheet
from nst.images import fit, resize, to_array, to_image
from nst.options import Quality
from nst.schedule import Stage
from nst.subject import scaled_style
from nst.tutorial import STEPS, Tutorial
from nst.weights import load_vgg19
from tests.benchmarks import judges, measure
from tests.benchmarks.artefacts import Artefacts, artefacts
from tests.benchmarks.judges import Verdict
from tests.benchmarks.measure import alone
from tests.benchmarks.pairs import Pair, pairs

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.timeout(8 * 3600),
    pytest.mark.skipif(not judges.installed(), reason="needs: uv sync --group benchmark"),
]

WAYS = ("tutorial", *get_args(Quality))


@pytest.mark.parametrize("pair", pairs(), ids=lambda pair: pair.kind)
def test_side_by_side(pair: Pair) -> None:
    size = fit(pair.content.size, measure.SIZE)
    content = resize(pair.content, size)
    # The same style picture for all, so that they differ by recipe alone.
    style = to_image(to_array(scaled_style(pair.style, Stage(*size, 0, 1), 1.0)))
    painted = {way: _kept(pair, way, partial(alone, paint, way, content, style)) for way in WAYS}
    pictures = [content, style, *painted.values()]
    titles = [pair.title, "style", *(_title(way) for way in WAYS)]
    sheet(pictures, titles, len(pictures)).save(
        measure.FOLDER / f"sheet - {pair.kind} - {measure.SIZE}.png"
    )
    arrays = to_array(content), to_array(style)
    judged = {way: judges.verdict(to_array(image), *arrays) for way, image in painted.items()}
    probed = {way: artefacts(to_array(image), *arrays) for way, image in painted.items()}
    show(pair, judged, probed)
    for way in WAYS:
        assert painted[way].size == size
        figures = {**vars(judged[way]), **vars(probed[way])}
        assert all(math.isfinite(figure) for figure in figures.values()), (way, figures)


def paint(way: str, content: Image.Image, style: Image.Image) -> Image.Image:
    """`content` in the style of `style` by the tutorial or in one of the engine's qualities."""
    if way != "tutorial":
        options = nst.Options(size=max(content.size), quality=way)  # type: ignore[arg-type]
        return nst.stylize(content, style, options).image
    recipe = Tutorial(load_vgg19(), to_array(content), to_array(style))
    for _ in range(STEPS):
        recipe.step()
    return to_image(recipe.picture)


def _kept(pair: Pair, way: str, painted: Callable[[], Image.Image]) -> Image.Image:
    """What an earlier run has left, or what this one paints and leaves."""
    path = measure.FOLDER / f"{way} - {pair.kind} - {measure.SIZE}.png"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        painted().save(path)
    return Image.open(path).convert("RGB")


def _title(way: str) -> str:
    return f"the tutorial, {STEPS} steps" if way == "tutorial" else f"ours, {way}"


def show(pair: Pair, judged: dict[str, Verdict], probed: dict[str, Artefacts]) -> None:
    """A row a way of painting."""
    table = Table(title=f"{pair.kind}: {pair.title}, {measure.SIZE} pixels")
    table.add_column("")
    first = next(iter(judged))
    for heading in (*vars(judged[first]), *vars(probed[first])):
        table.add_column(heading.replace("_", " "), justify="right")
    for way, verdict in judged.items():
        figures = (*vars(verdict).values(), *vars(probed[way]).values())
        table.add_row(way, *(f"{figure:.3f}" for figure in figures))
    Console(width=150).print(table)

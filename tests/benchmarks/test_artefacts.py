"""Each probe: next to nothing on clean pictures, growing with its own fault, still with others."""

from collections.abc import Callable
from dataclasses import astuple, fields
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import nst
from nst import Options, gallery, samples
from nst.images import resize, to_array
from nst.schedule import Stage
from nst.subject import scaled_style
from tests.benchmarks import artefacts as probes
from tests.benchmarks.artefacts import Artefacts, Floats, artefacts

WIDTH, HEIGHT = 256, 192
NAMES = [field.name for field in fields(Artefacts)]
# One probe alone, of picture, content and style.
ALONE: dict[str, Callable[[Floats, Floats, Floats], float]] = {
    "frame": lambda picture, content, _: probes.frame(picture, content),
    "grid": probes.grid,
    "flat_grid": probes.flat_grid,
    "weave": probes.weave,
    "blotches": probes.blotches,
    "speckles": lambda picture, *_: probes.speckles(picture),
    "clipping": lambda picture, *_: probes.clipping(picture),
}
# What a clean picture has at most,
CLEAN = Artefacts(
    frame=2, grid=2.5, flat_grid=3, weave=3.5, blotches=0.001, speckles=0.001, clipping=0.001
)
# and what the other probes may make of a fault, beyond what they found before.
STILL = Artefacts(
    frame=1, grid=2.5, flat_grid=3.5, weave=2.5, blotches=0.002, speckles=0.001, clipping=0.001
)


@pytest.fixture(scope="module")
def content() -> Floats:
    return to_array(resize(samples.content(), (WIDTH, HEIGHT)))


def painting(name: str) -> tuple[Floats, Floats]:
    """Two parts of one picture: what is surely painted in its style, and the style."""
    whole = 0.03 + 0.94 * to_array(gallery.style(name))  # nothing is cut off
    return whole[:HEIGHT, :WIDTH], whole[-HEIGHT:, -WIDTH:]


def framed(picture: Floats, much: float) -> Floats:
    """A border eight pixels wide, lighter by `much`."""
    out = picture + np.float32(much)
    out[8:-8, 8:-8] = picture[8:-8, 8:-8]
    return clipped(out)


def gridded(period: int) -> Callable[[Floats, float], Floats]:
    """Squares of half the period, `much` lighter and darker in turn, in every channel."""

    def inject(picture: Floats, much: float) -> Floats:
        y, x = np.mgrid[: picture.shape[0], : picture.shape[1]] // (period // 2) % 2
        return clipped(picture + much / 2 * (x + y - 1)[..., np.newaxis])

    return inject


def woven(picture: Floats, much: float) -> Floats:
    """Short strokes of chance, across and down."""
    rng = np.random.default_rng(1)
    strokes = rng.normal(0, 1, picture.shape[:2]), rng.normal(0, 1, picture.shape[:2])
    for axis, one in enumerate(strokes):
        one[:] = sum(np.roll(one, shift, axis) for shift in range(7)) / 7**0.5
    return clipped(picture + much * (strokes[0] + strokes[1])[..., np.newaxis])


def blotched(picture: Floats, much: float) -> Floats:
    """Grey patches, 40 pixels wide, `much` of the area."""
    out, side = picture.copy(), 40
    for patch in range(round(much * WIDTH * HEIGHT / side**2)):
        top, left = 20 + 50 * (patch // 4), 20 + 50 * (patch % 4)
        out[top : top + side, left : left + side] = 0.55
    return out


def salted(picture: Floats, much: float) -> Floats:
    """Single pixels, `much` of all, brightened or darkened."""
    out, rng = picture.copy(), np.random.default_rng(2)
    here = rng.uniform(size=picture.shape[:2]) < much
    out[here] = np.where(out[here].mean(-1, keepdims=True) > 0.5, 0.02, 0.98)
    return out


def burnt(picture: Floats, much: float) -> Floats:
    """More contrast: what the range cannot hold is cut off."""
    return clipped(0.5 + (picture - 0.5) * (1 + much))


def clipped(picture: npt.NDArray[Any]) -> Floats:
    return np.asarray(picture.clip(0, 1), np.float32)


# The probe, how its fault is injected, and growing amounts of it.
FAULTS: dict[str, tuple[str, Callable[[Floats, float], Floats], tuple[float, ...]]] = {
    "frame": ("frame", framed, (0.04, 0.08, 0.16)),
    "grid of 2": ("grid", gridded(2), (0.01, 0.02, 0.04)),
    "grid of 4": ("grid", gridded(4), (0.01, 0.02, 0.04)),
    "grid of 8": ("grid", gridded(8), (0.01, 0.02, 0.04)),
    "faint grid of 2": ("flat_grid", gridded(2), (0.01, 0.02, 0.04)),
    "faint grid of 4": ("flat_grid", gridded(4), (0.01, 0.02, 0.04)),
    "faint grid of 8": ("flat_grid", gridded(8), (0.02, 0.03, 0.04)),
    "weave": ("weave", woven, (0.01, 0.02, 0.04)),
    "blotches": ("blotches", blotched, (0.15, 0.22, 0.30)),
    "speckles": ("speckles", salted, (0.002, 0.004, 0.008)),
    "clipping": ("clipping", burnt, (0.5, 1.0, 2.0)),
}
# A grid is one to both its probes, and lies along the axes; more contrast may be more than the
# range holds, and stand alone in places.
KIN = {
    "frame": {"clipping"},
    "grid": {"flat_grid", "weave"},
    "flat_grid": {"grid", "weave"},
    "weave": {"speckles", "clipping"},
    "clipping": {"speckles"},
}


@pytest.fixture(scope="module", params=["watercolour", "aurora"])
def clean(request: pytest.FixtureRequest, content: Floats) -> tuple[Floats, Floats, Artefacts]:
    """A picture without fault, its style, and what the probes find."""
    picture, style = painting(request.param)
    return picture, style, artefacts(picture, content, style)


@pytest.mark.parametrize("name", ["nocturne", "watercolour", "aurora", "tapestry"])
def test_a_clean_picture_has_next_to_nothing(name: str, content: Floats) -> None:
    picture, style = painting(name)
    found = artefacts(picture, content, style)
    for probe, figure, limit in zip(NAMES, astuple(found), astuple(CLEAN), strict=True):
        assert figure <= limit, (probe, found)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_by_its_own_probe_and_no_other(
    fault: str, clean: tuple[Floats, Floats, Artefacts], content: Floats
) -> None:
    probe, inject, amounts = FAULTS[fault]
    picture, style, before = clean
    *faulty, worst = (inject(picture, much) for much in amounts)
    found = artefacts(worst, content, style)
    less = [ALONE[probe](one, content, style) for one in faulty]
    figures = [getattr(before, probe), *less, getattr(found, probe)]
    assert all(low < high for low, high in pairwise(figures)), figures
    assert figures[-1] > getattr(CLEAN, probe), figures
    for other in {*NAMES} - {probe} - KIN.get(probe, set()):
        moved = getattr(found, other) - getattr(before, other)
        assert moved <= getattr(STILL, other), (other, found, before)


@pytest.mark.parametrize("fault", ["grid of 4", "faint grid of 4", "weave", "blotches"])
def test_what_the_style_has_too_is_no_fault(fault: str, content: Floats) -> None:
    probe, inject, amounts = FAULTS[fault]
    picture, style = painting("watercolour")
    faulty = inject(picture, amounts[-1])
    alone = ALONE[probe](faulty, content, style)
    assert ALONE[probe](faulty, content, inject(style, 2 * amounts[-1])) < 0.5 * alone


@pytest.mark.parametrize("fault", ["speckles", "clipping"])
def test_specks_and_cut_values_of_the_style_are_no_fault(fault: str, content: Floats) -> None:
    probe, inject, amounts = FAULTS[fault]
    picture, style = painting("watercolour")
    faulty, same = inject(picture, amounts[-1]), inject(style, amounts[-1])
    assert getattr(artefacts(faulty, content, same), probe) < 0.5 * ALONE[probe](
        faulty, content, style
    )


def test_a_frame_that_the_content_has_is_no_fault(content: Floats) -> None:
    border = framed(content, 0.3)
    painted = 0.1 + 0.8 * border
    assert probes.frame(painted, border) < 0.5 * probes.frame(painted, content)


def test_a_grey_wall_of_the_content_is_no_fault(content: Floats) -> None:
    picture, style = painting("watercolour")
    grey = blotched(picture, 0.3)
    assert probes.blotches(grey, content, style) > 0.1
    assert probes.blotches(grey, blotched(content, 0.3), style) < 0.01


def test_a_line_and_an_edge_are_no_speckles() -> None:
    picture = np.full((40, 60, 3), 0.5, np.float32)
    picture[:, 30:] = 0.9
    picture[10, 5:25] = 0
    picture[np.arange(20, 35), np.arange(5, 20)] = 1
    assert probes.speckles(picture) == 0
    picture[20, 45] = 0
    assert probes.speckles(picture) == 1 / (40 * 60)


def test_clipping_is_that_of_eight_bits() -> None:
    picture = np.array([[[0.4 / 255, 0.6 / 255, 0.5]], [[254.4 / 255, 254.6 / 255, 1.2]]])
    assert probes.clipping(picture.astype(np.float32)) == pytest.approx(3 / 6)


def test_pictures_of_two_shapes_are_refused(content: Floats) -> None:
    with pytest.raises(ValueError, match="content"):
        artefacts(content[:-1], content, content)


@pytest.mark.usefixtures("objective")
def test_a_painting_has_none_of_the_gross_faults() -> None:
    """Of 160 pixels, a draft: the figures are rough at that size, and so are their limits."""
    scene, style = samples.content(), gallery.style("watercolour")
    painted = nst.stylize(scene, style, Options(size=160, quality="draft", precision="float32"))
    stage = Stage(*painted.image.size, 0, 1)
    found = artefacts(
        to_array(painted.image),
        to_array(resize(scene, painted.image.size)),
        to_array(scaled_style(style, stage, 1.0)),
    )
    assert found.frame < 5, found
    assert max(found.grid, found.flat_grid) < 6, found
    assert found.blotches < 0.01, found
    assert found.speckles < 0.002, found

"""Strokes: they cover, follow their field, and the last lies on top."""

import numpy as np
import pytest

from nst.gallery.noise import Field, rgb
from nst.gallery.strokes import Brush, Canvas, advect, along

FLAT = np.zeros((8, 8), np.float32)


def _colours(canvas: Canvas) -> Field:
    return canvas.colour.reshape((*canvas.shape, 3))


def test_a_close_layer_leaves_nothing_of_the_ground() -> None:
    canvas = Canvas((120, 160), rgb("ff00ff"))
    scene = np.full((8, 8, 3), 0.5, np.float32)
    brush = Brush(0.12, 0.04, 0.3, jitter=0, bristle=0, ragged=0)
    canvas.cover(scene, FLAT, brush, np.random.default_rng(0))
    assert _colours(canvas) == pytest.approx(0.5, abs=1e-6)


@pytest.mark.parametrize(("turn", "axis"), [(0.0, 1), (np.pi / 2, 0)])
def test_a_stroke_lies_along_its_field(turn: float, axis: int) -> None:
    canvas = Canvas((200, 200), rgb("000000"), over=1)
    at = np.array([[100, 100]], np.float32)
    brush = Brush(0.5, 0.04, 1, bristle=0, ragged=0, turn=0)
    white = np.ones((1, 3), np.float32)
    canvas.strokes(at, white, FLAT + np.float32(turn), brush, np.random.default_rng(0))
    rows, columns = np.nonzero(_colours(canvas)[..., 0])
    extent = (np.ptp(rows), np.ptp(columns))
    assert extent[axis] > 60, extent
    assert extent[1 - axis] < 12, extent


def test_the_last_stroke_lies_on_top() -> None:
    canvas = Canvas((100, 100), rgb("000000"), over=1)
    at = np.array([[50, 50]] * 3, np.float32)
    colours = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
    brush = Brush(0.2, 0.1, 1, bristle=0, ragged=0)
    canvas.strokes(at, colours, FLAT, brush, np.random.default_rng(3))
    assert _colours(canvas)[50, 50] == pytest.approx([0, 0, 1])


def test_strokes_beyond_the_edge_are_cut_not_wrapped() -> None:
    canvas = Canvas((100, 100), rgb("000000"), over=1)
    at = np.array([[0, 20]], np.float32)
    white = np.ones((1, 3), np.float32)
    brush = Brush(0.4, 0.06, 1, bristle=0, ragged=0)
    canvas.strokes(at, white, FLAT, brush, np.random.default_rng(0))
    assert _colours(canvas)[:, :10].max() == 1
    assert _colours(canvas)[:, 60:].max() == 0


def test_contours_of_a_cone_are_circles() -> None:
    y, x = np.mgrid[-20:21, -20:21].astype(np.float32)
    angle = along(np.hypot(x, y))
    radial = np.arctan2(y, x)
    away = np.abs(np.cos(angle - radial))  # 0 where the contour is square to the radius
    assert away[np.hypot(x, y) > 5].max() < 0.1


def test_advection_smears_along_the_field_alone() -> None:
    rng = np.random.default_rng(5)
    spots = rng.normal(0, 1, (60, 60)).astype(np.float32)
    streaks = advect(spots, np.zeros((60, 60), np.float32), 6)[15:45, 15:45]
    along_it = np.abs(np.diff(streaks, axis=1)).mean()
    across = np.abs(np.diff(streaks, axis=0)).mean()
    assert across > 2 * along_it, (across, along_it)

"""Tiles cover a picture once, on the grid, and are as large as they may be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nst.tiles import GRID, Tile, tiles

sides = st.integers(16, 600)


@given(sides, sides, st.integers(1, 400_000), st.sampled_from([0, 16, 80]))
def test_every_pixel_counts_once(height: int, width: int, most: int, margin: int) -> None:
    counted = np.zeros((height, width), int)
    for tile in tiles(height, width, most, margin):
        counted[tile.edges()] += 1
    assert (counted == 1).all()


@given(sides, sides, st.integers(1, 400_000), st.sampled_from([0, 16, 80]))
def test_edges_are_on_the_grid_or_the_picture_s(
    height: int, width: int, most: int, margin: int
) -> None:
    for tile in tiles(height, width, most, margin):
        outer = tile.around(margin, height, width)
        for one in (tile, outer):
            assert one.top % GRID == one.left % GRID == 0
            assert one.bottom % GRID == 0 or one.bottom == height
            assert one.right % GRID == 0 or one.right == width
        assert outer.top == 0 or tile.top - outer.top == margin
        assert outer.right == width or outer.right - tile.right == margin


@given(sides, sides, st.integers(1, 400_000))
def test_no_tile_is_larger_than_asked_for_where_there_are_such(
    height: int, width: int, most: int
) -> None:
    found = [tile.around(80, height, width).area for tile in tiles(height, width, most, 80)]
    smallest = (31 + 160) ** 2  # at most: what is left over joins the last tile
    assert max(found) <= max(most, smallest)


def test_a_picture_that_fits_is_one_tile() -> None:
    assert tiles(301, 403, 301 * 403, 80) == [Tile(0, 301, 0, 403)]


@pytest.mark.parametrize(("height", "width"), [(1536, 2048), (6144, 8192)])
def test_the_overlap_of_large_tiles_is_small(height: int, width: int) -> None:
    found = [tile.around(80, height, width).area for tile in tiles(height, width, 1_500_000, 80)]
    assert max(found) <= 1_500_000
    assert sum(found) < 1.35 * height * width


def test_positions_of_a_coarser_layer_are_covered_once() -> None:
    """Those that the poolings leave of an odd size."""
    counted = np.zeros((211 // 16, 333 // 16), int)
    for tile in tiles(211, 333, 20_000, 16):
        counted[tile.edges(16)] += 1
    assert (counted == 1).all()

"""Contact sheets: their size, their margins, what they refuse."""

import numpy as np
import pytest
from PIL import Image

from nst.gallery.sheets import CAPTION, CELL, GAP, PAPER, sheet


def _pictures(*sizes: tuple[int, int]) -> list[Image.Image]:
    return [Image.new("RGB", size, "navy") for size in sizes]


def test_rows_of_square_pictures_make_square_cells() -> None:
    page = sheet(_pictures(*[(50, 50)] * 5), ["a"] * 5, 2)
    assert page.size == (2 * (CELL + GAP) + GAP, 3 * (CELL + CAPTION + GAP) + GAP)


@pytest.mark.parametrize("columns", [1, 2, 3, 5])
def test_every_full_row_reaches_from_margin_to_margin(columns: int) -> None:
    sizes = [(300, 200), (200, 300), (640, 481), (33, 50), (500, 500)][:columns]
    page = np.asarray(sheet(_pictures(*sizes), ["t"] * columns, columns))
    row = (page[GAP + 2] != PAPER).any(-1)
    inked = np.flatnonzero(row)
    assert inked[0] == GAP
    assert inked[-1] == page.shape[1] - GAP - 1
    assert int(row.sum()) == page.shape[1] - GAP * (columns + 1)


def test_titles_are_written() -> None:
    plain = sheet(_pictures((50, 50)), [""], 1)
    assert plain.tobytes() != sheet(_pictures((50, 50)), ["Neon"], 1).tobytes()


@pytest.mark.parametrize(("count", "titles", "columns"), [(0, 0, 1), (2, 1, 1), (1, 1, 0)])
def test_a_sheet_of_nothing_is_refused(count: int, titles: int, columns: int) -> None:
    with pytest.raises(ValueError, match="at least one picture"):
        sheet(_pictures(*[(9, 9)] * count), ["t"] * titles, columns)

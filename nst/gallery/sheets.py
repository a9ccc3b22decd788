"""Contact sheets: pictures in rows, each with its title. Pure Pillow."""

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

CELL = 320  # pixels, a column's width
GAP = 16
CAPTION = 30
PAPER, TEXT = (250, 248, 243), (60, 54, 48)


def sheet(images: Sequence[Image.Image], titles: Sequence[str], columns: int) -> Image.Image:
    """The pictures in rows of `columns`, uncropped, each row as wide as the sheet.

    The sheet is `columns` x 336 + 16 pixels wide; a row is as high as its pictures' shapes ask for.
    Raises `ValueError` unless there is a picture, a title for each and a column.
    """
    if not images or len(images) != len(titles) or columns < 1:
        raise ValueError("A sheet needs at least one picture and column, and a title a picture.")
    width = columns * (CELL + GAP) + GAP
    rows = [list(images[i : i + columns]) for i in range(0, len(images), columns)]
    heights = [_height(row, columns, width) for row in rows]
    total = GAP + sum(height + CAPTION + GAP for height in heights)
    page = Image.new("RGB", (width, total), PAPER)
    font = ImageFont.load_default(15)
    draw = ImageDraw.Draw(page)
    top, index = GAP, 0
    for row, height in zip(rows, heights, strict=True):
        left = GAP
        for k, image in enumerate(row):
            wide = max(1, round(height * image.width / image.height))
            if k == columns - 1:
                wide = width - GAP - left  # rounding ends at the margin
            small = image.convert("RGB").resize((wide, height), Image.Resampling.LANCZOS)
            page.paste(small, (left, top))
            draw.text((left + 1, top + height + 7), titles[index], TEXT, font)
            left, index = left + wide + GAP, index + 1
        top += height + CAPTION + GAP
    return page


def _height(row: Sequence[Image.Image], columns: int, width: int) -> int:
    """The height at which the row fills the sheet; a short row is filled up with squares."""
    shapes = sum(image.width / image.height for image in row) + columns - len(row)
    return max(1, round((width - GAP * (columns + 1)) / shapes))

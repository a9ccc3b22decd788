"""Photos within Telegram's limits."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageStat

from bot.executors.pictures import MAX_BYTES, MAX_RATIO, MAX_SUM, PREVIEW_SIDE, photo, preview


def opened(jpeg: bytes) -> Image.Image:
    with Image.open(BytesIO(jpeg)) as image:
        assert image.format == "JPEG"
        image.load()
        return image.copy()


@pytest.mark.parametrize("size", [(64, 64), (1280, 64), (4000, 6000), (9500, 500)])
def test_a_picture_within_the_limits_keeps_its_size(size: tuple[int, int]) -> None:
    assert opened(photo(Image.new("RGB", size, "teal"))).size == size


@pytest.mark.parametrize(
    "size",
    [(8192, 8192), (12000, 3000), (9524, 477), (20000, 1000), (1, 4000), (8192, 3), (512, 25)],
)
def test_a_picture_beyond_the_limits_is_made_to_fit(size: tuple[int, int]) -> None:
    width, height = opened(photo(Image.new("RGB", size, "teal"))).size
    assert width + height <= MAX_SUM
    assert max(width, height) <= MAX_RATIO * min(width, height)


def test_scaling_down_keeps_the_proportions() -> None:
    width, height = opened(photo(Image.new("RGB", (12000, 3000)))).size
    assert width / height == pytest.approx(4, rel=0.001)


def test_a_narrow_picture_is_padded_in_white_on_both_sides() -> None:
    image = opened(photo(Image.new("RGB", (2000, 20), "black")))
    assert image.size == (2000, 100)
    rows = [ImageStat.Stat(image.crop((0, y, 2000, y + 1))).mean[0] for y in (0, 20, 50, 80, 99)]
    assert rows == pytest.approx([255, 255, 0, 255, 255], abs=3)


def test_a_photo_has_at_most_ten_megabytes() -> None:
    noise = Image.frombytes("RGB", (3000, 3000), np.random.default_rng(0).bytes(3000 * 3000 * 3))
    jpeg = photo(noise)
    assert 0.5 * MAX_BYTES < len(jpeg) <= MAX_BYTES
    assert opened(jpeg).size[0] < 3000


def test_a_photo_has_full_colour_resolution_and_no_metadata() -> None:
    image = Image.new("RGB", (64, 64), "red")
    image.info |= {"comment": b"a user's secret", "icc_profile": b"a profile"}
    jpeg = photo(image)
    assert b"secret" not in jpeg
    with Image.open(BytesIO(jpeg)) as again:
        assert "icc_profile" not in again.info
        assert [layer[1:3] for layer in getattr(again, "layer")] == [(1, 1)] * 3  # noqa: B009


def test_a_preview_is_small() -> None:
    image = Image.effect_noise((3000, 1500), 60).convert("RGB")
    jpeg = preview(image)
    assert opened(jpeg).size == (PREVIEW_SIDE, PREVIEW_SIDE // 2)
    assert len(jpeg) < len(photo(image)) / 4

"""Every built-in style: deterministic, of the size asked for, and worth painting with."""

import hashlib

import numpy as np
import pytest

from nst.gallery import catalogue

SMALL = 160


@pytest.mark.parametrize("name", catalogue.STYLES)
def test_a_style_is_the_same_at_every_rendering(name: str) -> None:
    first, second = (catalogue.render(name, SMALL) for _ in range(2))
    assert (first.mode, max(first.size)) == ("RGB", SMALL)
    hashes = [hashlib.sha256(picture.tobytes()).hexdigest() for picture in (first, second)]
    assert hashes[0] == hashes[1]


@pytest.mark.parametrize("name", catalogue.STYLES)
def test_a_style_has_contrast_texture_and_nothing_blank(name: str) -> None:
    values = np.asarray(catalogue.render(name, SMALL), np.float32)
    grey = values.mean(-1)
    dark, light = np.percentile(grey, (3, 97))
    assert light - dark > 80, (dark, light)
    tiles = [t for row in np.array_split(grey, 6) for t in np.array_split(row, 6, axis=1)]
    flat = sum(float(tile.std()) < 2.0 for tile in tiles)
    assert flat <= 4, f"{flat} of 36 parts are flat"
    colours = len(np.unique((values / 16).astype(int).reshape(-1, 3), axis=0))
    assert colours > 60, colours


def test_a_style_is_one_composition_at_every_size() -> None:
    small = catalogue.render("waves", 200)
    large = catalogue.render("waves", 400).resize(small.size)
    apart = np.abs(np.asarray(small, np.float32) - np.asarray(large, np.float32)).mean()
    assert apart < 16, apart


def test_styles_differ_from_one_another() -> None:
    means = {
        name: np.asarray(catalogue.render(name, 96).resize((8, 8)), np.float32)
        for name in catalogue.STYLES
    }
    for name, mine in means.items():
        nearest = min(float(np.abs(mine - other).mean()) for o, other in means.items() if o != name)
        assert nearest > 12, (name, nearest)

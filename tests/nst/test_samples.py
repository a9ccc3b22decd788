"""The sample scene: a picture worth painting, the same every time."""

import numpy as np
import pytest

from nst import samples


def test_the_scene_is_deterministic_and_of_the_promised_size() -> None:
    first = samples.content()
    samples._lake.cache_clear()
    second = samples.content()
    assert (first.mode, first.size) == ("RGB", (1024, 768))
    assert first.tobytes() == second.tobytes()


def test_a_caller_may_draw_on_its_copy() -> None:
    samples.content().putpixel((0, 0), (255, 0, 255))
    assert samples.content().getpixel((0, 0)) != (255, 0, 255)


@pytest.mark.parametrize("name", samples.names())
def test_every_scene_has_a_photographs_range_of_light_and_colour(name: str) -> None:
    values = np.asarray(samples.content(name).convert("L"), np.float32)
    dark, light = np.percentile(values, (2, 98))
    assert dark < 50, dark
    assert light > 190, light
    spread = np.asarray(samples.content(name), np.float32).std(axis=(0, 1))
    assert spread.min() > 25, spread


def test_an_unknown_scene_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        samples.content("../lake")

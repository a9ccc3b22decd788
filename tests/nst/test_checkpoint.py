"""Checkpoints: what goes in comes out, and nothing but `BadOptions` comes of anything else."""

import hashlib
import json
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from nst.checkpoint import Checkpoint
from nst.errors import BadOptions

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@st.composite
def checkpoints(draw: st.DrawFn) -> Checkpoint:
    shape = (draw(st.integers(1, 24)), draw(st.integers(1, 24)), 3)
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    return Checkpoint(
        rng.uniform(-0.5, 1.5, shape).astype(np.float32),
        draw(st.integers(0, 10)),
        draw(st.integers(0, 500)),
        draw(st.dictionaries(st.text(max_size=8), values, max_size=4)),
    )


def sample() -> Checkpoint:
    image = np.random.default_rng(1).uniform(0, 1, (12, 16, 3)).astype(np.float32)
    return Checkpoint(image, 2, 7, {"options": {"size": 96}, "pictures": ["ab", "cd"]})


def signed(header: dict[str, Any], pixels: bytes = bytes(96)) -> bytes:
    """A file like a checkpoint of 4 x 4 pixels, with another header or picture in it."""
    good = {"format": 2, "height": 4, "width": 4, "stage": 0, "step": 3, "run": {}}
    body = json.dumps(good | header).encode() + b"\n" + pixels
    return hashlib.sha256(body).digest() + body


def refuse(data: bytes, because: str = "damaged") -> None:
    with pytest.raises(BadOptions, match=because) as caught:
        Checkpoint.from_bytes(data)
    assert str(caught.value).endswith("; start without it.")


@given(checkpoints())
def test_comes_back_as_it_was(checkpoint: Checkpoint) -> None:
    back = Checkpoint.from_bytes(checkpoint.to_bytes())
    assert (back.stage, back.step, back.run) == (checkpoint.stage, checkpoint.step, checkpoint.run)
    assert back.image.dtype == np.float32
    assert back.image.shape == checkpoint.image.shape
    # Half a grey level, as promised.
    assert np.abs(back.image - checkpoint.image).max() < 0.5 / 255


def test_coming_back_twice_loses_nothing_more() -> None:
    once = Checkpoint.from_bytes(sample().to_bytes())
    np.testing.assert_array_equal(Checkpoint.from_bytes(once.to_bytes()).image, once.image)


def test_is_small() -> None:
    image = np.zeros((384, 512, 3), np.float32)
    assert len(Checkpoint(image, 0, 0, {}).to_bytes()) < 1.1 * 2 * image.size


def test_the_format_is_the_one_that_is_documented() -> None:
    back = Checkpoint.from_bytes(signed({"run": {"a": 1}}, np.full(48, 0.5, "<f2").tobytes()))
    assert (back.stage, back.step, back.run) == (0, 3, {"a": 1})
    np.testing.assert_array_equal(back.image, np.full((4, 4, 3), 0.5, np.float32))


@given(data=st.data())
def test_changed_bytes_are_refused(data: st.DataObject) -> None:
    mutated = bytearray(sample().to_bytes())
    place = data.draw(st.integers(0, len(mutated) - 1))
    mutated[place] ^= data.draw(st.integers(1, 255))
    refuse(bytes(mutated))


@given(st.integers(0, len(sample().to_bytes()) - 1), st.binary(max_size=8))
def test_truncated_bytes_are_refused_whatever_follows(length: int, tail: bytes) -> None:
    good = sample().to_bytes()
    assume(good[:length] + tail != good)
    refuse(good[:length] + tail)


@given(st.binary(max_size=200))
@example(b"")
@example(bytes(32))
@example(b"PK\x03\x04")
def test_other_bytes_are_refused(data: bytes) -> None:
    refuse(data)


def test_pickled_objects_are_not_built() -> None:
    refuse(pickle.dumps({"image": 1}))


def test_another_version_is_refused() -> None:
    refuse(signed({"format": 1}), because="another version")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_picture_that_went_wrong_is_refused(value: float) -> None:
    image = np.full((4, 4, 3), value, np.float32)
    refuse(Checkpoint(image, 0, 0, {}).to_bytes(), because="went wrong")

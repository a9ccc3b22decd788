"""Timelapses, decoded again: which moments stay, size, colours, the hold at the end, refusals."""

import errno
import os
import struct
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image, ImageSequence

from nst.errors import BadOptions, NstError
from nst.images import fit, resize, to_array
from nst.timelapse import FRAMES, HOLD_SECONDS, LONGEST, Timelapse
from tests.nst import make_pictures as make


@dataclass
class Film:
    """A decoded film: each frame, and how long it is shown, in seconds."""

    frames: list[Image.Image]
    seconds: list[float]

    @property
    def size(self) -> tuple[int, int]:
        (size,) = {frame.size for frame in self.frames}
        return size

    def distance(self, number: int, picture: Image.Image) -> float:
        """The mean difference of a frame from `picture` at its size, of 1."""
        wanted = to_array(resize(picture, self.size))
        return float(np.abs(to_array(self.frames[number]) - wanted).mean())


def decode(path: Path) -> Film:
    if path.suffix == ".gif":
        with Image.open(path) as gif:
            assert gif.format == "GIF"
            frames = [frame.convert("RGB") for frame in ImageSequence.Iterator(gif)]
            seconds = []
            for number in range(len(frames)):
                gif.seek(number)
                seconds.append(gif.info["duration"] / 1000)
            return Film(frames, seconds)
    with av.open(str(path)) as container:
        (stream,) = container.streams
        assert isinstance(stream, av.VideoStream)
        assert stream.average_rate is not None
        frames = [frame.to_image() for frame in container.decode(stream)]  # type: ignore[no-untyped-call]
        return Film(frames, [float(1 / stream.average_rate)] * len(frames))


def numbered(number: int) -> Image.Image:
    """A plain picture that tells its number, even and below 1024, by its colour."""
    return Image.new("RGB", (32, 32), tuple(20 + 30 * (number >> k & 7) for k in (7, 4, 1)))


def number_of(frame: Image.Image) -> int:
    means: list[float] = np.asarray(frame).mean((0, 1)).tolist()
    red, green, blue = (round((mean - 20) / 30) for mean in means)
    return red << 7 | green << 4 | blue << 1


SUFFIXES = [".mp4", ".gif"]
both = pytest.mark.parametrize("suffix", SUFFIXES)


@both
def test_shows_pictures_of_growing_sizes_and_ends_on_the_finished_one(
    suffix: str, tmp_path: Path
) -> None:
    first, middle = make.photo(96, 72), make.photo(192, 144).transpose(Image.Transpose.ROTATE_180)
    finished = make.photo(401, 301).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    timelapse = Timelapse(tmp_path / f"film{suffix}")
    timelapse.add(lambda: first)
    timelapse.add(lambda: middle)
    timelapse.save(finished)
    film = decode(tmp_path / f"film{suffix}")
    assert film.size == (400, 300)
    for number, picture in ((0, first), (1, middle), (2, finished), (-1, finished)):
        assert film.distance(number, picture) < 0.05, number
        others = {id(p): p for p in (first, middle, finished)}
        del others[id(picture)]
        for other in others.values():
            assert film.distance(number, other) > 0.1, number
    assert sum(film.seconds[2:]) >= HOLD_SECONDS


def test_an_mp4_plays_anywhere_and_while_it_loads(tmp_path: Path) -> None:
    timelapse = Timelapse(tmp_path / "film.MP4")
    timelapse.add(make.photo)
    timelapse.save(make.photo())
    data = (tmp_path / "film.MP4").read_bytes()
    with av.open(str(tmp_path / "film.MP4")) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert stream.pix_fmt == "yuv420p"
        assert (stream.width % 2, stream.height % 2) == (0, 0)
        assert (stream.codec_context.colorspace, stream.codec_context.color_range) == (1, 1)
    boxes, at = [], 0
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        boxes.append(kind)
        at += length
    assert boxes.index(b"moov") < boxes.index(b"mdat"), boxes


@both
@pytest.mark.parametrize("colour", [(255, 0, 0), (0, 255, 0), (0, 0, 255), (30, 200, 190)])
def test_colours_are_kept(suffix: str, colour: tuple[int, int, int], tmp_path: Path) -> None:
    path = tmp_path / f"film{suffix}"
    Timelapse(path).save(Image.new("RGB", (64, 64), colour))
    found = np.asarray(decode(path).frames[-1]).mean((0, 1))
    np.testing.assert_allclose(found, colour, atol=4)


@both
def test_a_long_run_is_thinned_evenly(suffix: str, tmp_path: Path) -> None:
    made: list[int] = []

    def moment(number: int) -> Callable[[], Image.Image]:
        def picture() -> Image.Image:
            made.append(number)
            return numbered(number)

        return picture

    timelapse = Timelapse(tmp_path / f"film{suffix}")
    for number in range(1000):
        timelapse.add(moment(number))
        assert len(timelapse._kept) <= FRAMES
    timelapse.save(Image.new("RGB", (32, 32)))
    film = decode(tmp_path / f"film{suffix}")
    shown = [number_of(frame) for frame in film.frames[: len(timelapse._kept)]]
    assert FRAMES // 2 <= len(shown) <= FRAMES
    assert shown == list(range(0, 1000, shown[1])), shown
    assert len(made) < 4 * FRAMES, "pictures that were not kept were made"


def test_a_short_run_is_kept_whole(tmp_path: Path) -> None:
    timelapse = Timelapse(tmp_path / "film.gif")
    for number in range(FRAMES):
        timelapse.add(lambda number=number: numbered(2 * number))  # type: ignore[misc]
    timelapse.save(Image.new("RGB", (32, 32)))
    film = decode(tmp_path / "film.gif")
    assert [number_of(frame) for frame in film.frames[:-1]] == list(range(0, 2 * FRAMES, 2))
    assert film.seconds[:-1] == [0.08] * FRAMES


@both
def test_large_pictures_are_reduced_before_they_are_kept(suffix: str, tmp_path: Path) -> None:
    large = make.noise(1600, 1200)
    timelapse = Timelapse(tmp_path / f"film{suffix}")
    timelapse.add(lambda: large)
    side = LONGEST[suffix]
    kept = sum(map(len, timelapse._kept))
    assert kept < 3 * side * side, f"{kept} bytes for one of at most {FRAMES} frames"
    timelapse.save(large)
    assert decode(tmp_path / f"film{suffix}").size == fit(large.size, side)


def test_a_gif_runs_for_ever_with_one_palette_that_spans_its_colours(tmp_path: Path) -> None:
    wheel = Image.merge("HSV", [Image.linear_gradient("L"), *[Image.new("L", (256, 256), 255)] * 2])
    finished = wheel.convert("RGB")
    timelapse = Timelapse(tmp_path / "film.gif")
    for turn in (Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180):
        timelapse.add(lambda turn=turn: finished.transpose(turn))  # type: ignore[misc]
    timelapse.save(finished)
    with Image.open(tmp_path / "film.gif") as gif:
        assert gif.info["loop"] == 0
    film = decode(tmp_path / "film.gif")
    assert len(film.frames) == 3
    assert film.seconds[-1] == HOLD_SECONDS
    colours = {tuple(c) for frame in film.frames for c in np.asarray(frame).reshape(-1, 3).tolist()}
    assert 100 < len(colours) <= 256
    assert film.distance(-1, finished) < 0.06


@both
@pytest.mark.parametrize("size", [(64, 3), (3, 64), (1, 1), (65, 65)])
def test_any_shape_makes_a_film(suffix: str, size: tuple[int, int], tmp_path: Path) -> None:
    path = tmp_path / f"film{suffix}"
    timelapse = Timelapse(path)
    timelapse.add(lambda: make.noise(max(1, size[0] // 2), max(1, size[1] // 2)))
    timelapse.save(make.noise(*size))
    assert decode(path).size == tuple(max(2, side // 2 * 2) for side in size)


class TestRefusals:
    def test_an_mp4_without_pyav_names_what_to_install(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "av", None)
        with pytest.raises(BadOptions) as caught:
            Timelapse(tmp_path / "film.mp4")
        assert "atelier[video]" in str(caught.value)
        assert ".gif" in str(caught.value)
        Timelapse(tmp_path / "film.gif").save(make.photo())  # needs no PyAV

    @pytest.mark.parametrize("name", ["film", "film.png", "film.mov", ".mp4"])
    def test_another_ending_is_refused(self, name: str, tmp_path: Path) -> None:
        with pytest.raises(BadOptions, match=r"\.mp4 or \.gif"):
            Timelapse(tmp_path / name)

    @both
    def test_a_failing_disk_leaves_the_old_file_and_no_other(
        self, suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / f"film{suffix}"
        path.write_text("old")

        def fail(_: int) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(os, "fsync", fail)
        with pytest.raises(NstError, match="The disk is full"):
            Timelapse(path).save(make.photo())
        assert path.read_text() == "old"
        assert [p.name for p in tmp_path.iterdir()] == [path.name]

    def test_no_room_for_temporary_files_is_one_sentence(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(**_: Any) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(tempfile, "TemporaryDirectory", fail)
        with pytest.raises(NstError, match=r"^The timelapse could not be made: [^\n]+\.$"):
            Timelapse(tmp_path / "film.mp4").save(make.photo())
        assert list(tmp_path.iterdir()) == []

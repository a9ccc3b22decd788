"""Loading: what is refused, with which sentence, and before what; geometry and arrays."""

import math
import os
import re
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from nst import images
from nst.errors import NstError, TooLarge, TooSmall, Unreadable
from tests.nst import make_pictures as make


def refusal(source: bytes | Path | Image.Image, kind: type[NstError], **limits: int) -> str:
    """The sentence with which `source` is refused, checked for what every sentence must be."""
    with pytest.raises(kind) as caught:
        images.load(source, **limits)
    sentence = str(caught.value)
    assert re.fullmatch(r"['A-Z][^\n]+: [^\n]+\.", sentence), sentence
    return sentence


class TestFiles:
    def test_a_path_and_its_bytes_give_the_same(self, tmp_path: Path) -> None:
        path = tmp_path / "photo.jpg"
        path.write_bytes(make.encode(make.photo(), "JPEG"))
        assert images.load(path) == images.load(str(path)) == images.load(path.read_bytes())

    def test_a_wrong_ending_does_not_matter(self, tmp_path: Path) -> None:
        path = tmp_path / "photo.png"
        path.write_bytes(make.encode(make.photo(), "JPEG"))
        assert images.load(path).size == make.photo().size

    def test_a_missing_file(self, tmp_path: Path) -> None:
        sentence = refusal(tmp_path / "none.jpg", Unreadable)
        assert sentence == "There is no file called 'none.jpg': check its name."

    def test_a_folder(self, tmp_path: Path) -> None:
        assert "is a folder" in refusal(tmp_path, Unreadable)

    def test_a_path_that_cannot_be(self, tmp_path: Path) -> None:
        assert "cannot be opened" in refusal(tmp_path / ("n" * 300), Unreadable)
        assert "cannot be opened" in refusal(tmp_path / "nul\0", Unreadable)

    def test_a_file_without_permission(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: object) -> None:
            raise PermissionError  # as `chmod 0` does it for anyone but root

        path = tmp_path / "secret.png"
        path.touch()
        monkeypatch.setattr(Path, "open", refuse)
        assert "cannot be opened: check that you may read it." in refusal(path, Unreadable)

    def test_a_pipe_is_read_up_to_the_limit(self, tmp_path: Path) -> None:
        data = make.encode(make.photo(), "PNG")
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        for limit, fits in ((len(data), True), (len(data) - 1, False)):
            writer = threading.Thread(target=pipe.write_bytes, args=(data,))
            writer.start()
            if fits:
                assert images.load(pipe, max_bytes=limit).size == make.photo().size
            else:
                refusal(pipe, TooLarge, max_bytes=limit)
            writer.join()

    def test_a_sentence_names_the_file_but_neither_its_folder_nor_control_characters(
        self, tmp_path: Path
    ) -> None:
        path = tmp_path / ("evil\n\x1b[31m" + "x" * 100 + ".jpg")
        path.write_bytes(b"")
        sentence = refusal(path, Unreadable)
        assert str(tmp_path) not in sentence
        assert sentence.startswith("'evil[31mxxx")
        assert len(sentence) < 200


class TestBytes:
    def test_one_byte_too_many_is_refused_unread(self, tmp_path: Path) -> None:
        path = tmp_path / "big.png"
        with path.open("wb") as file:
            file.truncate(images.MAX_BYTES + 1)  # sparse: reading it would take 50 MB
        tracemalloc.start()
        sentence = refusal(path, TooLarge)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert sentence == "'big.png' has more than 50 MB: send it smaller, or as a JPEG."
        assert peak < 2**20

    def test_the_limit_itself_is_allowed(self) -> None:
        data = make.encode(make.photo(), "PNG")
        assert images.load(data, max_bytes=len(data)).size == (96, 64)
        refusal(data, TooLarge, max_bytes=len(data) - 1)

    def test_twenty_megabytes_are_painted(self) -> None:
        data = make.encode(make.photo(), "JPEG") + b"\0" * (20 * 2**20)
        assert images.load(data).size == (96, 64)

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"x",
            b"hello, this is no picture",
            b"%PDF-1.7\n" + b"\0" * 99,
            b"\0" * 1000,
            b"\0\0\0\x18ftypisom\0\0\2\0isomiso2mp41",
            b"<svg width='64' height='64'/>",
        ],
        ids=["empty", "a byte", "text", "PDF", "zeros", "MP4", "SVG"],
    )
    def test_what_is_no_picture(self, data: bytes) -> None:
        assert "JPEG, PNG, WebP, HEIC, AVIF, GIF or BMP" in refusal(data, Unreadable)

    def test_a_tiff_is_refused_unopened(self) -> None:
        assert "send a JPEG" in refusal(make.huge_tiff(), Unreadable)
        assert "send a JPEG" in refusal(make.encode(make.photo(), "TIFF"), Unreadable)

    @pytest.mark.parametrize("kind", make.FORMATS)
    def test_a_truncated_picture(self, kind: str) -> None:
        data = make.encode(make.photo(), kind)
        for part in (0.3, 0.6, 0.9):
            cut = data[: int(len(data) * part)]
            assert "damaged or incomplete" in refusal(cut, Unreadable)

    @pytest.mark.parametrize("kind", make.FORMATS)
    def test_a_header_alone(self, kind: str) -> None:
        assert "damaged or incomplete" in refusal(make.encode(make.photo(), kind)[:32], Unreadable)


BOMBS: dict[str, Callable[[], bytes]] = {
    "PNG": make.huge_png,
    "JPEG": make.huge_jpeg,
    "GIF": make.huge_gif,
    "GIF frame": lambda: make.huge_gif(frame=10_000),
    "WebP": make.huge_webp,
    "WebP canvas": make.huge_webp_canvas,
    "BMP": make.huge_bmp,
    "HEIC": lambda: make.huge_heif("HEIF"),
    "AVIF": lambda: make.huge_heif("AVIF", 16_000),
}


class TestPixels:
    @pytest.mark.parametrize("kind", BOMBS)
    def test_a_bomb_is_refused_before_decoding(self, kind: str) -> None:
        data = BOMBS[kind]()
        assert len(data) < 40_000
        script = (
            "import resource, sys; from nst import images, errors\n"
            "import pillow_heif\n"
            "data = sys.stdin.buffer.read()\n"
            "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
            "try: images.load(data)\n"
            "except errors.NstError as error: print(type(error).__name__)\n"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
        )
        run = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", script],
            input=data,
            capture_output=True,
            check=True,
        )
        error, grown_kib = run.stdout.split()
        assert error == b"TooLarge"
        assert int(grown_kib) < 16 * 1024, "the picture was decoded"

    def test_a_hundred_megapixels_in_few_bytes_say_what_to_do(self) -> None:
        assert refusal(make.huge_png(), TooLarge) == (
            "The picture has more than 67.1 megapixels: send it at a smaller size."
        )

    @pytest.mark.filterwarnings("error")
    def test_the_limit_is_ours_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
        for kind in ("PNG", "JPEG", "GIF", "BMP", "HEIF", "AVIF"):
            data = make.encode(make.photo(), kind)
            assert images.load(data, max_pixels=96 * 64).size == (96, 64)
            refusal(data, TooLarge, max_pixels=96 * 64 - 1)

    def test_nothing_global_is_changed(self) -> None:
        limit = Image.MAX_IMAGE_PIXELS
        images.load(make.encode(make.photo(), "PNG"), max_pixels=10_000)
        assert Image.MAX_IMAGE_PIXELS == limit is not None

    def test_a_picture_given_as_such_has_the_same_limits(self) -> None:
        refusal(make.photo(), TooLarge, max_pixels=100)
        refusal(Image.new("RGB", (8, 8)), TooSmall)


class TestSmall:
    @pytest.mark.parametrize("size", [(8, 8), (1, 1), (15, 300), (300, 15), (1, 4000)])
    def test_a_short_side_is_refused(self, size: tuple[int, int]) -> None:
        data = make.encode(Image.new("RGB", size), "PNG")
        assert "at least 16 pixels on each side." in refusal(data, TooSmall)

    @pytest.mark.parametrize("size", [(16, 321), (2001, 100)])
    def test_a_narrow_picture_is_refused(self, size: tuple[int, int]) -> None:
        data = make.encode(Image.new("RGB", size), "PNG")
        assert "at most 20 times its short side." in refusal(data, TooSmall)

    @pytest.mark.parametrize("size", [(16, 16), (16, 320), (2000, 100)])
    def test_the_limits_themselves_are_allowed(self, size: tuple[int, int]) -> None:
        assert images.load(make.encode(Image.new("RGB", size), "PNG")).size == size


class TestTarget:
    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
    def test_a_large_picture_comes_reduced_but_not_below_twice_the_target(self, kind: str) -> None:
        data = make.encode(make.corners(3000, 1500), kind)
        for target in (100, 400, 749, 751, 5000):
            width, height = images.load(data, target=target).size
            assert min(3000, 2 * target) <= width <= 3000
            assert width < 4 * target + 8 or width == 3000
            assert abs(width - 2 * height) <= 2

    def test_a_reduced_picture_is_the_same_picture(self) -> None:
        whole = make.photo().resize((1536, 1024), Image.Resampling.BICUBIC)
        for kind in ("JPEG", "PNG"):
            reduced = images.load(make.encode(whole, kind), target=192)
            expected = whole.resize(reduced.size, Image.Resampling.BOX)
            difference = np.abs(images.to_array(reduced) - images.to_array(expected))
            assert difference.mean() < 0.01, kind

    @pytest.mark.parametrize("kind", ["JPEG", "PNG"])
    @pytest.mark.parametrize("orientation", [1, 6])
    def test_the_ratio_of_a_panorama_is_kept_to_the_pixel(
        self, kind: str, orientation: int
    ) -> None:
        for ratio in (1, 1.37, 3, 5.3, 10, 19.9):
            size = (1999, math.ceil(1999 / ratio))
            options = {"exif": make.exif(orientation)}
            data = make.encode(Image.new("RGB", size, "teal"), kind, **options)
            upright = size if orientation == 1 else size[::-1]
            for target in (64, 65, 100, 333, 512):
                loaded = images.load(data, target=target)
                assert images.fit(loaded.size, target) == images.fit(upright, target), (
                    size,
                    target,
                )
                assert max(loaded.size) == 2 * target

    def test_transparent_colours_do_not_bleed(self) -> None:
        image = Image.new("RGBA", (640, 640), (255, 0, 0, 0))
        image.paste((0, 0, 255, 255), (0, 0, 330, 640))
        reduced = images.load(make.encode(image, "PNG"), target=32)
        red, green, blue = np.asarray(reduced, int).transpose(2, 0, 1)
        assert (red <= green + 1).all()
        assert (blue >= 254).all()

    def test_a_picture_given_as_such_is_left_as_it_is(self) -> None:
        image = make.corners(2000, 1000)
        assert images.load(image, target=100).size == (200, 100)
        assert image.size == (2000, 1000)


class TestGeometry:
    @given(st.integers(1, 10_000), st.integers(1, 10_000), st.integers(1, 8192))
    def test_fit_keeps_the_ratio_to_half_a_pixel(self, width: int, height: int, side: int) -> None:
        fitted = images.fit((width, height), side)
        assert max(fitted) == side
        for got, given_ in zip(fitted, (width, height), strict=True):
            exact = given_ * side / max(width, height)
            assert got == 1 if exact < 0.5 else abs(got - exact) <= 0.5

    def test_fit_rounds_half_up(self) -> None:
        assert images.fit((1000, 501), 500) == (500, 251)
        assert images.fit((1000, 503), 500) == (500, 252)

    @pytest.mark.parametrize("size", [(48, 32), (10, 64), (300, 200), (96, 64)])
    def test_resize_gives_the_size(self, size: tuple[int, int]) -> None:
        assert images.resize(make.photo(), size).size == size

    def test_resize_keeps_a_flat_colour_and_the_mean(self) -> None:
        assert images.resize(Image.new("RGB", (99, 70), (9, 99, 199)), (31, 17)).getcolors() == [
            (31 * 17, (9, 99, 199))
        ]
        small = images.resize(make.photo(960, 640), (96, 64))
        before = np.asarray(make.photo(960, 640), float).mean((0, 1))
        np.testing.assert_allclose(np.asarray(small, float).mean((0, 1)), before, atol=0.6)


class TestArrays:
    def test_there_and_back_is_exact(self) -> None:
        array = images.to_array(make.photo())
        assert array.shape == (64, 96, 3)
        assert array.dtype == np.float32
        assert images.to_image(array) == make.photo()

    def test_the_range_is_0_to_1(self) -> None:
        array = images.to_array(make.corners())
        assert set(np.unique(array)) == {0.0, 1.0}

    def test_values_are_rounded_and_clipped(self) -> None:
        array = np.array([[[-1.0, 2.0, 0.5]], [[0.499 / 255, 0.501 / 255, 254.6 / 255]]])
        image = images.to_image(array)
        assert np.asarray(image).tolist() == [[[0, 255, 128]], [[0, 1, 255]]]

    @pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
    def test_a_value_that_is_no_number_is_an_error(self, bad: float) -> None:
        array = np.zeros((4, 4, 3), np.float32)
        array[1, 2, 0] = bad
        with pytest.raises(NstError, match="try again"):
            images.to_image(array)


def test_importing_is_cheap() -> None:
    script = "import sys, nst.images; print(*[m for m in sys.modules])"
    modules = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, text=True
    ).stdout.split()
    assert not {"tensorflow", "pillow_heif", "onnxruntime", "scipy"} & set(modules)


def test_many_threads_load_at_once() -> None:
    data = {k: make.encode(make.corners(), k, icc_profile=None) for k in make.FORMATS}
    expected = {k: images.load(d) for k, d in data.items()}
    wrong: list[str] = []

    def work() -> None:
        for _ in range(10):
            wrong.extend(k for k, d in data.items() if images.load(d) != expected[k])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong

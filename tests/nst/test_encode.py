"""Encoding: what comes out is the picture and nothing else; saving is whole or not at all."""

import errno
import io
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nst import encode, images
from nst.errors import BadOptions, NstError
from tests.nst import make_pictures as make

SUFFIXES = [".png", ".jpg", ".jpeg", ".webp", ".PNG", ".JPG"]


def tagged() -> Image.Image:
    """A photo as a phone's file gives it: position, profile, comment, all in `info`."""
    profile = make.rgb_profile(make.DISPLAY_P3)
    data = make.encode(
        make.photo(), "JPEG", exif=make.exif(6), icc_profile=profile, comment=b"secret"
    )
    image = Image.open(io.BytesIO(data))
    image.info["text"] = image.info["xmp"] = "secret"
    image.load()
    return image


def difference(data: bytes, image: Image.Image) -> float:
    decoded = images.load(data)
    assert decoded.size == image.size
    return float(np.abs(images.to_array(decoded) - images.to_array(image)).mean())


def test_a_png_is_exact() -> None:
    assert images.load(encode.encode_png(make.photo())) == make.photo()


def test_a_jpeg_and_a_webp_are_close() -> None:
    smooth = images.resize(make.photo(960, 640), (300, 200))
    assert difference(encode.encode_jpeg(smooth), smooth) < 0.012
    assert difference(encode.encode_webp(smooth), smooth) < 0.03


def test_a_jpeg_keeps_pure_colours_apart() -> None:
    stripes = Image.fromarray(np.tile(np.array([[255, 0, 0], [0, 0, 255]], np.uint8), (64, 32, 1)))
    assert difference(encode.encode_jpeg(stripes), stripes) < 0.02  # 0.3 with subsampled chroma


def test_the_roughest_picture_is_encoded() -> None:
    noise = make.noise(300, 300)
    for function in (encode.encode_png, encode.encode_jpeg, encode.encode_webp):
        assert images.load(function(noise)).size == (300, 300)
    assert images.load(encode.encode_jpeg(noise, 100)).size == (300, 300)


def test_a_lower_quality_is_smaller() -> None:
    for function in (encode.encode_jpeg, encode.encode_webp):
        assert len(function(make.photo(), 50)) < 0.7 * len(function(make.photo(), 95))


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_no_metadata_of_the_input_leaves(suffix: str, tmp_path: Path) -> None:
    source = tagged()
    assert "GPSInfo" not in source.info
    assert source.getexif().get_ifd(0x8825), "the source has no position to lose"
    encode.save(source, tmp_path / f"out{suffix}")
    data = (tmp_path / f"out{suffix}").read_bytes()
    with Image.open(io.BytesIO(data)) as image:
        assert not image.getexif()
        assert not {"exif", "icc_profile", "comment", "xmp", "text"} & set(image.info)
    assert b"secret" not in data


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "CMYK"])
def test_any_mode_is_saved_as_rgb(mode: str) -> None:
    for function in (encode.encode_png, encode.encode_jpeg, encode.encode_webp):
        assert Image.open(io.BytesIO(function(make.photo().convert(mode)))).mode == "RGB"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_ending_chooses_the_format(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"painting{suffix}"
    encode.save(make.photo(), path)
    with Image.open(path) as image:
        assert image.format == encode.output_format(path)
        assert image.format is not None
        assert image.format[:2].lower() == suffix[1:3].lower()


@pytest.mark.parametrize("name", ["painting", "painting.gif", "painting.png.txt", ".png"])
def test_another_ending_is_refused_and_nothing_written(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadOptions, match=r"\.png, \.jpg, \.jpeg or \.webp"):
        encode.save(make.photo(), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_saving_replaces_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "out.png"
    path.write_text("old")
    encode.save(make.photo(), path)
    assert images.load(path) == make.photo()
    assert [p.name for p in tmp_path.iterdir()] == ["out.png"]


def test_a_saved_file_has_the_usual_permissions(tmp_path: Path) -> None:
    encode.save(make.photo(), tmp_path / "out.png")
    (tmp_path / "usual").touch()
    assert (tmp_path / "out.png").stat().st_mode == (tmp_path / "usual").stat().st_mode


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "The disk is full: free some space"),
        (errno.EROFS, "may not be written to: choose another"),
        (errno.EACCES, "may not be written to: choose another"),
        (errno.EIO, "could not be saved: try another place"),
    ],
)
def test_a_failing_disk_leaves_the_old_file_and_no_other(
    number: int, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out.png"
    path.write_text("old")

    def fail(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(NstError, match=words):
        encode.save(make.photo(), path)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["out.png"]


def test_a_write_that_stops_half_way_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "out.png"
    path.write_text("old")
    script = (
        "import resource, signal, sys; from nst import encode, errors\n"
        "from tests.nst import make_pictures as make\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: encode.save(make.noise(100, 100), sys.argv[1])\n"
        "except errors.NstError as error: print(error)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, check=True, text=True
    )
    assert run.stdout == "The picture could not be saved: try another place.\n"
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["out.png"]


@pytest.mark.parametrize("place", ["none/out.png", "file/out.png", "folder.png"])
def test_a_place_that_cannot_be_is_one_sentence(place: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(NstError, match=r"^The [^:\n]+: [^\n]+\.$") as caught:
        encode.save(make.photo(), tmp_path / place)
    assert str(tmp_path) not in str(caught.value)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder.png"]


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    path = tmp_path / "out.jpg"
    pictures = [make.noise(200, 200), make.photo(200, 200)]
    encode.save(pictures[0], path)
    whole = {encode.encode_jpeg(picture) for picture in pictures}
    done = threading.Event()

    def write() -> None:
        for i in range(30):
            encode.save(pictures[i % 2], path)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = {path.read_bytes()}
    while not done.is_set():
        seen.add(path.read_bytes())
    writer.join()
    assert seen <= whole

"""Opening: the decoder that the first bytes name, and files made to take for ever."""

import io
import time

import pytest
from PIL import Image

from nst import containers, images
from nst.errors import TooLarge, Unreadable
from tests.nst import make_pictures as make


@pytest.mark.parametrize("kind", make.FORMATS)
def test_the_first_bytes_name_the_decoder(kind: str) -> None:
    opened = containers.open_picture(make.encode(make.photo(), kind))
    assert opened is not None
    assert (opened.format, opened.size) == (kind, (96, 64))


@pytest.mark.parametrize(
    ("major", "compatible", "kind"),
    [
        (b"heic", [b"mif1"], "HEIF"),
        (b"mif1", [b"mif1", b"heic"], "HEIF"),
        (b"mif1", [b"miaf", b"heix", b"heic"], "HEIF"),
    ],
)
def test_a_heif_is_known_by_any_of_its_brands(
    major: bytes, compatible: list[bytes], kind: str
) -> None:
    data = make.encode(make.photo(), "HEIF")
    length = int.from_bytes(data[:4], "big")
    box = b"ftyp" + major + b"\0\0\0\0" + b"".join(compatible)
    box = box.ljust(length - 4, b"\0")
    opened = containers.open_picture(data[:4] + box[: length - 4] + data[length:])
    assert opened is not None
    assert opened.format == kind


def test_an_avif_is_known_by_its_compatible_brands() -> None:
    data = make.encode(make.photo(), "AVIF")
    opened = containers.open_picture(data[:8] + b"mif1" + data[12:])
    assert opened is not None
    assert opened.format == "AVIF"


@pytest.mark.parametrize("data", [b"", b"\0\0\0\x10ftyp", b"\0\0\0\x10ftypmp42\0\0\0\0", b"RIFF"])
def test_anything_else_is_none(data: bytes) -> None:
    assert containers.open_picture(data) is None


def test_a_multi_picture_file_gives_its_first() -> None:
    data = make.encode(make.corners(), "MPO", save_all=True, append_images=[make.photo()])
    assert images.load(data).size == make.corners().size


def test_an_animation_gives_its_first_frame() -> None:
    frames = [make.photo(), make.corners(96, 64)]
    for kind in ("PNG", "GIF", "WEBP", "AVIF"):
        data = make.encode(frames[1], kind, save_all=True, append_images=frames[:1], duration=50)
        pixel = images.load(data).getpixel((10, 10))
        assert isinstance(pixel, tuple)
        assert pixel[0] > 240 > 15 > pixel[1], kind


def test_a_usual_progressive_jpeg_is_read() -> None:
    assert images.load(make.encode(make.photo(), "JPEG", progressive=True)).size == (96, 64)
    assert images.load(make.jpeg_of_many_scans(10)).size == (256, 256)


ENDLESS = {
    "JPEG scans": lambda: make.jpeg_of_many_scans(100_000),
    "JPEG comments": lambda: make.jpeg_of_many_comments(3_000_000),
    "PNG chunks": lambda: make.png_of_many_chunks(500_000),
    "BMP runs": lambda: make.run_length_bmp(2500, 2000),
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_a_file_of_endless_parts_is_given_up_soon(kind: str) -> None:
    data = ENDLESS[kind]()
    start = time.process_time()
    with pytest.raises(Unreadable, match="damaged"):
        images.load(data)
    assert time.process_time() - start < 5


def test_a_large_picture_in_usual_parts_is_read() -> None:
    noise = make.noise(2000, 1500)
    for kind in ("PNG", "JPEG", "GIF", "BMP"):
        assert images.load(make.encode(noise, kind)).size == (2000, 1500)
    assert images.load(make.png_of_many_chunks(10_000)).size == (96, 64)
    assert images.load(make.run_length_bmp(500, 400)).size == (500, 400)


@pytest.mark.parametrize(
    ("mode", "options"),
    [
        ("RGB", {}),
        ("RGB", {"lossless": True}),
        ("RGBA", {}),
        ("RGBA", {"lossless": True}),
        ("RGB", {"exif": b"Exif\x00\x00"}),
        ("RGB", {"save_all": True, "append_images": [Image.new("RGB", (301, 17), "red")]}),
    ],
    ids=["lossy", "lossless", "alpha", "lossless-alpha", "extended", "animated"],
)
def test_the_canvas_of_a_webp_is_known_before_its_decoder_makes_room(
    mode: str, options: dict[str, object]
) -> None:
    buffer = io.BytesIO()
    Image.effect_noise((301, 17), 90).convert(mode).save(buffer, "WEBP", **options)
    assert containers.canvas(buffer.getvalue()) == (301, 17)


@pytest.mark.parametrize("data", [b"", b"RIFF", b"RIFF\x00\x00\x00\x00WEBPVP8X", b"\xff\xd8\xff"])
def test_what_is_no_webp_has_no_canvas_to_speak_of(data: bytes) -> None:
    assert max(containers.canvas(data)) <= 1


def test_a_webp_that_states_too_much_is_refused_before_it_is_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(images, "open_picture", lambda data: pytest.fail("it was opened"))
    stated = b"RIFF\x16\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00" + bytes(4) + b"\xff\x3f\x00" * 2
    with pytest.raises(TooLarge, match="megapixels"):
        images.load(stated)

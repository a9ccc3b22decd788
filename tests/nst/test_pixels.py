"""Every mode, orientation and profile comes out upright, sRGB, RGB, over white."""

import numpy as np
import pytest
from PIL import Image

from nst import images
from tests.nst import make_pictures as make

# A corner's colour in a lossy file may be off by this much.
LOSSY = {"JPEG": 4, "WEBP": 12, "HEIF": 12, "AVIF": 12}


def middles(image: Image.Image) -> list[tuple[int, ...]]:
    """The middle of each quarter: top left, top right, bottom left, bottom right."""
    w, h = image.size
    spots = [(w // 4, h // 4), (3 * w // 4, h // 4), (w // 4, 3 * h // 4), (3 * w // 4, 3 * h // 4)]
    pixels = [image.getpixel(spot) for spot in spots]
    assert all(isinstance(pixel, tuple) for pixel in pixels)
    return [pixel for pixel in pixels if isinstance(pixel, tuple)]


def assert_close(actual: object, expected: object, within: float) -> None:
    np.testing.assert_allclose(
        np.asarray(actual, float), np.asarray(expected, float), atol=within, rtol=0
    )


def flat(colour: object, mode: str = "RGB", size: tuple[int, int] = (20, 20)) -> Image.Image:
    return Image.new(mode, size, colour)  # type: ignore[arg-type]


def loaded_pixel(source: bytes | Image.Image) -> tuple[int, ...]:
    image = images.load(source)
    assert image.mode == "RGB"
    assert len(image.getcolors() or ()) == 1, image.getcolors()
    pixel = image.getpixel((0, 0))
    assert isinstance(pixel, tuple)
    return pixel


@pytest.mark.parametrize("kind", make.FORMATS)
def test_every_format_is_read(kind: str) -> None:
    image = images.load(make.encode(make.corners(), kind))
    assert (image.mode, image.size) == ("RGB", (64, 32))
    assert_close(middles(image), make.CORNERS, LOSSY.get(kind, 0))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF", "AVIF"])
def test_exif_orientation_is_undone(kind: str, orientation: int) -> None:
    stored = make.stored(make.corners(), orientation)
    image = images.load(make.encode(stored, kind, exif=make.exif(orientation)))
    assert image.size == (64, 32)
    assert_close(middles(image), make.CORNERS, LOSSY.get(kind, 0))


def test_orientation_survives_a_reduced_decoding() -> None:
    stored = make.stored(make.corners(1600, 800), 6)
    image = images.load(make.encode(stored, "JPEG", exif=make.exif(6)), target=100)
    assert image.size == (200, 100)
    assert_close(middles(image), make.CORNERS, 4)


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_is_ignored(value: int) -> None:
    image = images.load(make.encode(make.corners(), "JPEG", exif=make.exif(value)))
    assert_close(middles(image), make.CORNERS, 4)


@pytest.mark.parametrize(
    "block",
    [
        b"Exif\0\0",
        b"Exif\0\0II*\0\xff\xff\xff\xff",
        b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\xa5" * 400,
        b"Exif\0\0not a TIFF at all",
    ],
)
@pytest.mark.filterwarnings("ignore:.*(EXIF|Truncated|Tag|tag).*:UserWarning")
def test_damaged_exif_is_ignored(block: bytes) -> None:
    for kind in ("JPEG", "PNG", "WEBP"):
        image = images.load(make.encode(make.corners(), kind, exif=block))
        assert_close(middles(image), make.CORNERS, LOSSY.get(kind, 0))


def test_the_picture_that_was_given_is_not_changed() -> None:
    source = make.corners()
    source.info["comment"] = "mine"
    image = images.load(source)
    image.putpixel((0, 0), (1, 2, 3))
    assert source.getpixel((0, 0)) == (255, 0, 0)
    assert source.info == {"comment": "mine"}
    assert image.info == {}


def test_nothing_of_the_metadata_stays() -> None:
    profile = make.rgb_profile(make.SRGB)
    data = make.encode(make.corners(), "JPEG", exif=make.exif(1), comment="x", icc_profile=profile)
    image = images.load(data)
    assert image.info == {}
    assert not image.getexif()


class TestAlpha:
    def test_of_rgb_is_over_white(self) -> None:
        assert loaded_pixel(make.encode(flat((200, 0, 0, 128), "RGBA"), "PNG")) == (227, 127, 127)

    def test_of_nothing_is_white(self) -> None:
        for kind in ("PNG", "WEBP", "AVIF", "HEIF"):
            pixel = loaded_pixel(make.encode(flat((10, 20, 30, 0), "RGBA"), kind))
            assert_close(pixel, (255, 255, 255), 1)

    def test_of_grey_is_over_white(self) -> None:
        assert loaded_pixel(make.encode(flat((0, 51), "LA"), "PNG")) == (204, 204, 204)

    def test_of_premultiplied_colours(self) -> None:
        assert_close(loaded_pixel(flat((100, 0, 0, 128), "RGBa")), (227, 127, 127), 1)

    def test_of_a_palette_entry_each(self) -> None:
        image = flat(1, "P")
        image.putpalette([0, 0, 0, 200, 0, 0])
        data = make.encode(image, "PNG", transparency=bytes([0, 128]))
        assert loaded_pixel(data) == (227, 127, 127)

    def test_of_one_palette_entry(self) -> None:
        image = flat(1, "P")
        image.putpalette([0, 0, 0, 200, 0, 0])
        for kind in ("PNG", "GIF"):
            assert loaded_pixel(make.encode(image, kind, transparency=1)) == (255, 255, 255)
            assert loaded_pixel(make.encode(image, kind, transparency=0)) == (200, 0, 0)

    @pytest.mark.parametrize("key", [7, 8])
    def test_of_a_key_colour(self, key: int) -> None:
        expected = 255 if key == 7 else 7
        grey = make.encode(flat(7, "L"), "PNG", transparency=key)
        assert loaded_pixel(grey) == (expected,) * 3
        colour = make.encode(flat((7, 7, 7)), "PNG", transparency=(key, 7, 7))
        assert loaded_pixel(colour) == (expected,) * 3

    def test_of_a_key_colour_in_16_bits(self) -> None:
        grey = np.full((20, 20, 1), 0x1234, np.uint16)
        for key, expected in ((0x1234, 255), (0x1235, 0x12)):
            data = make.png_16(grey, make.chunk(b"tRNS", key.to_bytes(2, "big")))
            assert loaded_pixel(data) == (expected,) * 3

    def test_of_a_key_colour_in_one_bit(self) -> None:
        rows = b"\0\0\0\0" * 20
        black = make.png((20, 20), 1, 0, rows, make.chunk(b"tRNS", b"\0\1"))
        clear = make.png((20, 20), 1, 0, rows, make.chunk(b"tRNS", b"\0\0"))
        assert loaded_pixel(black) == (0, 0, 0)
        assert loaded_pixel(clear) == (255, 255, 255)


class TestDepth:
    def test_one_bit(self) -> None:
        assert loaded_pixel(make.encode(flat(1, "1"), "PNG")) == (255, 255, 255)
        assert loaded_pixel(make.encode(flat(0, "1"), "PNG")) == (0, 0, 0)

    @pytest.mark.parametrize(("depth", "expected"), [(1, 255), (2, 85), (4, 17)])
    def test_few_bits_of_grey(self, depth: int, expected: int) -> None:
        ones = {1: 0xFF, 2: 0x55, 4: 0x11}[depth]
        row = b"\0" + bytes([ones]) * (24 * depth // 8)
        assert loaded_pixel(make.png((24, 20), depth, 0, row * 20)) == (expected,) * 3

    @pytest.mark.parametrize("value", [0, 0x0101, 0x8080, 0x80FF, 0xFFFF])
    @pytest.mark.parametrize("channels", [1, 2, 3, 4])
    def test_sixteen_bits_are_scaled_not_clipped(self, value: int, channels: int) -> None:
        values = np.full((20, 20, channels), value, np.uint16)
        if channels in (2, 4):
            values[..., -1] = 0xFFFF
        assert loaded_pixel(make.png_16(values)) == (value >> 8,) * 3

    def test_sixteen_bits_given_as_a_picture(self) -> None:
        assert loaded_pixel(flat(0x8080, "I;16")) == (128, 128, 128)
        assert loaded_pixel(flat(0x8080, "I")) == (128, 128, 128)
        assert loaded_pixel(flat(70_000, "I")) == (255, 255, 255)

    def test_grey(self) -> None:
        for kind in ("PNG", "JPEG", "BMP", "GIF"):
            assert loaded_pixel(make.encode(flat(90, "L"), kind)) == (90, 90, 90)


class TestCmyk:
    @pytest.mark.parametrize(
        ("ink", "expected"),
        [
            ((0, 0, 0, 0), (255, 255, 255)),
            ((255, 0, 0, 0), (0, 255, 255)),
            ((0, 0, 0, 255), (0, 0, 0)),
            ((0, 255, 255, 51), (204, 0, 0)),
        ],
    )
    def test_without_a_profile(self, ink: tuple[int, ...], expected: tuple[int, ...]) -> None:
        assert_close(loaded_pixel(make.encode(flat(ink, "CMYK"), "JPEG")), expected, 2)

    def test_with_a_profile(self) -> None:
        labs = np.zeros((2, 2, 2, 2, 3))
        labs[..., 0, 0] = 100  # the paper, whatever C, M and Y do: only K prints
        data = make.encode(
            flat((255, 255, 255, 0), "CMYK"), "JPEG", icc_profile=make.cmyk_profile(labs)
        )
        assert_close(loaded_pixel(data), (255, 255, 255), 2)
        data = make.encode(
            flat((0, 0, 0, 128), "CMYK"), "JPEG", icc_profile=make.cmyk_profile(labs)
        )
        assert_close(loaded_pixel(data), (119, 119, 119), 3)  # L* 50


class TestProfiles:
    @pytest.mark.parametrize("rgb", [(180, 120, 90), (60, 160, 110), (90, 90, 200), (128,) * 3])
    @pytest.mark.parametrize(("name", "gamma"), [("DISPLAY_P3", 2.2), ("ADOBE_RGB", 2.19921875)])
    def test_wide_colours_are_converted(
        self, rgb: tuple[int, int, int], name: str, gamma: float
    ) -> None:
        primaries = getattr(make, name)
        expected = make.to_srgb(primaries, gamma, rgb)
        for kind in ("PNG", "JPEG", "HEIF", "AVIF", "WEBP"):
            options = {"quality": 100} if kind != "PNG" else {}
            profile = make.rgb_profile(primaries, gamma)
            data = make.encode(flat(rgb), kind, icc_profile=profile, **options)
            assert_close(loaded_pixel(data), expected, 2 if kind == "PNG" else 5)

    def test_an_srgb_profile_changes_next_to_nothing(self) -> None:
        photo = make.photo()
        data = make.encode(photo, "PNG", icc_profile=srgb_profile())
        assert_close(images.load(data), photo, 1)

    def test_colours_are_converted_under_alpha_too(self) -> None:
        profile = make.rgb_profile(make.ADOBE_RGB)
        data = make.encode(flat((60, 160, 110, 255), "RGBA"), "PNG", icc_profile=profile)
        expected = make.to_srgb(make.ADOBE_RGB, 2.2, (60, 160, 110))
        assert_close(loaded_pixel(data), expected, 2)

    def test_colours_of_a_palette_are_converted(self) -> None:
        image = flat(1, "P")
        image.putpalette([0, 0, 0, 60, 160, 110])
        data = make.encode(image, "PNG", icc_profile=make.rgb_profile(make.ADOBE_RGB))
        expected = make.to_srgb(make.ADOBE_RGB, 2.2, (60, 160, 110))
        assert_close(loaded_pixel(data), expected, 2)

    def test_grey_is_converted(self) -> None:
        data = make.encode(flat(100, "L"), "PNG", icc_profile=make.grey_profile(1.0))
        assert_close(loaded_pixel(data), make.to_srgb(make.SRGB, 1.0, (100,) * 3), 2)

    @pytest.mark.parametrize(
        "profile",
        [
            b"not a profile",
            make.rgb_profile(make.ADOBE_RGB)[:200],
            make.rgb_profile(make.ADOBE_RGB).replace(b"acsp", b"xxxx"),
            make.grey_profile(2.2),
            make.cmyk_profile(np.zeros((2, 2, 2, 2, 3))),
        ],
        ids=["text", "truncated", "no signature", "grey on colour", "CMYK on colour"],
    )
    def test_a_broken_or_foreign_profile_is_ignored(self, profile: bytes) -> None:
        for kind in ("PNG", "JPEG"):
            data = make.encode(flat((60, 160, 110)), kind, icc_profile=profile)
            assert_close(loaded_pixel(data), (60, 160, 110), 2)

    def test_a_colour_profile_on_grey_is_ignored(self) -> None:
        data = make.encode(flat(90, "L"), "PNG", icc_profile=make.rgb_profile(make.ADOBE_RGB))
        assert loaded_pixel(data) == (90, 90, 90)


def srgb_profile() -> bytes:
    from PIL import ImageCms

    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

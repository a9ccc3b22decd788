"""Awkward picture files, made by code: every mode, orientation and profile, bombs and liars."""

import io
import struct
import zlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import Image

pillow_heif.register_heif_opener()  # for `Image.save`; nst itself registers nothing

FORMATS = ("JPEG", "PNG", "WEBP", "HEIF", "AVIF", "GIF", "BMP")

# Each corner its own colour, so that any of the eight orientations can be told from the others.
CORNERS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0))


def corners(width: int = 64, height: int = 32) -> Image.Image:
    """Red, green (top), blue, yellow (bottom): a quarter of the picture each."""
    image = Image.new("RGB", (2, 2))
    image.putdata(CORNERS)
    return image.resize((width, height), Image.Resampling.NEAREST)


def photo(width: int = 96, height: int = 64) -> Image.Image:
    """Smooth and rough parts in all channels, the same each time."""
    y, x = np.mgrid[0:height, 0:width]
    noise = np.random.default_rng(7).integers(-20, 20, (height, width, 3))
    waves = [127 + 100 * np.sin(x / 9 + k) * np.cos(y / 7 - k) for k in range(3)]
    return Image.fromarray(np.clip(np.stack(waves, -1) + noise, 0, 255).astype(np.uint8))


def encode(image: Image.Image, kind: str, **options: Any) -> bytes:
    """`image` in any format that Pillow and pillow-heif write."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def exif(orientation: int, **more: Any) -> bytes:
    """An EXIF block with an orientation and a GPS position."""
    block = Image.Exif()
    block[0x0112] = orientation
    block.get_ifd(0x8825)[1] = "N"
    block.get_ifd(0x8825)[2] = (48.0, 51.0, 29.0)
    for tag, value in more.items():
        block[int(tag)] = value
    return block.tobytes()


def stored(upright: Image.Image, orientation: int) -> Image.Image:
    """The pixels that a camera stores with `orientation` so that a viewer shows `upright`."""
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    return upright.transpose(undo[orientation]) if orientation in undo else upright


def chunk(kind: bytes, data: bytes) -> bytes:
    """One PNG chunk."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(
    size: tuple[int, int],
    depth: int,
    colour: int,
    rows: bytes,
    *extra: bytes,
) -> bytes:
    """A PNG of any depth (1 to 16) and colour type (0, 2, 3, 4, 6); `rows` with filter bytes."""
    header = struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, 0)
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", header),
            *extra,
            chunk(b"IDAT", zlib.compress(rows, 9)),
            chunk(b"IEND", b""),
        ]
    )


def png_16(values: NDArray[np.uint16], *extra: bytes) -> bytes:
    """A 16-bit PNG of [height, width, channels]: 1 grey, 2 with alpha, 3 RGB, 4 RGBA."""
    height, width, channels = values.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    return png((width, height), 16, {1: 0, 2: 4, 3: 2, 4: 6}[channels], rows, *extra)


def huge_png(side: int = 10_000) -> bytes:
    """A valid white picture of side by side, 1 bit: 100 megapixels in some 12 kB."""
    return png((side, side), 1, 0, (b"\0" + b"\xff" * ((side + 7) // 8)) * side)


def huge_jpeg(side: int = 60_000) -> bytes:
    """A JPEG whose frame header says side by side."""
    data = encode(photo(), "JPEG")
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + struct.pack(">HH", side, side) + data[at + 4 :]


def huge_gif(side: int = 60_000, frame: int | None = None) -> bytes:
    """A GIF whose screen is side by side, or whose first frame is `frame` by `frame`."""
    data = bytearray(encode(photo(), "GIF"))
    if frame is None:
        data[6:10] = struct.pack("<HH", side, side)
    else:
        at = data.index(b"\x2c", 13 + 3 * 2 ** ((data[10] & 7) + 1))
        data[at + 5 : at + 9] = struct.pack("<HH", frame, frame)
    return bytes(data)


def huge_webp(side: int = 16_383) -> bytes:
    """A WebP whose key frame says side by side (the format's most is 16,383)."""
    data = encode(photo(), "WEBP")
    at = data.index(b"\x9d\x01\x2a") + 3
    return data[:at] + struct.pack("<HH", side, side) + data[at + 4 :]


def huge_webp_canvas(side: int = 2**24) -> bytes:
    """An extended WebP whose canvas says side by side."""
    data = bytearray(encode(photo().convert("RGBA"), "WEBP", exif=exif(1)))
    at = data.index(b"VP8X") + 12
    data[at : at + 6] = (side - 1).to_bytes(3, "little") * 2
    return bytes(data)


def huge_bmp(side: int = 50_000) -> bytes:
    """A BMP whose header says side by side."""
    data = bytearray(encode(photo(), "BMP"))
    data[18:26] = struct.pack("<ii", side, side)
    return bytes(data)


def huge_heif(kind: str, side: int = 20_000) -> bytes:
    """A HEIC or AVIF whose image's extents (the `ispe` box) say side by side."""
    data = bytearray(encode(photo(), kind))
    at = data.index(b"ispe") + 8
    data[at : at + 8] = struct.pack(">II", side, side)
    return bytes(data)


def huge_tiff(side: int = 50_000) -> bytes:
    """A TIFF whose directory says side by side."""
    entries = [(256, 4, 1, side), (257, 4, 1, side), (258, 3, 1, 8), (262, 3, 1, 1)]
    directory = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + directory + b"\0" * 4


def jpeg_of_many_scans(scans: int, side: int = 256) -> bytes:
    """A progressive JPEG whose last scan comes `scans` times: time without bytes."""
    data = encode(Image.new("RGB", (side, side), "teal"), "JPEG", progressive=True)
    start, end = data.rindex(b"\xff\xda"), data.rindex(b"\xff\xd9")
    return data[:start] + data[start:end] * scans + data[end:]


def jpeg_of_many_comments(count: int) -> bytes:
    """A JPEG with `count` empty comments: a parser's loop without end."""
    data = encode(photo(), "JPEG")
    return data[:2] + b"\xff\xfe\0\2" * count + data[2:]


def icc(
    space: bytes, tags: dict[bytes, bytes], connection: bytes = b"XYZ ", kind: bytes = b"mntr"
) -> bytes:
    """An ICC profile, version 2 (ICC.1:2001-04), of the given tags."""
    table, body = struct.pack(">I", len(tags)), b""
    for name, data in tags.items():
        offset = 128 + 4 + 12 * len(tags) + len(body)
        table += struct.pack(">4sII", name, offset, len(data))
        body += data + b"\0" * (-len(data) % 4)
    header = struct.pack(
        ">I4sI4s4s4s12s4s4sIIIQIIIII44x",
        128 + len(table) + len(body),
        b"test",
        0x02100000,
        kind,
        space,
        connection,
        b"\x07\xe8\0\1\0\1" + b"\0" * 6,
        b"acsp",
        b"none",
        0,
        0,
        0,
        0,
        0,
        0x0000F6D6,
        0x00010000,
        0x0000D32D,
        0,
    )
    return header + table + body


def _xyz(values: Iterable[float]) -> bytes:
    return b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(v * 65536)) for v in values)


def _gamma(value: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(value * 256))


WHITE_D50 = (0.9642, 1.0, 0.8249)

# Columns: the primaries' XYZ under D50 (Bradford), as in the makers' own profiles.
DISPLAY_P3 = np.array(
    [[0.5151, 0.2920, 0.1571], [0.2412, 0.6922, 0.0666], [-0.0011, 0.0419, 0.7841]]
)
ADOBE_RGB = np.array([[0.6097, 0.2053, 0.1492], [0.3111, 0.6257, 0.0632], [0.0195, 0.0609, 0.7446]])
SRGB = np.array([[0.4361, 0.3851, 0.1431], [0.2225, 0.7169, 0.0606], [0.0139, 0.0971, 0.7141]])


def rgb_profile(primaries: NDArray[np.float64], gamma: float = 2.2) -> bytes:
    """A matrix profile with a plain power curve."""
    columns = {f"{c}XYZ".encode(): _xyz(primaries[:, i]) for i, c in enumerate("rgb")}
    curves = {f"{c}TRC".encode(): _gamma(gamma) for c in "rgb"}
    return icc(b"RGB ", {b"wtpt": _xyz(WHITE_D50), **columns, **curves})


def grey_profile(gamma: float) -> bytes:
    """A grey profile with a plain power curve."""
    return icc(b"GRAY", {b"wtpt": _xyz(WHITE_D50), b"kTRC": _gamma(gamma)})


def cmyk_profile(labs: NDArray[np.float64]) -> bytes:
    """A CMYK profile whose table, [2, 2, 2, 2, 3] by C, M, Y, K, holds L* a* b* (ICC.1, 6.5.8)."""
    scaled = labs.reshape(-1, 3) * [2.55, 1, 1] + [0, 128, 128]
    ramp = bytes(range(256))
    identity = b"".join(struct.pack(">i", 65536 * (i % 4 == 0)) for i in range(9))
    table = np.rint(scaled).astype(np.uint8).tobytes()
    lut = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + identity + ramp * 4 + table + ramp * 3
    return icc(b"CMYK", {b"wtpt": _xyz(WHITE_D50), b"A2B0": lut}, b"Lab ", b"prtr")


def to_srgb(primaries: NDArray[np.float64], gamma: float, rgb: Sequence[int]) -> NDArray[Any]:
    """What `rgb` (0 to 255) of such a matrix profile is in sRGB (IEC 61966-2-1), clipped."""
    linear = (np.array(rgb) / 255) ** gamma
    linear = np.clip(np.linalg.inv(SRGB) @ primaries @ linear, 0, 1)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return encoded * 255


def png_of_many_chunks(count: int) -> bytes:
    """A PNG with `count` empty chunks of a private kind."""
    data = encode(photo(), "PNG")
    at = data.index(b"IDAT") - 4
    return data[:at] + chunk(b"prVt", b"") * count + data[at:]


def run_length_bmp(width: int, height: int) -> bytes:
    """A grey 8-bit BMP in runs of one pixel each, which Pillow decodes in Python."""
    palette = b"".join(bytes([i, i, i, 0]) for i in range(256))
    rows = (b"\1\7" * width + b"\0\0") * height + b"\0\1"
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, len(rows), 0, 0, 256, 0)
    start = 14 + len(info) + len(palette)
    return b"BM" + struct.pack("<IHHI", start + len(rows), 0, 0, start) + info + palette + rows


def noise(width: int, height: int) -> Image.Image:
    """What compresses worst, the same each time."""
    values = np.random.default_rng(3).integers(0, 256, (height, width, 3), np.uint8)
    return Image.fromarray(values)

"""A picture's header, read by the one decoder that its first bytes name. Pure but for imports."""

import io
import re
from collections.abc import Callable

from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
)

# TIFF is left out: no phone sends it, and libtiff is the decoder with the most to attack.
FORMATS = "JPEG, PNG, WebP, HEIC, AVIF, GIF or BMP"

MAX_READS = 1_000_000  # a 50 MB picture takes about 50,000
MAX_SCANS = 64  # the most that encoders use is about 20, and a file may hold three pictures

_Opener = Callable[[io.BytesIO], ImageFile.ImageFile]

_START_OF_SCAN = re.compile(rb"\xff\xda\x00[\x08\x0a\x0c\x0e][\x01-\x04]")


def open_picture(data: bytes) -> ImageFile.ImageFile | None:
    """The picture with its size known and nothing decoded; `None` for any other kind of file.

    Not by `Image.open`, which tries one decoder after the other, and has a pixel limit and
    warnings of its own in global variables. Raises whatever a decoder raises on damaged data.
    """
    opener = _opener(data)
    if opener is None:
        return None
    if opener is JpegImagePlugin.JpegImageFile and _has_too_many_scans(data):
        raise OSError("the JPEG has too many scans")
    return opener(_Bounded(data))


def canvas(data: bytes) -> tuple[int, int]:
    """Width and height of a WebP, whose decoder makes room for them as it opens; else (0, 0).

    https://developers.google.com/speed/webp/docs/riff_container
    """
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return 0, 0
    match data[12:16]:
        case b"VP8X":
            return 1 + _little(data[24:27]), 1 + _little(data[27:30])
        case b"VP8L":
            bits = _little(data[21:25])
            return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        case _:
            return _little(data[26:28]) & 0x3FFF, _little(data[28:30]) & 0x3FFF


def _little(data: bytes) -> int:
    return int.from_bytes(data, "little")


def _opener(data: bytes) -> _Opener | None:
    if data.startswith(b"\xff\xd8\xff"):
        return JpegImagePlugin.JpegImageFile  # of an MPO it reads the first, main picture
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PngImagePlugin.PngImageFile
    if data.startswith((b"GIF87a", b"GIF89a")):
        return GifImagePlugin.GifImageFile
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return WebPImagePlugin.WebPImageFile
    if data.startswith(b"BM"):
        return BmpImagePlugin.BmpImageFile
    if data[4:8] == b"ftyp":
        return _heif_opener(_brands(data))
    return None


def _brands(data: bytes) -> set[bytes]:
    """What the file type box (ISO 14496-12, 4.3) says that the file may be read as."""
    length = min(int.from_bytes(data[:4], "big"), 256)
    return {data[8:12]} | {data[i : i + 4] for i in range(16, length, 4)}


def _heif_opener(brands: set[bytes]) -> _Opener | None:
    if brands & {b"avif", b"avis"}:
        # The one decoder that lets a frame be larger than the header says: up to libavif's own
        # limit of 268 megapixels (1 GB for a moment), then scaled to the header's size. Workers
        # are kept from that by `nst.limits`.
        return AvifImagePlugin.AvifImageFile
    if brands & {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}:
        from pillow_heif import HeifImageFile  # slow to import, and few pictures need it

        opener: _Opener = HeifImageFile
        return opener
    return None


def _has_too_many_scans(data: bytes) -> bool:
    """Whether a progressive JPEG of few bytes would go over all its pixels thousands of times."""
    scans = _START_OF_SCAN.finditer(data)
    return any(count > MAX_SCANS for count, _ in enumerate(scans, 1))


class _Bounded(io.BytesIO):
    """A file that ends a parser's loop over millions of tiny parts, which would take minutes."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._left = MAX_READS

    def read(self, size: int | None = -1, /) -> bytes:
        self._left -= 1
        if self._left < 0:
            raise OSError("the file has too many parts")
        return super().read(size)

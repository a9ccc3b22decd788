"""What a photo tells beside its picture never leaves with a result: of the real engine, by bytes.

Where it was taken, by whom, with which camera, what somebody noted in it.
"""

import io
import struct
import zlib
from typing import TYPE_CHECKING

import pytest
from PIL import ExifTags, Image, ImageCms
from PIL.PngImagePlugin import PngInfo

import nst
from bot.executors.base import Event, Finished, Request, Sketch, Snapshot
from bot.executors.painting import Orders, paint
from nst.images import load

if TYPE_CHECKING:
    from nst.objective import Objective

SECRET = b"SECRET-of-Ann"
TEXT = SECRET.decode()
OPTIONS = nst.Options(size=64, quality="draft", precision="float32")
XMP = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'><exif:GPSLatitude>{TEXT}</exif:GPSLatitude></x:xmpmeta>"


def exif() -> Image.Exif:
    """Place, author, time, camera, a maker's note, a comment."""
    found = Image.Exif()
    found[ExifTags.Base.Artist] = found[ExifTags.Base.Copyright] = TEXT
    found[ExifTags.Base.ImageDescription] = found[ExifTags.Base.Model] = TEXT
    found[ExifTags.Base.XPComment] = TEXT.encode("utf-16-le")
    details = found.get_ifd(ExifTags.IFD.Exif)
    details[ExifTags.Base.MakerNote] = b"\x00MAKER" + SECRET
    details[ExifTags.Base.UserComment] = b"ASCII\x00\x00\x00" + SECRET
    details[ExifTags.Base.BodySerialNumber] = TEXT
    found.get_ifd(ExifTags.IFD.GPSInfo).update(
        {1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 17.0), 27: SECRET}
    )
    return found


def profile() -> bytes:
    """sRGB, as somebody has called it."""
    data = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    at = data.index("sRGB".encode("utf-16-be"))
    return data[:at] + "Ann!".encode("utf-16-be") + data[at + 8 :]


def segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def telling_jpeg(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(
        buffer, "JPEG", exif=exif(), comment=SECRET, xmp=XMP.encode(), icc_profile=profile()
    )
    iptc = b"Photoshop 3.0\x008BIM\x04\x04\x00\x00\x00\x00\x00\x12\x1c\x02\x05\x00\x0d" + SECRET
    data = buffer.getvalue()
    return data[:2] + segment(0xED, iptc) + segment(0xE9, SECRET) + data[2:] + SECRET


def telling_png(picture: Image.Image) -> bytes:
    texts = PngInfo()
    texts.add_text("Author", TEXT)
    texts.add_text("Comment", TEXT, zip=True)
    texts.add_itxt("Description", TEXT, lang="en", tkey="Description")
    texts.add_itxt("XML:com.adobe.xmp", XMP)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", pnginfo=texts, exif=exif(), icc_profile=profile())
    return buffer.getvalue()


def segments(data: bytes) -> set[int]:
    """The markers of a JPEG, up to its scan, and that nothing comes after its end."""
    at, found = 2, set[int]()
    while data[at + 1] != 0xDA:
        found.add(data[at + 1])
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    assert data.endswith(b"\xff\xd9")
    return found


def chunks(data: bytes) -> set[bytes]:
    """The kinds of chunks of a PNG; nothing else is in it."""
    at, found = 8, set[bytes]()
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        kind, content = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert zlib.crc32(kind + content) == int.from_bytes(data[at + 8 + length :][:4], "big")
        found.add(kind)
        at += length + 12
    return found


def telling_others(picture: Image.Image) -> dict[str, bytes]:
    """In the other formats that a phone sends."""
    found = {}
    for kind in ("WEBP", "AVIF"):
        buffer = io.BytesIO()
        picture.save(buffer, kind, exif=exif(), xmp=XMP.encode(), icc_profile=profile())
        found[kind] = buffer.getvalue()
    return found


def test_the_inputs_of_these_tests_tell_all_that_they_should(photo: Image.Image) -> None:
    jpeg, png = telling_jpeg(photo), telling_png(photo)
    assert jpeg.count(SECRET) >= 10
    assert {0xE1, 0xE2, 0xED, 0xE9, 0xFE} <= segments(jpeg[: -len(SECRET)])
    assert {b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"iCCP"} <= chunks(png)
    for data in (jpeg, png, *telling_others(photo).values()):
        with Image.open(io.BytesIO(data)) as image:
            assert image.getexif().get_ifd(ExifTags.IFD.GPSInfo)[2] == (52.0, 31.0, 12.0)


@pytest.fixture
def told(objective: "Objective", photo: Image.Image, style: Image.Image) -> list[Event]:
    """All that a worker tells of one real painting."""
    events: list[Event] = []
    contents = telling_jpeg(photo), (telling_png(style),)
    request = Request(1, 1, *contents, OPTIONS.to_dict(), snapshot_seconds=0.0, film=True)
    events.append(paint(nst, request, events.append, Orders()))
    return events


def test_no_picture_that_leaves_tells_anything_but_how_it_was_painted(told: list[Event]) -> None:
    final = told[-1]
    assert isinstance(final, Finished), final
    assert final.pair
    assert final.film
    photos = {"photo": final.photo, "pair": final.pair}
    [photos["sketch"]] = [one.jpeg for one in told if isinstance(one, Sketch)]
    photos |= {f"snapshot {one.step}": one.jpeg for one in told if isinstance(one, Snapshot)}
    assert len(photos) > 4
    for name, data in photos.items():
        # JFIF, our own note, tables, frame.
        assert segments(data) <= {0xE0, 0xE1, 0xDB, 0xC0, 0xC4}, name
    assert chunks(final.file) == {b"IHDR", b"eXIf", b"IDAT", b"IEND"}
    for name, data in {**photos, "file": final.file}.items():
        with Image.open(io.BytesIO(data)) as image:
            assert set(image.getexif()) <= {ExifTags.Base.ImageDescription}, name
            assert not image.getexif().get_ifd(ExifTags.IFD.GPSInfo), name
            assert not {"icc_profile", "xmp", "comment", "photoshop"} & set(image.info), name
    for name, data in {**photos, "file": final.file, "film": final.film}.items():
        assert SECRET not in data, name
        assert TEXT.encode("utf-16-le") not in data, name
    assert SECRET not in b"".join(one.checkpoint for one in told if isinstance(one, Snapshot))
    assert TEXT not in str(final.report)


def test_nothing_of_it_is_left_once_a_picture_of_any_format_is_loaded(photo: Image.Image) -> None:
    files = {"JPEG": telling_jpeg(photo), "PNG": telling_png(photo), **telling_others(photo)}
    for kind, data in files.items():
        loaded = load(data)
        assert loaded.info == {}, kind
        assert not loaded.getexif(), kind

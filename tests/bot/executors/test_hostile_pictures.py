"""Files that mean harm, in a real worker: refused in words, with nothing lost and little used."""

import io
import struct
import zipfile
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from PIL import Image

from bot.executors.base import Failed, Finished, Request
from bot.executors.process import ProcessExecutor
from tests.bot.executors.decoder import SPIN
from tests.bot.sandbox.pictures import jpeg

ENGINE = "tests.bot.executors.decoder"
MOST_MB = 400  # a worker without TensorFlow has some 60
# 16,000 x 12,000 pixels of one colour, by Pillow; then its `ispe` box was made to say 100 x 80.
LYING_AVIF = Path(__file__).parent / "lying.avif"


@pytest.fixture(scope="module")
def good() -> bytes:
    return jpeg(320, 240, seed=1)


@asynccontextmanager
async def worker() -> AsyncIterator[ProcessExecutor]:
    executor = ProcessExecutor(engine=ENGINE)
    await executor.start()
    try:
        yield executor
    finally:
        await executor.close()


async def painted(
    executor: ProcessExecutor, content: bytes, style: bytes | None = None
) -> Finished | Failed:
    request = Request(
        1, 1, content, (jpeg(64, 48, seed=2) if style is None else style,), {"size": 512}
    )
    *_, final = [event async for event in executor.run(request)]
    assert isinstance(final, Finished | Failed)
    return final


def png(width: int, height: int, *chunks: bytes, depth: int = 1, colour: int = 0) -> bytes:
    """A PNG of nothing but zeros, with chunks of any kind before its pixels."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    squeeze = zlib.compressobj(1)
    row = bytes(1 + (width * depth * {0: 1, 2: 3, 6: 4}[colour] + 7) // 8)
    rows = b"".join(squeeze.compress(row) for _ in range(height)) + squeeze.flush()
    parts = (chunk(b"IHDR", header), *chunks, chunk(b"IDAT", rows), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("../../evil.sh", "rm -rf /")
    return buffer.getvalue()


HTML = b"<html><script>alert(1)</script></html>"
SCRIPT = b"*/alert(1)/*"


def harmful() -> dict[str, tuple[bytes, str]]:
    """What it is, and the code of its refusal."""
    bomb = zlib.compress(bytes(100_000_000), 1)
    return {
        "a PNG of 400 megapixels": (png(20_000, 20_000), "too_large"),
        "a GIF of 4,295 megapixels": (
            b"GIF89a\xff\xff\xff\xff\xf0\x00\x00"
            + bytes(6)
            + b",\x00\x00\x00\x00\xff\xff\xff\xff\x00\x02\x02\x4c\x01\x00;",
            "too_large",
        ),
        "a WebP of 268 megapixels": (
            b"RIFF\x16\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00"
            + bytes(4)
            + b"\xff\x3f\x00\xff\x3f\x00",
            "too_large",
        ),
        "a BMP of 10^18 pixels": (
            b"BM"
            + bytes(12)
            + struct.pack("<IiiHHIIiiII", 40, 2**30, 2**30, 1, 24, 0, 0, 0, 0, 0, 0),
            "too_large",
        ),
        "an AVIF that is larger than it says": (LYING_AVIF.read_bytes(), "unreadable"),
        "a text of 100 MB in a PNG": (
            png(320, 240, chunk(b"zTXt", b"Comment\x00\x00" + bomb)),
            "unreadable",
        ),
        "an empty file": (b"", "unreadable"),
        "a web page": (HTML, "unreadable"),
        "an archive": (zipped(), "unreadable"),
        "an archive with a JPEG after it": (zipped() + jpeg(64, 48, seed=1), "unreadable"),
        "a document": (b"%PDF-1.7\n" + jpeg(64, 48, seed=1), "unreadable"),
        "a drawing with a script": (b"<svg xmlns='x' onload='alert(1)'></svg>", "unreadable"),
        "PostScript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "unreadable"),
        "a TIFF": (b"II*\x00\x08\x00\x00\x00" + bytes(100), "unreadable"),
        "a program": (b"\x7fELF" + bytes(1000), "unreadable"),
        "a film": (b"\x00\x00\x00\x18ftypmp42" + bytes(1000), "unreadable"),
        "10 MB of JSON": (b'{"a":[' * 1_700_000, "unreadable"),
        "a JPEG that ends at once": (b"\xff\xd8\xff", "unreadable"),
    }


async def test_what_means_harm_is_refused_and_the_worker_goes_on(good: bytes) -> None:
    async with worker() as executor:
        cases, outcomes = harmful(), {}
        for name, (data, _) in cases.items():
            final = await painted(executor, data)
            assert isinstance(final, Failed), name
            outcomes[name] = (final.code, final.retryable)
        assert outcomes == {name: (code, False) for name, (_, code) in cases.items()}
        as_style = await painted(executor, good, LYING_AVIF.read_bytes())
        assert isinstance(as_style, Failed)
        final = await painted(executor, good)
        assert isinstance(final, Finished), final
        assert final.report["peak_mb"] < MOST_MB


@pytest.mark.parametrize(
    ("kind", "size", "options"),
    [
        ("PNG", (8192, 8192), {}),
        ("JPEG", (8192, 8192), {"quality": 50}),
        ("WEBP", (8192, 8192), {"quality": 1, "method": 0}),
        ("GIF", (8192, 8192), {}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.slow
async def test_the_largest_pictures_that_are_allowed_fit_the_limits(
    kind: str, size: tuple[int, int], options: dict[str, object]
) -> None:
    buffer = io.BytesIO()
    picture = Image.radial_gradient("L").resize(size).convert("RGB")
    picture.save(buffer, kind, **options)
    async with worker() as executor:
        final = await painted(executor, buffer.getvalue())
    assert isinstance(final, Finished), final


async def test_a_decoder_that_comes_to_no_end_is_ended_and_the_next_picture_is_painted(
    good: bytes,
) -> None:
    async with worker() as executor:
        final = await painted(executor, SPIN)
        assert isinstance(final, Failed), final
        assert (final.code, final.retryable) == ("unreadable", False), final
        assert isinstance(await painted(executor, good), Finished)


def gif() -> bytes:
    buffer = io.BytesIO()
    Image.new("P", (320, 240)).save(buffer, "GIF", comment=SCRIPT)
    return buffer.getvalue()


def with_comment(good: bytes, comment: bytes) -> bytes:
    """A JPEG that begins as one, and has something else in its first segment."""
    return good[:2] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + good[2:]


async def test_of_a_picture_that_is_something_else_too_only_the_picture_is_left(
    good: bytes,
) -> None:
    files = {
        "and an archive": good + zipped(),
        "and a web page": with_comment(good, HTML),
        "and a document": with_comment(good, b"%PDF-1.7\n1 0 obj<</JS(evil)>>endobj"),
        "a PNG and an archive": png(320, 240, chunk(b"tEXt", b"Comment\x00" + HTML)) + zipped(),
        "a GIF and a script": gif() + SCRIPT,
    }
    async with worker() as executor:
        for name, data in files.items():
            final = await painted(executor, data)
            assert isinstance(final, Finished), (name, final)
            for made in (final.photo, final.file, final.pair or b""):
                for harm in (HTML, SCRIPT, b"%PDF", b"PK\x03\x04", b"evil"):
                    assert harm not in made, (name, harm)

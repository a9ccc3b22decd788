"""What the worker makes of a painting: with a note of how it was made, and of nobody who asked."""

import hashlib
import json
from collections.abc import Callable
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import ExifTags, Image

import nst
from bot.executors.base import Finished, Request
from bot.executors.painting import Orders, paint
from nst.encode import read_note
from nst.note import Note

LATITUDE = {1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 17.0)}
OPTIONS = nst.Options(size=64, strength=2.0, seed=7)


def located() -> bytes:
    """A photo that says where it was taken, by whom, and under which name it was kept."""
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "Ann Example"
    exif[ExifTags.Base.ImageDescription] = "/home/ann/secret.jpg"
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(LATITUDE)
    buffer = BytesIO()
    Image.new("RGB", (64, 48), "teal").save(buffer, "JPEG", exif=exif, comment=b"at home")
    return buffer.getvalue()


class Careless:
    """An engine that gives back the very picture it was given, with all that it says."""

    def __init__(self, *, stops: bool = False) -> None:
        self.stops = stops

    def warm_up(self) -> None:
        """Nothing to do."""

    def stylize(
        self,
        content: bytes,
        styles: list[bytes],
        options: nst.Options,
        *,
        on_progress: Callable[[nst.Progress], None],
        cancelled: Callable[[], bool],
        resume: bytes | None,
    ) -> nst.Result:
        """Paint nothing."""
        image = Image.open(BytesIO(content))
        image.load()
        result = nst.Result(image, options, {"seconds": 1.0})
        if self.stops:
            raise nst.Cancelled(partial=result)
        return result


def painted(*, early: bool = False, start: bytes | None = None) -> Finished:
    styles = b"style one", b"style two"
    request = Request(1, 1, located(), styles, OPTIONS.to_dict(), start=start)
    orders = Orders()
    if early:
        orders.finish.set()
    final = paint(Careless(stops=early), request, lambda event: None, orders)
    assert isinstance(final, Finished), final
    return final


def note_in(data: bytes, folder: Path) -> Note:
    path = folder / "picture"
    path.write_bytes(data)
    found = read_note(path)
    assert found is not None
    return Note.from_dict(found)


@pytest.mark.parametrize("which", ["photo", "file"])
def test_a_result_tells_how_it_was_painted(which: str, tmp_path: Path) -> None:
    note = note_in(getattr(painted(), which), tmp_path)
    assert note.options == OPTIONS.to_dict()
    assert note.content.startswith("sha256:")
    assert len(set(note.styles)) == 2
    assert note.finished
    assert "--strength 2.0" in note.command_line()
    assert note.resume is None


def test_a_changed_result_tells_what_it_began_from(tmp_path: Path) -> None:
    note = note_in(painted(start=b"earlier").file, tmp_path)
    assert note.resume == f"sha256:{hashlib.sha256(b'earlier').hexdigest()}"
    assert "--resume RESUME" in note.command_line()


def test_a_result_that_was_ended_early_says_so(tmp_path: Path) -> None:
    final = painted(early=True)
    assert not note_in(final.file, tmp_path).finished
    assert final.report["finished"] is False


@pytest.mark.parametrize("which", ["photo", "file"])
def test_a_result_says_nothing_of_where_who_or_which_file(which: str) -> None:
    data: bytes = getattr(painted(), which)
    with Image.open(BytesIO(data)) as image:
        exif = image.getexif()
        assert list(exif) == [ExifTags.Base.ImageDescription]
        assert not exif.get_ifd(ExifTags.IFD.GPSInfo)
        note: dict[str, Any] = json.loads(exif[ExifTags.Base.ImageDescription])
        assert not {"gps", "xmp", "icc_profile", "comment"} & set(image.info)
    for secret in (b"Ann Example", b"secret.jpg", b"at home", str(Path.cwd()).encode()):
        assert secret not in data
    assert set(note) == {"nst"}
    assert set(note["nst"]) == {
        *("options", "content", "styles", "mask", "resume", "versions", "finished")
    }


class Begun:
    """An engine that is ended after its first step: a red sketch, a blue painting."""

    def warm_up(self) -> None:
        """Nothing to do."""

    def stylize(
        self,
        content: bytes,
        styles: list[bytes],
        options: nst.Options,
        *,
        on_progress: Callable[[nst.Progress], None],
        cancelled: Callable[[], bool],
        resume: bytes | None,
    ) -> nst.Result:
        """Paint two pictures."""
        for step, colour in enumerate(("red", "blue")):
            image = Image.new("RGB", (64, 48), colour)
            on_progress(
                nst.Progress(
                    step=step,
                    steps=9,
                    scale=64,
                    loss=1.0,
                    seconds_left=8.0,
                    sketch=step == 0,
                    image=partial(image.copy),
                    checkpoint=lambda: b"",
                )
            )
        raise nst.Cancelled(partial=nst.Result(image, options, {"seconds": 1.0}))


@pytest.mark.parametrize(
    ("snapshot_seconds", "start", "kept"),
    [
        (1000.0, None, (255, 0, 0)),
        (0.0, None, (0, 0, 255)),
        (1000.0, b"earlier", (0, 0, 255)),
    ],
    ids=["the sketch is all that was seen", "a snapshot was seen", "an earlier painting was seen"],
)
def test_who_ends_a_painting_early_keeps_what_they_have_seen(
    snapshot_seconds: float, start: bytes | None, kept: tuple[int, int, int]
) -> None:
    request = Request(
        *(1, 1, located(), (b"style",), OPTIONS.to_dict()),
        snapshot_seconds=snapshot_seconds,
        start=start,
    )
    orders = Orders()
    orders.finish.set()
    final = paint(Begun(), request, lambda event: None, orders)
    assert isinstance(final, Finished), final
    assert Image.open(BytesIO(final.file)).getpixel((9, 9)) == kept

"""The note in a picture: written and read back, robust against anybody's bytes, and told again."""

import hashlib
import io
import json
import os
import shlex
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, PngImagePlugin

from nst import encode, images
from nst.errors import NstError, TooLarge, Unreadable
from nst.note import Inputs, Note, compose
from nst.options import Options
from tests.nst import make_pictures as make

SUFFIXES = [".png", ".jpg", ".webp"]
NOTE: dict[str, Any] = {"options": {"size": 512, "Größe": ["日本", 1.5, None]}, "finished": True}
KINDS = {".png": "PNG", ".jpg": "JPEG", ".webp": "WEBP"}
every = pytest.mark.parametrize("suffix", SUFFIXES)


def described(path: Path, text: object) -> Path:
    """A picture with this EXIF description, by Pillow and not by `nst.encode`."""
    exif = Image.Exif()
    exif[ExifTags.Base.ImageDescription] = text
    make.photo(64, 48).save(path, KINDS[path.suffix], exif=exif)
    return path


class TestInAFile:
    @every
    def test_comes_back_from_every_format(self, suffix: str, tmp_path: Path) -> None:
        path = tmp_path / f"out{suffix}"
        encode.save(make.photo(), path, note=NOTE)
        assert encode.read_note(path) == NOTE

    @every
    def test_is_all_that_is_added_and_leaves_the_pixels(self, suffix: str, tmp_path: Path) -> None:
        with_note, without = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
        encode.save(make.photo(), with_note, note=NOTE)
        encode.save(make.photo(), without)
        assert images.load(with_note) == images.load(without)
        with Image.open(with_note) as image:
            exif = image.getexif()
            assert list(exif) == [ExifTags.Base.ImageDescription]
            assert exif[ExifTags.Base.ImageDescription].isascii()
            assert json.loads(exif[ExifTags.Base.ImageDescription]) == {"nst": NOTE}
            with Image.open(without) as bare:
                added = set(image.info) - set(bare.info)
            assert added - {"dpi"} == {"exif"}  # where there is EXIF, Pillow makes up a density

    @every
    def test_is_absent_where_none_was_given(self, suffix: str, tmp_path: Path) -> None:
        path = tmp_path / f"out{suffix}"
        encode.save(make.photo(), path)
        assert encode.read_note(path) is None

    def test_is_lost_in_a_picture_made_of_a_picture(self, tmp_path: Path) -> None:
        encode.save(make.photo(), tmp_path / "a.jpg", note=NOTE)
        with Image.open(tmp_path / "a.jpg") as image:
            encode.save(image, tmp_path / "b.jpg")
        assert encode.read_note(tmp_path / "b.jpg") is None

    @pytest.mark.parametrize("note", [{"x": "y" * encode.MAX_EXIF}, {"x": float("nan")}])
    @every
    def test_what_could_not_be_read_back_is_not_written(
        self, note: Any, suffix: str, tmp_path: Path
    ) -> None:
        with pytest.raises(ValueError, match=r"note of \d+ bytes|not JSON compliant"):
            encode.save(make.photo(), tmp_path / f"out{suffix}", note=note)
        assert list(tmp_path.iterdir()) == []

    def test_no_pixel_is_decoded(self, tmp_path: Path) -> None:
        path = tmp_path / "out.png"
        encode.save(make.photo(), path, note=NOTE)
        data = path.read_bytes()
        path.write_bytes(data[: data.index(b"IDAT") + 8])
        with pytest.raises(Unreadable):
            images.load(path)
        assert encode.read_note(path) == NOTE


class TestForeign:
    @every
    @pytest.mark.parametrize(
        "text",
        [
            "A holiday by the sea",
            "",
            '{"nst": ',
            '{"other": {}}',
            '{"nst": [1]}',
            '{"nst": "text"}',
            "[" * 10_000,
            '{"nst": {"n": ' + "9" * 10_000 + "}}",
            b"\xff\xfe\x00",
        ],
        ids=range(9),
    )
    def test_other_descriptions_are_no_notes(
        self, suffix: str, text: object, tmp_path: Path
    ) -> None:
        assert encode.read_note(described(tmp_path / f"a{suffix}", text)) is None

    @pytest.mark.parametrize("size", [encode.MAX_EXIF // 2, encode.MAX_EXIF, 60_000])
    def test_what_is_read_is_bounded(self, size: int, tmp_path: Path) -> None:
        note = {"x": "y" * size}
        path = described(tmp_path / "a.jpg", json.dumps({"nst": note}))
        assert encode.read_note(path) == (note if size < encode.MAX_EXIF else None)

    @pytest.mark.parametrize("exif", [b"", b"Exif\0\0", b"MM\0*", b"II*\0\xff\xff\xff\xff", b"x"])
    def test_a_damaged_block_is_no_note(self, exif: bytes, tmp_path: Path) -> None:
        chunks = PngImagePlugin.PngInfo()
        chunks.add(b"eXIf", exif)
        make.photo(64, 48).save(tmp_path / "a.png", pnginfo=chunks)
        assert encode.read_note(tmp_path / "a.png") is None

    def test_a_file_that_is_no_picture_is_one_sentence(self, tmp_path: Path) -> None:
        (tmp_path / "a.png").write_text("text")
        (tmp_path / "folder.png").mkdir()
        for name in ("a.png", "absent.png", "folder.png"):
            with pytest.raises(Unreadable, match=name):
                encode.read_note(tmp_path / name)

    def test_a_file_of_too_many_bytes_is_not_read(self, tmp_path: Path) -> None:
        with (tmp_path / "a.png").open("wb") as file:
            file.truncate(images.MAX_BYTES + 1)
        with pytest.raises(TooLarge, match=r"a\.png"):
            encode.read_note(tmp_path / "a.png")

    @every
    @given(data=st.data())
    @settings(
        max_examples=150, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    def test_mutated_files_give_a_note_none_or_one_sentence(
        self, suffix: str, tmp_path: Path, data: st.DataObject
    ) -> None:
        buffer = io.BytesIO()
        buffer.write(
            {
                ".png": lambda: encode.encode_png(make.photo(24, 16), NOTE),
                ".jpg": lambda: encode.encode_jpeg(make.photo(24, 16), 80, NOTE),
                ".webp": lambda: encode.encode_webp(make.photo(24, 16), 80, NOTE),
            }[suffix]()
        )
        mutated = bytearray(buffer.getvalue())
        start = mutated.index(b"ImageDesc") if b"ImageDesc" in mutated else 0
        for _ in range(data.draw(st.integers(1, 6))):
            at = data.draw(st.integers(start, len(mutated) - 1))
            mutated[at] = data.draw(st.integers(0, 255))
        path = tmp_path / f"a{suffix}"
        path.write_bytes(mutated[: data.draw(st.integers(0, len(mutated)))])
        try:
            note = encode.read_note(path)
        except NstError as error:
            assert "\n" not in str(error)  # noqa: PT017 - it may raise, or not
        else:
            assert note is None or isinstance(note, dict)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    (tmp_path / "photo.jpg").write_bytes(b"photo")
    (tmp_path / "style.jpg").write_bytes(b"style")
    return tmp_path / "photo.jpg", tmp_path / "style.jpg"


class TestNote:
    def test_holds_options_digests_and_versions(self, files: tuple[Path, Path]) -> None:
        photo, style = files
        note = compose(Options(size=700), Inputs(photo, [style, "waves"], resume=style))
        assert note.options == Options(size=700).to_dict()
        assert note.content == "sha256:" + hashlib.sha256(b"photo").hexdigest()
        assert note.styles == ["sha256:" + hashlib.sha256(b"style").hexdigest(), "waves"]
        assert (note.mask, note.resume) == (None, note.styles[0])
        assert set(note.versions) == {"nst", "tensorflow"}
        assert "photo.jpg" not in json.dumps(note.to_dict()), "names of files are the user's own"

    def test_is_the_same_after_a_file(self, files: tuple[Path, Path], tmp_path: Path) -> None:
        note = compose(Options(style_weights=(2, 1)), Inputs(files[0], files))
        encode.save(make.photo(), tmp_path / "out.webp", note=note.to_dict())
        found = Note.from_dict(encode.read_note(tmp_path / "out.webp") or {})
        assert found == replace(note, options={**note.options, "style_weights": [2, 1]})
        assert Options.from_dict(found.options) == Options(style_weights=(2, 1))

    def test_reading_a_pipe_is_left_to_the_painter(self, tmp_path: Path) -> None:
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        writer = threading.Thread(target=lambda: pipe.write_bytes(b"photo"))
        writer.start()
        assert compose(Options(), Inputs(pipe, [])).content == "unknown"
        assert pipe.read_bytes() == b"photo"
        writer.join()

    def test_files_that_cannot_be_read_are_left_to_the_painter(self, tmp_path: Path) -> None:
        with (tmp_path / "large").open("wb") as file:
            file.truncate(images.MAX_BYTES + 1)
        note = compose(Options(), Inputs(tmp_path / "absent", [tmp_path, tmp_path / "large"]))
        assert (note.content, note.styles) == ("unknown", ["unknown", "unknown"])

    @pytest.mark.parametrize(
        "change",
        [
            {"options": 1},
            {"styles": "waves"},
            {"styles": [1]},
            {"content": None},
            {"mask": 1},
            {"versions": []},
            {"finished": "yes"},
            {"more": 1},
        ],
    )
    def test_what_is_no_note_is_one_sentence(
        self, change: dict[str, Any], files: tuple[Path, Path]
    ) -> None:
        values = compose(Options(), Inputs(files[0], [files[1]])).to_dict()
        Note.from_dict(values)
        for damaged in ({**values, **change}, {}):
            with pytest.raises(NstError, match=r"^The picture's note is damaged[^\n]+\.$"):
                Note.from_dict(damaged)


class TestTold:
    def note(self, **changes: Any) -> Note:
        made = Note(
            options=Options().to_dict(),
            content="unknown",
            styles=["sha256:12"],
            mask=None,
            resume=None,
            versions={"nst": "1.2"},
            finished=True,
        )
        return replace(made, **changes)

    def test_rows_name_every_option_and_end_with_the_command(self) -> None:
        options = Options(size=700, quality="fine", strength=2.5)
        rows = self.note(options=options.to_dict()).rows()
        told = dict(rows)
        assert told["painted by"] == "nst 1.2"
        assert (told["size"], told["quality"], told["strength"]) == ("700", "fine", "2.5")
        assert set(options.to_dict()) <= set(told)
        assert rows[-1] == ("again", self.note(options=options.to_dict()).command_line())
        assert "finished" not in told

    def test_an_interrupted_run_is_told(self) -> None:
        assert dict(self.note(finished=False).rows())["finished"] == "no: interrupted"

    def test_the_command_has_a_place_for_each_file_and_the_names_of_built_in_styles(self) -> None:
        one = self.note(styles=["sha256:12"]).command_line()
        assert one.startswith("nst stylize CONTENT STYLE -o OUT.png --size 512 ")
        two = self.note(styles=["unknown", "stained-glass", "sha256:12"]).command_line()
        assert two.startswith("nst stylize CONTENT STYLE1 stained-glass STYLE3 -o OUT.png ")

    def test_a_mask_and_an_earlier_result_have_their_places(self) -> None:
        note = self.note(mask="sha256:34", resume="unknown")
        assert "-o OUT.png --mask MASK --resume RESUME --size" in note.command_line()
        assert dict(note.rows())["mask"] == "sha256:34"
        assert "mask" not in dict(self.note().rows())

    @pytest.mark.parametrize(
        "options", [{"size": 63}, {"later": 1}, {"size": "; rm -rf ~"}, {"size": [1]}]
    )
    def test_options_of_another_version_get_onto_no_command_line(
        self, options: dict[str, Any]
    ) -> None:
        line = self.note(options=options).command_line()
        assert line.startswith("not with this version of nst: ")
        assert "rm" not in line

    def test_a_style_that_is_no_name_gets_onto_no_command_line(self) -> None:
        for style in ("$(rm x)", "--seed", "a b", "../x", "waves\n", ""):
            words = shlex.split(self.note(styles=[style]).command_line())
            assert words[2:4] == ["CONTENT", "STYLE"], style

    def test_nothing_that_a_terminal_would_obey_is_shown(self) -> None:
        escape = "\x1b[2J\nx\u202e"
        note = self.note(
            options={escape: escape, "long": "y" * 5000},
            content=escape,
            styles=[escape],
            mask=escape,
            versions={escape: escape},
        )
        for name, value in note.rows():
            assert name.isprintable(), name
            assert value.isprintable(), value
            assert len(name) + len(value) < 300

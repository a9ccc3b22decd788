"""`nst info PICTURE`, `nst gallery`, `nst stylize --timelapse`."""

import json
import shlex
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image, ImageSequence

from nst import cli, encode, engine, gallery
from nst.errors import Cancelled, NstError
from nst.gallery import catalogue
from nst.options import Options
from nst.result import Progress, Result
from nst.timelapse import Timelapse
from tests.nst.commands import Run

# No default among them, so that an option that does not reach its place shows.
CHANGED: dict[str, Any] = {
    "size": 700,
    "quality": "fine",
    "seconds": 12.5,
    "strength": 2.5,
    "style_weights": (2.0, 0.5),
    "style_scale": 1.5,
    "colours": "content",
    "backbone": "vgg16",
    "precision": "bfloat16",
    "seed": 7,
}


@pytest.fixture
def files(photo: Image.Image, style: Image.Image, tmp_path: Path) -> tuple[Path, Path]:
    photo.save(tmp_path / "photo.jpg")
    style.save(tmp_path / "style.png")
    return tmp_path / "photo.jpg", tmp_path / "style.png"


class Painter:
    """In the engine's place: shows four moments, and keeps what it was given."""

    def __init__(self, photo: Image.Image) -> None:
        self.photo = photo
        self.given: list[tuple[Any, Any, Options]] = []
        self.named: list[tuple[Any, Any]] = []  # mask and resume
        self.interrupted = False

    def __call__(
        self,
        content: Any,
        styles: Any,
        options: Options,
        *,
        mask: Any,
        on_progress: Any,
        cancelled: Any,
        resume: Any,
    ) -> Result:
        self.given.append((content, styles, options))
        self.named.append((mask, resume))
        for step in range(5):
            on_progress(
                Progress(
                    step=step,
                    steps=4,
                    scale=96,
                    loss=1.0,
                    seconds_left=1.0,
                    sketch=step == 0,
                    image=lambda step=step: self.photo.rotate(90 * step),  # type: ignore[misc]
                    checkpoint=lambda: b"",
                )
            )
        result = Result(self.photo, options, {"seconds": 1.0})
        if self.interrupted:
            raise Cancelled(partial=result)
        return result


@pytest.fixture
def painter(photo: Image.Image, monkeypatch: pytest.MonkeyPatch) -> Painter:
    painter = Painter(photo)
    monkeypatch.setattr(engine, "stylize", painter)
    return painter


def rows(out: str) -> dict[str, str]:
    width = len(out) - len(out.removeprefix("painted by").lstrip())
    return {line[:width].strip(): line[width:] for line in out.splitlines()}


def flags(options: dict[str, Any]) -> list[str]:
    words = []
    for name, value in options.items():
        text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
        words += [f"--{name.replace('_', '-')}", text]
    return words


class TestInfo:
    def test_every_option_has_a_flag_and_is_under_test(self) -> None:
        assert set(CHANGED) == {field.name for field in fields(Options)}
        assert not set(CHANGED.items()) & set(Options().to_dict().items())

    @pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
    @pytest.mark.parametrize(
        "options", [CHANGED, {}, {"size": "auto"}], ids=["all", "none", "auto"]
    )
    def test_the_command_it_shows_paints_with_the_same_options(
        self,
        nst: Run,
        files: tuple[Path, Path],
        painter: Painter,
        tmp_path: Path,
        suffix: str,
        options: dict[str, Any],
    ) -> None:
        first = tmp_path / f"first{suffix}"
        photo, style = files
        mask = ("--mask", style) if options else ()
        resume = ("--resume", photo) if options else ()
        code, _, err = nst(
            "stylize", photo, style, "waves", "-o", first, *flags(options), *mask, *resume
        )
        assert code == 0, err
        code, out, err = nst("info", first)
        assert (code, err) == (0, "")
        told = rows(out)
        for name, value in options.items():
            assert told[name] == str(list(value) if isinstance(value, tuple) else value)
        words = shlex.split(told["again"])
        assert words[:5] == ["nst", "stylize", "CONTENT", "STYLE1", "waves"]
        places = {"CONTENT": photo, "STYLE1": style, "OUT.png": tmp_path / "again.png"}
        places |= {"MASK": style, "RESUME": photo}
        code, _, err = nst(*(places.get(word, word) for word in words[1:]))
        assert code == 0, err
        assert painter.given[0][2] == painter.given[1][2] == Options(**options)
        assert painter.given[0][0] == painter.given[1][0] == photo
        assert painter.named == [(style, photo) if options else (None, None)] * 2
        assert encode.read_note(first) == encode.read_note(tmp_path / "again.png")

    def test_a_picture_without_a_note_is_one_sentence(
        self, nst: Run, files: tuple[Path, Path]
    ) -> None:
        code, out, err = nst("info", files[0])
        assert (code, out) == (1, "")
        assert err.startswith("nst: The picture holds no note")
        assert err.count("\n") == 1

    @pytest.mark.parametrize("name", ["absent.png", "text.png", "[red].png"])
    def test_a_file_that_is_no_picture_is_one_sentence(
        self, nst: Run, tmp_path: Path, name: str
    ) -> None:
        (tmp_path / "text.png").write_text("text")
        code, out, err = nst("info", tmp_path / name)
        assert (code, out) == (1, "")
        assert name in err
        assert err.count("\n") == 1

    def test_a_note_that_is_none_of_ours_is_one_sentence(
        self, nst: Run, photo: Image.Image, tmp_path: Path
    ) -> None:
        encode.save(photo, tmp_path / "a.png", note={"options": 1})
        code, out, err = nst("info", tmp_path / "a.png")
        assert (code, out) == (1, "")
        assert "damaged" in err

    def test_without_a_picture_both_networks_are_named(self, nst: Run) -> None:
        code, out, err = nst("info")
        assert code == 0, err
        told = {line.split()[0]: line for line in out.splitlines()}
        assert "VGG-19" in told["weights"]
        assert "VGG-16" in told["vgg16"]


class TestStyleWeights:
    @pytest.mark.parametrize("text", ["x", "1,", "", "1;2", "0,0", "-1", "nan"])
    def test_what_are_no_weights_is_one_sentence(
        self, nst: Run, files: tuple[Path, Path], painter: Painter, tmp_path: Path, text: str
    ) -> None:
        code, _, err = nst("stylize", *files, "-o", tmp_path / "o.png", f"--style-weights={text}")
        assert code == 1
        assert err.count("\n") == 1
        assert "style" in err
        assert painter.given == []


class TestTimelapse:
    @pytest.mark.parametrize("suffix", [".mp4", ".gif"])
    def test_shows_the_painting_but_not_the_sketch(
        self, nst: Run, files: tuple[Path, Path], painter: Painter, tmp_path: Path, suffix: str
    ) -> None:
        film = tmp_path / f"film{suffix}"
        code, _, err = nst("stylize", *files, "-o", tmp_path / "o.png", "--timelapse", film)
        assert code == 0, err
        if suffix == ".gif":
            with Image.open(film) as gif:
                assert len(list(ImageSequence.Iterator(gif))) == 4 + 1
        else:
            with av.open(str(film)) as container:
                assert sum(1 for _ in container.decode(video=0)) == 4 + 1 + 18

    def test_a_real_run_is_filmed(
        self, nst: Run, files: tuple[Path, Path], objective: Any, tmp_path: Path
    ) -> None:
        film = tmp_path / "film.mp4"
        code, _, err = nst(
            "stylize", *files, "-o", tmp_path / "o.jpg", "--timelapse", film,
            "--size", 64, "--quality", "draft", "--precision", "float32",
        )  # fmt: skip
        assert code == 0, err
        with av.open(str(film)) as container:
            frames = [frame.to_image() for frame in container.decode(video=0)]  # type: ignore[no-untyped-call]
        assert {frame.size for frame in frames} == {(64, 48)}
        assert len(frames) > 1 + 18

    @pytest.mark.parametrize("name", ["film.png", "absent/film.mp4", "folder.mp4"])
    def test_where_no_film_could_be_saved_nothing_is_painted(
        self, nst: Run, files: tuple[Path, Path], painter: Painter, tmp_path: Path, name: str
    ) -> None:
        (tmp_path / "folder.mp4").mkdir()
        code, _, err = nst(
            "stylize", *files, "-o", tmp_path / "o.png", "--timelapse", tmp_path / name
        )
        assert code == 1
        assert err.count("\n") == 1
        assert painter.given == []

    def test_without_pyav_an_mp4_is_refused_before_painting(
        self,
        nst: Run,
        files: tuple[Path, Path],
        painter: Painter,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setitem(sys.modules, "av", None)
        code, _, err = nst(
            "stylize", *files, "-o", tmp_path / "o.png", "--timelapse", tmp_path / "film.mp4"
        )
        assert code == 1
        assert "atelier[video]" in err
        assert painter.given == []

    def test_a_film_that_fails_costs_no_picture(
        self,
        nst: Run,
        files: tuple[Path, Path],
        painter: Painter,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def fail(*_: Any) -> None:
            raise NstError("The disk is full.")

        monkeypatch.setattr(Timelapse, "save", fail)
        code, _, err = nst(
            "stylize", *files, "-o", tmp_path / "o.png", "--timelapse", tmp_path / "film.gif"
        )
        assert code == 1
        assert "The disk is full." in err
        assert encode.read_note(tmp_path / "o.png")


def test_an_interrupted_run_keeps_picture_note_report_and_film(
    nst: Run, files: tuple[Path, Path], painter: Painter, tmp_path: Path
) -> None:
    painter.interrupted = True
    output, report, film = (tmp_path / name for name in ("o.png", "r.json", "f.gif"))
    code, _, err = nst(
        "stylize", *files, "-o", output, "--report", report, "--timelapse", film, "--seed", 3
    )
    assert code == 130
    assert err == f"nst: interrupted; the best picture so far is {output}\n"
    assert json.loads(report.read_text()) == {"seconds": 1.0}
    assert film.exists()
    code, out, _ = nst("info", output)
    assert code == 0
    assert rows(out)["finished"] == "no: interrupted"
    assert "--seed 3" in rows(out)["again"]


class TestGallery:
    @pytest.fixture(autouse=True)
    def two(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Two of the styles, so that rendering takes no minute, and a cache of its own."""
        chosen = {name: catalogue.STYLES[name] for name in ("marbling", "mosaic")}
        monkeypatch.setattr(catalogue, "STYLES", chosen)
        monkeypatch.setattr(gallery, "SIZE", 96)
        monkeypatch.setattr(gallery.style, "__defaults__", (96,))
        monkeypatch.setenv("ATELIER_CACHE", str(tmp_path / "cache"))

    def test_lists_names_and_titles_without_rendering(self, nst: Run, tmp_path: Path) -> None:
        code, out, err = nst("gallery")
        assert (code, err) == (0, "")
        assert out == "marbling Marbled paper\nmosaic   Mosaic\n"
        assert not (tmp_path / "cache").exists()

    def test_writes_a_sheet_of_them(self, nst: Run, tmp_path: Path) -> None:
        code, _, err = nst("gallery", "-o", tmp_path / "sheet.png")
        assert code == 0, err
        with Image.open(tmp_path / "sheet.png") as sheet:
            assert len(sheet.getcolors(2**24) or ()) > 1000
            names = [gallery.style(name, 96) for name in gallery.names()]
            titles = [gallery.title(name) for name in gallery.names()]
            assert sheet.tobytes() == gallery.sheet(names, titles, cli.SHEET_COLUMNS).tobytes()

    @pytest.mark.parametrize("name", ["sheet.gif", "absent/sheet.png"])
    def test_where_no_sheet_could_be_saved_nothing_is_rendered(
        self, nst: Run, tmp_path: Path, name: str
    ) -> None:
        code, out, err = nst("gallery", "-o", tmp_path / name)
        assert (code, out) == (1, "")
        assert err.count("\n") == 1
        assert not (tmp_path / "cache").exists()

    def test_a_name_stands_for_its_picture_unless_there_is_such_a_file(
        self,
        nst: Run,
        files: tuple[Path, Path],
        painter: Painter,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.chdir(tmp_path)
        Path("mosaic").write_bytes(files[1].read_bytes())
        code, _, err = nst("stylize", files[0], "marbling", "mosaic", "nothing", "-o", "o.png")
        assert code == 0, err
        marbling, mosaic, nothing = painter.given[0][1]
        assert isinstance(marbling, Image.Image)
        assert max(marbling.size) == 512
        assert (mosaic, nothing) == (Path("mosaic"), Path("nothing"))
        note = encode.read_note(Path("o.png")) or {}
        assert note["styles"][0] == "marbling"
        assert note["styles"][1].startswith("sha256:")
        assert note["styles"][2] == "unknown"

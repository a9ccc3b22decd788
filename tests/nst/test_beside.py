"""What is saved beside the picture, on disks that are full and in folders that are gone."""

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from nst import cli, engine
from nst.beside import Beside
from nst.errors import Cancelled
from nst.options import Options
from nst.outputs import Outputs
from nst.result import Progress, Result

FULL = "The disk is full: free some space, or save to another place."
GONE = "The folder to save to does not exist: create it, or choose another."


@pytest.fixture(autouse=True)
def every_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Beside, "SNAPSHOT_SECONDS", 0.0)


@pytest.fixture
def outputs(tmp_path: Path) -> Outputs:
    return Outputs(*(tmp_path / name for name in ("o.png", "s", "f.gif", "r.json")))


def moment(photo: Image.Image, step: int) -> Progress:
    return Progress(step, 9, 96, 1.0, 1.0, step == 0, lambda: photo, lambda: b"")


def full_disk(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Makes the disk full, until the list that comes back is emptied."""
    full = ["yes"]
    sync = os.fsync

    def fail(file: int) -> None:
        if full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(file)

    monkeypatch.setattr(os, "fsync", fail)
    return full


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_all_is_saved_where_it_can_be(outputs: Outputs, photo: Image.Image) -> None:
    told: list[str] = []
    beside = Beside(outputs, told.append)
    for step in range(3):
        beside.show(moment(photo, step))
    beside.finish(Result(photo, Options(), {"seconds": 1.0}))
    assert outputs.snapshots is not None
    assert outputs.report is not None
    assert names(outputs.snapshots) == ["sketch.jpg", "snapshot-001.jpg", "snapshot-002.jpg"]
    assert json.loads(outputs.report.read_text()) == {"seconds": 1.0}
    assert names(outputs.snapshots.parent) == ["f.gif", "r.json", "s"]
    assert (told, beside.missing) == ([], set())


def test_each_that_is_missing_is_told_of_once_and_the_others_are_saved(
    outputs: Outputs, photo: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    beside = Beside(outputs, told.append)
    full = full_disk(monkeypatch)
    for step in range(4):
        beside.show(moment(photo, step))
    full.clear()
    beside.show(moment(photo, 4))
    assert outputs.snapshots is not None
    assert names(outputs.snapshots) == ["snapshot-004.jpg"], "space is found again"
    full.append("yes")
    beside.finish(Result(photo, Options(), {}))
    assert told == [f"nst: {what}: {FULL}" for what in ("snapshots", "report", "timelapse")]
    assert beside.missing == {"snapshots", "report", "timelapse"}
    assert names(outputs.snapshots.parent) == ["s"]


class TestCommand:
    """The picture is saved whatever else is not; the exit code says that something is missing."""

    @pytest.fixture
    def nst(
        self,
        photo: Image.Image,
        tmp_path: Path,
        outputs: Outputs,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> Callable[..., tuple[int, list[str]]]:
        """Runs `nst stylize` with a painter that calls `halfway` between two moments."""
        photo.save(tmp_path / "p.png")

        def run(halfway: Callable[[], None], interrupted: bool = False) -> tuple[int, list[str]]:
            def stylize(*given: Any, on_progress: Any, **named: Any) -> Result:
                on_progress(moment(photo, 1))
                halfway()
                on_progress(moment(photo, 2))
                on_progress(moment(photo, 3))
                result = Result(photo, Options(), {"seconds": 1.0})
                if interrupted:
                    raise Cancelled(partial=result)
                return result

            monkeypatch.setattr(engine, "stylize", stylize)
            arguments = [tmp_path / "p.png", tmp_path / "p.png", "-o", outputs.picture]
            arguments += ["--snapshots", outputs.snapshots, "--timelapse", outputs.timelapse]
            arguments += ["--report", outputs.report]
            monkeypatch.setattr(sys, "argv", ["nst", "stylize", *map(str, arguments)])
            with pytest.raises(SystemExit) as caught:
                cli.main()
            return int(caught.value.code or 0), capsys.readouterr().err.splitlines()

        return run

    def test_a_folder_that_is_removed_meanwhile(self, nst: Any, outputs: Outputs) -> None:
        assert outputs.snapshots is not None
        code, lines = nst(lambda: shutil.rmtree(str(outputs.snapshots)))
        assert lines == [f"nst: snapshots: {GONE}", f"{outputs.picture}: 96 x 72, 1.0 s"]
        assert code == 1
        assert names(outputs.picture.parent) == ["f.gif", "o.png", "p.png", "r.json"]

    @pytest.mark.parametrize("interrupted", [False, True])
    def test_a_report_and_a_film_whose_places_are_taken_by_folders(
        self, nst: Any, outputs: Outputs, interrupted: bool
    ) -> None:
        def take() -> None:
            for path in (outputs.report, outputs.timelapse):
                assert path is not None
                path.mkdir()

        code, lines = nst(take, interrupted)
        taken = "The output's name is that of a folder: choose another name."
        assert lines[1:] == [f"nst: report: {taken}", f"nst: timelapse: {taken}"]
        assert str(outputs.picture) in lines[0]
        assert code == (130 if interrupted else 1)
        with Image.open(outputs.picture) as picture:
            assert picture.size == (96, 72)

    def test_a_picture_that_cannot_be_saved_leaves_the_old_one(
        self, nst: Any, outputs: Outputs, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        outputs.picture.write_text("old")
        code, lines = nst(lambda: full_disk(monkeypatch) and None)
        assert lines == [f"nst: snapshots: {FULL}", f"nst: {FULL}"]
        assert code == 1
        assert outputs.picture.read_text() == "old"


def test_a_disk_that_is_really_full(photo: Image.Image, tmp_path: Path) -> None:
    """A file system of 32 kB with one page left, and the real engine."""
    photo.save(tmp_path / "p.png")
    (tmp_path / "full").mkdir()
    old = bytes(range(256)) * 112
    (tmp_path / "old").write_bytes(old)
    command = "from nst.cli import main; main()"
    arguments = "p.png p.png -o full/out.png --size 64 --quality draft --snapshots full"
    script = (
        "mount -t tmpfs -o size=32k tmpfs full || exit 77\n"
        "cp old full/out.png\n"
        f"{sys.executable} -c '{command}' stylize {arguments} --precision float32\n"
        "echo $? >code; ls -A full >names; cp full/out.png after\n"
    )
    if shutil.which("unshare") is None:
        pytest.skip("needs `unshare`, for a file system of its own")
    run = subprocess.run(
        ["unshare", "--map-root-user", "--mount", "sh", "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(cli.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    if not (tmp_path / "code").exists():
        pytest.skip(f"a file system of its own is not allowed here: {run.stderr.strip()}")
    told = [line for line in run.stderr.splitlines() if line.startswith("nst: ")]
    assert told[-1] == f"nst: {FULL}", run.stderr
    assert told[:-1] in ([], [f"nst: snapshots: {FULL}"])
    assert "Traceback" not in run.stderr
    assert (tmp_path / "code").read_text() == "1\n"
    left = (tmp_path / "names").read_text().split()
    assert "out.png" in left
    assert not [name for name in left if name.startswith(".")], "half a file is left"
    assert (tmp_path / "after").read_bytes() == old

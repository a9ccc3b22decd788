"""What is split comes back as it was, or not at all."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.gpu import pieces
from tests.gpu.pieces import INDEX, Broken, join, split

SIZES = (0, 1, 5_000_000, 4096, 3 * 2**20)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    made = []
    for number, size in enumerate(SIZES):
        made.append(tmp_path / "from" / f"{number}.whl")
        made[-1].parent.mkdir(exist_ok=True)
        made[-1].write_bytes(random.Random(number).randbytes(size))  # noqa: S311
    return made


@pytest.mark.parametrize("size", [700_001, 2**20, 10**8])
def test_files_come_back_as_they_were(files: list[Path], tmp_path: Path, size: int) -> None:
    cut = split(files, tmp_path / "pieces", size)
    assert [piece.stat().st_size for piece in cut[:-1]] == [size] * (len(cut) - 1)
    assert len(cut) == -(-sum(SIZES) // size)
    back = join(tmp_path / "pieces", tmp_path / "to")
    assert [file.name for file in back] == [file.name for file in files]
    assert [file.read_bytes() for file in back] == [file.read_bytes() for file in files]


def test_it_says_which_pieces_are_missing(files: list[Path], tmp_path: Path) -> None:
    cut = split(files, tmp_path / "pieces", 2**20)
    cut[1].unlink()
    cut[4].unlink()
    with pytest.raises(Broken, match=r"^2 of 8 pieces are missing: 001\.piece, 004\.piece\.$"):
        join(tmp_path / "pieces", tmp_path / "to")


def test_a_piece_that_has_changed_is_not_joined(files: list[Path], tmp_path: Path) -> None:
    cut = split(files, tmp_path / "pieces", 2**20)
    data = bytearray(cut[3].read_bytes())
    data[100] ^= 1
    cut[3].write_bytes(data)
    with pytest.raises(Broken, match=r"^2\.whl is not what it was"):
        join(tmp_path / "pieces", tmp_path / "to")
    assert not (tmp_path / "to" / "2.whl").exists()


def test_a_piece_that_is_too_short_is_not_joined(files: list[Path], tmp_path: Path) -> None:
    cut = split(files, tmp_path / "pieces", 2**20)
    cut[-1].write_bytes(cut[-1].read_bytes()[:-1])
    with pytest.raises(Broken, match=r"^4\.whl is not what it was"):
        join(tmp_path / "pieces", tmp_path / "to")


def test_without_the_index_nothing_is_joined(files: list[Path], tmp_path: Path) -> None:
    split(files, tmp_path / "pieces", 2**20)
    (tmp_path / "pieces" / INDEX).unlink()
    with pytest.raises(Broken, match="comes with the pieces"):
        join(tmp_path / "pieces", tmp_path / "to")


def test_a_name_in_the_index_leads_nowhere_else(files: list[Path], tmp_path: Path) -> None:
    split(files, tmp_path / "pieces", 2**20)
    index = tmp_path / "pieces" / INDEX
    known = json.loads(index.read_text())
    known["files"][1]["name"] = "../../outside"
    index.write_text(json.dumps(known))
    assert join(tmp_path / "pieces", tmp_path / "to")[1] == tmp_path / "to" / "outside"


def test_pieces_are_not_mixed_with_others(files: list[Path], tmp_path: Path) -> None:
    split(files, tmp_path / "pieces", 2**20)
    with pytest.raises(Broken, match="is not empty"):
        split(files, tmp_path / "pieces", 2**20)


def test_the_command_needs_nothing_but_python(files: list[Path], tmp_path: Path) -> None:
    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", "-S", pieces.__file__, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True)

    assert run("split", "--mib", 1, "--to", tmp_path / "pieces", *files).returncode == 0
    done = run("join", "--to", tmp_path / "to", tmp_path / "pieces")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "to" / "2.whl").read_bytes() == files[2].read_bytes()
    (tmp_path / "pieces" / "000.piece").unlink()
    failed = run("join", "--to", tmp_path / "to", tmp_path / "pieces")
    assert (failed.returncode, failed.stderr) == (1, "1 of 8 pieces are missing: 000.piece.\n")

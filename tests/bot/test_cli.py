"""The command `atelier`."""

import subprocess
import sys
from pathlib import Path

import pytest


def atelier(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from bot.cli import main; main()", *arguments],
        cwd=cwd,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path(__file__).parents[2]), **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_without_a_token_run_says_where_to_get_one_and_names_the_sandbox(tmp_path: Path) -> None:
    ended = atelier("run", cwd=tmp_path)
    assert ended.returncode == 1
    assert "@BotFather" in ended.stderr
    assert "atelier sandbox" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_slip_in_a_setting_is_told_at_the_start(tmp_path: Path) -> None:
    ended = atelier("run", cwd=tmp_path, ATELIER_TOKN="1:x")
    told, wrong = ended.stderr.splitlines()
    assert "ATELIER_TOKN is no setting: do you mean ATELIER_TOKEN?" in told
    assert "There is no token" in wrong


def test_a_wrong_setting_is_one_line(tmp_path: Path) -> None:
    ended = atelier("run", cwd=tmp_path, ATELIER_WORKERS="many")
    assert ended.returncode == 1
    assert "ATELIER_WORKERS" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_check_says_what_is_wrong_and_ends_with_1(tmp_path: Path) -> None:
    ended = atelier("check", cwd=tmp_path, ATELIER_QUALITY="best", ATELIER_SIZE="1")
    assert ended.returncode == 1
    assert ended.stdout.splitlines() == [
        "FAIL  settings  ATELIER_QUALITY: 'best' is not one of draft, standard, fine.",
        "                ATELIER_SIZE: '1' is not a whole number from 64 to 8192.",
    ]
    assert ended.stderr == ""


def test_demo_wants_two_pictures_or_none(tmp_path: Path) -> None:
    (tmp_path / "one.jpg").write_bytes(b"x")
    ended = atelier("demo", "one.jpg", cwd=tmp_path)
    assert ended.returncode == 2
    assert "two pictures" in ended.stderr


@pytest.mark.parametrize("module", ["bot.app", "bot.check.command", "bot.run"])
def test_the_bots_process_loads_nothing_heavy(module: str, tmp_path: Path) -> None:
    heavy = "{'tensorflow', 'numpy', 'PIL', 'onnxruntime', 'nst', 'starlette', 'uvicorn'}"
    code = f"import sys, {module}; print(*sorted({heavy} & set(sys.modules)))"
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ended.stdout.strip() == ""

"""The search for the token, which follows every run of tests: it finds what these let slip."""

import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tokens import PIECE, TITLE

ROOT = Path(__file__).parents[1]

LEAKS = f"""
import logging, pathlib, sys
import pytest
def test_print(): print(TOKEN)
def test_error(): print(f"https://host/bot{{TOKEN}}/getMe", file=sys.stderr)
def test_log(): logging.getLogger("x").warning("token=%s", TOKEN)
def test_file(tmp_path): (tmp_path / "data.db").write_bytes(bytes(5_000_000) + TOKEN.encode())
def test_two(tmp_path): (tmp_path / "two").write_bytes(bytes({PIECE} - 10) + TOKEN.encode())
@pytest.fixture
def late():
    yield
    print(TOKEN)
def test_fixture(late): pass
"""
QUIET = "def test_quiet(): print(TOKEN[:20])"
FOUND = ["test_print", "test_error", "test_log", "test_fixture", "data.db", "two"]


def _run(folder: Path, suite: str, token: str, processes: int) -> tuple[int, str]:
    """Its exit code, and what it says after its tests."""
    folder.mkdir()
    (folder / "conftest.py").write_text(
        "from tests.tokens import Watch\n"
        "def pytest_configure(config): config.pluginmanager.register(Watch())\n"
    )
    (folder / "test_z.py").write_text(f"TOKEN = {token!r}\n{suite}")
    command = [sys.executable, "-m", "pytest", "-vv", "-p", "no:cacheprovider", "--rootdir", "."]
    # Elsewhere than this suite's own files, which are searched as well.
    ended = subprocess.run(
        [*command, "--basetemp", str(folder / "tmp"), "-n", str(processes)],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return ended.returncode, ended.stdout.replace(token, "<token>")


@pytest.mark.parametrize("processes", [0, 2])
@pytest.mark.parametrize("suite", [LEAKS, QUIET], ids=["leaking", "quiet"])
def test_the_search_finds_a_token_wherever_a_test_lets_it_slip(
    suite: str, processes: int, tmp_path: Path
) -> None:
    token = f"7000000002:{secrets.token_urlsafe(26)}"
    code, output = _run(tmp_path / "suite", suite, token, processes)
    for path in (tmp_path / "suite").rglob("*"):
        if path.is_file():
            path.unlink()  # or this suite's own search would find it
    _, _, said = output.partition(TITLE)
    named = [name for name in FOUND if any(name in line for line in said.splitlines())]
    assert "failed" not in output, output
    if suite == QUIET:
        assert (code, said) == (0, ""), output
    else:
        assert (code, named) == (1, FOUND), output

"""After all other tests: the bot's token stands in nothing that they have printed, logged or kept.

Only servers know it, and the processes that were given it.
"""

import secrets
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tokens import NAME, OVERLAP, PIECE, Watch, files_with_a_token

ROOT = Path(__file__).parents[1]


@pytest.fixture
def token() -> str:
    return f"7000000002:{secrets.token_urlsafe(26)}"


@pytest.mark.last
def test_the_token_stands_nowhere(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> None:
    watch = pytestconfig.pluginmanager.get_plugin(NAME)
    assert isinstance(watch, Watch)
    files = files_with_a_token(tmp_path_factory.getbasetemp())
    assert [*watch.found, *map(str, files)] == []


LEAKS = """
import logging, pathlib, sys
import pytest
def test_print(): print(TOKEN)
def test_error(): print(f"https://host/bot{TOKEN}/getMe", file=sys.stderr)
def test_log(): logging.getLogger("x").warning("token=%s", TOKEN)
def test_file(tmp_path): (tmp_path / "data.db").write_bytes(bytes(5_000_000) + TOKEN.encode())
@pytest.fixture
def late():
    yield
    print(TOKEN)
def test_fixture(late): pass
"""
QUIET = "def test_quiet(): print(TOKEN[:20])"


@pytest.mark.parametrize("suite", [LEAKS, QUIET], ids=["leaking", "quiet"])
def test_the_search_finds_a_token_wherever_a_test_lets_it_slip(
    suite: str, token: str, tmp_path: Path
) -> None:
    folder = tmp_path / "suite"
    folder.mkdir()
    shutil.copy(__file__, folder / "test_a_first_in_the_alphabet.py")
    (folder / "conftest.py").write_text(
        "from tests.tokens import NAME, Watch\n"
        "def pytest_configure(config):\n"
        "    config.pluginmanager.register(Watch(), NAME)\n"
        "    config.addinivalue_line('markers', 'last: x')\n"
    )
    (folder / "test_z.py").write_text(f"TOKEN = {token!r}\n{suite}")
    command = [sys.executable, "-m", "pytest", "-vv", "-p", "no:cacheprovider", "--rootdir", "."]
    ended = subprocess.run(
        [*command, "--basetemp", "tmp", "-k", "nowhere or test_z"],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    shutil.rmtree(folder)  # or this suite's own search would find it
    output = ended.stdout.replace(token, "<token>")
    found = [line for line in output.splitlines() if line.startswith("E ")]
    named = {name for name in ("print", "error", "log", "fixture", "data.db") if name in str(found)}
    if suite == QUIET:
        assert "2 passed" in output, output
    else:
        assert "1 failed, 5 passed" in output, output
        assert len(named) == 5, output


def test_a_token_across_two_pieces_of_a_file_is_found(token: str, tmp_path: Path) -> None:
    assert len(token) < OVERLAP
    path = tmp_path / "large"
    path.write_bytes(bytes(PIECE - 10) + token.encode() + bytes(PIECE))
    assert list(files_with_a_token(tmp_path)) == [path]
    path.unlink()

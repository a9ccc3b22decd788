"""docs/install.md, carried out as it stands, and the bot as docs/atelier.service starts it.

Slow (minutes): as root on Linux, with Debian's mmdebstrap,

    uv run pytest -n 0 -m slow -s tests/deploy/test_install.py

No systemd runs here: namespaces stand in for what the unit asks of it.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy import roots
from tests.deploy.building import ROOT, served

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

STATE = "/var/lib/atelier"
SOMEBODY = "61184:61184"  # the first that systemd gives to a DynamicUser
ADDRESS = "127.0.0.1:8080"


@pytest.fixture(scope="module")
def installed(clean: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A root in which an operator has done what the page says."""
    root = tmp_path_factory.mktemp("machine") / "root"
    subprocess.run(["cp", "-a", clean, root], check=True)
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.check_output(listed, cwd=ROOT, text=True).splitlines():
        if (ROOT / name).is_file():
            (root / "opt/atelier/src" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, root / "opt/atelier/src" / name)
    for folder in ("etc/systemd/system", STATE.lstrip("/")):
        (root / folder).mkdir(parents=True, exist_ok=True)
    page = (ROOT / "docs/install.md").read_text()
    commands = page.partition("<!-- carried out by tests/deploy/test_install.py -->")[2]
    roots.step(root, commands.partition("```sh\n")[2].partition("```")[0], "/", {})
    yield root
    shutil.rmtree(root)


def unit() -> str:
    return (ROOT / "docs/atelier.service").read_text()


def test_the_unit_is_where_systemd_looks_for_it(installed: Path) -> None:
    assert (installed / "etc/systemd/system/atelier.service").read_text() == unit()
    assert (installed / "etc/atelier/token").stat().st_mode & 0o777 == 0o600


def test_everything_is_compiled_since_nothing_can_be_later(installed: Path) -> None:
    (packages,) = (installed / "opt/atelier/lib").glob("python3.*/site-packages")
    for name in ("bot", "nst", "telegram", "tensorflow", "sqlalchemy"):
        assert [*(packages / name / "__pycache__").glob("__init__.*.pyc")], name


def test_the_bot_answers_is_healthy_and_stops(installed: Path, tmp_path: Path) -> None:
    shutil.chown(tmp_path, *map(int, SOMEBODY.split(":")))
    given = dict(re.findall(r"^Environment=(\w+)=(\S+)$", unit(), re.M))
    assert given.pop("ATELIER_TOKEN_FILE") == "%d/token"  # the test's own takes its place

    def run(command: list[str]) -> subprocess.CompletedProcess[str]:
        return roots.container(
            installed,
            command,
            user=SOMEBODY,
            folder=STATE,
            environment={**given, "PATH": roots.PATH, "ATELIER_LISTEN": ADDRESS},
            volumes={STATE: tmp_path},
        )

    start = re.findall(r"^ExecStart=(.*)$", unit(), re.M)[0].split()
    served(run, "/opt/atelier/bin/python", start)
    assert (tmp_path / "atelier.db").is_file()

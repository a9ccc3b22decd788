"""The ten commands of docs/ray.md, carried out as they stand on five machines made of this one.

Slow (a minute): as root on Linux, with iproute2, util-linux and Ray,

    uv run --extra ray pytest -n 0 -m slow -s tests/deploy/test_ray.py

What fetches and installs does nothing here, `ssh` reads a file, and in place of `atelier run`,
which wants a token, the demo paints.
"""

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.machines import NEEDED, Machine, network

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/ray.md").read_text()
ADDRESSES = [f"10.0.0.{number}" for number in range(1, 6)]
TOOLS = {
    "git": "exit 0",
    "pip": "exit 0",
    "uv": 'if [ "$1" = sync ]; then exit 0; fi; shift 3; exec "$@"',  # uv run --extra ray …
    "ssh": 'test "$1" = 10.0.0.1; shift; cd "$FIRST"; exec "$@"',
}


def commands(which: str) -> str:
    """A block of the page."""
    block = PAGE.partition(f"<!-- carried out by tests/deploy/test_ray.py: {which} -->")[2]
    return block.partition("```sh\n")[2].partition("```")[0]


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[list[Machine]]:
    pytest.importorskip("ray", reason="needs Ray: uv run --extra ray pytest …")
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("makes networks: only as root on Linux")
    if absent := [name for name in NEEDED if shutil.which(name) is None]:
        pytest.skip(f"not installed: {', '.join(absent)}")
    with network(ADDRESSES, tmp_path) as found:
        yield found


def environment(tools: Path, temporary: str, first: Path) -> dict[str, str]:
    return {
        "PATH": f"{tools}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "LANG": "C.UTF-8",
        "RAY_TMPDIR": temporary,
        "FIRST": str(first),
        # Of the machine, which has two processors, and not of the page.
        "ATELIER_WORKERS": "1",
        "ATELIER_RAY_CPUS": "1",
        "ATELIER_SIZE": "128",
        "ATELIER_QUALITY": "draft",
    }


def test_there_are_ten_commands() -> None:
    lines = [
        commands(which).splitlines() for which in ("the first machine", "the others", "the bot")
    ]
    assert [len(one) for one in lines] == [4, 4, 2]


def test_five_machines_paint_for_one_bot(machines: list[Machine], tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, script in TOOLS.items():
        (tools / name).write_text(f"#!/bin/sh -e\n{script}\n")
        (tools / name).chmod(0o755)
    first, *others = machines
    # Short names: there are sockets in them.
    with tempfile.TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True) as folder:
        given = {}
        for machine in machines:
            own = Path(folder, machine.address.rpartition(".")[2])
            own.mkdir()
            (machine.home / "atelier").mkdir()
            given[machine] = environment(tools, str(own), first.home)
        first.run(commands("the first machine"), given[first], 120)
        token = first.home / ".ray/auth_token"
        assert token.stat().st_mode & 0o077 == 0, "others can read the token"
        for machine in others:
            machine.run(commands("the others"), given[machine], 120)
        inside = f"export RAY_AUTH_MODE=token\n{commands('the bot')}"
        settings, _, start = inside.rpartition("uv run")
        assert start == " --extra ray atelier run\n"
        told = first.run(f"{settings}atelier check || true", given[first], 120).stdout
        room = re.search(r"cluster +(\d+) nodes with (\d+) processors", told)
        assert room, told
        assert int(room[1]) == len(machines)
        assert int(room[2]) == len(others) * (os.cpu_count() or 1), "the head paints too"
        told = first.run(f"{settings}atelier demo -o demo", given[first], 400).stdout
        print(told)  # noqa: T201 - to be seen with -s
        assert (first.home / "demo/result.png").is_file()
        stranger = {**given[others[0]], "RAY_AUTH_TOKEN": "0" * 64}
        with pytest.raises(AssertionError, match="InvalidAuthToken"):
            others[0].run("RAY_AUTH_MODE=token ray start --address 10.0.0.1:6379", stranger, 120)

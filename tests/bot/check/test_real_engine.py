"""`atelier check` with nothing put in place of anything: a painting, by a process of its own.

Slow, since it loads TensorFlow afresh: `uv run pytest -m slow -n 0 tests/bot/check`.
"""

import asyncio
import os
import resource
import sys
from pathlib import Path

import pytest

from bot.app import App
from bot.sandbox import server
from bot.settings import Settings

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]


async def check(folder: Path, *, memory: int = 0, **settings: str) -> tuple[int, dict[str, str]]:
    """The exit code, and the lines by their names; with `memory` bytes of address space at most."""

    def limit() -> None:
        if memory:
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))

    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from bot.cli import main; main()", "check"),
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **settings},
        stdout=asyncio.subprocess.PIPE,
        preexec_fn=limit,
    )
    output, _ = await process.communicate()
    lines = [one for one in output.decode().splitlines() if not one.startswith(" ")]
    return process.returncode or 0, {one.split()[1]: one for one in lines}


async def test_beside_a_running_bot_all_is_ok(
    app: App, settings: Settings, sandbox: server.Sandbox, tmp_path: Path
) -> None:
    code, lines = await check(
        tmp_path,
        ATELIER_TOKEN=sandbox.token,
        ATELIER_API_URL=sandbox.url,
        ATELIER_DATA_DIR=str(settings.data_dir),
        ATELIER_MAX_DISK_GB="0",
    )
    assert code == 0, lines
    assert "a running bot uses" in lines["data"]
    assert "a draft of 256 x 192 pixels in" in lines["painting"]
    assert "`standard` at 512 takes about" in lines["painting"]
    assert {line.split()[0] for line in lines.values()} <= {"ok", "note"}


async def test_without_memory_for_the_engine_it_says_so_and_ends_with_1(tmp_path: Path) -> None:
    code, lines = await check(tmp_path, memory=1_500_000_000)
    assert code == 1
    assert lines["token"].startswith("FAIL")
    assert "TensorFlow cannot be loaded" in lines["device"]

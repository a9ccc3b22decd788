"""`atelier sandbox` as a process: its address, its end, a port that is taken."""

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

COMMAND = [sys.executable, "-c", "from bot.cli import main; main()", "sandbox"]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_it_is_and_stops_cleanly(end: signal.Signals, tmp_path: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "--port", "0"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout
            found = None
            while not found:
                line = process.stdout.readline()
                assert line, process.stderr and process.stderr.read()
                found = re.search(r"http://127\.0\.0\.1:\d+", line)
            page = httpx.get(found[0], trust_env=False)
            assert "<title>Atelier</title>" in page.text
            process.send_signal(end)
            output, errors = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 0, errors
    assert "Traceback" not in errors
    assert output.strip().endswith("Stopping…")
    assert list(tmp_path.iterdir()) == []


def test_a_port_that_is_taken_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [*COMMAND, "--port", str(port)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"atelier: Port {port} cannot be used: Address already in use. Choose another with --port."
    ]

"""docs/atelier.service, asked of systemd itself where it is installed."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "docs/atelier.service"
MOST_EXPOSED = 2.0  # of 10, by `systemd-analyze security`: "OK" ends at 5
# What it takes for granted of one another, and we do not.
ALWAYS = {"DynamicUser", "NoNewPrivileges", "PrivateTmp", "ProtectHome", "RestrictSUIDSGID"}
LEVEL = re.compile(r"Overall exposure level for \S+: ([\d.]+)")


def settings() -> list[tuple[str, str]]:
    lines = [line for line in UNIT.read_text().splitlines() if "=" in line and line[0] != "#"]
    return [(name, value) for name, _, value in (line.partition("=") for line in lines)]


def analysed(*arguments: str) -> subprocess.CompletedProcess[str]:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True)


def test_systemd_finds_nothing_wrong(tmp_path: Path) -> None:
    """But for the program, which is put where this machine has one."""
    here = tmp_path / "atelier.service"
    here.write_text(re.sub(r"ExecStart=\S+", "ExecStart=/bin/true", UNIT.read_text()))
    found = analysed("verify", "--man=no", str(here))
    about = [line for line in (found.stdout + found.stderr).splitlines() if "atelier" in line]
    assert about == []


def test_systemd_would_notice_a_word_that_it_does_not_know(tmp_path: Path) -> None:
    here = tmp_path / "atelier.service"
    here.write_text(UNIT.read_text().replace("PrivateTmp=", "PrivateTemp="))
    assert "PrivateTemp" in analysed("verify", "--man=no", str(here)).stderr


def test_it_is_hardened() -> None:
    found = analysed("security", "--offline=true", "--no-pager", str(UNIT))
    level = LEVEL.search(found.stdout)
    assert level is not None, found.stderr
    assert {name for name, value in settings() if value == "yes"} >= ALWAYS
    assert float(level[1]) <= MOST_EXPOSED, found.stdout


def test_the_token_is_a_credential_and_in_no_variable() -> None:
    found = settings()
    assert ("LoadCredential", "token:/etc/atelier/token") in found
    assert ("Environment", "ATELIER_TOKEN_FILE=%d/token") in found
    assert not any("ATELIER_TOKEN=" in value for _, value in found)


def test_a_worker_that_runs_out_of_memory_does_not_stop_the_bot() -> None:
    """systemd's own choice is to stop the service."""
    assert ("OOMPolicy", "continue") in settings()


def test_the_engine_may_read_what_it_reads() -> None:
    """/proc/meminfo and /proc/cpuinfo, and its kernels are made while it runs."""
    names = {name for name, _ in settings()}
    assert names.isdisjoint({"ProcSubset", "MemoryDenyWriteExecute"})


def test_data_is_kept_where_the_unit_may_write() -> None:
    found = dict(settings())
    assert ("Environment", f"ATELIER_DATA_DIR=/var/lib/{found['StateDirectory']}") in settings()
    assert found["ProtectSystem"] == "strict"

"""How much memory there is: of the machine, of a container."""

from pathlib import Path

import pytest

from nst import memory


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files that Linux has; 4096 MB are free, no group has a limit."""
    (tmp_path / "meminfo").write_text("MemTotal: 8388608 kB\nMemAvailable:    4194304 kB\n")
    (tmp_path / "self").write_text("0::/a/b\n")
    (tmp_path / "groups" / "a" / "b").mkdir(parents=True)
    monkeypatch.setattr(memory, "MACHINE", tmp_path / "meminfo")
    monkeypatch.setattr(memory, "GROUP", tmp_path / "self")
    monkeypatch.setattr(memory, "GROUPS", tmp_path / "groups")
    return tmp_path


def limit(folder: Path, megabytes: int, used: int) -> None:
    (folder / "memory.max").write_text(f"{megabytes * 2**20}\n")
    stat = f"file {900 * 2**20}\nanon {used * 2**20}\nanon_thp 5\n"
    (folder / "memory.stat").write_text(stat)


def test_without_a_limit_it_is_what_the_machine_has_free(machine: Path) -> None:
    assert memory.available_mb() == 4096
    (machine / "groups" / "a" / "b" / "memory.max").write_text("max\n")
    assert memory.available_mb() == 4096


@pytest.mark.parametrize("where", ["groups", "groups/a", "groups/a/b"])
def test_a_container_s_limit_counts_wherever_it_is_set(machine: Path, where: str) -> None:
    """Less what its processes hold; what files have cached can be given back."""
    limit(machine / where, 1000, used=300)
    assert memory.available_mb() == 700


def test_the_least_counts(machine: Path) -> None:
    limit(machine / "groups" / "a", 9000, used=0)
    assert memory.available_mb() == 4096
    limit(machine / "groups" / "a" / "b", 100, used=300)
    assert memory.available_mb() == 0


def test_a_system_that_tells_nothing_has_no_figure(machine: Path) -> None:
    for name in ("meminfo", "self"):
        (machine / name).unlink()
    assert memory.available_mb() is None
    (machine / "meminfo").write_text("MemAvailable:\nnonsense\n\n")
    assert memory.available_mb() is None


def test_what_this_process_keeps_of_earlier_paintings_can_be_used_again(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "PROCESS", machine / "status")
    assert memory.room_mb() == 4096  # a system that does not tell
    for resident, kept in ((300, 0), (memory.LOADED_MB, 0), (memory.LOADED_MB + 500, 500)):
        (machine / "status").write_text(f"Name:\tnst\nVmRSS:\t {resident * 2**10} kB\n")
        assert memory.room_mb() == 4096 + kept
    (machine / "meminfo").unlink()
    assert memory.room_mb() is None

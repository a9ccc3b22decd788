"""What a tree of processes takes. Reads Linux's `/proc`."""

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")


def tree(root: int) -> list[int]:
    """A process and all that come of it."""
    parents = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                parents[int(entry.name)] = int(_stat(int(entry.name))[1])
    found, new = [root], [root]
    while new:
        new = [one for one, parent in parents.items() if parent in new]
        found += new
    return found


def cpu_seconds(processes: Iterable[int]) -> float:
    """Of those that are there."""
    ticks = _sum(lambda one: sum(map(int, _stat(one)[11:13])), processes)
    return ticks / os.sysconf("SC_CLK_TCK")


def memory_mb(processes: Iterable[int]) -> float:
    """What they take together: a page that several share counts once."""
    return _sum(_shared_out, processes) / 1024


def count(processes: Iterable[int], word: str) -> int:
    """How many have a word among their arguments."""
    wanted = word.encode()
    return int(_sum(lambda one: wanted in _arguments(one), processes))


def _sum(value: Callable[[int], float], processes: Iterable[int]) -> float:
    found = 0.0
    for one in processes:
        with suppress(OSError):  # it has just ended
            found += value(one)
    return found


def _stat(process: int) -> list[str]:
    """From the state on: the name before it may hold anything."""
    text = (PROC / str(process) / "stat").read_text(encoding="utf-8", errors="replace")
    return text.rpartition(")")[2].split()


def _shared_out(process: int) -> int:
    text = (PROC / str(process) / "smaps_rollup").read_text(encoding="ascii")
    return int(text.split("\nPss:")[1].split()[0])


def _arguments(process: int) -> list[bytes]:
    return (PROC / str(process) / "cmdline").read_bytes().split(b"\0")

"""How much memory there is. Reads what Linux tells, nothing else."""

from pathlib import Path

LOADED_MB = 750  # resident in a process that has loaded all and painted nothing

MACHINE = Path("/proc/meminfo")
PROCESS = Path("/proc/self/status")
GROUP = Path("/proc/self/cgroup")
GROUPS = Path("/sys/fs/cgroup")


def available_mb() -> int | None:
    """What may still be taken without swapping, in megabytes; None where the system tells nothing.

    Of the machine, or of the control group (a container's limit) where that is less.
    """
    found = [_machine(), *map(_left, _groups())]
    return min((megabytes for megabytes in found if megabytes is not None), default=None)


def room_mb() -> int | None:
    """What a painting may take: what is available, and what is kept here of earlier paintings."""
    available, resident = available_mb(), _field(PROCESS, "VmRSS:")
    if available is None or resident is None:
        return available
    return available + max(0, resident // 2**10 - LOADED_MB)


def data_mb() -> int | None:
    """What this process has for itself, in megabytes, resident or not; None where that is unknown.

    It is what the system holds against the limit `RLIMIT_DATA`.
    """
    kilobytes = _field(PROCESS, "VmData:")
    return None if kilobytes is None else kilobytes // 2**10 + 1


def _machine() -> int | None:
    kilobytes = _field(MACHINE, "MemAvailable:")
    return None if kilobytes is None else kilobytes // 2**10


def _groups() -> list[Path]:
    """The folders of this process's control group (version 2) and of those that it is in."""
    lines = (_text(GROUP) or "").splitlines()
    names = [line.removeprefix("0::/") for line in lines if line.startswith("0::/")]
    nested = [(GROUPS / name, *(GROUPS / name).parents) for name in names]
    return [folder for line in nested for folder in line if folder.is_relative_to(GROUPS)]


def _left(folder: Path) -> int | None:
    """The group's limit less what cannot be given back: its processes' own memory."""
    limit = (_text(folder / "memory.max") or "").strip()
    if not limit.isdecimal():  # `max` is none
        return None
    return max(0, int(limit) - (_field(folder / "memory.stat", "anon") or 0)) // 2**20


def _field(file: Path, name: str) -> int | None:
    """The number after `name` at the beginning of a line."""
    for line in (_text(file) or "").splitlines():
        words = line.split()
        if words[:1] == [name] and words[1:] and words[1].isdecimal():
            return int(words[1])
    return None


def _text(file: Path) -> str | None:
    try:
        return file.read_text(encoding="ascii", errors="replace")
    except OSError:
        return None

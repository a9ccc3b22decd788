"""The processes of a scene, found by what stands in their environment. Linux only."""

import asyncio
import contextlib
import os
import signal
from pathlib import Path


def marked(mark: str) -> dict[int, str]:
    """The living processes whose environment holds `NAME=value`: ids and command lines."""
    found = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            environment = (folder / "environ").read_bytes().split(b"\0")
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
        except OSError:  # another's, or gone meanwhile
            continue
        if mark.encode() in environment:
            found[int(folder.name)] = command
    return found


async def ended(pid: int, within: float) -> bool:
    """Wait until a process, of whomsoever, has ended; whether it has."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    loop, gone = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(descriptor, gone.set)
    try:
        await asyncio.wait_for(gone.wait(), within)
    except TimeoutError:
        return False
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
    return True


def kill(pid: int) -> None:
    """SIGKILL, where it is still there."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)

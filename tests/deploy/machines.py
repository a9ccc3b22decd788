"""Machines of a private network, made of this one: network, processes and home of their own.

As root on Linux, with iproute2 and util-linux. They share its memory, processors and files.
"""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

NEEDED = ("ip", "unshare", "nsenter")


@dataclass(frozen=True)
class Machine:
    """One of them. What is left running on it ends with it."""

    address: str
    home: Path
    init: int  # the process in whose namespaces it is

    def run(
        self, command: str, environment: Mapping[str, str], seconds: float
    ) -> subprocess.CompletedProcess[str]:
        """What a shell does in its home. Raises where it fails, with all that was said."""
        inside = ["nsenter", "-t", str(self.init), "-m", "-n", "-p"]
        ended = subprocess.run(
            [*inside, "bash", "-ec", f'cd "$HOME"\n{command}'],  # it begins in the root
            env={**environment, "HOME": str(self.home)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
        )
        assert ended.returncode == 0, ended.stdout[-4000:]
        return ended


@contextmanager
def network(addresses: list[str], folder: Path) -> Iterator[list[Machine]]:
    """So many machines that reach each other, and nothing else."""
    bridge = f"atelier{os.getpid()}"[-15:]
    with ExitStack() as stack:
        _ip("link", "add", bridge, "type", "bridge")
        stack.callback(_ip, "link", "del", bridge)
        _ip("link", "set", bridge, "up")
        yield [
            stack.enter_context(_machine(bridge, number, address, folder))
            for number, address in enumerate(addresses, start=1)
        ]


@contextmanager
def _machine(bridge: str, number: int, address: str, folder: Path) -> Iterator[Machine]:
    name = f"at{os.getpid()}m{number}"
    outside, inside = f"{name}o"[-15:], f"{name}i"[-15:]
    home = folder / str(number)
    home.mkdir()
    with ExitStack() as stack:
        _ip("netns", "add", name)
        stack.callback(_ip, "netns", "del", name)
        _ip("link", "add", outside, "type", "veth", "peer", "name", inside)
        stack.callback(_ip, "link", "del", outside)
        _ip("link", "set", outside, "master", bridge, "up")
        _ip("link", "set", inside, "netns", name)
        _ip("-n", name, "addr", "add", f"{address}/24", "dev", inside)
        _ip("-n", name, "link", "set", inside, "up")
        _ip("-n", name, "link", "set", "lo", "up")
        yield Machine(address, home, stack.enter_context(_begun(name)))


@contextmanager
def _begun(name: str) -> Iterator[int]:
    """The first process of a machine: with it all others end."""
    apart = ["ip", "netns", "exec", name, "unshare", "--pid", "--fork", "--mount-proc"]
    init = ["sh", "-c", "echo begun; exec sleep infinity"]
    with subprocess.Popen([*apart, "--kill-child", *init], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"begun\n"
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
            yield int(children)
        finally:
            process.kill()


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)

"""Lives of a bot: processes that begin, are signalled, and end."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Life:
    """A process, and its exit code once there is one."""

    pid: int
    end: "asyncio.Future[int]"


async def run(command: Sequence[str], log: Path, environment: Mapping[str, str]) -> Life:
    """`python` with this command line, in the folder of its log."""
    with log.open("ab") as written:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *command,
            cwd=log.parent,
            env=environment,
            stdout=written,
            stderr=written,
        )
    return Life(process.pid, asyncio.ensure_future(process.wait()))


class Nursery:
    """`tests.faults.nursery`, from this side."""

    def __init__(self) -> None:
        self._ends: dict[int, asyncio.Future[int]] = {}
        self._born: asyncio.Queue[int] = asyncio.Queue()
        self._one_at_a_time = asyncio.Lock()

    async def __aenter__(self) -> "Nursery":
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.faults.nursery"),
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        self._listening = asyncio.create_task(self._listen())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        await self._listening
        await self._process.wait()

    async def bear(self, log: Path, environment: Mapping[str, str]) -> Life:
        """A bot that begins at once, in the folder of its log."""
        life = {"log": str(log), "folder": str(log.parent), "environment": environment}
        assert self._process.stdin
        async with self._one_at_a_time:
            self._process.stdin.write(json.dumps(life).encode() + b"\n")
            pid = await self._born.get()
        return Life(pid, self._ends[pid])

    async def _listen(self) -> None:
        assert self._process.stdout
        async for line in self._process.stdout:
            words = json.loads(line)
            if "born" in words:
                self._ends[words["born"]] = asyncio.get_running_loop().create_future()
                self._born.put_nowait(words["born"])
            else:
                self._ends.pop(words["dead"]).set_result(words["code"])

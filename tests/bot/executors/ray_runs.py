"""Runs on a Ray cluster, for tests: taken event by event, and the processes that paint them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.executors.base import Event, Executor, Failed, Request, Snapshot
from bot.executors.limits import Limits

if TYPE_CHECKING:
    from bot.executors.ray_executor import RayExecutor

ENGINE = "tests.bot.executors.engines"
PATIENCE = 60  # seconds


@asynccontextmanager
async def executor_of(
    address: str = "auto", *, engine: str = ENGINE, slots: int = 1, **limits: Any
) -> AsyncIterator["RayExecutor"]:
    from bot.executors.ray_executor import RayExecutor

    executor = RayExecutor(address, Limits(**limits), slots=slots, engine=engine)
    await executor.start()
    try:
        yield executor
    finally:
        async with asyncio.timeout(PATIENCE):
            await executor.close()


async def events_of(executor: Executor, request: Request) -> list[Event]:
    async with asyncio.timeout(PATIENCE):
        return [event async for event in executor.run(request)]


async def snapshot_of(running: AsyncIterator[Event]) -> Snapshot:
    async with asyncio.timeout(PATIENCE):
        async for event in running:
            if isinstance(event, Snapshot):
                return event
            assert not isinstance(event, Failed), event
    raise AssertionError("no snapshot came")


async def failure_of(running: AsyncIterator[Event]) -> Failed:
    async with asyncio.timeout(PATIENCE):
        *_, final = [event async for event in running]
    assert isinstance(final, Failed), final
    return final


def painter_of(snapshot: Snapshot) -> int:
    return int(json.loads(snapshot.checkpoint)["pid"])


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[1])


def has_ended(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state == "Z"


async def until_ended(pid: int) -> None:
    """The system tells only a process's parent; so it is asked again and again."""
    async with asyncio.timeout(PATIENCE):
        while not has_ended(pid):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


def painters() -> set[int]:
    """The worker processes that paint with the tests' engine, of whomsoever."""
    found = set()
    for folder in Path("/proc").iterdir():
        try:
            command = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:  # no process, or gone meanwhile
            continue
        if b"bot.executors.launch" in command and ENGINE.encode() in command:
            found.add(int(folder.name))
    return found


async def until_warm(executor: "RayExecutor", before: set[int]) -> set[int]:
    """Wait until more are there, and ready."""
    async with asyncio.timeout(PATIENCE):
        while not (found := painters() - before) or executor._nodes._warming:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return found

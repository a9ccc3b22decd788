"""Asks the engine in a process of its own: TensorFlow stays out of this one. Starts and ends that.

The other end is `bot.check.probe`, or `bot.check.cluster` where Ray paints. It writes a line of
JSON for each part of its answer.
"""

import asyncio
import json
import os
import signal
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from typing import IO, cast

from bot.check.finding import Finding, fail
from bot.check.questions import SECONDS, Questions
from bot.inherited import CACHE, environment
from bot.settings import Settings

PROBES = {"process": "bot.check.probe", "ray": "bot.check.cluster"}
LAST = 2000  # bytes of what it has said on standard error


def questions(settings: Settings, running: bool, quick: bool) -> Questions:
    """`running`: whether a bot is at work beside."""
    return Questions(
        size=settings.size,
        max_size=settings.max_size,
        quality=settings.quality,
        workers=settings.workers,
        styles_dir=str(settings.styles_dir) if settings.styles_dir else None,
        executor=settings.executor,
        ray_address=settings.ray_address,
        ray_cpus=settings.ray_cpus,
        ray_gpus=settings.ray_gpus,
        running=running,
        quick=quick,
    )


@asynccontextmanager
async def asked(
    what: Questions, probes: Mapping[str, str] = PROBES
) -> AsyncIterator[AsyncIterator[Finding]]:
    """The answers, as they come; the process is gone after the block.

    `probes`: its module for each executor.
    """
    with tempfile.TemporaryFile() as errors:
        try:
            process = await _start(what, probes[what.executor], errors)
        except OSError as error:
            yield _unstarted(error)
            return
        try:
            yield _answers(process, what, errors)
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def _start(what: Questions, probe: str, errors: IO[bytes]) -> Process:
    # Without Ray's, which say how to join the cluster, a process that paints does well.
    rays = [name for name in os.environ if what.executor == "ray" and name.startswith("RAY_")]
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-P", "-m", probe),
        json.dumps(asdict(what)),
        stdin=PIPE,  # its end tells the process that nobody waits any more
        stdout=PIPE,
        stderr=errors,
        env={"TF_CPP_MIN_LOG_LEVEL": "3", **environment(CACHE, *rays)},
        process_group=0,  # Ctrl+C is for the check alone
    )


async def _answers(process: Process, what: Questions, errors: IO[bytes]) -> AsyncIterator[Finding]:
    replies = cast(asyncio.StreamReader, process.stdout)
    for part in what.parts():
        try:
            async with asyncio.timeout(SECONDS[part]):
                line = await replies.readline()
        except TimeoutError:
            yield fail(
                part,
                f"no answer within {SECONDS[part]:.0f} s: try again while there is less to do",
            )
            return
        if not line:
            if code := await process.wait():
                yield fail(part, _end(code, errors))
            return
        yield Finding(**json.loads(line))


async def _unstarted(error: OSError) -> AsyncIterator[Finding]:
    yield fail("engine", f"no process can be started ({error.strerror}): see memory, and limits")


def _end(code: int, errors: IO[bytes]) -> str:
    if code == -signal.SIGKILL:
        return "the engine's process was killed, as happens where memory runs out: see `dmesg`"
    if code == -signal.SIGILL:
        return "TensorFlow does not run on this processor: it needs one with AVX"
    if code < 0:
        return f"the engine's process was ended by signal {-code} ({signal.strsignal(-code)})"
    errors.seek(max(0, errors.seek(0, 2) - LAST))
    said = errors.read().decode(errors="replace").strip().splitlines()
    return said[-1] if said else f"the engine's process ended with exit code {code}"

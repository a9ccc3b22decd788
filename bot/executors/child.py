"""The bot's end of one worker process: starts it, speaks with it, ends it."""

import asyncio
import contextlib
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from typing import cast

import structlog

from bot.executors import cards
from bot.executors.frames import PREFIX, Message, decode, encode, lengths
from bot.inherited import environment

BUFFER = 1024**2  # bytes
REAP_SECONDS = 5.0
MAX_LINE = 500  # characters
# TensorFlow's, before it reads TF_CPP_MIN_LOG_LEVEL.
NOISE = re.compile(r"I\d{4} |WARNING: All log messages before absl::InitializeLog")

QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_FORCE_GPU_ALLOW_GROWTH": "true"}

log = structlog.get_logger(__name__)


class WorkerDied(Exception):
    """The process is no more; `str(error)` says how it ended, `code` is its exit code."""

    def __init__(self, how: str, code: int | None = None) -> None:
        super().__init__(how)
        self.code = code


class Child:
    """A worker process. `on_exit` is called once it is gone, for whatever reason.

    `job` is the id of the job that it has in hand, or has had: for the log.
    """

    def __init__(self, process: Process, on_exit: Callable[[], None]) -> None:
        self.job: int | None = None
        self._process = process
        self._orders = cast(asyncio.StreamWriter, process.stdin)
        self._replies = cast(asyncio.StreamReader, process.stdout)
        self._talk = asyncio.create_task(self._log(cast(asyncio.StreamReader, process.stderr)))
        self._exit = asyncio.create_task(process.wait())
        self._exit.add_done_callback(lambda _: on_exit())

    @classmethod
    async def spawn(cls, engine: str, on_exit: Callable[[], None], slot: int = 0) -> "Child":
        """Start a worker of `engine`, a module's dotted name. Raises `OSError`.

        Where there are several graphics cards, `slot`, from 0 on, says which one it sees.
        """
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # the current folder may hold anything
            "-m",
            "bot.executors.launch",
            engine,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            limit=BUFFER,
            env={**QUIET, **environment(), **cards.environment(slot), "PYTHONFAULTHANDLER": "1"},
            # Ctrl+C is for the bot alone. Not a session of its own: with Linux's autogrouping,
            # niceness counts only within a session.
            process_group=0,
        )
        return cls(process, on_exit)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return not self._exit.done()

    def post(self, message: Message) -> None:
        """Queue `message` for the worker. A dead one is noticed by `receive`."""
        for part in encode(message):
            self._orders.write(part)

    async def receive(self) -> Message:
        """The worker's next message. Raises `WorkerDied`; the process is gone then."""
        try:
            prefix = await self._replies.readexactly(PREFIX.size)
            header, body = lengths(prefix)
            return decode(
                await self._replies.readexactly(header), await self._replies.readexactly(body)
            )
        except (asyncio.IncompleteReadError, OSError):
            await self.end()
            raise WorkerDied(self._obituary(), self._process.returncode) from None
        except ValueError as error:
            await self.end()
            raise WorkerDied(f"killed for a malformed message ({type(error).__name__})") from None

    def kill(self) -> None:
        """SIGKILL, at once; `receive` fails soon after."""
        # Not `Process.kill`: it would reap a worker that has just died, and lose how it ended.
        if self.alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    async def end(self) -> None:
        """Kill and bury the process: nothing is left of it, here or in the system."""
        self.kill()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(REAP_SECONDS):
                while await self._replies.read(BUFFER):  # to the end: only then the pipe is closed
                    pass
        await asyncio.wait({self._exit, self._talk}, timeout=REAP_SECONDS)

    async def _log(self, stderr: asyncio.StreamReader) -> None:
        """Pass what the worker prints on to the log: errors and crashes, not chatter."""
        while True:
            try:
                line = await stderr.readline()
            except ValueError:  # longer than the buffer: nothing that a person would read
                continue
            if not line:
                return
            text = line.decode(errors="replace").rstrip()
            if text and not NOISE.match(text):
                job = {} if self.job is None else {"job": self.job}
                log.warning("worker_said", pid=self.pid, text=text[:MAX_LINE], **job)

    def _obituary(self) -> str:
        code = self._process.returncode
        if code is not None and code < 0:
            return f"ended by signal {-code} ({signal.strsignal(-code)})"
        return f"exited with {code}"

"""Where the workers of a scene ask whether to go on. Listens on loopback."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import TracebackType


@dataclass
class Painting:
    """One run of the engine, in one process."""

    pid: int
    after: int  # the step of the checkpoint that it goes on from; 0 for none
    began: float = field(default_factory=time.time)
    steps: list[int] = field(default_factory=list)  # those that it was let make


# `go` or `refuse`, when the time has come: to begin (then the step is the one before), or to step.
Permit = Callable[[Painting, int], Awaitable[str]]


class Studio:
    """Answers every step with what `permit` says, once that returns."""

    def __init__(self, permit: Permit) -> None:
        self.paintings: list[Painting] = []
        self._permit = permit
        self._visits: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "Studio":
        self._server = await asyncio.start_server(self._visit, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()
        for visit in self._visits:
            visit.cancel()
        await asyncio.gather(*self._visits, return_exceptions=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.sockets[0].getsockname()[1])

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._visits.add(task)
        task.add_done_callback(self._visits.discard)
        try:
            painting = None
            while line := await reader.readline():
                asked = json.loads(line)
                if painting is None:
                    painting = Painting(asked["pid"], asked["after"])
                    self.paintings.append(painting)
                word = await self._permit(painting, asked["step"])
                if word == "go" and asked["step"] > painting.after:
                    painting.steps.append(asked["step"])
                writer.write(f"{word}\n".encode())
        except ConnectionError:
            pass  # it was killed
        finally:
            writer.close()

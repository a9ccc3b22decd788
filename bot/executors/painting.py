"""One attempt in a worker: a request in, events out, whatever the engine does. Loads the engine."""

import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from bot.executors.base import Event, Failed, Finished, Request, Sketch, Snapshot, Started
from bot.executors.pictures import photo, preview
from nst.encode import encode_png
from nst.errors import NstError, OutOfMemory
from nst.options import Options
from nst.result import Progress, Result

MAX_DETAIL = 4000  # characters


class Engine(Protocol):
    """What of `nst` a worker uses; a module may be one."""

    def stylize(
        self,
        content: bytes,
        styles: list[bytes],
        options: Options,
        *,
        on_progress: Callable[[Progress], None],
        cancelled: Callable[[], bool],
        resume: bytes | None,
    ) -> Result:
        """Paint `content` in the style of `styles`."""

    def warm_up(self) -> None:
        """Load what every painting needs."""


def paint(
    engine: Engine,
    request: Request,
    tell: Callable[[Event], None],
    cancelled: Callable[[], bool],
) -> Finished | Failed:
    """Run one attempt. `tell` gets the events on the way; the last one is returned."""
    tell(Started())
    try:
        result = engine.stylize(
            request.content,
            list(request.styles),
            Options.from_dict(request.options),
            on_progress=_Reporter(request.snapshot_seconds, tell),
            cancelled=cancelled,
            resume=request.checkpoint,
        )
        return Finished(photo(result.image), encode_png(result.image), result.report)
    except Exception as error:
        return failure(error, request.attempt)


def failure(error: Exception, attempt: int = 1) -> Failed:
    """What `error` means to the dispatcher. Another attempt is made only where it may help."""
    if isinstance(error, MemoryError | OutOfMemory):
        # Once more, in a fresh process, and perhaps with no other painting beside it.
        return Failed(OutOfMemory.code, retryable=attempt == 1, detail=_where(error))
    if isinstance(error, NstError) and error.code != NstError.code:
        return Failed(error.code, retryable=False, detail=f"{type(error).__name__}: {error}")
    return Failed("internal", retryable=True, detail=_where(error))


class _Reporter:
    """Turns progress into events; pictures are made only for the events that are told."""

    def __init__(self, seconds: float, tell: Callable[[Event], None]) -> None:
        self._seconds = seconds
        self._tell = tell
        self._next = time.monotonic() + seconds

    def __call__(self, progress: Progress) -> None:
        if progress.sketch:
            self._tell(Sketch(preview(progress.image())))
        elif time.monotonic() >= self._next:
            self._tell(
                Snapshot(
                    jpeg=preview(progress.image()),
                    step=progress.step,
                    steps=progress.steps,
                    seconds_left=progress.seconds_left,
                    checkpoint=progress.checkpoint(),
                )
            )
        else:
            return
        self._next = time.monotonic() + self._seconds


def _where(error: BaseException) -> str:
    """Types and places of `error` and its causes. No messages: they may quote a user's data."""
    lines: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(lines) < 100:
        lines.append(f"{type(cause).__module__}.{type(cause).__qualname__}")
        for frame in traceback.extract_tb(cause.__traceback__)[-10:]:
            file = "/".join(Path(frame.filename).parts[-2:])
            lines.append(f"  {file}:{frame.lineno} in {frame.name}")
        cause = cause.__cause__ or cause.__context__
    return "\n".join(lines)[:MAX_DETAIL]

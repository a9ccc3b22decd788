"""One attempt in a worker: a request in, events out, whatever the engine does. Loads the engine."""

import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from bot.executors.base import Event, Failed, Finished, Request, Sketch, Snapshot, Started
from bot.executors.extras import Film, pair
from bot.executors.pictures import photo, preview
from nst.encode import encode_png
from nst.errors import Cancelled, NstError, OutOfMemory
from nst.note import compose_from_bytes
from nst.options import Options
from nst.result import Progress, Result

MAX_DETAIL = 4000  # characters


@dataclass(frozen=True)
class Orders:
    """What the bot has said of a run since it began."""

    cancel: threading.Event = field(default_factory=threading.Event)
    finish: threading.Event = field(default_factory=threading.Event)  # give the picture as it is


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
    orders: Orders,
) -> Finished | Failed:
    """Run one attempt. `tell` gets the events on the way; the last one is returned."""
    tell(Started())
    try:
        options = Options.from_dict(request.options)
        reporter = _Reporter(request, options, tell)
        try:
            result = engine.stylize(
                request.content,
                list(request.styles),
                options,
                on_progress=reporter,
                cancelled=lambda: (
                    orders.cancel.is_set() or (orders.finish.is_set() and reporter.has_picture)
                ),
                resume=request.checkpoint or request.start,
            )
        except Cancelled as stopped:
            best = reporter.kept(stopped.partial)
            if orders.cancel.is_set() or not orders.finish.is_set() or best is None:
                raise
            return _finished(request, best, reporter.film, finished=False)
        return _finished(request, result, reporter.film, finished=True)
    except Exception as error:
        return failure(error, request.attempt)


def _finished(request: Request, result: Result, film: Film | None, *, finished: bool) -> Finished:
    # Digests and options, no names: what a person shares must not tell who asked, or where.
    note = compose_from_bytes(
        result.options, request.content, request.styles, request.start, finished=finished
    ).to_dict()
    return Finished(
        photo(result.image, note=note),
        encode_png(result.image, note),
        {**result.report, "finished": finished},
        pair(request.content, result.image),
        film.developed(result.image) if film else None,
    )


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

    def __init__(self, request: Request, options: Options, tell: Callable[[Event], None]) -> None:
        self._seconds = request.snapshot_seconds
        self._options = options
        self._tell = tell
        self._next = time.monotonic() + self._seconds
        # The engine gives a partial result from the first step on, or from where it goes on.
        self.has_picture = request.checkpoint is not None
        self._sketch: Result | None = None
        self._painting_seen = request.checkpoint is not None or request.start is not None
        self.film = Film() if request.film else None

    def __call__(self, progress: Progress) -> None:
        self.has_picture = True
        if self.film:
            self.film.add(progress)
        if progress.sketch:
            image = progress.image()
            self._sketch = Result(image, self._options, {"options": self._options.to_dict()})
            self._tell(Sketch(preview(image)))
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
        self._painting_seen = self._painting_seen or not progress.sketch
        self._next = time.monotonic() + self._seconds

    def kept(self, partial: Result | None) -> Result | None:
        """What whoever ends it early has seen: before the first snapshot that is the sketch."""
        return (partial or self._sketch) if self._painting_seen else (self._sketch or partial)


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

"""The contract between the dispatcher and whatever paints: requests in, events out. Pure."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Request:
    """One attempt at one job. Carries bytes, not paths: the worker may be on another machine."""

    job_id: int
    attempt: int  # 1 for the first
    content: bytes  # the file as it came from the user, still encoded
    styles: tuple[bytes, ...]  # likewise, one or several
    options: Mapping[str, Any]  # `nst.Options.to_dict()`
    checkpoint: bytes | None = None  # of an earlier attempt, to go on from
    snapshot_seconds: float = 3.0  # at most one `Snapshot` in this time; 0 for every step
    start: bytes | None = None  # an earlier result of this content, to be changed
    film: bool = False  # whether `Finished.film` is wanted


@dataclass(frozen=True)
class Started:
    """A worker has the job and has begun."""


@dataclass(frozen=True)
class Sketch:
    """The feed-forward network's picture: the first thing a user sees."""

    jpeg: bytes


@dataclass(frozen=True)
class Snapshot:
    """The painting as it is now."""

    jpeg: bytes
    step: int
    steps: int
    seconds_left: float
    checkpoint: bytes  # what `Request.checkpoint` takes


@dataclass(frozen=True)
class Finished:
    """The result, encoded by the worker, since the bot never decodes.

    `pair` and `film` are extras: None where one could not be made.
    """

    photo: bytes  # JPEG within Telegram's limits for photos
    file: bytes  # PNG, lossless, the full size
    report: Mapping[str, Any]  # `nst.Result.report`, and `finished`: False for one ended early
    pair: bytes | None = None  # JPEG, likewise a photo: the content, and the result beside it
    film: bytes | None = None  # MP4, or else GIF: how it was painted in this attempt


@dataclass(frozen=True)
class Failed:
    """The attempt is over without a result.

    `code` is an `nst.NstError.code`, or `worker_died`, `timed_out` or `internal`. Only a failure
    that another attempt may cure is `retryable` (a bad picture stays bad).
    """

    code: str
    retryable: bool
    detail: str = ""  # for the log: never a user's data


Event = Started | Sketch | Snapshot | Finished | Failed


class Executor(Protocol):
    """Runs attempts, each in a process of its own choosing.

    `run` yields `Started` first, and ends after exactly one `Finished` or `Failed`; it never
    raises for what the worker does. A run that no worker has begun (cancelled while it waited, or
    no worker starts) has the `Failed` alone. A slow taker misses snapshots but the newest, and
    nothing else. Closing the iterator early frees the worker.
    """

    async def start(self) -> None:
        """Warm up; return at once, without waiting for the workers to be ready."""

    def run(self, request: Request) -> AsyncIterator[Event]:
        """Paint one request. Waits for a free worker where all are busy."""

    async def cancel(self, job_id: int) -> None:
        """End the job's run soon with `Failed("cancelled")`: by flag, then by kill."""

    async def finish(self, job_id: int) -> None:
        """End the job's run soon with `Finished` and the best picture so far.

        A run that has no picture yet, or no worker, goes on until it has one. Does nothing where
        the job has no run.
        """

    async def close(self) -> None:
        """Stop every worker within seconds; runs in flight end with `Failed`, retryable."""

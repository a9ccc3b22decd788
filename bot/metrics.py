"""What an operator's Prometheus is told, in one registry. Reads `/proc`; waits for nothing.

Whoever has news counts it here, by name. The registry is the process's, as what it measures is:
tests look at what a number has grown by. No label holds an id, or what a person has written: the
values of each are a closed set (`docs/metrics.md` has the table).
"""

import os
import platform
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version
from itertools import product
from pathlib import Path

from prometheus_client import (
    CONTENT_TYPE_PLAIN_0_0_4,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

PHASES = ("waiting", "fetching", "loading", "painting", "delivering")
OUTCOMES = ("finished", "early", "cached", "failed", "cancelled")
REASONS = (
    *("bad_options", "unreadable", "too_large", "too_small", "weights_missing", "out_of_memory"),
    *("worker_died", "timed_out", "cancelled", "gone", "internal"),
)
UPDATES_OF = ("message", "channel_post", "callback_query", "my_chat_member")
DELIVERED = ("result", "file", "pair", "film", "apology")
DELIVERY_ENDS = ("sent", "put_off", "refused", "chat_gone")
RESTARTS = (
    *("max_jobs", "max_rss_mb", "died", "timed_out", "out_of_memory", "internal", "not_started"),
    "protocol",
)
PRIORITIES = ("final", "normal", "progress")
OTHER = "other"  # what is in none of the sets: from a newer server, or a worker gone mad

# A second and less where nothing is wrong; an hour where much is.
_JOB_SECONDS = (0.1, 0.3, 1, 3, 10, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1800, 3600)
_CALL_SECONDS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60)

# What else would nearly double the series of counters.
disable_created_metrics()  # type: ignore[no-untyped-call]

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

BUILD = Info("atelier_build", "The versions of the bot and of Python.", registry=REGISTRY)
JOBS = Gauge("atelier_jobs", "Jobs now, by state: queued, running.", ["state"], registry=REGISTRY)
QUEUE_AGE = Gauge(
    "atelier_queue_oldest_age_seconds",
    "How long the oldest job in the queue has waited; 0 where there is none.",
    registry=REGISTRY,
)
DELIVERIES_WAITING = Gauge(
    "atelier_deliveries_waiting",
    "Results and apologies that Telegram has not yet confirmed.",
    registry=REGISTRY,
)
DELIVERIES_AGE = Gauge(
    "atelier_deliveries_oldest_age_seconds",
    "How long the oldest of what is to be delivered has waited; 0 where there is nothing.",
    registry=REGISTRY,
)
STATE_READ = Gauge(
    "atelier_state_read_timestamp_seconds",
    "When the database last told of jobs and deliveries (Unix time): long ago, it does not answer.",
    registry=REGISTRY,
)
PHASE = Histogram(
    "atelier_job_phase_seconds",
    "Time by phase: waiting (in the queue), fetching (a photo), loading (until a worker begins), "
    "painting (until its result), delivering (until Telegram has the result).",
    ["phase"],
    buckets=_JOB_SECONDS,
    registry=REGISTRY,
)
JOBS_ACCEPTED = Counter("atelier_jobs_accepted", "Jobs that were taken on.", registry=REGISTRY)
JOBS_ENDED = Counter(
    "atelier_jobs_ended",
    "Jobs by how they ended: finished, early (as it was), cached (painted before), failed, "
    "cancelled.",
    ["outcome"],
    registry=REGISTRY,
)
ATTEMPT_FAILURES = Counter(
    "atelier_attempt_failures",
    "Attempts at a painting that failed, by reason: `unreadable`, `out_of_memory`, `worker_died`, "
    "…; most are tried again.",
    ["reason"],
    registry=REGISTRY,
)
UPDATES = Counter(
    "atelier_updates",
    "Updates that were stored, or found from an earlier run, by kind: message, channel_post, "
    "callback_query, my_chat_member.",
    ["kind"],
    registry=REGISTRY,
)
UPDATE_SECONDS = Histogram(
    "atelier_update_handling_seconds",
    "From an update's arrival to the commit of all that it has led to.",
    buckets=_CALL_SECONDS,
    registry=REGISTRY,
)
UPDATE_ERRORS = Counter(
    "atelier_update_errors",
    "Tries to handle an update that ended in an error; the log has it.",
    registry=REGISTRY,
)
API_CALLS = Counter(
    "atelier_api_calls",
    "Calls of the Bot API, by method (or `download`) and outcome: ok, rate_limited (429), refused "
    "(4xx), server_error (5xx), no_answer.",
    ["method", "outcome"],
    registry=REGISTRY,
)
API_SECONDS = Histogram(
    "atelier_api_call_seconds",
    "How long the server took to answer; `getUpdates` waits for half a minute by design.",
    ["method"],
    buckets=_CALL_SECONDS,
    registry=REGISTRY,
)
API_WAIT = Histogram(
    "atelier_api_wait_seconds",
    "How long calls waited for their turn within Telegram's limits, by priority: final, normal, "
    "progress.",
    ["priority"],
    buckets=_CALL_SECONDS,
    registry=REGISTRY,
)
DELIVERIES = Counter(
    "atelier_deliveries",
    "Tries to deliver, by kind (result, file, pair, film, apology) and outcome: sent, put_off, "
    "refused, chat_gone.",
    ["kind", "outcome"],
    registry=REGISTRY,
)
WORKERS_READY = Gauge(
    "atelier_workers_ready", "Worker processes that paint, or could.", registry=REGISTRY
)
WORKER_RESTARTS = Counter(
    "atelier_worker_restarts",
    "Worker processes that were replaced, by reason: max_jobs and max_rss_mb by design; died, "
    "timed_out, out_of_memory, internal, not_started, protocol.",
    ["reason"],
    registry=REGISTRY,
)
WORKER_MEMORY = Gauge(
    "atelier_worker_resident_memory_bytes",
    "Resident memory of the worker process in each slot.",
    ["slot"],
    registry=REGISTRY,
)
DATA_BYTES = Gauge(
    "atelier_data_bytes", "What the data folder holds on its disk.", registry=REGISTRY
)
DATA_LIMIT = Gauge(
    "atelier_data_limit_bytes",
    "What pictures and database may take, by ATELIER_MAX_DISK_GB; 0 is no limit.",
    registry=REGISTRY,
)
DATA_FREE = Gauge(
    "atelier_data_free_bytes", "What is free on the data folder's disk.", registry=REGISTRY
)


def exposition() -> tuple[bytes, str]:
    """All metrics as Prometheus reads them: the body, and its content type."""
    return generate_latest(REGISTRY), CONTENT_TYPE_PLAIN_0_0_4


def restarts() -> dict[str, int]:
    """How many workers were replaced, by reason."""
    name = "atelier_worker_restarts_total"
    return {
        reason: int(REGISTRY.get_sample_value(name, {"reason": reason}) or 0) for reason in RESTARTS
    }


def update_taken(data: Mapping[str, object]) -> None:
    """An update, as Telegram sends it, is in hand."""
    UPDATES.labels(next((kind for kind in UPDATES_OF if kind in data), OTHER)).inc()


def known(value: str, among: tuple[str, ...]) -> str:
    """A label's value: itself, if it is one of these."""
    return value if value in among else OTHER


def age(gauge: Gauge, since: float | None) -> None:
    """From now on `gauge` tells how old something is, which has been there `since` (Unix time)."""
    gauge.set_function(partial(_age, since))


@contextmanager
def phase(name: str) -> Iterator[None]:
    """The block is this phase of a job. One that raises is not counted."""
    began = time.perf_counter()
    yield
    PHASE.labels(name).observe(time.perf_counter() - began)


class Call:
    """A call of the Bot API on its way."""

    outcome = "no_answer"

    def answered(self, status: int) -> None:
        """By this HTTP status."""
        if status < 400:
            self.outcome = "ok"
        elif status == 429:
            self.outcome = "rate_limited"
        else:
            self.outcome = "refused" if status < 500 else "server_error"


@contextmanager
def api_call(method: str) -> Iterator[Call]:
    """The block is one call of a method, which is one of those that this code names."""
    call = Call()
    began = time.perf_counter()
    try:
        yield call
    finally:
        API_CALLS.labels(method, call.outcome).inc()
        API_SECONDS.labels(method).observe(time.perf_counter() - began)


@contextmanager
def worker(slot: int, pid: int) -> Iterator[None]:
    """The worker process in a slot, as long as the block lasts."""
    WORKER_MEMORY.labels(slot).set_function(partial(_resident_bytes, pid))
    try:
        yield
    finally:
        WORKER_MEMORY.remove(slot)


def _age(since: float | None) -> float:
    return 0.0 if since is None else max(0.0, time.time() - since)


def _resident_bytes(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError):  # just gone, or not Linux
        return 0.0
    return float(pages * os.sysconf("SC_PAGE_SIZE"))


def _begin() -> None:
    """Series that are there from the start: what is absent cannot be told from what is broken."""
    BUILD.info({"version": version("atelier"), "python": platform.python_version()})
    for metric, values in (
        (JOBS, ("queued", "running")),
        (PHASE, PHASES),
        (JOBS_ENDED, OUTCOMES),
        (ATTEMPT_FAILURES, (*REASONS, OTHER)),
        (UPDATES, (*UPDATES_OF, OTHER)),
        (API_WAIT, PRIORITIES),
        (WORKER_RESTARTS, RESTARTS),
    ):
        for value in values:
            metric.labels(value)
    for kind, outcome in product(DELIVERED, DELIVERY_ENDS):
        DELIVERIES.labels(kind, outcome)


_begin()

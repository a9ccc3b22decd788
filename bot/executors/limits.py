"""When a worker is replaced, or killed: the same wherever it paints. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """A worker is replaced after `max_jobs` runs, or once it holds more than `max_rss_mb` MiB
    between two of them. It is killed where it has not obeyed a cancellation for `grace_seconds`,
    has painted for `timeout_seconds`, or has not become ready in `warm_up_seconds`.
    """

    max_jobs: int = 64
    max_rss_mb: float = 3000
    grace_seconds: float = 5.0
    timeout_seconds: float = 3600.0
    warm_up_seconds: float = 300.0


USUAL = Limits()

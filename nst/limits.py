"""What the decoding of one picture may take. Touches the limits of its own process, if it may.

Nothing is limited before `enforce`: a library leaves its user's process alone. Where the system
has no such limits, none are set.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from nst.memory import data_mb

HEADER_MB = 128  # before the size is known, and beside the pixels: libraries, threads, profiles
BYTES_PER_PIXEL = 24  # measured at 17 megapixels: 16 (WebP), 14 (palette, alpha), mostly 8
SECONDS = 60.0  # of the processor, in all threads: for the largest picture some ten

_enforced = False


def enforce() -> None:
    """From now on no picture takes more memory in this process than its size explains, or longer.

    A decoder that asks for more memory fails; one that takes longer ends the process by SIGPROF,
    since nothing in it can be interrupted.
    """
    global _enforced
    _enforced = True


@contextmanager
def decoding(pixels: int = 0) -> Iterator[None]:
    """Within the limits for a picture of so many pixels. `OSError` where memory is not enough.

    For one picture at a time, while the process does nothing else.
    """
    used = data_mb() if _enforced else None
    if used is None:
        yield
        return
    import resource

    before = resource.getrlimit(resource.RLIMIT_DATA)
    most = (used + HEADER_MB) * 2**20 + pixels * BYTES_PER_PIXEL
    known = [one for one in (most, *before) if one != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min(known), before[1]))
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    except MemoryError:
        raise OSError("the picture takes more memory than its size explains") from None
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        resource.setrlimit(resource.RLIMIT_DATA, before)

"""What this machine computes on, and in which precision it is fastest. Asks TensorFlow."""

import contextlib
import functools
import math
import resource
import sys
import time
from pathlib import Path

import tensorflow as tf

from nst import card

GAIN = 1.3  # a precision must be this much faster to be worth its rounding
CARD_RESERVE_MB = 1000  # for what a card's libraries take beside the tensors
# Each rounds more than the one before. TensorFloat-32 is float32 to a card's memory, and ten bits
# of mantissa to its multipliers; bfloat16 is seven to both.
CARD_PRECISIONS = ("float32", "tensorfloat32", "bfloat16")


@functools.cache
def device() -> str:
    """`gpu` or `cpu`. The first call sets memory growth, where no tensor has come before it."""
    gpus = tf.config.list_physical_devices("GPU")
    # TensorFlow refuses once it has begun: then the memory is taken, and painting can go on.
    with contextlib.suppress(RuntimeError):
        for gpu in gpus:
            tf.config.experimental.set_memory_growth(gpu, True)
    return "gpu" if gpus else "cpu"


def cards() -> list[str]:
    """The names of the graphics cards; none where the processor paints."""
    gpus = tf.config.list_physical_devices("GPU")
    details = [tf.config.experimental.get_device_details(gpu) for gpu in gpus]
    return [one.get("device_name", "a graphics card") for one in details]


@functools.cache
def best_precision() -> str:
    """`bfloat16`, or on a card `tensorfloat32`, where convolutions gain from it; else `float32`.

    Measured, not looked up: of the processors that have the instructions, some halve the time
    and others add to it.
    """
    if device() == "gpu":
        return _best_of_card()
    if not _has_bfloat16_instructions():
        return "float32"
    return "bfloat16" if _seconds("float32") > GAIN * _seconds("bfloat16") else "float32"


def compute_in(precision: str) -> None:
    """Have a card multiply float32 so from now on, everywhere in this process.

    With bfloat16 that is TensorFloat-32, too: it rounds less than bfloat16 has rounded already, so
    the Gram matrices' products are exact, and only their sums are not. Processors have no such
    thing.
    """
    device()  # whoever computes comes by here first: memory growth is set before any tensor
    tf.config.experimental.enable_tensor_float_32_execution(precision != "float32")


def dtype(precision: str) -> str:
    """The type that tensors of this precision have."""
    return "float32" if precision == "tensorfloat32" else precision


def card_room_mb() -> int | None:
    """What a painting may take of the card: what is free, and what is kept here of earlier ones.

    None where no card paints, or its driver does not tell.
    """
    found = card.memory_mb() if device() == "gpu" else None
    if found is None:
        return None
    kept = int(tf.config.experimental.get_memory_info("GPU:0")["peak"])
    return max(0, found[0] + kept // 2**20 - CARD_RESERVE_MB)


def peak_rss_mb() -> int:
    """The largest resident size that this process has had, in megabytes (2^20 bytes).

    From /proc where there is one: Linux counts what the parent had into a child's `ru_maxrss`.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        return int(status.split("VmHWM:")[1].split()[0]) // 2**10
    except (OSError, IndexError):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak // 2**20 if sys.platform == "darwin" else peak // 2**10


def _has_bfloat16_instructions() -> bool:
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


def _best_of_card() -> str:
    best, seconds = "float32", math.inf
    for precision in CARD_PRECISIONS:
        compute_in(precision)
        try:
            taken = _seconds(dtype(precision), side=256)
        except tf.errors.OpError:  # older cards have no bfloat16
            continue
        if seconds > GAIN * taken:
            best, seconds = precision, taken
    return best


def _seconds(precision: str, side: int = 64) -> float:
    """The best of a few convolutions of the network's middle, of `side` by `side` positions."""
    x = tf.cast(tf.fill([1, side, side, 256], 0.5), precision)
    kernel = tf.cast(tf.fill([3, 3, 256, 256], 0.01), precision)
    times = []
    for _ in range(4):
        began = time.perf_counter()
        float(tf.reduce_sum(tf.cast(tf.nn.conv2d(x, kernel, 1, "SAME"), tf.float32)))
        times.append(time.perf_counter() - began)
    return min(times)

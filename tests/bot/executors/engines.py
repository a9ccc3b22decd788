"""An engine for tests: the content says what to do, as JSON. Loads nothing heavy."""

import json
import os
import re
import signal
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

import nst
from bot.executors.base import Request


def order(do: str, *, job_id: int = 1, attempt: int = 1, **more: Any) -> Request:
    """A request that has this engine do `do`. `more`: what the order needs, or request fields."""
    request = {
        name: more.pop(name)
        for name in ("checkpoint", "snapshot_seconds", "options", "styles", "start", "film")
        if name in more
    }
    return Request(
        job_id=job_id,
        attempt=attempt,
        content=json.dumps({"do": do, **more}).encode(),
        **{"styles": (b"style",), "options": {}, "snapshot_seconds": 0.0, **request},
    )


def warm_up(options: nst.Options | None = None) -> None:
    """Obey `ENGINE_WARM_UP`, a file's path: hang if it says so, fail until it is there."""
    path = os.environ.get("ENGINE_WARM_UP")
    if path is None:
        return
    if not Path(path).exists():
        raise nst.WeightsMissing("The weights are missing.")
    if Path(path).read_text() == "hang":
        threading.Event().wait()


def stylize(
    content: bytes,
    styles: Sequence[bytes],
    options: nst.Options,
    *,
    on_progress: Callable[[nst.Progress], None],
    cancelled: Callable[[], bool],
    resume: bytes | None = None,
) -> nst.Result:
    """Paint, or do whatever else the content says."""
    order = json.loads(content)
    steps = order.get("steps", 4)
    first = int(json.loads(resume)["step"]) if resume else 0

    def progress(step: int) -> None:
        on_progress(
            nst.Progress(
                step=step,
                steps=steps,
                scale=64,
                loss=1.0,
                seconds_left=float(steps - step),
                sketch=step == 0,
                image=lambda: picture(step),
                checkpoint=lambda: checkpoint(step, order.get("weight", 0)),
            )
        )

    progress(0)
    while order["do"] == "dawdle" and not cancelled():
        threading.Event().wait(0.01)
    if cancelled():
        raise nst.Cancelled
    step = first
    while step < steps or order["do"] in ("obey", "hang"):
        step += 1
        progress(step)
        if cancelled() and order["do"] != "hang":
            far = nst.Result(picture(step), options, {"pid": os.getpid(), "step": step})
            raise nst.Cancelled(partial=far)
        _misbehave(order, step)
    report = {
        "pid": os.getpid(),
        "styles": len(styles),
        "began_after": first,
        "options": options.to_dict(),
        "niceness": os.nice(0),
        "environment": sorted(os.environ),
    }
    return nst.Result(picture(steps), options, report | _bad_report(order))


def picture(step: int) -> Image.Image:
    """The picture after `step` steps."""
    return Image.new("RGB", (64, 48), (step % 256, 100, 200))


def checkpoint(step: int, weight: int = 0) -> bytes:
    """The checkpoint after `step` steps, of at least `weight` bytes; it names the process."""
    return json.dumps({"step": step, "pid": os.getpid(), "weight": "x" * weight}).encode()


def _misbehave(order: dict[str, Any], step: int) -> None:
    match order["do"]:
        case "hang":
            threading.Event().wait()
        case "hog":  # nothing else of Python runs from here on
            re.match(r"(a+)+$", "a" * 64 + "b")
        case "exit" if step == 2:
            os._exit(3)
        case "die" if step == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        case "raise" if step == 2:
            raise getattr(nst, order["error"])("A sentence.")
        case "stumble" if step == 2:
            raise RuntimeError("a user's secret") from KeyError("another secret")
        case "overeat" if step == 2:
            raise MemoryError
        case "print":
            print("to standard output", flush=True)  # noqa: T201
            os.write(1, b"and past Python's buffers\n")
            os.write(2, b"I0000 00:00:1.5 chatter\nE0000 00:00:1.5 an error\n")
            os.write(2, b"x" * 3_000_000 + b"\n" + b"y" * 1000 + b"\n")
        case "crash" if step == 2:
            os.kill(os.getpid(), signal.SIGSEGV)
        case "babble" if step == 2:
            for descriptor in range(3, 32):
                try:
                    os.write(descriptor, b"\xff" * 64)
                except OSError:
                    continue


def _bad_report(order: dict[str, Any]) -> dict[str, Any]:
    return {"bad": object()} if order["do"] == "misreport" else {}

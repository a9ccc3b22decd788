"""The engine of the workers that are killed: asks the test's studio before every step.

So a test decides how far a painting is, and knows which steps were made, by which process.
"""

import json
import os
import select
import socket
from collections.abc import Callable, Sequence
from types import TracebackType

from PIL import Image

import nst

STEPS = 4
LOOK_SECONDS = 0.05  # between two looks at whether to stop


def warm_up(options: nst.Options | None = None) -> None:
    """Nothing to load."""


def stylize(
    content: bytes,
    styles: Sequence[bytes],
    options: nst.Options,
    *,
    on_progress: Callable[[nst.Progress], None],
    cancelled: Callable[[], bool],
    resume: bytes | None = None,
) -> nst.Result:
    """Paint `STEPS` steps, less those of the checkpoint, each when the studio says so."""
    first = int(json.loads(resume)["step"]) if resume else 0
    with _Studio(first, cancelled) as studio:
        studio.asked_for(first)  # to begin
        if first == 0:
            on_progress(_progress(0))
        for step in range(first + 1, STEPS + 1):
            if studio.asked_for(step) == "refuse":
                raise nst.Unreadable("The picture is damaged.")
            on_progress(_progress(step))
    return nst.Result(_picture(STEPS), options, {"seconds": 0.0, "began_after": first})


class _Studio:
    """The line to the test."""

    def __init__(self, first: int, cancelled: Callable[[], bool]) -> None:
        self._cancelled = cancelled
        self._line = socket.create_connection(("127.0.0.1", int(os.environ["STUDIO_PORT"])))
        self._answers = self._line.makefile("r")
        self._first = first

    def __enter__(self) -> "_Studio":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._line.close()

    def asked_for(self, step: int) -> str:
        """What the studio says to this step. Raises `nst.Cancelled` where the bot is quicker."""
        question = {"pid": os.getpid(), "after": self._first, "step": step}
        self._line.sendall(json.dumps(question).encode() + b"\n")
        while not select.select([self._line], [], [], LOOK_SECONDS)[0]:
            if self._cancelled():
                raise nst.Cancelled
        return self._answers.readline().strip()


def _progress(step: int) -> nst.Progress:
    return nst.Progress(
        step=step,
        steps=STEPS,
        scale=64,
        loss=1.0,
        seconds_left=float(STEPS - step),
        sketch=step == 0,
        image=lambda: _picture(step),
        checkpoint=lambda: json.dumps({"step": step}).encode(),
    )


def _picture(step: int) -> Image.Image:
    """A picture that differs from step to step."""
    return Image.new("RGB", (64, 48), (40 * step, 100, 200))

"""A run's state as bytes, so that another process can go on from it. Pure; no pickle, no archive.

The bytes are a SHA-256 of all that follows, a line of JSON, and the picture's raw little-endian
float16 values: nothing to unpack, and no damage goes unseen.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nst.errors import BadOptions

_FORMAT = 2


@dataclass(frozen=True)
class Checkpoint:
    """The picture after `step` steps of stage number `stage`.

    `image` is float32, (height, width, 3), RGB around 0…1. It is stored as float16: the rounding,
    below half a grey level, is less than one step changes. `run` is what the plan depended on; a
    checkpoint fits only a run of the same.
    """

    image: npt.NDArray[np.float32]
    stage: int
    step: int
    run: dict[str, Any]

    def to_bytes(self) -> bytes:
        """The inverse of `from_bytes`."""
        height, width, _ = self.image.shape
        header = {
            "format": _FORMAT,
            "height": height,
            "width": width,
            "stage": self.stage,
            "step": self.step,
            "run": self.run,
        }
        body = json.dumps(header).encode() + b"\n" + self.image.astype("<f2").tobytes()
        return hashlib.sha256(body).digest() + body

    @classmethod
    def from_bytes(cls, data: bytes) -> "Checkpoint":
        """Reads what `to_bytes` wrote. Raises `BadOptions` for anything else."""
        digest, body = data[:32], data[32:]
        if hashlib.sha256(body).digest() != digest:
            raise BadOptions("The checkpoint is damaged; start without it.")
        line, _, pixels = body.partition(b"\n")
        header = json.loads(line)
        if header["format"] != _FORMAT:
            raise BadOptions("The checkpoint is of another version; start without it.")
        shape = (header["height"], header["width"], 3)
        image = np.frombuffer(pixels, "<f2").reshape(shape).astype(np.float32)
        if not np.isfinite(image).all():
            raise BadOptions("The checkpoint's picture went wrong; start without it.")
        return cls(image, header["stage"], header["step"], header["run"])

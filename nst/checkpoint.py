"""A run's state as bytes, so that another process can go on from it. Pure; no pickle."""

import io
import json
import zipfile
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nst.errors import BadOptions

_FORMAT = 1


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
        header = {"format": _FORMAT, "stage": self.stage, "step": self.step, "run": self.run}
        buffer = io.BytesIO()
        np.savez(
            buffer,
            image=self.image.astype(np.float16),
            header=np.frombuffer(json.dumps(header).encode(), np.uint8),
        )
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Checkpoint":
        """Reads what `to_bytes` wrote. Raises `BadOptions` for anything else."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                header = json.loads(bytes(arrays["header"]))
                image = arrays["image"].astype(np.float32)
            if header["format"] != _FORMAT or image.ndim != 3 or not np.isfinite(image).all():
                raise ValueError("not a checkpoint of this version")
            return cls(image, int(header["stage"]), int(header["step"]), header["run"])
        except (ValueError, KeyError, TypeError, OSError, EOFError, zipfile.BadZipFile) as error:
            raise BadOptions("The checkpoint is damaged; start without it.") from error

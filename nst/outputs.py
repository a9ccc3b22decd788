"""Where a run's files go: what would fail after a minute's painting fails before it."""

import os
from dataclasses import dataclass
from pathlib import Path

from nst.encode import output_format
from nst.errors import BadOptions
from nst.timelapse import Timelapse


@dataclass(frozen=True)
class Outputs:
    """The files of one run, and the folder of its snapshots, which is made.

    Raises `BadOptions` for a place or a name that nothing could be saved under.
    """

    picture: Path
    snapshots: Path | None
    timelapse: Path | None
    report: Path | None

    def __post_init__(self) -> None:
        output_format(self.picture)
        for file in (self.picture, self.timelapse, self.report):
            if file is not None:
                check_writable(file)
        self.film()
        if self.snapshots is not None:
            _make_folder(self.snapshots)

    def film(self) -> Timelapse | None:
        """An empty timelapse, where one is asked for."""
        return None if self.timelapse is None else Timelapse(self.timelapse)


def check_writable(file: Path) -> None:
    """Raises `BadOptions` where `file` cannot be written, as far as can be told beforehand."""
    if not file.parent.is_dir():
        raise BadOptions("The folder to save to does not exist: create it, or choose another.")
    if file.is_dir():
        raise BadOptions("The output's name is that of a folder: choose another name.")
    if not os.access(file.parent, os.W_OK):
        raise BadOptions("The folder to save to may not be written to: choose another.")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadOptions("The folder for snapshots cannot be made: choose another.") from error

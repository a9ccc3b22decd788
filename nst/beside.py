"""What a run saves beside its picture. Writes files; what cannot be written costs nothing else."""

import json
import time
from collections.abc import Callable

from nst.encode import encode_jpeg, write
from nst.errors import NstError
from nst.outputs import Outputs
from nst.result import Progress, Result


class Beside:
    """The snapshots, the timelapse and the report of one run.

    Where one of them cannot be written, `tell` gets a line about it, the first time, and `missing`
    its name; the run goes on, and so do the others.
    """

    SNAPSHOT_SECONDS = 3.0

    def __init__(self, outputs: Outputs, tell: Callable[[str], None]) -> None:
        self._folder, self._report = outputs.snapshots, outputs.report
        self._film = outputs.film()
        self._tell = tell
        self._saved, self._count = time.monotonic(), 0
        self.missing: set[str] = set()

    def show(self, moment: Progress) -> None:
        """Keep what is wanted of a moment."""
        if self._film and not moment.sketch:
            self._film.add(moment.image)
        if self._folder and (name := self._due(moment)):
            picture, path = encode_jpeg(moment.image()), self._folder / name
            self._try("snapshots", lambda: write(picture, path))

    def finish(self, result: Result) -> None:
        """Write what is complete only at the end."""
        if report := self._report:
            data = json.dumps(result.report, indent=2).encode()
            self._try("report", lambda: write(data, report))
        if film := self._film:
            self._try("timelapse", lambda: film.save(result.image))

    def _due(self, moment: Progress) -> str | None:
        """The name of the snapshot that is to be saved now."""
        if moment.sketch:
            return "sketch.jpg"
        if time.monotonic() - self._saved < self.SNAPSHOT_SECONDS:
            return None
        self._saved = time.monotonic()
        self._count += 1
        return f"snapshot-{self._count:03}.jpg"

    def _try(self, what: str, save: Callable[[], None]) -> None:
        try:
            save()
        except NstError as error:
            if what not in self.missing:
                self.missing.add(what)
                self._tell(f"nst: {what}: {error}")

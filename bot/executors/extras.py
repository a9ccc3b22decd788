"""What comes with a result: before and after in one picture, and a film. For workers only.

Touches temporary files. What cannot be made costs nothing else: the painting is what counts.
"""

import importlib.util
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from bot.executors.pictures import photo
from nst.images import fit, load, resize
from nst.result import Progress
from nst.timelapse import Timelapse

PAIR_SIDE = 1024  # pixels, of each of the two: a phone shows no more
GAP = 0.02  # of the long side
FRAMES, FILM_SIDE = 24, 512  # some 4 MiB of JPEG, while painting


class Film:
    """Collects the moments of one run."""

    def __init__(self) -> None:
        name = "film.mp4" if importlib.util.find_spec("av") else "film.gif"
        self._frames = Timelapse(name, frames=FRAMES, longest=FILM_SIDE)

    def add(self, progress: Progress) -> None:
        """Keep this moment, if its turn has come. The sketch is of another hand."""
        if not progress.sketch:
            self._frames.add(progress.image)

    def developed(self, finished: Image.Image) -> bytes | None:
        """The film, which ends on `finished`."""

        def develop() -> bytes:
            # Not before: a worker that is killed while it paints would leave it behind.
            with tempfile.TemporaryDirectory(prefix="atelier-") as folder:
                self._frames.path = Path(folder) / self._frames.path.name
                self._frames.save(finished)
                return self._frames.path.read_bytes()

        return _if_possible(develop)


def pair(content: bytes, result: Image.Image) -> bytes | None:
    """Before and after as one JPEG: wide pictures one above the other, others side by side."""
    return _if_possible(lambda: photo(_paired(content, result), quality=90))


def _paired(content: bytes, result: Image.Image) -> Image.Image:
    width, height = size = fit(result.size, min(PAIR_SIDE, max(result.size)))
    gap = round(GAP * max(size))
    stacked = width > height
    whole = (width, 2 * height + gap) if stacked else (2 * width + gap, height)
    both = Image.new("RGB", whole, "white")
    both.paste(resize(load(content, target=max(size)), size), (0, 0))
    after = resize(result.convert("RGB"), size)
    both.paste(after, (0, height + gap) if stacked else (width + gap, 0))
    return both


def _if_possible(make: Callable[[], bytes]) -> bytes | None:
    try:
        return make()
    except Exception as error:
        # Types only: messages may quote a user's data.
        print("".join(traceback.format_tb(error.__traceback__)), type(error).__name__)  # noqa: T201
        return None

"""A short film of a painting being made: MP4 by PyAV, or GIF. Writes through `nst.encode`.

Of any number of pictures a few dozen stay, evenly spread, as JPEG bytes: memory is bounded.
"""

import importlib.util
import io
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from nst.encode import encode_jpeg, write
from nst.errors import BadOptions, NstError
from nst.images import fit, resize

if TYPE_CHECKING:
    from av.container import OutputContainer

FRAMES = 60  # the most that are kept; at the limit every other one is dropped
RATE = 12  # frames a second of an MP4
GIF_MILLISECONDS = 80  # a frame; a GIF counts in hundredths of a second
HOLD_SECONDS = 1.5  # of the finished picture
LONGEST = {".mp4": 1080, ".gif": 480}  # pixels of the long side; a GIF grows fast
PALETTE_SIDE = 96  # pixels of the long side: what a GIF's colours are chosen from


class Timelapse:
    """Collects a run's pictures, and makes the film of `path`, an MP4 or a GIF by its ending.

    At most `frames` pictures are kept, at most `longest` pixels long (None: as `LONGEST` has it).

    Raises `BadOptions` for another ending, and for an MP4 where PyAV is not installed.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, frames: int = FRAMES, longest: int | None = None
    ) -> None:
        self.path = Path(path)
        self._frames = frames
        self._suffix = self.path.suffix.lower()
        if self._suffix not in LONGEST:
            raise BadOptions("The timelapse's name must end in .mp4 or .gif.")
        if self._suffix == ".mp4" and importlib.util.find_spec("av") is None:
            raise BadOptions(
                "An MP4 needs PyAV: install it with pip install 'atelier[video]', or choose a name "
                "that ends in .gif."
            )
        self._longest = longest or LONGEST[self._suffix]
        self._kept: list[bytes] = []
        self._seen, self._every = 0, 1

    def add(self, picture: Callable[[], Image.Image]) -> None:
        """The next moment. `picture` is called only where it is kept; any size will do."""
        if self._seen % self._every == 0:
            if len(self._kept) == self._frames:
                self._kept, self._every = self._kept[::2], 2 * self._every
            image = picture()
            longest = min(self._longest, max(image.size))
            self._kept.append(encode_jpeg(resize(image, fit(image.size, longest))))
        self._seen += 1

    def save(self, finished: Image.Image) -> None:
        """Write the film, whole or not at all. It ends on `finished`, and has its shape.

        Raises `NstError` where the disk will not take it.
        """
        longest = min(self._longest, max(finished.size))
        width, height = fit(finished.size, longest)
        # H.264 with halved chroma takes even sides only.
        size = (max(2, width - width % 2), max(2, height - height % 2))
        film = _Film(self._kept, finished, size)
        write(_mp4(film) if self._suffix == ".mp4" else _gif(film), self.path)


class _Film:
    """The frames in order, each decoded when its turn comes."""

    def __init__(self, kept: list[bytes], finished: Image.Image, size: tuple[int, int]) -> None:
        self._kept, self._finished, self.size = kept, finished, size

    def __len__(self) -> int:
        return len(self._kept) + 1

    def __iter__(self) -> Iterator[Image.Image]:
        for data in self._kept:
            with Image.open(io.BytesIO(data), formats=["JPEG"]) as image:
                yield resize(image.convert("RGB"), self.size)
        yield resize(self._finished.convert("RGB"), self.size)


def _mp4(film: _Film) -> bytes:
    """H.264 in an MP4 whose index comes first, so that it plays while it loads."""
    import av

    try:
        # The index can only be put first in a file that has a name.
        with tempfile.TemporaryDirectory(prefix="nst-") as folder:
            path = Path(folder) / "film.mp4"
            with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
                _encode_h264(film, container)
            return path.read_bytes()
    except (OSError, av.FFmpegError, av.codec.codec.UnknownCodecError) as error:
        raise NstError(
            "The timelapse could not be made: free some space, or choose a name that ends in .gif."
        ) from error


def _encode_h264(film: _Film, container: "OutputContainer") -> None:
    import av

    stream = container.add_stream("libx264", RATE, options={"crf": "18", "preset": "medium"})
    stream.width, stream.height = film.size
    stream.pix_fmt = "yuv420p"
    # Said in the file, or players guess by the size: BT.709, limited range (ITU-T H.273).
    context = stream.codec_context
    context.color_range = 1
    context.colorspace = context.color_primaries = context.color_trc = 1
    for number, picture in enumerate(film):
        frame = av.VideoFrame.from_ndarray(np.asarray(picture), format="rgb24")
        frame = frame.reformat(format="yuv420p", dst_colorspace="ITU709")
        for _ in range(1 + round(RATE * HOLD_SECONDS) if number == len(film) - 1 else 1):
            frame.pts = None
            container.mux(stream.encode(frame))
    container.mux(stream.encode())


def _gif(film: _Film) -> bytes:
    """An endless GIF with one palette for all frames: palettes of their own would flicker."""
    colours = _palette(film)
    frames = [
        picture.quantize(palette=colours, dither=Image.Dither.FLOYDSTEINBERG) for picture in film
    ]
    times = [GIF_MILLISECONDS] * (len(frames) - 1) + [round(1000 * HOLD_SECONDS)]
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:], duration=times, loop=0)
    return buffer.getvalue()


def _palette(film: _Film) -> Image.Image:
    """256 colours that span those of all frames.

    By maximum coverage: what lies between them comes from dithering, what lies outside cannot.
    """
    width, height = fit(film.size, min(PALETTE_SIDE, max(film.size)))
    sheet = Image.new("RGB", (width, height * len(film)))
    for row, picture in enumerate(film):
        sheet.paste(resize(picture, (width, height)), (0, row * height))
    return sheet.quantize(256, Image.Quantize.MAXCOVERAGE)

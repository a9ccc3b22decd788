"""The pairs that recipes are judged on, one of each kind of picture. Reads pictures, no more.

Pictures come from three places: a folder beside the project (absent elsewhere), the package
scikit-image (of the dependency group `benchmark`), and the project's own rendered ones. A pair
whose pictures are not there is left out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from PIL import Image

from nst import gallery, samples

SHARED = Path(__file__).parents[2].parent / "shared" / "images"


@dataclass(frozen=True)
class Pair:
    """A content and a style picture, RGB, and what kind of task they are."""

    kind: str
    title: str
    content: Image.Image
    style: Image.Image


def pairs() -> list[Pair]:
    """Those of the pairs whose pictures are on this machine."""
    found = []
    for kind, title, content, style in _PAIRS:
        try:
            found.append(Pair(kind, title, content(), style()))
        except FileNotFoundError:
            continue
    return found


def _shared(name: str) -> Callable[[], Image.Image]:
    return lambda: Image.open(SHARED / name).convert("RGB")


def _packaged(name: str, box: tuple[int, int, int, int] | None = None) -> Callable[[], Image.Image]:
    def load() -> Image.Image:
        package = find_spec("skimage")
        if package is None or package.origin is None:
            raise FileNotFoundError(name)
        picture = Image.open(Path(package.origin).parent / "data" / name).convert("RGB")
        return picture.crop(box) if box else picture

    return load


def _ours(name: str) -> Callable[[], Image.Image]:
    return lambda: gallery.style(name)


_PAIRS = (
    (
        "landscape",
        "bridge, The Starry Night",
        _shared("content_bridge.jpg"),
        _shared("style_starry_night.jpg"),
    ),
    (
        "portrait",
        "astronaut, The Great Wave",
        _packaged("astronaut.png", (32, 0, 416, 512)),
        _shared("style_wave.jpg"),
    ),
    ("night", "tower at night, neon", _shared("content_tower_night.jpg"), _ours("neon")),
    ("line art", "cat, engraving", _packaged("chelsea.png"), _ours("engraving")),
    ("texture", "coffee, mosaic", _packaged("coffee.png"), _ours("mosaic")),
    (
        "low contrast",
        "lake, The Shipwreck",
        samples.content,
        _shared("style_shipwreck.jpg"),
    ),
)

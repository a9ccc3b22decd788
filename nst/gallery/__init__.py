"""Style pictures of our own, rendered by code on first use and kept in a cache folder.

`names`, `title` and `style` are those of the built-in styles; a `Gallery` may add a folder of an
operator's own pictures.
"""

import re
from pathlib import Path

from PIL import Image

from nst.errors import BadOptions
from nst.gallery import cache, catalogue
from nst.gallery.sheets import sheet
from nst.images import fit, load, resize

__all__ = ["Gallery", "names", "sheet", "style", "title"]

SIZE = 768
MIN_SIZE, MAX_SIZE = 64, 2048
SUFFIXES = frozenset((".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".avif", ".gif"))


class Gallery:
    """The built-in styles, and the pictures of `folder` under names made from their files' names.

    A name is of `a-z`, `0-9` and `-` alone, at most 40 long. A picture with a built-in style's name
    takes its place; of two files with one name, the first in alphabetical order counts. The folder
    is read once, here; a folder that is absent has no pictures.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.files: dict[str, Path] = {}  # the folder's pictures, by name
        if folder is not None and folder.is_dir():
            for path in sorted(folder.iterdir()):
                name = _safe(path.stem)
                wanted = path.suffix.lower() in SUFFIXES and not path.name.startswith(".")
                if name and wanted and path.is_file():
                    self.files.setdefault(name, path)

    def names(self) -> tuple[str, ...]:
        """The built-in styles first, then the folder's, each in its order."""
        own = (name for name in self.files if name not in catalogue.STYLES)
        return (*catalogue.STYLES, *own)

    def title(self, name: str) -> str:
        """The style's name for a person. Raises `BadOptions` for an unknown name."""
        self._check(name)
        if path := self.files.get(name):
            return " ".join(re.sub(r"[_\-\s]+", " ", path.stem).split())[:60].capitalize()
        return catalogue.STYLES[name][0]

    def style(self, name: str, size: int = SIZE) -> Image.Image:
        """The style's picture, RGB, its long side `size` pixels (64 to 2048).

        A folder's picture is never enlarged. Raises `BadOptions` for an unknown name or a size out
        of range, and `nst.load`'s errors for a folder's picture that cannot be read.
        """
        self._check(name)
        if isinstance(size, bool) or not MIN_SIZE <= size <= MAX_SIZE:
            raise BadOptions(f"A style's size must be from {MIN_SIZE} to {MAX_SIZE} pixels.")
        if path := self.files.get(name):
            picture = load(path)
            return resize(picture, fit(picture.size, min(size, max(picture.size))))
        return cache.kept(name, size, lambda: catalogue.render(name, size))

    def _check(self, name: str) -> None:
        if name not in self.files and name not in catalogue.STYLES:
            raise BadOptions(f"There is no style called {name[:40]!r}; `nst gallery` shows them.")


_OURS = Gallery()


def names() -> tuple[str, ...]:
    """The built-in styles' names."""
    return _OURS.names()


def title(name: str) -> str:
    """The built-in style's name for a person. Raises `BadOptions` for an unknown name."""
    return _OURS.title(name)


def style(name: str, size: int = SIZE) -> Image.Image:
    """The built-in style's picture, RGB, its long side `size` pixels, rendered on first use.

    Raises `BadOptions` for an unknown name or a size that is not from 64 to 2048.
    """
    return _OURS.style(name, size)


def _safe(stem: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:40].strip("-")

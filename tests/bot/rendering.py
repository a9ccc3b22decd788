"""Renders every text there is, with every kind of argument that it takes."""

import inspect
import itertools
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Any, get_args, get_type_hints

from bot.texts import Texts

COUNTS = (0, 1, 2, 3, 5, 11, 21, 1000)
CODES = (
    *("unreadable", "too_large", "too_small", "weights_missing", "out_of_memory", "cancelled"),
    *("bad_options", "worker_died", "timed_out", "internal", "gone", "a_code_of_next_year"),
    *("film_refused", "pair_refused", "file_refused"),
)
BY_NAME: dict[str, Sequence[Any]] = {
    "code": CODES,
    "kind": ("text", "video", "voice", "sticker", "file", "other"),
    "share": (0.0, 0.5, 1.0),
    **dict.fromkeys(("wait", "again", "left"), (None, 0.0, 61.0, 7200.0)),
}


def everything(texts: Texts) -> Iterator[tuple[type, str, str]]:
    """Each text as `(group, method, text)`; a text with arguments several times."""
    for name, method in inspect.getmembers(texts, inspect.ismethod):
        if name.startswith("_") or not method.__module__.startswith("bot.texts."):
            continue
        group = next(one for one in type(texts).__mro__ if name in vars(one))
        for arguments in _arguments(method):
            rendered = method(**arguments)
            found = rendered.values() if isinstance(rendered, dict) else rendered
            found = (found,) if isinstance(found, str) else found
            for text in found:
                yield group, name, text


def _arguments(method: Any) -> Iterator[dict[str, Any]]:
    hints = get_type_hints(method)
    wanted = inspect.signature(method).parameters
    choices = [BY_NAME.get(name) or _values(hints[name], name, method) for name in wanted]
    if len(choices) > 2:  # not all combinations of many: each value at least once
        longest = max(map(len, choices))
        rows = [[some[index % len(some)] for some in choices] for index in range(longest)]
    else:
        rows = [list(values) for values in itertools.product(*choices)]
    for values in rows:
        yield dict(zip(wanted, values, strict=True))


def _values(kind: Any, name: str, method: Any) -> Sequence[Any]:
    if kind is bool:
        return (False, True)
    if kind is int:
        return COUNTS
    if kind is float:
        return (0.0, 1.0, 89.0, 91.0, 7200.0)
    if kind is str:
        return ("4711",)  # no letters: what is put in is not to be translated
    if isinstance(kind, type) and issubclass(kind, Enum):
        return list(kind)
    if choices := get_args(kind):
        return choices
    raise AssertionError(f"{method.__qualname__}: tell {__name__} what {name!r} may be")

"""How long a painting takes, from how long others took. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Took:
    """A finished painting: what was asked for, and the seconds from its start to its end."""

    options: Mapping[str, Any]  # as `nst.Options.to_dict` gives them
    seconds: float


class Estimates:
    """What the latest paintings say of the next. The median: one that hung says little."""

    def __init__(self, took: Iterable[Took] = ()) -> None:
        self._took: dict[object, dict[object, list[float]]] = {}
        for one in took:
            quality, size = _kind(one.options)
            self._took.setdefault(quality, {}).setdefault(size, []).append(one.seconds)

    def seconds(self, options: Mapping[str, Any]) -> float | None:
        """For a painting with these options; None where nothing like it has been measured.

        Another size of the same quality is scaled by the number of pixels.
        """
        quality, size = _kind(options)
        sizes = self._took.get(quality, {})
        if size in sizes:
            return median(sizes[size])
        if not isinstance(size, int):
            return None
        scaled = [
            seconds * (size / other) ** 2
            for other, measured in sizes.items()
            if isinstance(other, int)
            for seconds in measured
        ]
        return median(scaled) if scaled else None

    def by_quality(self) -> dict[str, float]:
        """The median of each quality, over its sizes."""
        return {
            str(quality): median([seconds for measured in sizes.values() for seconds in measured])
            for quality, sizes in self._took.items()
        }


def _kind(options: Mapping[str, Any]) -> tuple[object, object]:
    # A time budget stands in place of a quality.
    return options.get("seconds") or options.get("quality"), options.get("size")

"""What a caller may ask for: validated, frozen, serialisable. Pure."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

from nst.errors import BadOptions

Quality = Literal["draft", "standard", "fine"]
Precision = Literal["auto", "float32", "bfloat16"]

MIN_SIZE, MAX_SIZE = 64, 8192


@dataclass(frozen=True, kw_only=True)
class Options:
    """How to paint. The defaults give the best picture that a minute of a 2-core CPU can.

    Raises `BadOptions` where a value is out of its range.
    """

    size: int = 512  # long side of the output, in pixels, 64 to 8192
    quality: Quality = "standard"
    strength: float = 1.0  # style against content: 0.1 (a hint) to 10; 1 is balanced
    precision: Precision = "auto"  # bfloat16 where the hardware gains from it

    def __post_init__(self) -> None:
        if not (_is_int(self.size) and MIN_SIZE <= self.size <= MAX_SIZE):
            raise BadOptions(f"size must be from {MIN_SIZE} to {MAX_SIZE} pixels.")
        for name, choices in (
            ("quality", get_args(Quality)),
            ("precision", get_args(Precision)),
        ):
            if getattr(self, name) not in choices:
                raise BadOptions(f"{name} must be one of: {', '.join(choices)}.")
        if not (_is_number(self.strength) and 0.1 <= self.strength <= 10):
            raise BadOptions("strength must be from 0.1 to 10.")

    def to_dict(self) -> dict[str, Any]:
        """A plain dictionary that JSON can hold, and `from_dict` reads back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Options":
        """The inverse of `to_dict`. Raises `BadOptions` for an unknown name or a bad value."""
        known = {field.name for field in fields(cls)}
        if unknown := sorted(set(values) - known):
            raise BadOptions(f"There is no option called {unknown[0]!r}.")
        return cls(**values)


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return _is_int(value) or (isinstance(value, float) and math.isfinite(value))

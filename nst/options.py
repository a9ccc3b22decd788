"""What a caller may ask for: validated, frozen, serialisable. Pure."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

from nst.errors import BadOptions

Quality = Literal["draft", "standard", "fine"]
Colours = Literal["style", "content"]
Backbone = Literal["vgg19", "vgg16"]
Precision = Literal["auto", "float32", "bfloat16"]

MIN_SIZE, MAX_SIZE = 64, 8192
MIN_SECONDS, MAX_SECONDS = 1, 24 * 3600


@dataclass(frozen=True, kw_only=True)
class Options:
    """How to paint. The defaults give the best picture that a minute of a 2-core CPU can.

    Raises `BadOptions` where a value is out of its range.
    """

    # Long side of the output, in pixels, 64 to 8192; `auto` is the largest that the time allows.
    size: int | Literal["auto"] = 512
    quality: Quality = "standard"
    seconds: float | None = None  # paint as well as this time allows, in place of a quality
    strength: float = 1.0  # style against content: 0.1 (a hint) to 10; 1 is balanced
    style_weights: tuple[float, ...] | None = None  # one a style picture; equal where absent
    style_scale: float = 1.0  # the size of the brush marks, 0.25 to 4
    colours: Colours = "style"  # whose colours the picture has
    backbone: Backbone = "vgg19"
    precision: Precision = "auto"  # bfloat16 where the hardware gains from it
    seed: int = 0  # another number gives another variation; 0 starts from the content itself

    def __post_init__(self) -> None:
        if isinstance(self.style_weights, list):  # as JSON has it
            object.__setattr__(self, "style_weights", tuple(self.style_weights))
        self._check_numbers()
        for name, choices in (
            ("quality", get_args(Quality)),
            ("colours", get_args(Colours)),
            ("backbone", get_args(Backbone)),
            ("precision", get_args(Precision)),
        ):
            if getattr(self, name) not in choices:
                raise BadOptions(f"{name} must be one of: {', '.join(choices)}.")

    def _check_numbers(self) -> None:
        if self.size != "auto" and not (_is_int(self.size) and MIN_SIZE <= self.size <= MAX_SIZE):
            raise BadOptions(f"size must be 'auto' or from {MIN_SIZE} to {MAX_SIZE} pixels.")
        if self.seconds is not None and not _in_range(self.seconds, MIN_SECONDS, MAX_SECONDS):
            raise BadOptions(f"seconds must be from {MIN_SECONDS} to {MAX_SECONDS}.")
        if not _in_range(self.strength, 0.1, 10):
            raise BadOptions("strength must be from 0.1 to 10.")
        if not _in_range(self.style_scale, 0.25, 4):
            raise BadOptions("style_scale must be from 0.25 to 4.")
        if not (_is_int(self.seed) and 0 <= self.seed < 2**31):
            raise BadOptions("seed must be a whole number from 0 to 2147483647.")
        weights = self.style_weights
        if weights is not None and not (
            isinstance(weights, tuple)
            and all(_in_range(weight, 0, 1e6) for weight in weights)
            and sum(weights) > 0
        ):
            raise BadOptions("style_weights must be numbers from 0 up, and not all 0.")

    def to_dict(self) -> dict[str, Any]:
        """A plain dictionary that JSON can hold, and `from_dict` reads back."""
        weights = self.style_weights
        return {**asdict(self), "style_weights": None if weights is None else [*weights]}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Options":
        """The inverse of `to_dict`. Raises `BadOptions` for an unknown name or a bad value."""
        known = {field.name for field in fields(cls)}
        if unknown := sorted(set(values) - known):
            raise BadOptions(f"There is no option called {unknown[0]!r}.")
        return cls(**values)


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _in_range(value: object, low: float, high: float) -> bool:
    number = _is_int(value) or isinstance(value, float)
    return number and math.isfinite(value) and low <= value <= high  # type: ignore[arg-type, operator]

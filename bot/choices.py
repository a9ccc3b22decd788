"""How a person, or a group, wants its paintings: what there is to choose, and what was. Pure.

Everything chosen is a short word, as buttons carry it and as the database keeps it.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from bot.languages import LANGUAGES

STRENGTHS = {"soft": 0.5, "balanced": 1.0, "strong": 2.0}  # `nst.Options.strength`
SIZES = (512, 768, 1024, 1536, 2048)  # pixels
MIN_SIZE, MAX_SIZE = 64, 8192  # as the engine has it
AUTO = "auto"  # takes a choice back

# All but `size`, which is any number of pixels in its range.
WORDS = {
    "language": tuple(language.code for language in LANGUAGES),
    "quality": ("draft", "standard", "fine"),
    "strength": tuple(STRENGTHS),
    "colours": ("style", "content"),
    "result": ("photo", "file"),
    "snapshots": ("on", "off"),
}
_PIXELS = re.compile("[1-9][0-9]{1,3}")


@dataclass(frozen=True)
class Preferences:
    """What was chosen; None where nothing was. Raises `ValueError` for what cannot be chosen."""

    language: str | None = None  # None: as Telegram says of the person
    quality: str | None = None
    strength: str | None = None
    colours: str | None = None
    size: str | None = None
    result: str | None = None  # arrives as a photo, or at once as a lossless file
    snapshots: str | None = None  # whether the status message shows pictures

    def __post_init__(self) -> None:
        for name, word in asdict(self).items():
            if word is not None and not may_be(name, word):
                raise ValueError(f"{name} cannot be {word!r}")

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Preferences":
        """What `to_dict` gave; what another version knew, and this one does not, is left out."""
        known = {field.name for field in fields(cls)}
        return cls(
            **{
                name: word
                for name, word in values.items()
                if name in known and isinstance(word, str) and may_be(name, word)
            }
        )

    def to_dict(self) -> dict[str, str]:
        """What was chosen, and nothing else."""
        return {name: word for name, word in asdict(self).items() if word is not None}

    def changed(self, name: str, word: str) -> "Preferences | None":
        """With one more choice, or one less (`auto`); None where there is no such choice."""
        if name not in {field.name for field in fields(self)}:
            return None
        if word == AUTO:
            return replace(self, **{name: None})
        return replace(self, **{name: word}) if may_be(name, word) else None

    def options(self, defaults: Mapping[str, Any], max_size: int) -> dict[str, Any]:
        """For `nst.Options.from_dict`: the defaults, and what was chosen in their place."""
        chosen: dict[str, Any] = {"quality": self.quality, "colours": self.colours}
        if self.strength is not None:
            chosen["strength"] = STRENGTHS[self.strength]
        if self.size is not None and int(self.size) <= max_size:
            chosen["size"] = int(self.size)
        return {**defaults} | {name: value for name, value in chosen.items() if value is not None}

    @property
    def as_file(self) -> bool:
        """Whether a result arrives as a lossless file."""
        return self.result == "file"

    @property
    def shows_snapshots(self) -> bool:
        """Whether the status message shows pictures."""
        return self.snapshots != "off"


def may_be(name: str, word: str) -> bool:
    """Whether a preference can be this word."""
    if name == "size":
        return _PIXELS.fullmatch(word) is not None and MIN_SIZE <= int(word) <= MAX_SIZE
    return word in WORDS.get(name, ())

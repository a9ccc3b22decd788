"""One line of the report of `atelier check`. Pure."""

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "note", "FAIL"]  # a note is worth reading, and keeps nothing from running


@dataclass(frozen=True)
class Finding:
    """What is there, or what to do: a line for each thing that is to be done."""

    state: State
    name: str
    text: str

    def __str__(self) -> str:
        first, *others = self.text.splitlines()
        rows = [f"{self.state:<6}{self.name:<10}{first}", *(f"{'':16}{line}" for line in others)]
        return "\n".join(rows)


def ok(name: str, text: str) -> Finding:
    """As it should be."""
    return Finding("ok", name, text)


def note(name: str, text: str) -> Finding:
    """To be known; the bot runs all the same."""
    return Finding("note", name, text)


def fail(name: str, text: str) -> Finding:
    """To be put right."""
    return Finding("FAIL", name, text)

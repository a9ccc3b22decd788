"""What is killed, and where: the cells of the matrix, and its table. Pure."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class When(StrEnum):
    """A call is held there while something dies."""

    BEFORE = "before"  # its effect
    AFTER = "after"  # its effect, before its answer


class Victim(StrEnum):
    """What is killed, and how."""

    BOT = "bot"
    WORKER = "worker"
    BOTH = "both"
    STOPPED = "SIGTERM"  # the bot, and politely


@dataclass(frozen=True)
class Call:
    """The n-th call of a method in a story, from 1."""

    story: str
    method: str
    number: int

    def __str__(self) -> str:
        return f"{self.story}: {self.method} {self.number}"


@dataclass(frozen=True)
class Cell:
    """One scene of the matrix."""

    call: Call
    when: When
    victim: Victim

    def __str__(self) -> str:
        return f"{self.victim} {self.when} {self.call}"


@dataclass(frozen=True)
class Instants:
    """One scene with kills at random: of whom, and how many seconds after the start before it."""

    seed: int
    kills: tuple[tuple[Victim, float], ...]

    def __str__(self) -> str:
        kills = ", ".join(f"{victim} {seconds:.2f} s" for victim, seconds in self.kills)
        return f"seed {self.seed}: {kills}"


def calls(story: str, transcript: Sequence[Mapping[str, Any]]) -> list[Call]:
    """Every call that was answered in a story that nobody disturbed."""
    counts: dict[str, int] = {}
    found = []
    for one in transcript:
        method = one["method"]
        counts[method] = counts.get(method, 0) + 1
        if one["answer"] is not None:
            found.append(Call(story, method, counts[method]))
    return found


def cells(among: Sequence[Call], victims: Sequence[Victim] = tuple(Victim)) -> list[Cell]:
    """All that can happen around these calls."""
    return [Cell(call, when, victim) for call in among for victim in victims for when in When]


def instants(count: int, seconds: float) -> Iterator[Instants]:
    """So many scenes, the same each time, with one to three kills in the first `seconds` of each
    life.
    """
    for seed in range(count):
        chance = random.Random(seed)  # noqa: S311 - no secret
        victims = [Victim.BOT, Victim.WORKER, Victim.BOTH]
        kills = [
            (victims[(seed + number) % 3], chance.uniform(0.0, seconds))
            for number in range(chance.choice((1, 1, 2, 3)))
        ]
        yield Instants(seed, tuple(kills))


def table(outcomes: Mapping[Cell, str]) -> str:
    """A row a call, a column for each victim and when, in Markdown."""
    columns = [(victim, when) for victim in Victim for when in When]
    columns = [one for one in columns if any((c.victim, c.when) == one for c in outcomes)]
    rows = [["killed while held", *(f"{victim}, {when}" for victim, when in columns)]]
    for call in dict.fromkeys(cell.call for cell in outcomes):
        came = [outcomes.get(Cell(call, when, victim), "") for victim, when in columns]
        rows.append([str(call), *came])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)

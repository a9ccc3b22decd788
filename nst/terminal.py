"""What the commands have in common: a line on standard error, a list of values, Ctrl-C."""

import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console

errors = Console(stderr=True, highlight=False)

EXIT_INTERRUPTED = 130  # 128 + SIGINT, as a shell has it


def say(line: str) -> None:
    """One line on standard error, as it is: names may hold brackets, and be long."""
    errors.print(line, markup=False, soft_wrap=True)


def table(rows: Iterable[tuple[str, str]]) -> None:
    """Names and values on standard output, the values one below the other."""
    rows = list(rows)
    width = max(len(name) for name, _ in rows) + 1
    for name, value in rows:
        typer.echo(f"{name:<{width}}{value}")


@contextmanager
def interrupts() -> Iterator[list[int]]:
    """A list that a Ctrl-C fills. A second one ends the program at once."""
    seen: list[int] = []

    def note(number: int, frame: Any) -> None:
        if seen:
            raise KeyboardInterrupt
        seen.append(number)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield seen
    finally:
        signal.signal(signal.SIGINT, before)

"""How the tests of the command call it."""

from collections.abc import Callable

Run = Callable[..., tuple[int, str, str]]

"""Faults on demand: what goes wrong with which calls. No input or output."""

import asyncio
import itertools
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from bot.sandbox.errors import ApiError, too_many_requests

Json = dict[str, Any]
FaultKind = Literal[
    "error",
    "timeout_before",
    "timeout_after",
    "drop_before",
    "drop_after",
    "hold_before",
    "hold_after",
    "unknown_method",
]


@dataclass
class Fault:
    """Something that goes wrong with a method's calls, `times` times or (None) always.

    The first `skip` calls are let through. `error` answers `error_code` and `description` (429 with
    `retry_after`) without an effect.
    `timeout_*` keep the line open for `seconds` without an answer, `drop_*` close it at once:
    before the call had an effect, or after. `hold_*` keep it open until the faults are cleared,
    and go on then as if nothing had been. `unknown_method` answers as if there were none.
    """

    method: str  # "*" for all
    kind: FaultKind
    times: int | None = 1
    skip: int = 0
    error_code: int = 500
    description: str = "Internal Server Error"
    retry_after: int = 1
    seconds: float = 60.0
    id: int = field(default_factory=itertools.count(1).__next__)

    def __post_init__(self) -> None:
        if self.kind not in get_args(FaultKind):
            raise ValueError(f"kind must be one of: {', '.join(get_args(FaultKind))}.")
        if self.times is not None and self.times < 1:
            raise ValueError("times must be at least 1, or null for always.")
        if self.skip < 0:
            raise ValueError("skip must be at least 0.")

    def to_error(self) -> ApiError:
        """What an `error` or `unknown_method` answers."""
        if self.kind == "unknown_method":
            return ApiError(404, "Not Found: method not found")
        if self.error_code == 429:
            return too_many_requests(self.retry_after)
        return ApiError(self.error_code, self.description)


class Faults:
    """The faults that are still to come, in the order in which they were asked for."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._cleared = asyncio.Event()

    def add(self, fault: Fault) -> Fault:
        """One more."""
        self._waiting.append(fault)
        return fault

    def clear(self) -> None:
        """All is well again, and what is held goes on."""
        self._waiting.clear()
        self._cleared.set()
        self._cleared = asyncio.Event()

    async def until_cleared(self) -> None:
        """Wait for the next `clear`."""
        await self._cleared.wait()

    def take(self, method: str) -> Fault | None:
        """The fault of this call, if any; it is used up by one."""
        for fault in self._waiting:
            if fault.method in ("*", method):
                if fault.skip:
                    fault.skip -= 1
                    continue
                if fault.times is not None:
                    fault.times -= 1
                    if not fault.times:
                        self._waiting.remove(fault)
                return fault
        return None

    def to_list(self) -> list[Json]:
        """Those that wait, as JSON."""
        return [asdict(fault) for fault in self._waiting]

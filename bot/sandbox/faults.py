"""Faults on demand: what goes wrong with which calls. No input or output."""

import asyncio
import itertools
import random
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from bot.sandbox.errors import ApiError, too_many_requests
from bot.sandbox.flood import Flood, FloodLimits

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
    "duplicate",
    "reorder",
    "late",
]

UPDATES = "updates"  # instead of a method: what comes to the bot, as it comes


@dataclass
class Fault:
    """Something that goes wrong with a method's calls, `times` times or (None) always.

    The first `skip` calls are let through; so are those to other chats than `chat`, where one is
    named, and of the rest all but a `share`, drawn at random by `seed`.

    `error` answers `error_code` and `description` (429 with `retry_after`) without an effect.
    `timeout_*` keep the line open for `seconds` without an answer, `drop_*` close it at once:
    before the call had an effect, or after. `hold_*` keep it open until the faults are cleared,
    and go on then as if nothing had been. `unknown_method` answers as if there were none.

    Updates come twice (`duplicate`), after the next one (`reorder`), both within `seconds`, or so
    many seconds later than they should (`late`), each with the `update_id` that it had.
    """

    method: str  # "*" for all methods
    kind: FaultKind
    times: int | None = 1
    skip: int = 0
    chat: int | None = None
    share: float = 1.0
    seed: int = 0
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
        if not 0.0 < self.share <= 1.0:
            raise ValueError("share must be above 0 and at most 1.")
        if (self.method == UPDATES) != (self.kind in ("duplicate", "reorder", "late")):
            raise ValueError("updates, and nothing else, are duplicate, reorder or late.")
        self._random = random.Random(self.seed)  # noqa: S311 - no secret

    def concerns(self, method: str, chat: int | None) -> bool:
        """Whether it may happen to this call."""
        named = self.method == method or (self.method == "*" and method != UPDATES)
        return named and self.chat in (None, chat)

    def happens(self) -> bool:
        """Whether it does, this time."""
        if self.skip:
            self.skip -= 1
            return False
        return self.share == 1.0 or self._random.random() < self.share

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
        self._flood: Flood | None = None
        self._cleared = asyncio.Event()

    def add(self, fault: Fault) -> Fault:
        """One more."""
        self._waiting.append(fault)
        return fault

    def clear(self) -> None:
        """All is well again, and what is held goes on. The limits stay as they are."""
        self._waiting.clear()
        self._cleared.set()
        self._cleared = asyncio.Event()

    async def until_cleared(self) -> None:
        """Wait for the next `clear`."""
        await self._cleared.wait()

    def take(self, method: str, chat: int | None = None) -> Fault | None:
        """The fault of this call, if any; it is used up by one."""
        for fault in self._waiting:
            if fault.concerns(method, chat) and fault.happens():
                if fault.times is not None:
                    fault.times -= 1
                    if not fault.times:
                        self._waiting.remove(fault)
                return fault
        return None

    def enforce(self, limits: FloodLimits | None) -> None:
        """Refuse from now on what exceeds these limits; None refuses nothing for it."""
        self._flood = Flood(limits) if limits else None

    def flooded(self, method: str, parameters: Json, now: float) -> int | None:
        """The `retry_after` for a call, where limits are enforced and it exceeds them."""
        return self._flood.refusal(method, parameters, now) if self._flood else None

    def to_list(self) -> list[Json]:
        """Those that wait, as JSON."""
        return [asdict(fault) for fault in self._waiting]

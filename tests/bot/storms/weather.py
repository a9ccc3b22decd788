"""What goes wrong: each storm by its name, as faults of the sandbox."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

Fault = dict[str, Any]

EDITS = ("editMessageMedia", "editMessageText", "editMessageCaption")
NEW_METHODS = ("editMessageMedia", "setMessageReaction", "deleteMessage", "getMyCommands")
GONE = {"error_code": 400, "description": "Bad Request: wrong file_id or the file is unavailable"}
# Mixed, each strikes so large a share of the calls.
MIXED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("error", {"error_code": 429, "retry_after": 1}),
    ("error", {"error_code": 429, "retry_after": 3}),
    ("error", {"error_code": 500}),
    ("error", {"error_code": 502, "description": "Bad Gateway"}),
    ("timeout_before", {"seconds": 6.0}),
    ("timeout_after", {"seconds": 6.0}),
    ("drop_before", {}),
    ("drop_after", {}),
)


@dataclass(frozen=True)
class Storm:
    """One kind of weather. `first_chat`: faults for the first chat alone."""

    name: str
    faults: tuple[Fault, ...] = ()
    first_chat: tuple[Fault, ...] = ()
    enforced: dict[str, float] = field(default_factory=dict)  # limits unlike the published ones
    no_network: float = 0.0  # seconds
    repeats: bool = False  # answers are lost after their effect: what was sent comes again
    patience: float = 20.0  # seconds for which the bot waits for an answer, as the service does
    lost_photos: int = 0  # so many that the bot cannot fetch

    def __str__(self) -> str:
        return self.name


def some(
    kind: str, share: float, methods: Sequence[str] = ("*",), **more: Any
) -> tuple[Fault, ...]:
    """A fault of a share of the calls, for as long as the storm lasts."""
    return tuple(
        {"method": one, "kind": kind, "times": None, "share": share, "seed": seed, **more}
        for seed, one in enumerate(methods)
    )


def every(kind: str, methods: Sequence[str], **more: Any) -> tuple[Fault, ...]:
    """A fault of all calls of these methods."""
    return some(kind, 1.0, methods, **more)


def updates(share: float, seed: int = 0) -> tuple[Fault, ...]:
    """What comes, comes twice, in disorder and late."""
    kinds = (("duplicate", 0.5), ("reorder", 0.5), ("late", 2.0))
    return tuple(
        {
            "method": "updates",
            "kind": kind,
            "times": None,
            "share": share,
            "seed": seed + number,
            "seconds": seconds,
        }
        for number, (kind, seconds) in enumerate(kinds)
    )


def mixture(seed: int, strength: float = 1.0) -> Storm:
    """Anything, at shares that the seed draws: at full strength about a third of all calls fail."""
    draw = random.Random(seed)  # noqa: S311 - no secret
    faults: tuple[Fault, ...] = ()
    for number, (kind, more) in enumerate(draw.sample(MIXED, k=5)):
        share = strength * draw.uniform(0.03, 0.12)
        faults += tuple({**one, "seed": seed + number} for one in some(kind, share, **more))
    if draw.random() < 0.5:
        faults += every("error", draw.sample(EDITS, k=1), error_code=400, description="Bad Request")
    return Storm(f"mixture {seed}", faults + updates(0.15, seed), patience=5.0, repeats=True)

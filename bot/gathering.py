"""Which photos make a request: from single parts to content and style. Pure.

Two photos make a request, the first the content, the second the style, unless captions say
otherwise. The parts of an album come as separate updates, in any order, without a count, maybe
seconds apart, so a session with album parts settles a moment after the last one that matters.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

# Long enough for the parts of one getUpdates answer, short enough for a sketch within 2 s.
DEBOUNCE_SECONDS = 0.6
EXPIRY_SECONDS = 3600.0


class Role(Enum):
    """What a photo is for."""

    CONTENT = "content"
    STYLE = "style"


@dataclass(frozen=True)
class Part:
    """One photo, already stored."""

    sha256: str
    message_id: int
    role: Role | None = None  # as the caption says
    album: str | None = None  # Telegram's media_group_id

    def to_dict(self) -> dict[str, Any]:
        """What JSON can hold, and `from_dict` reads back."""
        role = self.role.value if self.role else None
        return {
            "sha256": self.sha256,
            "message_id": self.message_id,
            "role": role,
            "album": self.album,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Part":
        """The inverse of `to_dict`."""
        role = values["role"]
        return cls(
            sha256=values["sha256"],
            message_id=values["message_id"],
            role=Role(role) if role else None,
            album=values["album"],
        )


@dataclass(frozen=True)
class Session:
    """What one person has sent so far in one chat and topic."""

    parts: tuple[Part, ...] = ()
    due: float | None = None  # when to settle, in seconds since the epoch
    asked: bool = False  # the missing photo has been asked for
    touched: float = 0.0  # when the last part came


@dataclass(frozen=True)
class Ask:
    """The one photo that is there needs another one, with this role."""

    missing: Role


@dataclass(frozen=True)
class Request:
    """Two photos are complete."""

    content: Part
    style: Part


Outcome = Ask | Request


def add(session: Session, part: Part, now: float) -> tuple[Session, list[Outcome]]:
    """Take one more photo, which came at `now`."""
    # A session that is due holds a request perhaps: it has waited for the bot, not for the user.
    if session.due is None and now - session.touched > EXPIRY_SECONDS:
        session = Session()
    session = replace(session, parts=(*session.parts, part), touched=now)
    if part.album is None:
        return _settle(session)
    # Further parts do not put it off: the wait ends soon after the second.
    if session.due is None or len(session.parts) <= 2:
        session = replace(session, due=now + DEBOUNCE_SECONDS)
    return session, []


def tick(session: Session, now: float) -> tuple[Session, list[Outcome]]:
    """Settle, if it is time."""
    if session.due is None or now < session.due:
        return session, []
    return _settle(session)


def _settle(session: Session) -> tuple[Session, list[Outcome]]:
    # Message ids rise with time in a chat; updates may come in another order.
    parts = sorted(session.parts, key=lambda part: part.message_id)
    outcomes: list[Outcome] = []
    asked = session.asked
    while len(parts) >= 2:
        outcomes.append(_pair(parts.pop(0), parts.pop(0)))
        asked = False
    if parts and not asked:
        outcomes.append(Ask(Role.CONTENT if parts[0].role is Role.STYLE else Role.STYLE))
    return replace(session, parts=tuple(parts), due=None, asked=bool(parts)), outcomes


def _pair(first: Part, second: Part) -> Request:
    swapped = (first.role, second.role) in {
        (Role.STYLE, None),
        (None, Role.CONTENT),
        (Role.STYLE, Role.CONTENT),
    }
    return Request(second, first) if swapped else Request(first, second)

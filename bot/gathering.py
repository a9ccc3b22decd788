"""Which photos make a request: from single parts to content and styles. Pure.

Two photos make a request, the first the content, the second the style, unless captions say
otherwise; of more in one album the first is the content, and the rest are styles to blend. The
parts of an album come as separate updates, in any order, without a count, maybe seconds apart. So
a session settles a moment after the last photo that may matter, and a part that comes later still
joins its album's request.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

# Long enough for the parts of one getUpdates answer, short enough for a sketch within 2 s.
DEBOUNCE_SECONDS = 0.6
MAX_DEBOUNCE_SECONDS = 3.0  # after the first part, however many follow
MAX_ALBUM = 10  # as Telegram has it
JOIN_SECONDS = 120.0  # how late a part may be for a request that was made without it
EXPIRY_SECONDS = 3600.0


class Role(Enum):
    """What a photo is for."""

    CONTENT = "content"
    STYLE = "style"


@dataclass(frozen=True)
class Part:
    """One photo, already stored. Message 0 is a style that was not sent, but chosen."""

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
class Request:
    """All there is to paint. `album`: later parts of it still belong here."""

    content: Part
    styles: tuple[Part, ...]
    album: str | None = None
    replaces: int | None = None  # the content's message of a request that this one comes instead of

    def to_dict(self) -> dict[str, Any]:
        """What JSON can hold, and `from_dict` reads back."""
        return {
            "content": self.content.to_dict(),
            "styles": [style.to_dict() for style in self.styles],
            "album": self.album,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Request":
        """The inverse of `to_dict`; what it replaced is over."""
        return cls(
            content=Part.from_dict(values["content"]),
            styles=tuple(map(Part.from_dict, values["styles"])),
            album=values["album"],
        )


@dataclass(frozen=True)
class Session:
    """What one person has sent so far in one chat and topic."""

    parts: tuple[Part, ...] = ()
    due: float | None = None  # when to settle, in seconds since the epoch
    asked: bool = False  # the missing photo has been asked for
    touched: float = 0.0  # when the last part came
    began: float = 0.0  # when the first of the parts came that wait to be settled
    last: Request | None = None  # the latest

    @property
    def wake(self) -> float | None:
        """When `tick` has something to do: settle, or expire."""
        if self.due is not None or not (self.parts or self.last):
            return self.due
        return self.touched + EXPIRY_SECONDS


@dataclass(frozen=True)
class Ask:
    """What is there needs another photo, with this role."""

    missing: Role
    part: Part  # what is there


Outcome = Ask | Request


def add(session: Session, part: Part, now: float) -> tuple[Session, list[Outcome]]:
    """Take one more photo, which came at `now`."""
    session = _fresh(session, now)
    waited = session.touched
    began = now if session.due is None else session.began
    session = replace(session, parts=(*session.parts, part), touched=now, began=began)
    if session.last and session.last.album and now - waited > JOIN_SECONDS:
        session = replace(session, last=replace(session.last, album=None))
    albums = sum(one.album is not None for one in session.parts)
    if albums >= MAX_ALBUM or (not albums and len(session.parts) > 1):
        return _settle(session)
    due = min(now + DEBOUNCE_SECONDS, began + MAX_DEBOUNCE_SECONDS)
    return replace(session, due=due), []


def tick(session: Session, now: float) -> tuple[Session, list[Outcome]]:
    """Settle, or expire without a word, if it is time."""
    if session.due is None or now < session.due:
        return _fresh(session, now), []
    return _settle(session)


def choose(
    session: Session, styles: Sequence[str], message_id: int, now: float
) -> tuple[Session, list[Outcome]] | None:
    """Take stored pictures for the styles of the photo with this id, or (0) one for the next photo.

    None where that photo is not waiting any more. One that has just been painted counts: its
    buttons may be pressed again, for other styles.
    """
    session = _fresh(session, now)
    chosen = tuple(Part(sha256, 0, Role.STYLE) for sha256 in styles)
    waiting = [part for part in session.parts if part.role is not Role.STYLE]
    content = next((one for one in waiting if message_id in (0, one.message_id)), None)
    if content is None and message_id and session.last:
        content = session.last.content if session.last.content.message_id == message_id else None
    if content is not None:
        request = Request(content, chosen)
        left = tuple(part for part in session.parts if part != content)
        due = session.due if left else None
        asked = session.asked and bool(left)
        changed = replace(session, parts=left, due=due, asked=asked, touched=now, last=request)
        return changed, [request]
    if message_id:
        return None
    changed = replace(session, parts=chosen, due=None, asked=True, touched=now)
    return changed, [Ask(Role.CONTENT, chosen[0])]


def add_named(
    session: Session, part: Part, style: str, now: float
) -> tuple[Session, list[Outcome]]:
    """Take a photo together with the stored style that its sender has named for it.

    Alone it is a request of its own, and what waits goes on waiting. All of an album are painted
    in that style; there, what waits makes way.
    """
    session = _fresh(session, now)
    chosen = Part(style, 0, Role.STYLE)
    if part.album is not None and session.last and session.last.album == part.album:
        return add(session, part, now)
    if part.album is None:
        request = Request(replace(part, role=Role.CONTENT), (chosen,))
        return replace(session, touched=now, last=request), [request]
    begun = [one for one in session.parts if one.album == part.album]
    due = session.due if begun else None
    return add(replace(session, parts=(chosen, *begun), due=due, asked=False), part, now)


def take_up(session: Session, content: Part, now: float) -> tuple[Session, list[Outcome]]:
    """Take a photo that was painted before, for another style.

    It meets what waits for a photo, or has just come; a photo that waits for a style makes way.
    """
    session = _fresh(session, now)
    content = replace(content, role=Role.CONTENT, album=None)
    others = tuple(part for part in session.parts if part.sha256 != content.sha256)
    if others and (session.due is not None or any(one.role is Role.STYLE for one in others)):
        return add(replace(session, parts=others), content, now)
    changed = replace(session, parts=(content,), due=None, asked=True, touched=now)
    return changed, [_ask(content)]


def swap(session: Session, message_id: int, now: float) -> tuple[Session, list[Outcome]] | None:
    """Turn the role of a waiting photo round. None where it is not waiting any more."""
    session = _fresh(session, now)
    part = next((one for one in session.parts if message_id == one.message_id != 0), None)
    if part is None:
        return None
    role = Role.CONTENT if part.role is Role.STYLE else Role.STYLE
    turned = replace(part, role=role)
    parts = tuple(turned if one == part else one for one in session.parts)
    session = replace(session, parts=parts, touched=now)
    return session, ([] if session.due else [_ask(turned)])


def _fresh(session: Session, now: float) -> Session:
    # A session that is due holds a request perhaps: it has waited for the bot, not for the user.
    expired = session.due is None and now >= session.touched + EXPIRY_SECONDS
    return Session() if expired else session


def _settle(session: Session) -> tuple[Session, list[Outcome]]:
    outcomes: list[Outcome] = []
    late, parts = _late(session)
    if session.last and late:
        first, *others = _requests([session.last.content, *session.last.styles, *late])
        album = None if others else session.last.album
        replaces = session.last.content.message_id
        outcomes += [replace(first, album=album, replaces=replaces), *others]
    # What was asked about comes first: the rest is the answer, even one that was overtaken.
    asked = session.asked and parts[:1] == [*session.parts[:1]]
    pending = parts[:1] if asked else []
    for bundle in _bundles(parts[len(pending) :]):
        pending += bundle
        if len(pending) > 1:
            outcomes += _requests(pending)
            pending, asked = [], False
    if pending and not asked:
        outcomes.append(_ask(pending[0]))
    requests = [one for one in outcomes if isinstance(one, Request)]
    settled = replace(
        session,
        parts=tuple(pending),
        due=None,
        asked=bool(pending),
        last=replace(requests[-1], replaces=None) if requests else session.last,
    )
    return settled, outcomes


def _late(session: Session) -> tuple[list[Part], list[Part]]:
    """The parts that belong to the last request, and the others."""
    album = session.last.album if session.last else None
    late = [part for part in session.parts if part.album is not None and part.album == album]
    return late, [part for part in session.parts if part not in late]


def _bundles(parts: Sequence[Part]) -> list[list[Part]]:
    """What came as one, in order: an album, or a photo alone."""
    bundles: dict[object, list[Part]] = {}
    # Message ids rise with time in a chat; updates may come in another order.
    for part in sorted(parts, key=lambda part: part.message_id):
        bundles.setdefault(part.album or part, []).append(part)
    return list(bundles.values())


def _requests(parts: Sequence[Part]) -> list[Request]:
    """Requests that use all of these, at least two; several where one style meets many photos."""
    parts = sorted(parts, key=lambda part: part.message_id)
    contents = [part for part in parts if part.role is Role.CONTENT]
    styles = [part for part in parts if part.role is Role.STYLE]
    others = [part for part in parts if part.role is None]
    waited = parts[0].role is Role.STYLE and parts[0].album is None
    if waited and not contents:
        contents = others  # the style was there first, and then came an album to be painted
    elif contents:
        styles += others
    else:
        contents, styles = others[:1], [*others[1:], *styles]
    if not contents or not styles:
        # All have the same role, as they say: then their order counts, of those that were sent.
        contents = [part for part in parts if part.message_id][:1]
        styles = [part for part in parts if part not in contents]
    styles.sort(key=lambda part: part.message_id)
    albums = {part.album for part in parts if part.album}
    album = albums.pop() if len(contents) == 1 and len(albums) == 1 else None
    return [Request(content, tuple(styles), album) for content in contents]


def _ask(part: Part) -> Ask:
    return Ask(Role.CONTENT if part.role is Role.STYLE else Role.STYLE, part)

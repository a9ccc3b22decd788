"""What an answer depends on, and what it is made of. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.buttons import Rows
from bot.choices import Preferences
from bot.fairness import Limits
from bot.forgetting import Kept
from bot.gallery import Style
from bot.gathering import Session
from bot.jobs import Job, NewJob
from bot.outbox import Kind
from bot.stats import Stats
from bot.workload import Workload


@dataclass(frozen=True)
class Policy:
    """What the operator allows, and how pictures are painted unless asked otherwise."""

    limits: Limits
    options: Mapping[str, Any]
    max_size: int = 1024  # the largest that may be chosen
    slots: int = 1  # paintings in work at once
    admins: frozenset[int] = frozenset()
    kept_days: int = 0  # how long what is over is kept; 0 is for ever
    allowed: frozenset[int] = frozenset()  # the chats that are served; all where it is empty


@dataclass(frozen=True)
class Facts:
    """What the database knows that an answer may depend on."""

    session: Session
    active_here: tuple[int, ...] = ()  # ids of this person's jobs, queued or running, in this chat
    blocked: bool = False  # this person
    job: Job | None = None  # the one that a button names
    preferences: Preferences = field(default_factory=Preferences)
    is_admin: bool = False  # of the group; asked for only where it counts
    asked: bool = False  # what is replied to is a question of the bot to this person
    repaints: Job | None = None  # the one whose result is replied to
    base: "str | Unfetchable | None" = None  # the SHA-256 of the photo that `/style` replies to
    # Read by `bot.lookup`, where they count:
    last: Job | None = None  # this person's latest, in this chat
    styles: Sequence[Style] = ()  # the gallery
    last_styles: tuple[str, ...] = ()  # the SHA-256 of this person's last style, in this chat
    workload: Workload | None = None
    stats: Stats | None = None
    subject: int | None = None  # whom a command is about
    subject_jobs: tuple[int, ...] = ()  # queued or running, of whom it is about
    subject_blocked: bool = False
    kept: Kept | None = None  # of this person
    under_way: Sequence[Job] = ()  # this person's jobs in this chat, queued or running
    files: frozenset[str] = frozenset()  # of those that `job` names: what is still there


@dataclass(frozen=True)
class Reply:
    """A text message to send."""

    text: str
    reply_to: int | None = None
    rows: Rows = ()
    asks: str = ""  # an answer, by a forced reply; this stands in the empty field
    album: Sequence[tuple[Style, str]] = ()  # shown before: styles, and their captions


@dataclass(frozen=True)
class Decision:
    """What to say, and then what to commit."""

    session: Session
    replies: Sequence[Reply] = ()
    notice: str = ""  # the answer to a button
    new_jobs: Sequence[NewJob] = ()  # wanted: `bot.admission` decides on them
    cancelled: Sequence[int] = ()  # jobs to cancel
    replaced: Sequence[int] = ()  # contents' messages whose jobs the new ones take the place of
    finished: Sequence[int] = ()  # jobs to end as they are
    sends: Sequence[tuple[int, Kind]] = ()  # of which jobs to deliver what
    blocked: int | None = None  # a person to block
    unblocked: int | None = None
    edit: Reply | None = None  # what the message of the pressed button becomes
    preferences: Preferences | None = None  # the chat's new ones
    forget: bool = False  # delete everything of the person


@dataclass(frozen=True)
class Unfetchable:
    """A photo that could not be stored; `text` tells the user why."""

    text: str

"""What an answer depends on, and what it is made of. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.buttons import Rows
from bot.choices import Preferences
from bot.gathering import Session
from bot.jobs import Job, NewJob


@dataclass(frozen=True)
class Policy:
    """What the operator allows, and how pictures are painted unless asked otherwise."""

    max_jobs_per_user: int
    max_jobs: int
    options: Mapping[str, Any]
    max_size: int = 1024  # the largest that may be chosen


@dataclass(frozen=True)
class Facts:
    """What the database knows that an answer may depend on."""

    session: Session
    active: int = 0  # jobs queued or running, in all
    active_here: tuple[int, ...] = ()  # ids of this person's, in this chat
    active_elsewhere: int = 0  # this person's, in other chats
    job: Job | None = None  # the one that a button names
    preferences: Preferences = field(default_factory=Preferences)
    is_admin: bool = False  # of the group; asked for only where it counts


@dataclass(frozen=True)
class Reply:
    """A text message to send."""

    text: str
    reply_to: int | None = None
    rows: Rows = ()


@dataclass(frozen=True)
class Decision:
    """What to say, and then what to commit."""

    session: Session
    replies: Sequence[Reply] = ()
    notice: str = ""  # the answer to a button
    new_jobs: Sequence[NewJob] = ()
    cancelled: Sequence[int] = ()  # jobs to cancel
    files: Sequence[int] = ()  # jobs whose file to deliver
    edit: Reply | None = None  # what the message of the pressed button becomes
    preferences: Preferences | None = None  # the chat's new ones


@dataclass(frozen=True)
class Unfetchable:
    """A photo that could not be stored; `text` tells the user why."""

    text: str

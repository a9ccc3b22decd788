"""What the buttons carry: an action and its few arguments, versioned. Pure.

Callback data comes back from a user's client and may be anything: `decode` trusts nothing, and
whoever acts on a button checks who pressed it. `owner_id` is no proof either, only a reminder of
whom the button was shown to: act on the presser's things, and on the owner's only for an
administrator of the group.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

VERSION = "1"
MAX_BYTES = 64  # https://core.telegram.org/bots/api#inlinekeyboardbutton
MAX_JOB = 2**31 - 1  # where the database's integers end
MAX_OWNER = 2**52 - 1  # where Telegram's end: https://core.telegram.org/bots/api#user

_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,15}")
_WORD = re.compile(r"[a-z0-9_-]{1,16}")


@dataclass(frozen=True)
class Shape:
    """An action's code, which never changes its meaning, and the arguments that it takes."""

    code: str  # one or two small letters
    job: bool = False
    owner: bool = False
    words: int = 0  # at most two


class Action(Enum):
    """What a button does. One line makes a new one; a code that has gone out of use stays so."""

    CANCEL = Shape("c", job=True)  # stop a job, queued or running
    UNQUEUE = Shape("u", job=True)  # likewise, from the list of one's own, which is told anew
    FINISH = Shape("n", job=True)  # end a running job with its picture as it is
    FILE = Shape("f", job=True)  # send the full-quality file of a finished job
    STRONGER = Shape("st", job=True)  # more of the style, from the result of a finished job
    SOFTER = Shape("so", job=True)  # less of it, likewise
    COLOURS = Shape("co", job=True, words=1)  # `content` or `style`: whose colours, likewise
    BIGGER = Shape("b", job=True)  # the next size, likewise
    SWAP = Shape("sw", job=True)  # a new painting: content and style change places
    ANOTHER = Shape("a", job=True)  # ask for another style for the content
    PAIR = Shape("ba", job=True)  # send before and after, of a finished job
    FILM = Shape("t", job=True)  # send how it was painted, likewise
    STYLE = Shape("g", words=2)  # a style of the gallery, for the photo of this message
    STYLES = Shape("m", words=2)  # a page of the gallery, likewise
    LAST_STYLE = Shape("l", words=1)  # what the person used last, likewise
    TURN = Shape("w", words=1)  # the photo of this message is the style, or is not
    PANEL = Shape("s", words=1)  # turn to a page of the settings
    SET = Shape("p", words=2)  # choose: a setting, and a word for it
    PICK = Shape("k", owner=True, words=2)  # as `STYLE`, in a group
    PICKS = Shape("ks", owner=True, words=2)  # as `STYLES`, likewise
    PICK_LAST = Shape("kl", owner=True, words=1)  # as `LAST_STYLE`, likewise
    FORGET = Shape("x", owner=True, words=1)  # delete everything of a person: `yes` or `no`


_BY_CODE = {action.value.code: action for action in Action}


@dataclass(frozen=True)
class Button:
    """An action with the arguments that its shape takes. Raises `ValueError` for others."""

    action: Action
    job_id: int | None = None
    owner_id: int | None = None  # whom it was shown to: a person, or (negative) a chat
    words: tuple[str, ...] = ()  # small letters, digits, `_` and `-`; at most 16 characters each

    def __post_init__(self) -> None:
        shape = self.action.value
        if (
            not _fits(self.job_id, shape.job, 0, MAX_JOB)
            or not _fits(self.owner_id, shape.owner, -MAX_OWNER, MAX_OWNER)
            or len(self.words) != shape.words
            or not all(_WORD.fullmatch(word) for word in self.words)
        ):
            raise ValueError(f"These are not the arguments of {self.action}: {self!r}")


Rows = Sequence[Sequence[tuple[str, Button]]]  # labels, and what they do


def encode(button: Button) -> str:
    """The callback data, at most 64 bytes."""
    numbers = [str(one) for one in (button.job_id, button.owner_id) if one is not None]
    return ":".join((VERSION, button.action.value.code, *numbers, *button.words))


def decode(data: str) -> Button | None:
    """The button, or None for data of another version, or of nobody's making."""
    version, *fields = data.split(":")
    action = _BY_CODE.get(fields.pop(0)) if version == VERSION and fields else None
    if action is None:
        return None
    shape = action.value
    job_id = _number(fields) if shape.job else None
    owner_id = _number(fields) if shape.owner else None
    try:
        return Button(action, job_id, owner_id, tuple(fields))
    except ValueError:
        return None


def _number(fields: list[str]) -> int | None:
    """Take the first one, where it is a number in its one form."""
    number = fields.pop(0) if fields else ""
    return int(number) if _NUMBER.fullmatch(number) else None


def _fits(number: int | None, wanted: bool, least: int, most: int) -> bool:
    return wanted == (number is not None) and (number is None or least <= number <= most)

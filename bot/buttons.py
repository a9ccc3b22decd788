"""What the buttons carry: small, typed, versioned. Pure.

Callback data comes back from a user's client and may be anything: `decode` trusts nothing, and
whoever acts on a button checks the owner.
"""

import re
from dataclasses import dataclass

VERSION = "1"
MAX_BYTES = 64  # https://core.telegram.org/bots/api#inlinekeyboardbutton


@dataclass(frozen=True)
class CancelJob:
    """Stop a job, queued or running."""

    job_id: int


@dataclass(frozen=True)
class SendFile:
    """Send the full-quality file of a finished job."""

    job_id: int


Button = CancelJob | SendFile

_KINDS: dict[str, type[CancelJob] | type[SendFile]] = {"c": CancelJob, "f": SendFile}
_NAMES = {kind: name for name, kind in _KINDS.items()}
_FORM = re.compile(rf"{VERSION}:([a-z]):(0|[1-9][0-9]{{0,9}})")


def encode(button: Button) -> str:
    """The callback data, at most 64 bytes."""
    return f"{VERSION}:{_NAMES[type(button)]}:{button.job_id}"


def decode(data: str) -> Button | None:
    """The button, or None for data of another version, or of nobody's making."""
    form = _FORM.fullmatch(data)
    kind = _KINDS.get(form[1]) if form else None
    # The database's integers end at 2**31 - 1: no id is beyond them.
    if form is None or kind is None or int(form[2]) >= 2**31:
        return None
    return kind(int(form[2]))

"""The language of the bot and its worker processes: messages to bytes and back. Pure."""

# A frame is two lengths, a JSON header, and the messages' bytes as they are. Not pickle: a worker
# decodes strangers' pictures, and one that was taken over must not get to run code in the bot.

import json
import struct
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from bot.executors.base import Event, Failed, Finished, Request, Sketch, Snapshot, Started


@dataclass(frozen=True)
class Idle:
    """A worker is ready for a request: its first message, and the last of every run."""

    rss_mb: float  # resident memory, in MiB; 0 where the system does not tell


@dataclass(frozen=True)
class Cancel:
    """To a worker: end the run of the request before."""


@dataclass(frozen=True)
class Finish:
    """To a worker: end the run of the request before with the picture as it is."""


Message = Request | Event | Idle | Cancel | Finish

PREFIX = struct.Struct("!IQ")  # bytes of the header, bytes of the body
MAX_HEADER = 1024**2
MAX_BODY = 512 * 1024**2

_BYTES = "$bytes"
_KINDS = {
    kind.__name__: kind
    for kind in (Request, Started, Sketch, Snapshot, Finished, Failed, Idle, Cancel, Finish)
}


def encode(message: Message) -> list[bytes]:
    """The parts of one frame, to be written one after the other.

    Raises `TypeError` or `ValueError` for what JSON cannot hold, or what is beyond the limits.
    """
    body: list[bytes] = []

    def set_aside(value: object) -> dict[str, int]:
        if not isinstance(value, bytes):
            raise TypeError(f"a {type(value).__name__} cannot be sent")
        body.append(value)
        return {_BYTES: len(value)}

    values = {field.name: getattr(message, field.name) for field in fields(message)}
    header = json.dumps(
        {"kind": type(message).__name__, "values": values}, default=set_aside
    ).encode()
    prefix = PREFIX.pack(len(header), sum(map(len, body)))
    lengths(prefix)
    return [prefix, header, *body]


def lengths(prefix: bytes) -> tuple[int, int]:
    """The lengths of header and body that follow `prefix`. Raises `ValueError` beyond limits."""
    header, body = PREFIX.unpack(prefix)
    if header > MAX_HEADER or body > MAX_BODY:
        raise ValueError(f"a frame of {header} + {body} bytes is too long")
    return header, body


def decode(header: bytes, body: bytes) -> Message:
    """The message of one frame, every field of the type it should have. Raises `ValueError`."""
    at = 0

    def put_back(value: dict[str, Any]) -> Any:
        nonlocal at
        if _BYTES not in value:
            return value
        start, at = at, at + value[_BYTES]
        return body[start:at]

    try:
        frame = json.loads(header, object_hook=put_back)
        kind = _KINDS[frame["kind"]]
        message: Message = _adapter(kind).validate_python(frame["values"])
    except (LookupError, TypeError, RecursionError) as error:
        raise ValueError(f"not a frame: {type(error).__name__}") from error
    if at != len(body):
        raise ValueError("a frame's body is not as long as its header says")
    return message


@cache
def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(kind)

"""The frames between the bot and its workers."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.executors.base import Failed, Finished, Request, Sketch, Snapshot, Started
from bot.executors.frames import (
    MAX_BODY,
    MAX_HEADER,
    PREFIX,
    Cancel,
    Finish,
    Idle,
    Message,
    decode,
    encode,
    lengths,
)

texts = st.text(st.characters(codec="utf-8"))
numbers = st.floats(allow_nan=False)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | numbers | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
    max_leaves=5,
)
mappings = st.dictionaries(texts, values, max_size=3)
messages: st.SearchStrategy[Message] = st.one_of(
    st.builds(
        Request,
        job_id=st.integers(0, 2**53),
        attempt=st.integers(1, 9),
        content=st.binary(),
        styles=st.lists(st.binary(), max_size=3).map(tuple),
        options=mappings,
        checkpoint=st.none() | st.binary(),
        snapshot_seconds=numbers,
    ),
    st.just(Started()),
    st.builds(Sketch, jpeg=st.binary()),
    st.builds(
        Snapshot,
        jpeg=st.binary(),
        step=st.integers(0, 2**53),
        steps=st.integers(0, 2**53),
        seconds_left=numbers,
        checkpoint=st.binary(),
    ),
    st.builds(Finished, photo=st.binary(), file=st.binary(), report=mappings),
    st.builds(Failed, code=texts, retryable=st.booleans(), detail=texts),
    st.builds(Idle, rss_mb=numbers),
    st.just(Cancel()),
    st.just(Finish()),
)


def split(frame: bytes) -> tuple[bytes, bytes]:
    header, body = lengths(frame[: PREFIX.size])
    rest = frame[PREFIX.size :]
    assert len(rest) == header + body
    return rest[:header], rest[header:]


@given(messages)
def test_a_message_comes_back_as_it_was(message: Message) -> None:
    assert decode(*split(b"".join(encode(message)))) == message


@given(messages, st.data())
def test_a_damaged_frame_is_a_value_error_or_a_message(
    message: Message, data: st.DataObject
) -> None:
    header, body = split(b"".join(encode(message)))
    at = data.draw(st.integers(0, len(header) - 1))
    damage = data.draw(st.binary(max_size=4))
    with contextlib.suppress(ValueError):
        decode(header[:at] + damage + header[at + len(damage) + 1 :], body)


@given(st.binary(max_size=200), st.binary(max_size=50))
def test_noise_is_a_value_error(header: bytes, body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - JSON's, Unicode's and our own
        decode(header, body)


@pytest.mark.parametrize(
    "frame",
    [
        [],
        {},
        {"kind": "Failed"},
        {"kind": "Failed", "values": 3},
        {"kind": "Failed", "values": {"code": "internal"}},
        {"kind": "Failed", "values": {"code": ["internal"], "retryable": True}},
        {"kind": "Nothing", "values": {}},
        {"kind": ["Started"], "values": {}},
        {"kind": "Sketch", "values": {"jpeg": {"$bytes": 3}}},
        {"kind": "Sketch", "values": {"jpeg": {"$bytes": 1}}},
        {"kind": "Sketch", "values": {"jpeg": {"$bytes": -1}}},
        {"kind": "Sketch", "values": {"jpeg": {"$bytes": "2"}}},
        {"kind": "Sketch", "values": {"jpeg": {"$bytes": None}}},
    ],
    ids=str,
)
def test_what_no_worker_says_is_a_value_error(frame: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - pydantic's and our own
        decode(json.dumps(frame).encode(), b"ab")


def test_deep_nesting_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="RecursionError"):
        decode(b"[" * 200_000, b"")


@pytest.mark.parametrize(("header", "body"), [(MAX_HEADER + 1, 0), (0, MAX_BODY + 1)])
def test_a_frame_beyond_the_limits_is_refused_before_it_is_read(header: int, body: int) -> None:
    with pytest.raises(ValueError, match="too long"):
        lengths(PREFIX.pack(header, body))


def test_what_json_cannot_hold_is_not_sent() -> None:
    with pytest.raises(TypeError, match="object"):
        encode(Finished(b"", b"", {"bad": object()}))

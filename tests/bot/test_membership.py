"""What updates tell of the bot's place in a chat."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.membership import Moved, Removed, news

GROUP = {"id": -7, "type": "group", "title": "Friends"}


def changed(**member: Any) -> dict[str, Any]:
    return {"update_id": 1, "my_chat_member": {"chat": GROUP, "new_chat_member": member}}


@pytest.mark.parametrize(
    ("member", "expected"),
    [
        ({"status": "kicked"}, Removed(-7)),
        ({"status": "left"}, Removed(-7)),
        ({"status": "restricted", "is_member": False}, Removed(-7)),
        ({"status": "restricted", "is_member": True}, None),
        ({"status": "member"}, None),
        ({"status": "administrator"}, None),
    ],
)
def test_only_to_be_out_is_news(member: dict[str, Any], expected: Removed | None) -> None:
    assert news(changed(**member)) == expected


def test_either_end_of_a_move_tells_both() -> None:
    for chat, other in ((-7, {"migrate_to_chat_id": -100}), (-100, {"migrate_from_chat_id": -7})):
        message = {"message_id": 1, "date": 1, "chat": {"id": chat}} | other
        assert news({"update_id": 1, "message": message}) == Moved(-7, -100)


def test_what_is_said_is_no_news() -> None:
    assert news({"update_id": 1, "message": {"chat": GROUP, "text": "left"}}) is None
    assert news({"update_id": 1, "callback_query": {"id": "1"}}) is None


_KEYS = ["message", "my_chat_member", "chat", "id", "new_chat_member", "migrate_to_chat_id", "x"]
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(_KEYS), _json))
def test_it_never_fails(data: dict[str, Any]) -> None:
    assert isinstance(news(data), Removed | Moved | None)

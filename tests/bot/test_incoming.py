"""What updates mean."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as checks
from hypothesis import strategies as st

from bot.buttons import Action, Button
from bot.gathering import Role
from bot.incoming import Command, Incoming, Other, Photo, Pressed, chat_of, parse
from bot.sessions import Where

ANN = {"id": 7, "is_bot": False, "first_name": "Ann", "language_code": "de"}
PRIVATE = {"id": 7, "type": "private", "first_name": "Ann"}
SIZES = [
    {"file_id": "small", "file_unique_id": "s", "width": 90, "height": 60, "file_size": 900},
    {"file_id": "large", "file_unique_id": "l", "width": 1280, "height": 853, "file_size": 90000},
]


def message(**content: Any) -> dict[str, Any]:
    head = {"message_id": 5, "date": 1, "chat": PRIVATE, "from": ANN}
    return {"update_id": 1, "message": head | content}


def meaning(**content: Any) -> Incoming | None:
    return parse(message(**content), "atelier_bot")


def what(**content: Any) -> object:
    incoming = meaning(**content)
    return incoming.what if incoming else None


def document(**known: Any) -> dict[str, Any]:
    return {"file_id": "doc", "file_unique_id": "d", "file_size": 5} | known


def test_a_photo_is_its_largest_size() -> None:
    incoming = meaning(photo=SIZES)
    assert incoming == Incoming(
        Where(7, 0, 7), "de", 5, Photo("large", 90000, 5, role=None, album=None)
    )


@pytest.mark.parametrize(
    ("caption", "role"),
    [
        ("style", Role.STYLE),
        (" Style! ", Role.STYLE),
        ("/content", Role.CONTENT),
        ("in the style of spring", None),
        ("", None),
    ],
)
def test_a_caption_may_name_the_role(caption: str, role: Role | None) -> None:
    photo = what(photo=SIZES, caption=caption)
    assert isinstance(photo, Photo)
    assert photo.role == role


def test_what_stands_after_style_under_a_photo_is_its_caption() -> None:
    for caption, left in (("/style mosaic", "mosaic"), ("/style", ""), ("mosaic", "mosaic")):
        photo = what(photo=SIZES, caption=caption)
        assert isinstance(photo, Photo)
        assert (photo.role, photo.caption) == (None, left)


@pytest.mark.parametrize(
    "known",
    [{"mime_type": "image/heic"}, {"file_name": "IMG_1.HEIC"}, {"mime_type": "image/png"}],
)
def test_a_file_that_says_it_is_a_picture_is_a_photo(known: dict[str, str]) -> None:
    assert what(document=document(**known)) == Photo("doc", 5, 5, None, None)


def test_another_file_is_not() -> None:
    assert what(document=document(mime_type="application/pdf", file_name="a.pdf")) == Other("file")


def test_an_albums_parts_carry_its_id() -> None:
    photo = what(photo=SIZES, media_group_id="42")
    assert isinstance(photo, Photo)
    assert photo.album == "42"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/start", Command("start")),
        ("/start deep_link", Command("start", text="deep_link")),
        ("/style  Stained glass ", Command("style", text="Stained glass")),
        ("/Help@Atelier_Bot", Command("help", addressed=True)),
        ("/help@another_bot", Other("text", "/help@another_bot")),
        ("hello", Other("text", "hello")),
    ],
)
def test_commands(text: str, expected: object) -> None:
    assert what(text=text) == expected


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"voice": {"file_id": "v", "file_unique_id": "v", "duration": 1}}, "voice"),
        (
            {
                "video": {
                    "file_id": "v",
                    "file_unique_id": "v",
                    "width": 1,
                    "height": 1,
                    "duration": 1,
                }
            },
            "video",
        ),
        ({"contact": {"phone_number": "1", "first_name": "Bob"}}, "other"),
        ({"hologram_of_next_year": {"file_id": "h"}}, "other"),
    ],
)
def test_anything_else_has_a_kind(content: dict[str, Any], kind: str) -> None:
    assert what(**content) == Other(kind)


def test_an_animation_is_a_video_although_it_is_a_document_too() -> None:
    moving = {"file_id": "a", "file_unique_id": "a", "width": 1, "height": 1, "duration": 1}
    named = document(mime_type="image/gif", file_name="cat.gif")
    assert what(animation=moving, document=named) == Other("video")


@pytest.mark.parametrize(
    "content",
    [
        {"pinned_message": {"message_id": 1, "date": 0, "chat": PRIVATE}},
        {"text": "hi", "chat": {"id": -5, "type": "group", "title": "Friends"}},
        {"text": "hi", "from": ANN | {"is_bot": True}},
    ],
)
def test_what_wants_no_answer(content: dict[str, Any]) -> None:
    assert what(**content) is None


def pressed(data: str) -> dict[str, Any]:
    query = {
        "id": "99",
        "from": ANN,
        "chat_instance": "1",
        "data": data,
        "message": {"message_id": 8, "date": 0, "chat": PRIVATE},
    }
    return {"update_id": 2, "callback_query": query}


def test_buttons_even_under_messages_that_are_not_accessible_any_more() -> None:
    incoming = parse(pressed("1:c:3"), "atelier_bot")
    assert incoming is not None
    assert incoming.what == Pressed("99", Button(Action.CANCEL, 3))
    assert incoming.where == Where(7, 0, 7)
    tampered = parse(pressed("'; DROP TABLE"), "atelier_bot")
    assert tampered is not None
    assert tampered.what == Pressed("99", None)


def test_a_press_knows_what_the_message_replies_to() -> None:
    data = pressed("1:c:3")
    request = {"message_id": 4, "date": 1, "chat": PRIVATE, "from": ANN, "text": "/styles"}
    data["callback_query"]["message"] |= {"date": 1, "reply_to_message": request}
    incoming = parse(data, "atelier_bot")
    assert incoming is not None
    assert (incoming.message_id, incoming.reply_to) == (8, 4)


def test_the_chat_is_found_in_any_kind_of_update() -> None:
    assert chat_of(message(text="hi")) == 7
    assert chat_of(pressed("x")) == 7
    assert chat_of({"update_id": 1, "poll": {"id": "1"}}) == 0


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["message", "chat", "id", "x"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@checks(suppress_health_check=[HealthCheck.too_slow])  # on a busy machine, the first ones are
@given(st.dictionaries(st.sampled_from(["update_id", "message", "callback_query"]), json))
def test_finding_the_chat_never_fails(data: dict[str, Any]) -> None:
    assert isinstance(chat_of(data), int)


@pytest.mark.parametrize(
    "odd",
    [
        {"message_id": "5"},
        {"message_id": {"id": 5}},
        {"message_id": 2**63},
        {"media_group_id": 7},
        {"chat": PRIVATE | {"id": -(2**70)}},
        {"photo": [SIZES[0] | {"file_size": "900"}]},
        {"from": ANN | {"id": "7"}},
    ],
    ids=str,
)
def test_what_is_not_as_telegram_sends_it_is_not_read(odd: dict[str, Any]) -> None:
    assert meaning(photo=SIZES) is not None
    with pytest.raises(TypeError):
        meaning(**({"photo": SIZES} | odd))

"""Whom and what a command is about."""

from typing import Any

import pytest

from bot.incoming import Command, Photo, parse

ANN = {"id": 7, "is_bot": False, "first_name": "Ann"}
BOB = {"id": 8, "is_bot": False, "first_name": "Bob"}
BOT = {"id": 1, "is_bot": True, "first_name": "Atelier"}
PRIVATE = {"id": 7, "type": "private", "first_name": "Ann"}
FORUM = {"id": -100, "type": "supergroup", "title": "Friends", "is_forum": True}
SIZES = [{"file_id": "large", "file_unique_id": "l", "width": 9, "height": 6, "file_size": 90}]


def command(chat: dict[str, Any] = PRIVATE, **content: Any) -> Command:
    head = {"message_id": 5, "date": 1, "chat": chat, "from": ANN}
    incoming = parse({"update_id": 1, "message": head | content}, "atelier_bot")
    assert incoming is not None
    assert isinstance(incoming.what, Command), incoming
    return incoming.what


def replied(sender: dict[str, Any] = BOB, message_id: int = 4, **content: Any) -> dict[str, Any]:
    head = {"message_id": message_id, "date": 1, "chat": PRIVATE, "from": sender}
    return {"reply_to_message": head | {"text": "hello"} | content}


FORWARDED: dict[str, Any] = {"forward_origin": {"type": "user", "date": 1, "sender_user": BOB}}


@pytest.mark.parametrize(
    ("content", "subject"),
    [
        ({"text": "/block 123"}, 123),
        ({"text": "/block@Atelier_Bot   123 please"}, 123),
        ({"text": "/block", **replied(BOB)}, 8),
        ({"text": "/block 123", **replied(BOB)}, 123),
        ({"text": "/block", **replied(ANN, **FORWARDED)}, 8),
        ({"text": "/block", **replied(BOT)}, None),
        ({"text": "/block"}, None),
        ({"text": "/block bob"}, None),
        ({"text": "/block -123"}, None),
        ({"text": "/block 1²3"}, None),
        ({"text": "/block " + "9" * 40}, None),
    ],
)
def test_a_command_is_about_an_id_or_the_person_replied_to(
    content: dict[str, Any], subject: int | None
) -> None:
    found = command(**content)
    assert isinstance(found, Command)
    assert (found.name, found.subject) == ("block", subject)


def test_in_a_topic_nobody_is_replied_to_unless_somebody_is() -> None:
    topic = {"is_topic_message": True, "message_thread_id": 3, "text": "/block"}
    assert command(FORUM, **topic, **replied(BOB, 3)).subject is None
    assert command(FORUM, **topic, **replied(BOB, 4)).subject == 8


def test_again_may_be_a_photos_caption_or_a_reply_to_one() -> None:
    photo = Photo("large", 90, 5, role=None, album=None)
    assert command(caption="/again", photo=SIZES).photo == photo
    reply = command(text="/again", **replied(ANN, photo=SIZES))
    assert reply.photo == Photo("large", 90, 4, role=None, album=None)


def test_a_reply_to_the_bots_own_painting_asks_for_no_photo() -> None:
    assert command(text="/again", **replied(BOT, photo=SIZES)).photo is None
    assert command(text="/queue", **replied(ANN, photo=SIZES)).photo is None

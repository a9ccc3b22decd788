"""Which still picture a message holds."""

from typing import Any

import pytest

from bot.gathering import Role
from bot.incoming import Other, Photo, parse

ANN = {"id": 7, "is_bot": False, "first_name": "Ann", "language_code": "de"}
PRIVATE = {"id": 7, "type": "private", "first_name": "Ann"}
SIZES = [
    {"file_id": "small", "file_unique_id": "s", "width": 90, "height": 60, "file_size": 900},
    {"file_id": "large", "file_unique_id": "l", "width": 1280, "height": 853, "file_size": 90000},
]
LIVE = {"file_id": "film", "file_unique_id": "f", "width": 9, "height": 9, "duration": 2}
STICKER = {
    "file_id": "sticker",
    "file_unique_id": "s",
    "type": "regular",
    "width": 512,
    "height": 512,
    "is_animated": False,
    "is_video": False,
    "file_size": 5000,
}


def what(**content: Any) -> object:
    head = {"message_id": 5, "date": 1, "chat": PRIVATE, "from": ANN}
    incoming = parse({"update_id": 1, "message": head | content}, "atelier_bot")
    return incoming.what if incoming else None


def test_a_still_sticker_is_its_picture() -> None:
    assert what(sticker=STICKER) == Photo("sticker", 5000, 5, None, None)


@pytest.mark.parametrize("moving", ["is_animated", "is_video"])
def test_a_sticker_that_moves_is_its_thumbnail(moving: str) -> None:
    known = STICKER | {moving: True, "thumbnail": SIZES[0]}
    assert what(sticker=known) == Photo("small", 900, 5, None, None)
    assert what(sticker=STICKER | {moving: True}) == Other("sticker")


def test_a_live_photo_is_its_still() -> None:
    # Telegram sets `photo` as well; a server that does not is understood, too.
    live = LIVE | {"photo": SIZES}
    assert what(live_photo=live, photo=SIZES) == Photo("large", 90000, 5, None, None)
    captioned = Photo("large", 90000, 5, Role.STYLE, None, "стиль")
    assert what(live_photo=live, caption="стиль") == captioned


@pytest.mark.parametrize("live", [LIVE, LIVE | {"photo": []}])
def test_a_live_photo_without_a_still_is_none(live: object) -> None:
    assert what(live_photo=live) == Other("other")


def test_in_private_the_groups_command_under_a_photo_leaves_it_a_photo() -> None:
    assert what(photo=SIZES, caption="/style") == Photo("large", 90000, 5, None, None)


def test_what_is_forwarded_is_as_good() -> None:
    origin = {"type": "hidden_user", "date": 1, "sender_user_name": "Bob"}
    forwarded = what(photo=SIZES, forward_origin=origin, caption="стиль")
    assert forwarded == Photo("large", 90000, 5, Role.STYLE, None, "стиль")

"""What people send besides photos and files, and what comes late."""

import pytest
from telegram import Bot, Message

from bot.sandbox.client import SandboxClient, SandboxError
from tests.bot.sandbox.pictures import encoded, jpeg, picture
from tests.bot.sandbox.schema import problems

FILM = b"\x00\x00\x00\x18ftypmp42"


async def received(bot: Bot) -> Message:
    message = (await bot.get_updates(timeout=5))[-1].message
    assert message
    return message


async def test_a_sticker_is_kept_byte_by_byte(bot: Bot, person: SandboxClient) -> None:
    data = encoded(picture(512, 400), "WEBP")
    await person.send_sticker(data)
    sticker = (await received(bot)).sticker
    assert sticker
    assert (sticker.width, sticker.height, sticker.is_video) == (512, 400, False)
    assert await person.file(sticker.file_id) == data


async def test_a_sticker_that_moves_has_a_thumbnail_where_there_is_a_picture(
    bot: Bot, person: SandboxClient
) -> None:
    frames = [picture(64, 64, seed=seed) for seed in range(2)]
    await person.send_sticker(
        encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=900)
    )
    sticker = (await received(bot)).sticker
    assert sticker
    assert sticker.is_video
    assert sticker.thumbnail
    await person.send_sticker(b"\x1aE\xdf\xa3")
    sticker = (await received(bot)).sticker
    assert sticker
    assert sticker.is_video
    assert sticker.thumbnail is None


async def test_a_live_photo_is_a_photo_too(bot: Bot, person: SandboxClient) -> None:
    sent = await person.send_live_photo(jpeg(), FILM, "style")
    message = await received(bot)
    assert message.caption == "style"
    live = message.live_photo
    assert live
    assert live.photo
    assert live.photo[-1].file_id == message.photo[-1].file_id == sent.photo
    assert await person.file(live.file_id) == FILM


async def test_messages_fit_the_description(bot: Bot, person: SandboxClient) -> None:
    sent = [
        await person.send_sticker(encoded(picture(), "WEBP")),
        await person.send_sticker(b"moves"),
        await person.send_live_photo(jpeg(), FILM),
        await person.send_film(FILM),
        await person.send_voice(b"OggS"),
    ]
    kinds = ["sticker", "sticker", "live_photo", "video", "voice"]
    for message, kind in zip(sent, kinds, strict=True):
        assert kind in message.raw
        assert problems(message.raw, ["Message"]) == []


async def test_what_no_client_sends_is_refused(person: SandboxClient) -> None:
    for send_as, words in (("sticker", "alone"), ("live_photo", "a still and a film")):
        with pytest.raises(SandboxError, match=words):
            await person.send_album([jpeg()] * 3, send_as=send_as)
    with pytest.raises(SandboxError, match="Nothing is sent as hologram"):
        await person.send_album([jpeg()], send_as="hologram")
    with pytest.raises(SandboxError, match="cannot be sent as a photo"):
        await person.send_live_photo(b"no picture", FILM)
    assert await person.messages() == []


async def test_the_last_parts_of_an_album_may_come_late(bot: Bot, person: SandboxClient) -> None:
    sent = await person.send_album([jpeg(seed=seed) for seed in range(3)], late=1)
    assert [one.id for one in await person.messages()] == [one.id for one in sent[:2]]
    updates = await bot.get_updates(timeout=5)
    await person.release()
    late = (await bot.get_updates(offset=updates[-1].update_id + 1, timeout=5))[-1].message
    assert late
    assert (late.message_id, late.media_group_id) == (sent[2].id, sent[0].raw["media_group_id"])

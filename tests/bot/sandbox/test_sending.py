"""What the bot may send, and what Telegram refuses."""

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto
from telegram.error import BadRequest, Forbidden

from bot.sandbox.client import SandboxClient
from tests.bot.sandbox.pictures import decoded, encoded, jpeg, picture


@pytest.fixture(autouse=True)
async def _started(person: SandboxClient) -> None:
    await person.send_text("/start")


def _button(data: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton("Go", callback_data=data)]])


async def test_a_photo_is_recompressed_into_sizes(bot: Bot, person: SandboxClient) -> None:
    sent = await bot.send_photo(person.user, jpeg(2000, 1500))
    assert [(size.width, size.height) for size in sent.photo] == [
        (90, 68),
        (320, 240),
        (800, 600),
        (1280, 960),
    ]
    data = await (await sent.photo[-1].get_file()).download_as_bytearray()
    assert decoded(bytes(data)).size == (1280, 960)
    assert len(data) == sent.photo[-1].file_size


async def test_a_photo_sent_again_by_file_id_is_the_same_photo(
    bot: Bot, person: SandboxClient
) -> None:
    first = await bot.send_photo(person.user, jpeg())
    for size in first.photo:
        again = await bot.send_photo(person.user, size.file_id)
        assert again.photo == first.photo


async def test_a_document_stays_byte_for_byte_what_it_was(bot: Bot, person: SandboxClient) -> None:
    data = encoded(picture(640, 480), "PNG")
    sent = await bot.send_document(person.user, data, filename="result.png")
    assert sent.document
    assert (sent.document.file_name, sent.document.file_size) == ("result.png", len(data))
    assert sent.document.thumbnail
    assert sent.document.thumbnail.width == 320
    fetched = await (await sent.document.get_file()).download_as_bytearray()
    assert bytes(fetched) == data


async def test_transparency_becomes_white(bot: Bot, person: SandboxClient) -> None:
    clear = picture(100, 100).convert("RGBA")
    clear.putalpha(0)
    sent = await bot.send_photo(person.user, encoded(clear, "PNG"))
    shown = decoded(await person.file(sent.photo[-1].file_id))
    assert shown.getpixel((50, 50)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("data", "description"),
    [
        (b"no picture at all", "Image_process_failed"),
        (encoded(picture(2100, 100)), "Photo_invalid_dimensions"),
        (encoded(picture(9000, 1001)), "Photo_invalid_dimensions"),
        (bytes(10 * 2**20 + 1), "is too big for a photo"),
    ],
    ids=["no picture", "ratio above 20", "sides above 10000", "above 10 MB"],
)
async def test_telegram_refuses_a_photo(
    bot: Bot, person: SandboxClient, data: bytes, description: str
) -> None:
    with pytest.raises(BadRequest, match=description):
        await bot.send_photo(person.user, data)


async def test_texts_and_captions_have_their_limits(bot: Bot, person: SandboxClient) -> None:
    await bot.send_message(person.user, "x" * 4096)
    await bot.send_photo(person.user, jpeg(), "x" * 1024)
    with pytest.raises(BadRequest, match="Message is too long"):
        await bot.send_message(person.user, "x" * 4097)
    with pytest.raises(BadRequest, match="Message caption is too long"):
        await bot.send_photo(person.user, jpeg(), "x" * 1025)
    with pytest.raises(BadRequest, match="Message text is empty"):
        await bot.send_message(person.user, "  ")


async def test_callback_data_holds_one_to_sixty_four_bytes(bot: Bot, person: SandboxClient) -> None:
    await bot.send_message(person.user, "x", reply_markup=_button("ж" * 32))
    for data in ("ж" * 33, ""):
        with pytest.raises(BadRequest, match="Button_data_invalid"):
            await bot.do_api_request(
                "sendMessage",
                {
                    "chat_id": person.user,
                    "text": "x",
                    "reply_markup": {"inline_keyboard": [[{"text": "Go", "callback_data": data}]]},
                },
            )


async def test_a_refused_photo_leaves_nothing_in_the_chat(bot: Bot, person: SandboxClient) -> None:
    with pytest.raises(BadRequest):
        await bot.send_photo(person.user, jpeg(), reply_markup=_button("x" * 65))
    assert [message.from_bot for message in await person.messages()] == [False]


async def test_an_album_holds_at_most_ten_and_has_one_group(
    bot: Bot, person: SandboxClient
) -> None:
    sent = await bot.send_media_group(person.user, [InputMediaPhoto(jpeg())] * 10, caption="ten")
    assert len({message.media_group_id for message in sent}) == 1
    assert [message.caption for message in sent] == ["ten"] + [None] * 9
    with pytest.raises(BadRequest, match="Too many messages to send as an album"):
        await bot.send_media_group(person.user, [InputMediaPhoto(jpeg())] * 11)


async def test_a_reply_to_a_deleted_message_is_refused_unless_allowed(
    bot: Bot, person: SandboxClient
) -> None:
    gone = (await person.send_text("hello")).id
    await person.delete(gone)
    with pytest.raises(BadRequest, match="Message to be replied not found"):
        await bot.send_message(person.user, "x", reply_to_message_id=gone)
    sent = await bot.send_message(
        person.user, "x", reply_to_message_id=gone, allow_sending_without_reply=True
    )
    assert sent.reply_to_message is None


async def test_who_has_not_started_or_has_blocked_the_bot_is_out_of_reach(
    bot: Bot, person: SandboxClient
) -> None:
    stranger = await person.new_user("Stranger")
    with pytest.raises(Forbidden, match="can't initiate conversation"):
        await bot.send_message(stranger, "hello")
    await person.allow_bot(False)
    with pytest.raises(Forbidden, match="blocked by the user"):
        await bot.send_message(person.user, "hello")
    await person.allow_bot(True)
    await bot.send_message(person.user, "hello")


async def test_a_chat_action_must_be_one_of_telegrams(bot: Bot, person: SandboxClient) -> None:
    await bot.send_chat_action(person.user, "typing")
    with pytest.raises(BadRequest, match="Wrong parameter action"):
        await bot.send_chat_action(person.user, "painting")


async def test_what_is_above_twenty_megabytes_cannot_be_fetched(
    bot: Bot, person: SandboxClient
) -> None:
    sent = await person.send_document(bytes(20 * 2**20 + 1), "big.bin")
    assert sent.document
    with pytest.raises(BadRequest, match="File is too big"):
        await bot.get_file(sent.document)

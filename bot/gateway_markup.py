"""The part of `bot.gateway` about what stands around a message: its reply, its buttons. Pure."""

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, ReplyParameters

from bot.buttons import Rows, encode


def reply(message_id: int | None) -> ReplyParameters | None:
    """What a message replies to: it is sent without, where that is gone."""
    if not message_id:  # a job whose chat has moved has none
        return None
    return ReplyParameters(message_id, allow_sending_without_reply=True)


def keyboard(rows: Rows) -> InlineKeyboardMarkup | None:
    """The buttons under a message."""
    if not rows:
        return None
    return InlineKeyboardMarkup(
        [
            [InlineKeyboardButton(label, callback_data=encode(button)) for label, button in row]
            for row in rows
        ]
    )

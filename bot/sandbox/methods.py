"""Which Bot API methods there are. Pure."""

from collections.abc import Awaitable, Callable
from typing import Any

from bot.sandbox import accounts, editing, sending
from bot.sandbox.parameters import Parameters
from bot.sandbox.service import Service

Method = Callable[[Service, Parameters], Awaitable[Any]]

METHODS: dict[str, Method] = {
    "getMe": accounts.get_me,
    "getUpdates": accounts.get_updates,
    "setWebhook": accounts.set_webhook,
    "deleteWebhook": accounts.delete_webhook,
    "getWebhookInfo": accounts.get_webhook_info,
    "setMyCommands": accounts.set_my_commands,
    "getMyCommands": accounts.get_my_commands,
    "deleteMyCommands": accounts.delete_my_commands,
    "setMyDescription": accounts.set_my_description,
    "getMyDescription": accounts.get_my_description,
    "setMyShortDescription": accounts.set_my_short_description,
    "getMyShortDescription": accounts.get_my_short_description,
    "getFile": accounts.get_file,
    "getChat": accounts.get_chat,
    "getChatMember": accounts.get_chat_member,
    "getChatAdministrators": accounts.get_chat_administrators,
    "sendMessage": sending.send_message,
    "sendPhoto": sending.send_photo,
    "sendDocument": sending.send_document,
    "sendAnimation": sending.send_animation,
    "sendMediaGroup": sending.send_media_group,
    "sendChatAction": sending.send_chat_action,
    "editMessageText": editing.edit_message_text,
    "editMessageCaption": editing.edit_message_caption,
    "editMessageMedia": editing.edit_message_media,
    "editMessageReplyMarkup": editing.edit_message_reply_markup,
    "deleteMessage": editing.delete_message,
    "setMessageReaction": editing.set_message_reaction,
    "answerCallbackQuery": editing.answer_callback_query,
}
_BY_LOWER = {name.lower(): name for name in METHODS}


def find(name: str) -> str | None:
    """The method's proper name: Telegram does not mind the case."""
    return _BY_LOWER.get(name.lower())

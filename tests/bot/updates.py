"""Updates as Telegram sends them, where a test needs them without a sandbox."""

from typing import Any

NAMES = {7: "Maximilian", 8: "Yolanda"}


def _sender(user_id: int) -> dict[str, Any]:
    return {"id": user_id, "is_bot": False, "first_name": NAMES[user_id]}


def _message(user_id: int, chat_id: int | None) -> dict[str, Any]:
    chat = {"id": chat_id or user_id, "type": "supergroup" if chat_id else "private"}
    return {"message_id": 1, "date": 0, "chat": chat, "from": _sender(user_id), "text": "Hello"}


def message(update_id: int, user_id: int, chat_id: int | None = None) -> dict[str, Any]:
    """A text, in private or in a group."""
    return {"update_id": update_id, "message": _message(user_id, chat_id)}


def pressed(update_id: int, user_id: int) -> dict[str, Any]:
    """A button, in private."""
    query = {
        "id": "1",
        "from": _sender(user_id),
        "chat_instance": "1",
        "message": _message(user_id, None),
        "data": "1:x:7:yes",
    }
    return {"update_id": update_id, "callback_query": query}

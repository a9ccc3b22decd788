"""Checks reply markup as Telegram does. Pure."""

from typing import Any

from bot.sandbox.errors import bad_request

Json = dict[str, Any]

MAX_CALLBACK_DATA = 64  # bytes
MAX_BUTTONS = 100
_ACTIONS = (
    "callback_data", "url", "web_app", "login_url", "switch_inline_query",
    "switch_inline_query_current_chat", "switch_inline_query_chosen_chat", "copy_text",
    "callback_game", "pay",
)  # fmt: skip


def inline(markup: Any) -> Json | None:
    """The inline keyboard to be kept in the message; None where there is none.

    Raises `ApiError` where a button has no text, no action, or too long callback data.
    """
    if markup is None or (isinstance(markup, dict) and "inline_keyboard" not in markup):
        return None
    if not isinstance(markup, dict) or not isinstance(markup["inline_keyboard"], list):
        raise bad_request("object expected as reply markup")
    rows = [row for row in markup["inline_keyboard"] if row]
    if sum(len(row) for row in rows) > MAX_BUTTONS:
        raise bad_request("REPLY_MARKUP_TOO_LONG")
    for row in rows:
        for button in row:
            _check(button)
    return {"inline_keyboard": rows} if rows else None


def other(markup: Any) -> Json | None:
    """A reply keyboard, its removal, or a forced reply: shown to people, not in the message."""
    if isinstance(markup, dict) and "inline_keyboard" not in markup:
        return markup
    return None


def _check(button: Any) -> None:
    if not isinstance(button, dict) or not str(button.get("text") or ""):
        raise bad_request('can\'t parse inline keyboard button: Field "text" must be non-empty')
    if sum(action in button for action in _ACTIONS) != 1:
        raise bad_request(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
    if "callback_data" in button:
        size = len(str(button["callback_data"]).encode())
        if not 1 <= size <= MAX_CALLBACK_DATA:
            raise bad_request("BUTTON_DATA_INVALID")

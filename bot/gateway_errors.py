"""What may come of a call to Telegram, and how its client's errors become that. Pure."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)

# What was to be said cannot be sent as it is, now or later.
IMPOSSIBLE = (UnicodeError, httpx.InvalidURL, httpx.UnsupportedProtocol)


class GatewayError(Exception):
    """A call has not had its effect, or nobody knows."""


class Unreachable(GatewayError):
    """No answer, a broken one, or "later": worth another try, not before `retry_after` seconds."""

    def __init__(self, message: str, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class FileDelayed(Unreachable):
    """The file server has answered, but not with the file."""


class Refused(GatewayError):
    """Telegram will not do this, however often it is asked."""


class TooBig(Refused):
    """The file has more bytes than the API gives to bots."""


class TopicGone(Refused):
    """The topic is deleted or closed; the chat is there."""


class ChatGone(Refused):
    """The bot is blocked, was removed, or the chat is deleted."""


class ChatMoved(ChatGone):
    """The group is a supergroup now, which is another chat."""

    def __init__(self, message: str, new_chat_id: int) -> None:
        super().__init__(message)
        self.new_chat_id = new_chat_id


class Unauthorised(GatewayError):
    """The token is not, or no longer, valid."""


class SecondReader(GatewayError):
    """Another process reads the same bot's updates, or a webhook is set."""


class WebhookActive(SecondReader):
    """A webhook is set."""


@contextmanager
def unchanged_is_fine() -> Iterator[None]:
    """An edit that would change nothing is a success."""
    try:
        yield
    except BadRequest as error:
        if "not modified" not in error.message:
            raise


@contextmanager
def translated(
    *, unauthorised: bool = False, unknown: type[GatewayError] | None = None
) -> Iterator[None]:
    """Telegram's errors as this module's. `from None`: some of theirs hold the token.

    `unauthorised`: a rejected token is to be told from other errors. `unknown`: what a 404 is,
    where that is no rejected token (https://core.telegram.org/bots/api answers so to both).
    """
    try:
        yield
    except RetryAfter as error:
        after = error.retry_after
        seconds = after if isinstance(after, int) else after.total_seconds()
        raise Unreachable("Telegram asks to wait.", float(seconds)) from None
    except ChatMigrated as error:
        raise ChatMoved(error.message, error.new_chat_id) from None
    except Forbidden as error:
        raise ChatGone(error.message) from None
    except BadRequest as error:
        raise _refusal(error.message) from None
    except (InvalidToken, EndPointNotFound) as error:
        # Both 401 and 404 end here; the latter is also an unknown method's answer.
        rejected = "unauthorized" in str(error.__cause__ or error).lower()
        if unauthorised and (rejected or unknown is None):
            raise Unauthorised("The token was rejected.") from None
        if rejected:
            # The intake ends the service for this; what is to be sent is kept for the next token.
            raise Unreachable("The token was rejected.") from None
        raise (unknown or Refused)("This server does not know the method.") from None
    except Conflict as error:
        if "webhook is active" in error.message:
            raise WebhookActive(error.message) from None
        raise SecondReader(error.message) from None
    except TelegramError as error:
        if isinstance(error.__cause__, IMPOSSIBLE):
            raise Refused("There is no such call.") from None
        if "too large" in error.message.lower():  # a 413, which has no class of its own
            raise TooBig(error.message) from None
        raise Unreachable(f"{type(error).__name__}: {error.message}") from None
    except IMPOSSIBLE:
        raise Refused("There is no such file.") from None
    except httpx.HTTPStatusError as error:
        status = error.response.status_code
        kind = Refused if status in (400, 404, 410) else FileDelayed
        raise kind(f"The file server answers {status}.") from None
    except httpx.HTTPError as error:
        raise Unreachable(type(error).__name__) from None  # its text may hold the file's URL


def _refusal(message: str) -> Refused:
    lower = message.lower()
    if "chat not found" in lower:
        return ChatGone(message)
    if "file is too big" in lower:
        return TooBig(message)
    if "thread not found" in lower or "topic_closed" in lower or "topic_deleted" in lower:
        return TopicGone(message)
    return Refused(message)

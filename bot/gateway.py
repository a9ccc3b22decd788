"""Speaks to Telegram's Bot API (https://core.telegram.org/bots/api), as nothing else here does.

Whatever the API answers ends as a return value or as one of `bot.gateway_errors`.
"""

import asyncio
import warnings
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from telegram import ForceReply, InputMediaPhoto
from telegram.ext import ExtBot
from telegram.warnings import PTBDeprecationWarning, PTBUserWarning

from bot.buttons import Rows
from bot.gateway_chats import Chats
from bot.gateway_errors import Refused, Unreachable, translated, unchanged_is_fine
from bot.gateway_files import FileServer
from bot.gateway_markup import keyboard, reply
from bot.gateway_profile import Profile
from bot.gateway_requests import MeasuredRequest
from bot.gateway_updates import ALLOWED_UPDATES, Webhooks
from bot.pacing import Pacing, Paid
from bot.rate_limits import Priority

POLL_SECONDS = 30
ANSWER_SECONDS = 10.0  # then a button's spinning has ended by itself
READ_SECONDS = 20.0  # for an answer; then nobody knows whether the call had its effect

# `get_updates` would parse every update, and fail on one that it does not understand: the intake
# stores them as they come.
warnings.filterwarnings("ignore", "Please use 'Bot.getUpdates'", PTBUserWarning)
# Both of its types are read here.
warnings.filterwarnings("ignore", ".* attribute `retry_after`", PTBDeprecationWarning)


@dataclass(frozen=True)
class Chat:
    """Where a message goes: a chat, and the topic in it (0 for none)."""

    chat_id: int
    thread_id: int = 0

    @property
    def _thread(self) -> int | None:
        return self.thread_id or None


@dataclass(frozen=True)
class Sent:
    """What Telegram has made of a message."""

    message_id: int
    file_id: str | None = None


class Gateway:
    """The bot's account on one Bot API server."""

    def __init__(self, token: str, api_url: str) -> None:
        self._pacing = Pacing()
        self._bot = ExtBot(
            token,
            base_url=f"{api_url}/bot",
            base_file_url=f"{api_url}/file/bot",
            request=MeasuredRequest(
                connection_pool_size=32,
                read_timeout=READ_SECONDS,
                write_timeout=20,
                connect_timeout=10,
                pool_timeout=60,
                media_write_timeout=60,
            ),
            get_updates_request=MeasuredRequest(
                connection_pool_size=1, read_timeout=10, connect_timeout=10
            ),
            rate_limiter=self._pacing,
        )
        self.profile = Profile(self._bot)
        self.chats = Chats(self._bot)
        self.webhooks = Webhooks(self._bot)
        self._file_server = FileServer(self._bot, self._pacing)

    async def connect(self) -> str:
        """Check the token, and return the bot's username. May be called again after an error."""
        with translated(unauthorised=True):
            await self._bot.initialize()
        return self._bot.username

    async def close(self) -> None:
        """Close the connections."""
        await self._file_server.close()
        await self._bot.shutdown()

    async def updates(self, offset: int) -> list[dict[str, Any]]:
        """Confirm all before `offset`, and wait for more: raw, maybe in disorder, maybe none."""
        with translated(unauthorised=True, unknown=Unreachable):
            result: list[dict[str, Any]] = await self._bot.do_api_request(
                "getUpdates",
                api_kwargs={
                    "offset": offset,
                    "timeout": POLL_SECONDS,
                    "allowed_updates": ALLOWED_UPDATES,
                },
                read_timeout=POLL_SECONDS + 10,
            )
        return result

    def download(self, file_id: str) -> AsyncGenerator[bytes, None]:
        """A file, in pieces. `Refused` where it is gone, `TooBig` where it is too large."""
        return self._file_server.download(file_id)

    async def turn(self, chat: Chat, priority: Priority) -> None:
        """Wait for the turn of a message to a chat; the call that follows is `PAID`."""
        await self._pacing.turn(chat.chat_id, priority)

    def wait(self, chat_id: int) -> float:
        """Seconds until the limits let something final go to a chat."""
        return self._pacing.wait(chat_id)

    async def answer(self, query_id: str, text: str) -> None:
        """Stop a button's spinning, with a short notice. Never fails: too late is no harm."""
        with suppress(Refused, Unreachable, TimeoutError), translated():
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._bot.answer_callback_query(
                    query_id, text, rate_limit_args=Priority.PROGRESS
                )

    async def send_text(
        self,
        chat: Chat,
        text: str,
        *,
        reply_to: int | None = None,
        rows: Rows = (),
        asks: str = "",
        priority: Priority | Paid = Priority.NORMAL,
    ) -> Sent:
        """A text message. `asks`: whoever it replies to is made to answer; this is their hint."""
        forced = ForceReply(selective=True, input_field_placeholder=asks) if asks else None
        with translated():
            message = await self._bot.send_message(
                chat.chat_id,
                text,
                message_thread_id=chat._thread,
                reply_parameters=reply(reply_to),
                reply_markup=forced or keyboard(rows),
                rate_limit_args=priority,
            )
        return Sent(message.message_id)

    async def send_photo(
        self,
        chat: Chat,
        photo: bytes | str,
        caption: str,
        *,
        reply_to: int | None = None,
        rows: Rows = (),
        priority: Priority = Priority.FINAL,
    ) -> Sent:
        """A photo: a JPEG's bytes, or the file id of one sent before."""
        with translated():
            message = await self._bot.send_photo(
                chat.chat_id,
                photo,
                caption=caption,
                filename="atelier.jpg",
                **_place(chat, reply_to, rows, priority),
            )
        return Sent(message.message_id, message.photo[-1].file_id if message.photo else None)

    async def send_album(
        self, chat: Chat, pictures: Sequence[tuple[bytes | str, str]]
    ) -> list[str | None]:
        """One to ten photos, bytes or file ids, each with its caption. Returns their file ids."""
        if len(pictures) == 1:
            [(picture, caption)] = pictures
            sent = await self.send_photo(chat, picture, caption, priority=Priority.NORMAL)
            return [sent.file_id]
        media = [
            InputMediaPhoto(one, caption=caption, filename="style.jpg") for one, caption in pictures
        ]
        with translated():
            messages = await self._bot.send_media_group(
                chat.chat_id,
                media,
                message_thread_id=chat._thread,
                rate_limit_args=Priority.NORMAL,
            )
        return [one.photo[-1].file_id if one.photo else None for one in messages]

    async def send_document(
        self,
        chat: Chat,
        file: bytes | str,
        name: str,
        *,
        reply_to: int,
        caption: str = "",
        rows: Rows = (),
    ) -> Sent:
        """A file as it is: bytes, or the file id of one sent before."""
        with translated():
            message = await self._bot.send_document(
                chat.chat_id,
                file,
                caption=caption or None,
                filename=name,
                **_place(chat, reply_to, rows),
            )
        return Sent(message.message_id, message.document.file_id if message.document else None)

    async def send_film(self, chat: Chat, film: bytes | str, *, reply_to: int) -> Sent:
        """An animation: an MP4's or a GIF's bytes, or the file id of one sent before."""
        mp4 = isinstance(film, bytes) and film[4:8] == b"ftyp"  # ISO/IEC 14496-12, 4.3
        with translated():
            message = await self._bot.send_animation(
                chat.chat_id,
                film,
                filename="atelier.mp4" if mp4 else "atelier.gif",
                **_place(chat, reply_to),
            )
        return Sent(message.message_id, message.animation.file_id if message.animation else None)

    async def show_photo(
        self, chat: Chat, message_id: int, photo: bytes, caption: str, rows: Rows
    ) -> None:
        """Turn a message, a text too, into this photo, in a turn that was waited for."""
        media = InputMediaPhoto(photo, caption=caption, filename="atelier.jpg")
        with translated(), unchanged_is_fine():
            await self._bot.edit_message_media(
                media,
                chat.chat_id,
                message_id,
                reply_markup=keyboard(rows),
                rate_limit_args=Paid.PAID,
            )

    async def show_text(
        self,
        chat: Chat,
        message_id: int,
        text: str,
        rows: Rows,
        *,
        on_photo: bool,
        priority: Priority | Paid,
    ) -> None:
        """Change a message's text, or its caption where it is a photo."""
        with translated(), unchanged_is_fine():
            if on_photo:
                await self._bot.edit_message_caption(
                    chat.chat_id,
                    message_id,
                    caption=text,
                    reply_markup=keyboard(rows),
                    rate_limit_args=priority,
                )
            else:
                await self._bot.edit_message_text(
                    text,
                    chat.chat_id,
                    message_id,
                    reply_markup=keyboard(rows),
                    rate_limit_args=priority,
                )

    async def delete(self, chat: Chat, message_id: int) -> None:
        """Take a message away. `Refused` where it is gone already, or too old."""
        with translated():
            await self._bot.delete_message(
                chat.chat_id, message_id, rate_limit_args=Priority.PROGRESS
            )


def _place(
    chat: Chat, reply_to: int | None, rows: Rows = (), priority: Priority = Priority.FINAL
) -> dict[str, Any]:
    """Where a file goes, and what stands under it."""
    return {
        "message_thread_id": chat._thread,
        "reply_parameters": reply(reply_to),
        "reply_markup": keyboard(rows),
        "rate_limit_args": priority,
    }

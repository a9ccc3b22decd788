"""One status message, kept up to date as well as Telegram lets it. Speaks by the gateway.

A message starts as text, becomes the sketch, then snapshots, and makes way for the result.
Newest wins: what is shown is chosen when the limits let it go, and what is older is dropped.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

import structlog

from bot.buttons import Rows
from bot.gateway import Chat, Gateway
from bot.gateway_errors import ChatGone, ChatMoved, GatewayError, Refused, Unreachable
from bot.pacing import Paid
from bot.rate_limits import Priority

log = structlog.get_logger(__name__)

PRIVATE_SECONDS, GROUP_SECONDS = 3.0, 10.0  # between two pictures
MAX_REFUSALS = 3  # then the message is left alone
CLOSE_SECONDS = 2.0
PAUSE, MAX_PAUSE = 1.0, 60.0  # after a failure, and after many


def interval(chat_id: int) -> float:
    """Seconds between two pictures, by the kind of chat."""
    return PRIVATE_SECONDS if chat_id > 0 else GROUP_SECONDS


OnGone = Callable[[int, ChatGone], Awaitable[None]]  # which chat, and how


@dataclass(frozen=True)
class View:
    """What a status message may show."""

    text: str
    photo: bytes | None = None
    rows: Rows = ()


class StatusMessage:
    """One message, and the task that keeps it up to date."""

    def __init__(
        self,
        gateway: Gateway,
        chat: Chat,
        message_id: int | None,
        on_sent: Callable[[int], Awaitable[None]],
        on_gone: OnGone,
        reply_to: int | None = None,
    ) -> None:
        self._gateway = gateway
        self._chat = chat
        self._on_sent = on_sent
        self._on_gone = on_gone
        self._reply_to = reply_to
        self.message_id = message_id
        self._is_photo = False
        self._takes_photos = True
        self._refusals = 0
        self._failures = 0
        # A picture does not wait behind words: the sketch comes as soon as it is there.
        self._next_photo = self._next_text = 0.0
        self._view: View | None = None
        self._shown: View | None = None  # without its picture
        self._changed = asyncio.Event()
        self._closing = asyncio.Event()
        self._task = asyncio.create_task(self._keep())

    def show(self, view: View) -> None:
        """Show this as soon as possible, instead of whatever has not been shown yet."""
        self._view = view
        self._changed.set()

    async def finish(self) -> None:
        """Show no more; an edit on its way is waited for, so that it cannot come late."""
        self._closing.set()
        self._changed.set()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._task, CLOSE_SECONDS)

    async def replace(self, text: str) -> None:
        """After `finish`: the last words, without a button."""
        if self.message_id is not None:
            await self._text(View(text), Priority.NORMAL)

    async def remove(self) -> None:
        """After `finish`: take the message away."""
        if self.message_id is not None:
            await self._gateway.delete(self._chat, self.message_id)

    async def _keep(self) -> None:
        while not self._closing.is_set():
            delay = self._delay()
            if delay is None or delay > 0:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._changed.wait(), delay)
                self._changed.clear()
            elif await self._turn():
                view, self._view = self._view, None
                if view is not None:
                    await self._try(view)

    def _delay(self) -> float | None:
        """Seconds until the view may be shown; None where there is none, or none that is new."""
        view = self._view
        if view is None:
            return None
        if self.message_id is None:
            return 0.0
        photo = view.photo is not None and self._takes_photos
        if not photo and self._shown == replace(view, photo=None):
            self._view = None
            return None
        now = asyncio.get_running_loop().time()
        return max(0.0, (self._next_photo if photo else self._next_text) - now)

    async def _turn(self) -> bool:
        """Wait until the limits let something go; False where the end comes first."""
        priority = Priority.NORMAL if self.message_id is None else Priority.PROGRESS
        turn = asyncio.create_task(self._gateway.turn(self._chat, priority))
        end = asyncio.create_task(self._closing.wait())
        try:
            await asyncio.wait({turn, end}, return_when=asyncio.FIRST_COMPLETED)
            return not self._closing.is_set()
        finally:
            turn.cancel()
            end.cancel()

    async def _pause(self, at_least: float) -> None:
        """Longer after each failure. What a 429 asks for is waited for by the next turn, too."""
        seconds = max(at_least, PAUSE * 2.0 ** min(self._failures, 10))
        self._failures += 1
        with suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), min(seconds, MAX_PAUSE))

    async def _try(self, view: View) -> None:
        try:
            await self._put(view)
            self._refusals = self._failures = 0
        except Unreachable as error:
            log.debug("progress is late", reason=str(error))
            self._view = self._view or view
            await self._pause(error.retry_after)
        except ChatGone as error:
            await self._follow(view, error)
        except GatewayError as error:
            self._refusals += 1
            log.info("progress is refused", reason=str(error))
            if self._refusals >= MAX_REFUSALS:
                self._closing.set()
        except Exception:
            log.exception("progress cannot be shown")

    async def _follow(self, view: View, error: ChatGone) -> None:
        """Begin anew where the chat has moved to; end where it is gone."""
        chat_id = self._chat.chat_id
        if isinstance(error, ChatMoved):
            self._chat = Chat(error.new_chat_id)
            self.message_id = self._reply_to = self._shown = None
            self._is_photo = False
            self._view = self._view or view
        else:
            self._closing.set()
        await self._on_gone(chat_id, error)

    async def _put(self, view: View) -> None:
        """Show it, in a turn that was waited for."""
        if self.message_id is None:
            sent = await self._gateway.send_text(
                self._chat, view.text, reply_to=self._reply_to, rows=view.rows, priority=Paid.PAID
            )
            self.message_id = sent.message_id
            self._note_shown(view)
            if view.photo is not None:
                self._view = self._view or view
            await self._on_sent(sent.message_id)
        elif view.photo is None or not self._takes_photos:
            await self._text(view, Paid.PAID)
        else:
            await self._photo(self.message_id, view, view.photo)

    async def _photo(self, message_id: int, view: View, photo: bytes) -> None:
        try:
            await self._gateway.show_photo(self._chat, message_id, photo, view.text, view.rows)
            self._is_photo = True
            self._note_shown(view)
        except ChatGone:
            raise
        except Refused as error:
            # This server does not turn texts into photos: the words alone, then.
            log.info("a picture is refused", reason=str(error))
            self._takes_photos = self._is_photo
            await self._text(view, Priority.PROGRESS)
        finally:
            self._next_photo = asyncio.get_running_loop().time() + interval(self._chat.chat_id)

    async def _text(self, view: View, priority: Priority | Paid) -> None:
        """Change the words. Where they are refused it is tried as the other kind, in a new turn."""
        assert self.message_id is not None  # noqa: S101 - for the type checker
        if self._shown == replace(view, photo=None):
            return
        edit = partial(self._gateway.show_text, self._chat, self.message_id, view.text, view.rows)
        try:
            await edit(on_photo=self._is_photo, priority=priority)
        except ChatGone:
            raise
        except Refused:
            # After a restart, or a lost answer, it may be the other kind.
            again = Priority.PROGRESS if priority is Paid.PAID else priority
            await edit(on_photo=not self._is_photo, priority=again)
            self._is_photo = not self._is_photo
        self._note_shown(view)

    def _note_shown(self, view: View) -> None:
        self._shown = replace(view, photo=None)
        self._next_text = asyncio.get_running_loop().time() + interval(self._chat.chat_id)

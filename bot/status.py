"""The status messages: one a job, best effort. Speaks to Telegram by the gateway.

A message starts as text, becomes the sketch, then snapshots, and makes way for the result.
Newest wins: a view that could not be shown before the next one came is dropped.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

import structlog

from bot import jobs
from bot.buttons import Action, Button, Rows
from bot.database import Database
from bot.gateway import Chat, Gateway
from bot.gateway_errors import GatewayError, Refused, Unreachable
from bot.jobs import Job
from bot.pacing import Priority
from bot.texts import texts_for

log = structlog.get_logger(__name__)

PRIVATE_SECONDS, GROUP_SECONDS = 3.0, 10.0  # between two pictures
MAX_REFUSALS = 3  # then the message is left alone
CLOSE_SECONDS = 2.0
MAX_PAUSE = 60.0


def interval(chat_id: int) -> float:
    """Seconds between two pictures, by the kind of chat."""
    return PRIVATE_SECONDS if chat_id > 0 else GROUP_SECONDS


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
    ) -> None:
        self._gateway = gateway
        self._chat = chat
        self._on_sent = on_sent
        self.message_id = message_id
        self._is_photo = False
        self._takes_photos = True
        self._refusals = 0
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
                continue
            view, self._view = self._view, None
            if view is not None:
                await self._try(view)

    def _delay(self) -> float | None:
        """Seconds until the view may be shown; None where there is none."""
        if self._view is None:
            return None
        if self.message_id is None:
            return 0.0
        photo = self._view.photo is not None and self._takes_photos
        now = asyncio.get_running_loop().time()
        return max(0.0, (self._next_photo if photo else self._next_text) - now)

    async def _pause(self, seconds: float) -> None:
        if seconds > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), min(seconds, MAX_PAUSE))

    async def _try(self, view: View) -> None:
        try:
            await self._put(view)
            self._refusals = 0
        except Unreachable as error:
            log.debug("progress is dropped", reason=str(error))
            await self._pause(error.retry_after)
        except GatewayError as error:
            self._refusals += 1
            log.info("progress is refused", reason=str(error))
            if self._refusals >= MAX_REFUSALS:
                self._closing.set()
        except Exception:
            log.exception("progress cannot be shown")

    async def _put(self, view: View) -> None:
        if self.message_id is None:
            sent = await self._gateway.send_text(self._chat, view.text, rows=view.rows)
            self.message_id = sent.message_id
            self._note_shown(view)
            await self._on_sent(sent.message_id)
            if view.photo is None:
                return
        if view.photo is None or not self._takes_photos:
            await self._text(view, Priority.PROGRESS)
            return
        try:
            await self._gateway.show_photo(
                self._chat, self.message_id, view.photo, view.text, view.rows
            )
            self._is_photo = True
            self._note_shown(view)
        except Refused as error:
            # This server does not turn texts into photos: the words alone, then.
            log.info("a picture is refused", reason=str(error))
            self._takes_photos = self._is_photo
            await self._text(view, Priority.PROGRESS)
        finally:
            self._next_photo = asyncio.get_running_loop().time() + interval(self._chat.chat_id)

    async def _text(self, view: View, priority: Priority) -> None:
        assert self.message_id is not None  # noqa: S101 - for the type checker
        if self._shown == replace(view, photo=None):
            return
        edit = partial(
            self._gateway.show_text,
            self._chat,
            self.message_id,
            view.text,
            view.rows,
            priority=priority,
        )
        try:
            await edit(on_photo=self._is_photo)
        except Refused:
            # After a restart, or a lost answer, it may be the other kind.
            await edit(on_photo=not self._is_photo)
            self._is_photo = not self._is_photo
        self._note_shown(view)

    def _note_shown(self, view: View) -> None:
        self._shown = replace(view, photo=None)
        self._next_text = asyncio.get_running_loop().time() + interval(self._chat.chat_id)


class StatusBoard:
    """All status messages."""

    def __init__(self, gateway: Gateway, database: Database) -> None:
        self._gateway = gateway
        self._database = database
        self._messages: dict[int, StatusMessage] = {}
        self._closed: deque[int] = deque(maxlen=1000)  # late news of these is no news
        self._closers: set[asyncio.Task[None]] = set()

    def queued(self, job: Job, place: int, wait: float | None = None) -> None:
        """It waits."""
        self._show(job, View(texts_for(job.language).queued(place, wait), rows=_rows(job)))

    def starting(self, job: Job) -> None:
        """A worker has it, or will at once."""
        self._show(job, View(texts_for(job.language).starting(), rows=_rows(job)))

    def trying_again(self, job: Job) -> None:
        """An attempt has failed."""
        self._show(job, View(texts_for(job.language).trying_again(), rows=_rows(job)))

    def finishing(self, job: Job) -> None:
        """It is to end as it is."""
        self._show(job, View(texts_for(job.language).finishing(), rows=_rows(job)))

    def sketch(self, job: Job, jpeg: bytes) -> None:
        """The first picture, where pictures are wanted."""
        if job.snapshots:
            text = texts_for(job.language).sketch()
            self._show(job, View(text, jpeg, _rows(job, begun=True)))

    def snapshot(self, job: Job, jpeg: bytes, share: float, seconds_left: float) -> None:
        """The painting as it is, or words alone where those are wanted."""
        text = texts_for(job.language).painting(share, seconds_left)
        photo = jpeg if job.snapshots else None
        self._show(job, View(text, photo, _rows(job, begun=True)))

    def stopped(self, job: Job) -> None:
        """The job was cancelled: the last picture stays, under a last word."""
        self._close(job, texts_for(job.language).stopped())

    def remove(self, job: Job) -> None:
        """The result, or the apology, has arrived."""
        self._close(job, None)

    async def stop(self) -> None:
        """Leave the messages as they are: the next run goes on with them."""
        closers = list(self._closers)
        await asyncio.gather(
            *(message.finish() for message in self._messages.values()),
            *closers,
            return_exceptions=True,
        )

    def _show(self, job: Job, view: View) -> None:
        if job.id not in self._closed:
            self._message(job).show(view)

    def _message(self, job: Job) -> StatusMessage:
        if job.id not in self._messages:

            async def on_sent(message_id: int) -> None:
                await self._note(job.id, message_id)

            self._messages[job.id] = StatusMessage(
                self._gateway,
                Chat(job.chat_id, job.thread_id),
                job.status_message_id,
                on_sent,
            )
        return self._messages[job.id]

    def _close(self, job: Job, text: str | None) -> None:
        if job.id in self._closed:
            return
        self._closed.append(job.id)
        if job.id not in self._messages and job.status_message_id is None:
            return
        task = asyncio.create_task(self._closing(job, text))
        self._closers.add(task)
        task.add_done_callback(self._closers.discard)

    async def _closing(self, job: Job, text: str | None) -> None:
        message = self._message(job)
        del self._messages[job.id]
        await message.finish()
        try:
            await (message.remove() if text is None else message.replace(text))
        except Unreachable as error:
            log.info("a status message stays for now", job=job.id, reason=str(error))
            return  # the next start removes it
        except Refused as error:
            log.debug("a status message stays", job=job.id, reason=str(error))
        await self._note(job.id, None)

    async def _note(self, job_id: int, message_id: int | None) -> None:
        await self._database.run(jobs.set_status_message, job_id, message_id)


def _rows(job: Job, *, begun: bool = False) -> Rows:
    """What may be pressed; once there is a picture, it can be kept as it is."""
    texts = texts_for(job.language)
    row = [(texts.cancel_button(), Button(Action.CANCEL, job.id))]
    if begun:
        row.append((texts.finish_button(), Button(Action.FINISH, job.id)))
    return [row]

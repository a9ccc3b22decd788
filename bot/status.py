"""The status messages: one a job, best effort. Writes them, and who may press what."""

import asyncio
from collections import deque
from contextlib import suppress

import structlog
from structlog.contextvars import bound_contextvars

from bot import jobs
from bot.buttons import Action, Button, Rows
from bot.database import Database
from bot.gateway import Chat, Gateway
from bot.gateway_errors import Refused, Unreachable
from bot.jobs import Job
from bot.reactions import Reactions
from bot.status_message import OnGone, StatusMessage, View
from bot.texts import Texts, texts_for

log = structlog.get_logger(__name__)

PAUSE, MAX_PAUSE = 2.0, 300.0  # seconds between two tries to close a message
STOP_SECONDS = 2.5


class StatusBoard:
    """All status messages."""

    def __init__(
        self, gateway: Gateway, database: Database, reactions: Reactions, on_gone: OnGone
    ) -> None:
        self._gateway = gateway
        self._database = database
        self._reactions = reactions
        self._on_gone = on_gone
        self._messages: dict[int, StatusMessage] = {}
        self._closed: deque[int] = deque(maxlen=1000)  # late news of these is no news
        self._closers: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()

    def queued(self, job: Job, place: int, wait: float | None = None) -> None:
        """It waits."""
        self._show(job, View(_texts(job).queued(place, wait), rows=_rows(job)))

    def starting(self, job: Job) -> None:
        """A worker has it, or will at once."""
        self._show(job, View(_texts(job).starting(), rows=_rows(job)))

    def trying_again(self, job: Job) -> None:
        """An attempt has failed."""
        self._show(job, View(_texts(job).trying_again(), rows=_rows(job)))

    def finishing(self, job: Job) -> None:
        """It is to end as it is."""
        self._show(job, View(_texts(job).finishing(), rows=_rows(job)))

    def sketch(self, job: Job, jpeg: bytes) -> None:
        """The first picture, where pictures are wanted."""
        if job.snapshots:
            text = _texts(job).sketch()
            self._show(job, View(text, jpeg, _rows(job, begun=True)))

    def snapshot(self, job: Job, jpeg: bytes, share: float, seconds_left: float) -> None:
        """The painting as it is, or words alone where those are wanted."""
        text = _texts(job).painting(share, seconds_left)
        photo = jpeg if job.snapshots else None
        self._show(job, View(text, photo, _rows(job, begun=True)))

    def stopped(self, job: Job) -> None:
        """The job was cancelled: the last picture stays, under a last word."""
        self._reactions.stopped(job)
        self._close(job, _texts(job).stopped())

    def remove(self, job: Job) -> None:
        """The result, or the apology, has arrived."""
        self._close(job, None)

    async def stop(self) -> None:
        """Leave the messages as they are: the next run goes on with them."""
        self._stopping.set()
        finishing = [message.finish() for message in self._messages.values()]
        tasks = [*map(asyncio.ensure_future, finishing), *self._closers]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=STOP_SECONDS)
            for task in late:  # waiting for the network, or for room on the disk
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _show(self, job: Job, view: View) -> None:
        if job.id not in self._closed:
            self._message(job).show(view)

    def _message(self, job: Job) -> StatusMessage:
        if job.id not in self._messages:

            async def on_sent(message_id: int) -> None:
                await self._note(job.id, message_id)

            with bound_contextvars(job=job.id):  # its task keeps them
                self._messages[job.id] = StatusMessage(
                    self._gateway,
                    Chat(job.chat_id, job.thread_id),
                    job.status_message_id,
                    on_sent,
                    self._on_gone,
                    job.reply_to if job.chat_id < 0 else None,
                )
        return self._messages[job.id]

    def _close(self, job: Job, text: str | None) -> None:
        if job.id in self._closed:
            return
        self._closed.append(job.id)
        if job.id not in self._messages and job.status_message_id is None:
            return
        with bound_contextvars(job=job.id):
            task = asyncio.create_task(self._closing(job, text))
        self._closers.add(task)
        task.add_done_callback(self._closers.discard)

    async def _closing(self, job: Job, text: str | None) -> None:
        message = self._message(job)
        del self._messages[job.id]
        await message.finish()
        if await self._closed_for_good(message, text):
            await self._note(job.id, None)

    async def _closed_for_good(self, message: StatusMessage, text: str | None) -> bool:
        """Tried until Telegram has answered, or the bot stops: then the next start does it."""
        pause = PAUSE
        while not self._stopping.is_set():
            try:
                await (message.remove() if text is None else message.replace(text))
            except Unreachable as error:
                log.info("a status message stays for now", reason=str(error))
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), max(pause, error.retry_after))
                pause = min(2 * pause, MAX_PAUSE)
                continue
            except Refused as error:
                log.debug("a status message stays", reason=str(error))
            return True
        return False

    async def _note(self, job_id: int, message_id: int | None) -> None:
        await self._database.run(jobs.set_status_message, job_id, message_id)


def _texts(job: Job) -> Texts:
    return texts_for(job.language, group=job.chat_id < 0)


def _rows(job: Job, *, begun: bool = False) -> Rows:
    """What may be pressed; once there is a picture, it can be kept as it is."""
    texts = _texts(job)
    row = [(texts.cancel_button(), Button(Action.CANCEL, job.id))]
    if begun:
        row.append((texts.finish_button(), Button(Action.FINISH, job.id)))
    return [row]

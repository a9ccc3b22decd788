"""Delivers what must arrive: at least once, each chat in order, until Telegram has confirmed."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection
from structlog.contextvars import bound_contextvars

from bot import jobs, metrics, outbox, variations
from bot.buttons import Rows
from bot.database import Database
from bot.files import Files
from bot.gateway import Chat, Gateway, Sent
from bot.gateway_errors import (
    ChatGone,
    ChatMoved,
    GatewayError,
    Refused,
    TopicGone,
    Unreachable,
)
from bot.jobs import Job
from bot.outbox import Delivery, Kind
from bot.rate_limits import Priority
from bot.reactions import Reactions
from bot.status import StatusBoard
from bot.status_message import OnGone
from bot.texts import Texts, texts_for

log = structlog.get_logger(__name__)

MAX_WAIT = 60.0  # seconds between two tries
SOON = 0.2  # seconds: what the limits let go so soon waits with others, ahead of progress
MAX_IN_FLIGHT = 8  # pictures in memory at once
STOP_SECONDS = 2.0
# What an apology says of them: the painting has arrived.
REFUSED = {Kind.FILE: "file_refused", Kind.PAIR: "pair_refused", Kind.FILM: "film_refused"}


class Deliveries:
    """The loop over the `deliveries` table."""

    def __init__(
        self,
        database: Database,
        files: Files,
        gateway: Gateway,
        board: StatusBoard,
        reactions: Reactions,
        on_gone: OnGone,
    ) -> None:
        self._database = database
        self._files = files
        self._gateway = gateway
        self._board = board
        self._reactions = reactions
        self._on_gone = on_gone
        self._in_flight: dict[int, asyncio.Task[None]] = {}  # by chat
        self._sent: dict[int, Sent] = {}  # by id: arrived, and not yet noted
        self._wake = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Take up what an earlier run has left, the last words of its status messages too."""
        for job in await self._database.run(jobs.over_with_status):
            stopped = job.state is jobs.State.CANCELLED
            (self._board.stopped if stopped else self._board.remove)(job)
        self._wake.set()
        self._loop = asyncio.create_task(self._work())

    def wake(self) -> None:
        """There is something new to deliver."""
        self._wake.set()

    async def stop(self) -> None:
        """Finish what is on its way, within seconds."""
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)
        if self._in_flight:
            _, late = await asyncio.wait(self._in_flight.values(), timeout=STOP_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _work(self) -> None:
        wait: float | None = None
        while True:
            try:
                async with asyncio.timeout(wait):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            try:
                wait = await self._start_due()
            except Exception:
                log.exception("deliveries cannot be read")
                wait = 5.0

    async def _start_due(self) -> float | None:
        """Start what can be, and return the seconds until something else will be due."""
        heads: dict[int, Delivery] = {}
        for delivery in await self._database.run(outbox.waiting):
            heads.setdefault(delivery.chat_id, delivery)
        later: list[float] = []
        for chat_id, delivery in heads.items():
            if chat_id in self._in_flight:
                continue
            wait = self._delay(delivery)
            if wait > 0:
                later.append(wait)
            elif len(self._in_flight) < MAX_IN_FLIGHT:
                self._in_flight[chat_id] = asyncio.create_task(self._deliver(delivery))
        return min(later, default=None)

    def _delay(self, delivery: Delivery) -> float:
        """Seconds until it may be tried. A chat that has to wait must not hold up the others."""
        limited = self._gateway.wait(delivery.chat_id) - SOON
        return max(delivery.next_try - time.time(), limited)

    async def _deliver(self, delivery: Delivery) -> None:
        with bound_contextvars(job=delivery.job_id):
            try:
                await self._try(delivery)
            except Exception:
                log.exception("a delivery could not be tried")
                await asyncio.sleep(1)
            finally:
                del self._in_flight[delivery.chat_id]
                self._wake.set()

    async def _try(self, delivery: Delivery) -> None:
        job = await self._database.run(jobs.get, delivery.job_id)
        if job is None:
            return  # its owner has had everything deleted meanwhile
        try:
            sent = self._sent.get(delivery.id) or await self._send_somewhere(delivery, job)
        except ChatGone as error:
            log.info("the chat is gone", kind=delivery.kind, reason=str(error))
            await self._on_gone(job.chat_id, error)
            if not isinstance(error, ChatMoved):  # then it goes to the new one
                await self._end(delivery, job)
        except Refused as error:
            code = REFUSED.get(delivery.kind, "internal")
            await self._hopeless(delivery, job, code, str(error))
        except OSError as error:
            code = "gone" if isinstance(error, FileNotFoundError) else "internal"
            await self._hopeless(delivery, job, code, repr(error))
        except GatewayError as error:
            at_least = error.retry_after if isinstance(error, Unreachable) else 0.0
            await self._put_off(delivery, str(error), at_least)
        else:
            self._sent[delivery.id] = sent
            await self._database.run(outbox.mark_sent, delivery.id, sent.message_id, sent.file_id)
            del self._sent[delivery.id]
            self._arrived(delivery, job)

    def _arrived(self, delivery: Delivery, job: Job) -> None:
        log.info("delivered", kind=delivery.kind)
        metrics.DELIVERIES.labels(delivery.kind, "sent").inc()
        if delivery.kind in (Kind.RESULT, Kind.APOLOGY):
            self._board.remove(job)
        if delivery.kind is Kind.RESULT:
            metrics.PHASE.labels("delivering").observe(max(0.0, time.time() - delivery.asked_at))
            self._reactions.done(job)
        elif delivery.kind is Kind.APOLOGY and job.error_code not in REFUSED.values():
            self._reactions.failed(job)

    async def _send_somewhere(self, delivery: Delivery, job: Job) -> Sent:
        """To the topic, or to the chat where the topic is no more."""
        try:
            return await self._send(delivery, job)
        except TopicGone as error:
            if not job.thread_id:
                raise
            log.info("the topic is gone", kind=delivery.kind, reason=str(error))
            return await self._send(delivery, replace(job, thread_id=0))

    async def _send(self, delivery: Delivery, job: Job) -> Sent:
        chat = Chat(job.chat_id, job.thread_id)
        texts = texts_for(job.language, group=job.chat_id < 0)
        match delivery.kind:
            case Kind.APOLOGY:
                text = texts.apology(job.error_code or "internal", job.error_id or "-")
                return await self._gateway.send_text(
                    chat, text, reply_to=job.reply_to, priority=Priority.FINAL
                )
            case Kind.FILE:
                return await self._send_file(delivery, job, chat)
            case Kind.PAIR:
                pair = partial(self._gateway.send_photo, chat, caption="", reply_to=job.reply_to)
                return await self._by_id_or_bytes(delivery, job.pair, pair)
            case Kind.FILM:
                film = partial(self._gateway.send_film, chat, reply_to=job.reply_to)
                return await self._by_id_or_bytes(delivery, job.film, film)
            case Kind.RESULT if job.as_file:
                rows = variations.rows(job, texts)
                return await self._send_file(delivery, job, chat, _caption(job, texts), rows)
            case Kind.RESULT:
                return await self._send_photo(delivery, job, chat, texts)

    async def _send_photo(self, delivery: Delivery, job: Job, chat: Chat, texts: Texts) -> Sent:
        rows, to = variations.rows(job, texts), job.reply_to
        caption = _caption(job, texts)
        send = partial(self._gateway.send_photo, chat, caption=caption, reply_to=to, rows=rows)
        try:
            return await self._by_id_or_bytes(delivery, job.photo, send)
        except (ChatGone, TopicGone):
            raise
        except Refused as error:
            # A picture that Telegram does not take as a photo, it takes as a file.
            log.warning("a result is refused as a photo", reason=str(error))
            photo = await self._files.get(job.photo or "")
            return await self._gateway.send_document(
                chat, photo, _name(job, "jpg"), reply_to=to, caption=caption, rows=rows
            )

    async def _send_file(
        self, delivery: Delivery, job: Job, chat: Chat, caption: str = "", rows: Rows = ()
    ) -> Sent:
        send = partial(
            self._gateway.send_document,
            chat,
            name=_name(job, "png"),
            reply_to=job.reply_to,
            caption=caption,
            rows=rows,
        )
        return await self._by_id_or_bytes(delivery, job.file, send)

    async def _by_id_or_bytes(
        self, delivery: Delivery, sha256: str | None, send: Callable[[bytes | str], Awaitable[Sent]]
    ) -> Sent:
        """For nothing, where Telegram has it already; as a whole, where it has it no more."""
        if delivery.file_id is not None:
            try:
                return await send(delivery.file_id)
            except (ChatGone, TopicGone):
                raise
            except Refused as error:
                log.info("a file id is refused", reason=str(error))
        return await send(await self._files.get(sha256 or ""))

    async def _put_off(self, delivery: Delivery, reason: str, at_least: float) -> None:
        metrics.DELIVERIES.labels(delivery.kind, "put_off").inc()
        wait = pause(delivery.attempts, at_least)
        log.warning("a delivery waits", kind=delivery.kind, reason=reason, seconds=wait)
        await self._database.run(outbox.put_off, delivery.id, time.time() + wait)

    async def _hopeless(self, delivery: Delivery, job: Job, code: str, reason: str) -> None:
        """What can never be sent is apologised for, unless it is an apology itself."""
        metrics.DELIVERIES.labels(delivery.kind, "refused").inc()
        error_id = secrets.token_hex(4)
        log.error("a delivery is hopeless", kind=delivery.kind, reason=reason, error_id=error_id)

        async def apologise_instead(connection: AsyncConnection) -> None:
            if await jobs.get(connection, job.id) is None:
                return  # deleted meanwhile: the files went with it
            await outbox.mark_dead(connection, delivery.id)
            if delivery.kind is not Kind.APOLOGY:
                await jobs.note_error(connection, job.id, code, error_id)
                await outbox.add(connection, job.id, Kind.APOLOGY)

        await self._database.run(apologise_instead)
        self._board.remove(job)

    async def _end(self, delivery: Delivery, job: Job) -> None:
        metrics.DELIVERIES.labels(delivery.kind, "chat_gone").inc()
        await self._database.run(outbox.mark_dead, delivery.id)
        self._board.remove(job)


def pause(attempts: int, at_least: float) -> float:
    """Seconds until the next try, after so many before the last."""
    return max(min(2.0 ** min(attempts, 10), MAX_WAIT), at_least)


def _name(job: Job, suffix: str) -> str:
    return f"atelier-{job.id}.{suffix}"


def _caption(job: Job, texts: Texts) -> str:
    if job.cached:
        return texts.result_at_once()
    return texts.result_as_it_is() if job.early else texts.result()

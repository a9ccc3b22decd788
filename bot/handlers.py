"""Handles one update, or one settled session: load, decide, reply, commit.

No transaction is open while Telegram is asked for anything. A kill between a reply and the commit
repeats the reply after the restart; it never loses one.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import (
    access,
    admission,
    blocklist,
    conversation,
    gathering,
    inbox,
    jobs,
    lookup,
    outbox,
    panel,
    preferences,
    results,
    sessions,
)
from bot.admission import Taken
from bot.buttons import Button
from bot.database import Database
from bot.decision import Decision, Facts, Policy, Reply, Unfetchable
from bot.files import Files
from bot.gateway import MAX_DOWNLOAD, Chat, Gateway
from bot.gateway_errors import Refused, TooBig
from bot.inbox import StoredUpdate
from bot.incoming import Command, Incoming, Photo, Pressed, parse
from bot.pacing import Priority
from bot.sessions import Where
from bot.texts import Texts, texts_for

log = structlog.get_logger(__name__)


class Handlers:
    """The edge around `bot.conversation`."""

    def __init__(
        self,
        database: Database,
        files: Files,
        gateway: Gateway,
        policy: Policy,
        username: str,
        *,
        on_queue_change: Callable[[], None],
        on_cancelled: Callable[[int], Awaitable[None]],
        on_finish: Callable[[int], Awaitable[None]],
        on_deliveries: Callable[[], None],
    ) -> None:
        self._database = database
        self._files = files
        self._gateway = gateway
        self._policy = policy
        self._username = username
        self._on_queue_change = on_queue_change
        self._on_cancelled = on_cancelled
        self._on_finish = on_finish
        self._on_deliveries = on_deliveries

    async def update(self, stored: StoredUpdate) -> tuple[Where, float | None] | None:
        """Handle one update. Returns a session and when it is due, where one was touched."""
        incoming = parse(stored.data, self._username)
        if incoming is None:
            await self.give_up(stored)
            return None
        button = incoming.what.button if isinstance(incoming.what, Pressed) else None
        facts, _ = await self._database.run(_load, incoming.where, button)
        now = time.time()
        facts = await self._database.run(lookup.more, incoming, facts, self._policy, now)
        if panel.concerns(incoming):
            facts = replace(facts, is_admin=await self._is_admin(incoming))
        texts = texts_for(facts.preferences.language or incoming.language)
        decision = access.turned_away(incoming, facts, self._policy, texts)
        if decision is None:
            fetched = await self._fetched(incoming, texts)
            decision = conversation.decide(
                incoming, facts, self._policy, texts, stored.received_at, fetched
            )
        decision, taken = await self._admitted(decision, incoming.where, texts)
        await self._say(incoming, decision)
        await self._commit(decision, taken, incoming.where, texts, stored)
        return incoming.where, decision.session.due

    async def due(self, where: Where) -> float | None:
        """Settle a session whose time has come. Returns when to look again, if ever."""
        facts, language = await self._database.run(_load, where)
        settled, outcomes = gathering.tick(facts.session, time.time())
        if settled == facts.session:
            return settled.due
        texts = texts_for(facts.preferences.language or language)
        decision = conversation.act(settled, outcomes, where, facts, self._policy, texts)
        decision, taken = await self._admitted(decision, where, texts)
        await self._reply(where, decision.replies)
        await self._commit(decision, taken, where, texts)
        return decision.session.due

    async def apologise(self, stored: StoredUpdate, error_id: str) -> None:
        """Tell whoever sent this update that its handling has failed."""
        try:
            incoming = parse(stored.data, self._username)
        except Exception:
            return  # what cannot be read cannot be answered; the cause is in the log
        if incoming is not None:
            facts, _ = await self._database.run(_load, incoming.where)
            language = facts.preferences.language or incoming.language
            text = texts_for(language).our_fault(error_id)
            await self._reply(incoming.where, [Reply(text)])

    async def give_up(self, stored: StoredUpdate) -> None:
        """Mark an update as handled, without more."""
        await self._database.run(inbox.mark_handled, stored.update_id)

    async def _fetched(self, incoming: Incoming, texts: Texts) -> str | Unfetchable | None:
        what = incoming.what
        photo = what.photo if isinstance(what, Command) else what
        return await self._fetch(photo, texts) if isinstance(photo, Photo) else None

    async def _admitted(
        self, decision: Decision, where: Where, texts: Texts
    ) -> tuple[Decision, list[Taken]]:
        """Which of the jobs that are wanted are taken; the others are refused in words."""
        if not decision.new_jobs:
            return decision, []
        policy = self._policy
        taken, refused = await self._database.run(
            admission.consider,
            decision.new_jobs,
            where,
            policy.limits,
            policy.slots,
            time.time(),
            exempt=where.user_id in policy.admins,
        )
        words = [texts.refused(no.full, no.limit, no.waiting, no.again_in) for no in refused]
        return replace(decision, replies=[*decision.replies, *map(Reply, words)]), taken

    async def _fetch(self, photo: Photo, texts: Texts) -> str | Unfetchable:
        if (photo.size or 0) > MAX_DOWNLOAD:
            return Unfetchable(texts.too_many_bytes(MAX_DOWNLOAD))
        try:
            async with aclosing(self._gateway.download(photo.file_id)) as chunks:
                return await self._files.put_stream(chunks)
        except TooBig:
            return Unfetchable(texts.too_many_bytes(MAX_DOWNLOAD))
        except Refused as error:
            log.info("a photo could not be fetched", reason=str(error))
            return Unfetchable(texts.file_gone())

    async def _say(self, incoming: Incoming, decision: Decision) -> None:
        if isinstance(incoming.what, Pressed):
            await self._gateway.answer(incoming.what.query_id, decision.notice)
            if decision.edit is not None:
                await self._edit(incoming, decision.edit)
        await self._reply(incoming.where, decision.replies)

    async def _reply(self, where: Where, replies: Sequence[Reply]) -> None:
        chat = Chat(where.chat_id, where.thread_id)
        for reply in replies:
            try:
                await self._gateway.send_text(
                    chat, reply.text, reply_to=reply.reply_to, rows=reply.rows
                )
            except Refused as error:
                log.warning("a reply was refused", chat=where.chat_id, reason=str(error))

    async def _edit(self, incoming: Incoming, reply: Reply) -> None:
        chat = Chat(incoming.where.chat_id, incoming.where.thread_id)
        try:
            await self._gateway.show_text(
                chat,
                incoming.message_id,
                reply.text,
                reply.rows,
                on_photo=False,
                priority=Priority.NORMAL,
            )
        except Refused as error:
            log.info("an edit was refused", chat=chat.chat_id, reason=str(error))

    async def _is_admin(self, incoming: Incoming) -> bool:
        where = incoming.where
        if where.private or incoming.as_chat:
            return True
        return await self._gateway.is_admin(where.chat_id, where.user_id)

    async def _commit(
        self,
        decision: Decision,
        taken: Sequence[Taken],
        where: Where,
        texts: Texts,
        stored: StoredUpdate | None = None,
    ) -> None:
        accepted, cancelled = await self._database.run(
            _change, decision, taken, where, texts, stored
        )
        for job_id in accepted:
            log.info("job accepted", job=job_id)
        for job_id in decision.finished:
            log.info("job is to end as it is", job=job_id)
            await self._on_finish(job_id)
        for job_id in cancelled:
            log.info("job cancelled", job=job_id)
            await self._on_cancelled(job_id)
        if accepted or cancelled:
            self._on_queue_change()
        if decision.files or any(one.source is not None for one in taken):
            self._on_deliveries()


async def _load(
    connection: AsyncConnection, where: Where, button: Button | None = None
) -> tuple[Facts, str]:
    """All that an answer may depend on, and the session's language."""
    session, language = await sessions.load(connection, where)
    mine = await jobs.active_of(connection, where.user_id)
    here = tuple(one for one, chat_id in mine if chat_id == where.chat_id)
    job_id = button.job_id if button else None
    facts = Facts(
        session=session,
        active_here=here,
        blocked=await blocklist.holds(connection, where.user_id),
        job=await jobs.get(connection, job_id) if job_id is not None else None,
        preferences=await preferences.load(connection, where.chat_id),
    )
    return facts, language


async def _change(
    connection: AsyncConnection,
    decision: Decision,
    taken: Sequence[Taken],
    where: Where,
    texts: Texts,
    stored: StoredUpdate | None,
) -> tuple[list[int], list[int]]:
    """Everything that an update changes, at once. Returns the jobs accepted, and cancelled."""
    await sessions.save(connection, where, decision.session, texts.language.code)
    if decision.preferences is not None:
        await preferences.save(connection, where.chat_id, decision.preferences)
    accepted = [await _accept(connection, one) for one in taken]
    if decision.blocked is not None:
        await blocklist.add(connection, decision.blocked, where.user_id)
    if decision.unblocked is not None:
        await blocklist.drop(connection, decision.unblocked)
    for job_id in decision.finished:
        await jobs.ask_finish(connection, job_id)
    cancelled = [one for one in decision.cancelled if await jobs.cancel(connection, one)]
    for job_id in decision.files:
        await outbox.add(connection, job_id, outbox.Kind.FILE)
    if stored is not None:
        await inbox.mark_handled(connection, stored.update_id)
    return accepted, cancelled


async def _accept(connection: AsyncConnection, taken: Taken) -> int:
    if taken.source is not None:
        args = taken.source, taken.job, taken.cache_key
        if (job_id := await results.give_again(connection, *args)) is not None:
            return job_id
    return await jobs.add(connection, taken.job, taken.cache_key)

"""Handles one update, or one settled session: load, decide, reply, commit.

No transaction is open while Telegram is asked for anything. A kill between a reply and the commit
repeats the reply after the restart; it never loses one.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import (
    access,
    choosing,
    conversation,
    effects,
    forgetting,
    gathering,
    groups,
    inbox,
    lookup,
    membership,
    metrics,
    panel,
    pictures,
    said,
    sessions,
    variations,
)
from bot.admins import Admins
from bot.admission import Taken
from bot.admitting import Admitting, refusals
from bot.buttons import Button
from bot.database import Database
from bot.decision import Decision, Facts, Policy, Reply
from bot.effects import Changed
from bot.fetching import Fetcher
from bot.files import Files
from bot.gateway import Chat, Gateway
from bot.gateway_errors import Refused
from bot.inbox import StoredUpdate
from bot.incoming import Command, Incoming, Pressed, parse
from bot.rate_limits import Priority
from bot.reactions import Reactions
from bot.replies import Replies
from bot.room import Room
from bot.sessions import Where
from bot.texts import Texts, texts_for
from bot.together import Together
from bot.whereabouts import Whereabouts

log = structlog.get_logger(__name__)


class Handlers:
    """The edge around `bot.conversation`."""

    def __init__(
        self,
        database: Database,
        files: Files,
        gateway: Gateway,
        room: Room,
        policy: Policy,
        username: str,
        reactions: Reactions,
        whereabouts: Whereabouts,
        *,
        on_queue_change: Callable[[], None],
        on_cancelled: Callable[[int, bool], Awaitable[None]],
        on_finish: Callable[[int], Awaitable[None]],
        on_deliveries: Callable[[], None],
    ) -> None:
        self._database = database
        self._files = files
        self._gateway = gateway
        self._fetcher = Fetcher(files, gateway, room)
        self._admitting = Admitting(database, files, room, policy)
        self._replies = Replies(database, files, gateway)
        self._admins = Admins(gateway)
        self._reactions = reactions
        self._whereabouts = whereabouts
        self._policy = policy
        self._username = username
        self._given_up = Together(database, _give_up)  # in groups, most updates are for others
        self._on_queue_change = on_queue_change
        self._on_cancelled = on_cancelled
        self._on_finish = on_finish
        self._on_deliveries = on_deliveries

    async def update(self, stored: StoredUpdate) -> tuple[Where, float | None] | None:
        """Handle one update. Returns a session and when it is due, where one was touched."""
        if (news := membership.news(stored.data)) is not None:
            await self._whereabouts.heard(news)
        incoming = parse(stored.data, self._username)
        if incoming is None:
            await self.give_up(stored)
            return None
        incoming = await self._for_owner(incoming)
        button = incoming.what.button if isinstance(incoming.what, Pressed) else None
        facts = await self._database.run(
            _facts, incoming, button, stored.update_id, self._policy, time.time()
        )
        if panel.concerns(incoming) or groups.needs_admin(incoming, facts):
            facts = replace(facts, is_admin=await self._admins.include(incoming.where))
        if variations.concerns(incoming):
            facts = replace(facts, files=await self._fetcher.there(facts))
        texts = _texts(incoming.where, facts, incoming.language)
        decision = access.turned_away(incoming, facts, self._policy, texts)
        if decision is None and groups.unasked(incoming, facts):
            decision = Decision(facts.session)
        if decision is None:
            fetched = await self._fetcher.own(incoming, texts)
            facts = await self._fetcher.base(incoming, facts, texts)
            decision = conversation.decide(
                incoming, facts, self._policy, texts, stored.received_at, fetched
            )
        decision, taken = await self._admitting.admit(decision, incoming.where, texts)
        await self._say(incoming, decision, stored)
        await self._commit(decision, taken, incoming.where, texts, stored)
        return incoming.where, decision.session.wake

    async def due(self, where: Where) -> float | None:
        """Settle a session whose time has come. Returns when to look again, if ever."""
        facts, language = await self._database.run(effects.load, where)
        settled, outcomes = gathering.tick(facts.session, time.time())
        if settled == facts.session:
            return settled.wake
        facts = await self._database.run(lookup.for_gathering, where, facts)
        texts = _texts(where, facts, language)
        decision = conversation.act(settled, outcomes, where, facts, self._policy, texts)
        decision, taken = await self._admitting.admit(decision, where, texts)
        await self._replies.say(where, decision.replies, where)
        await self._commit(decision, taken, where, texts)
        return decision.session.wake

    async def apologise(self, item: StoredUpdate | Where, error_id: str) -> None:
        """Tell whoever sent this update, or has this session, that its handling has failed."""
        await self._tell(item, lambda texts: texts.our_fault(error_id))

    async def put_off(self, stored: StoredUpdate) -> None:
        """Tell whoever sent this update that it waits for room on the disk."""
        await self._tell(stored, Texts.no_room)

    async def give_up(self, item: StoredUpdate | Where) -> None:
        """Mark an update as handled, without more; forget a session."""
        if isinstance(item, Where):
            await self._database.run(sessions.save, item, gathering.Session(), "en")
        else:
            await self._given_up.do(item)

    async def _tell(self, item: StoredUpdate | Where, what: Callable[[Texts], str]) -> None:
        where, language = (item, None) if isinstance(item, Where) else self._sender(item)
        if where is not None:
            facts, known = await self._database.run(effects.load, where)
            texts = _texts(where, facts, language or known)
            await self._replies.say(where, [Reply(what(texts))])

    def _sender(self, stored: StoredUpdate) -> tuple[Where | None, str | None]:
        """Whom an update is from, if they are to be told of it, and their language."""
        try:
            incoming = parse(stored.data, self._username)
        except Exception:
            return None, None  # what cannot be read cannot be answered; the cause is in the log
        # In a group a photo, say, may not have been meant for the bot.
        if incoming is None or not (incoming.where.private or isinstance(incoming.what, Command)):
            return None, None
        return incoming.where, incoming.language

    async def _for_owner(self, incoming: Incoming) -> Incoming:
        """An admin's press of what was shown to somebody else is as if that person had pressed."""
        owner_id = choosing.somebody_elses(incoming)
        if owner_id is None or not await self._admins.include(incoming.where):
            return incoming
        return replace(incoming, where=replace(incoming.where, user_id=owner_id))

    async def _say(self, incoming: Incoming, decision: Decision, stored: StoredUpdate) -> None:
        if isinstance(incoming.what, Pressed):
            await self._gateway.answer(incoming.what.query_id, decision.notice)
            if decision.edit is not None:
                await self._edit(incoming, decision.edit)
        await self._replies.say(incoming.where, decision.replies, stored)

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

    async def _commit(
        self,
        decision: Decision,
        taken: Sequence[Taken],
        where: Where,
        texts: Texts,
        stored: StoredUpdate | None = None,
    ) -> None:
        done = await self._changed(decision, taken, where, texts, stored)
        for job_id in done.accepted:
            log.info("job accepted", job=job_id)
            metrics.JOBS_ACCEPTED.inc()
        for one in done.taken:
            self._reactions.taken(one.job)
            if one.source is not None:
                metrics.JOBS_ENDED.labels("cached").inc()
        for job_id in decision.finished:
            log.info("job is to end as it is", job=job_id)
            await self._on_finish(job_id)
        for job_id in done.cancelled:
            log.info("job cancelled", job=job_id)
            await self._on_cancelled(job_id, bool(decision.replaced))
        if done.accepted or done.cancelled:
            self._on_queue_change()
        if decision.sends or any(one.source is not None for one in done.taken):
            self._on_deliveries()
        if decision.forget and stored is not None:
            await self._forget(where.user_id, stored.update_id)

    async def _changed(
        self,
        decision: Decision,
        taken: Sequence[Taken],
        where: Where,
        texts: Texts,
        stored: StoredUpdate | None,
    ) -> Changed:
        """Commit; what the limits have come to forbid meanwhile is refused first, in words."""
        while True:
            now = time.time()
            done = await self._database.run(
                effects.change, decision, taken, where, texts, self._policy, now, stored
            )
            if not done.refused:
                return done
            await self._replies.say(where, refusals(done.refused, decision, where, texts))
            taken = done.taken

    async def _forget(self, user_id: int, update_id: int) -> None:
        """After the end of the person's runs, which have to find their jobs."""
        # The files first: after a kill the update is still there, and names whose they were.
        run = self._database.run
        theirs = await run(forgetting.files, user_id)
        await self._files.drop(theirs, lambda _: run(forgetting.files_of, user_id, update_id))
        left = await run(forgetting.forget, user_id, update_id)
        await self._files.drop(left, lambda some: run(pictures.unneeded, some))
        log.info("a person is forgotten")


async def _facts(
    connection: AsyncConnection,
    incoming: Incoming,
    button: Button | None,
    update_id: int,
    policy: Policy,
    now: float,
) -> Facts:
    facts, _ = await effects.load(connection, incoming.where, button)
    return await lookup.more(connection, incoming, update_id, facts, policy, now)


async def _give_up(connection: AsyncConnection, updates: Sequence[StoredUpdate]) -> None:
    await said.forget(connection, *updates)
    await inbox.mark_handled(connection, *(one.update_id for one in updates))


def _texts(where: Where, facts: Facts, language: str) -> Texts:
    return texts_for(facts.preferences.language or language, group=not where.private)

"""Says what an update has led to, each message once. By the gateway; notes what has arrived."""

import hashlib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial

import structlog

from bot import questions, said
from bot.buttons import encode
from bot.database import Database
from bot.decision import Reply
from bot.files import Files
from bot.gateway import Chat, Gateway
from bot.gateway_errors import Refused
from bot.retries import until_reached
from bot.said import Cause
from bot.sessions import Where
from bot.showcase import Showcase

log = structlog.get_logger(__name__)

DIGITS = 32  # of a digest, in hexadecimal

Message = tuple[str, Callable[[], Awaitable[None]]]  # its digest, and how to send it


class Replies:
    """Sends texts, and the albums before them."""

    def __init__(self, database: Database, files: Files, gateway: Gateway) -> None:
        self._database = database
        self._gateway = gateway
        self._showcase = Showcase(database, files, gateway)

    async def say(self, where: Where, replies: Sequence[Reply], cause: Cause | None = None) -> None:
        """Send what has not arrived yet; what is refused is left out.

        Raises `Unreachable` only where nothing has been said yet: the rest is tried until it is.
        The last message is not noted: whoever calls commits what `cause` has led to, and with it
        that all was said. Without a `cause` nothing is noted, nor left out.
        """
        messages = [one for reply in replies for one in self._messages(where, reply)]
        noting = cause if len(messages) > 1 else None
        arrived = await self._database.run(said.so_far, noting) if noting else set()
        for number, (words, send) in enumerate(messages, start=1):
            digest = _digest(number, words)  # two may be alike
            if digest in arrived:
                continue
            await (until_reached(send) if number > 1 else send())
            if noting and number < len(messages):
                await self._database.run(said.note, noting, digest)

    def _messages(self, where: Where, reply: Reply) -> Iterator[Message]:
        chat = Chat(where.chat_id, where.thread_id)
        if reply.album:
            pictures = [(style.sha256, caption) for style, caption in reply.album]
            yield _digest("album", pictures), partial(self._showcase.show, chat, reply.album)
        rows = [[(label, encode(button)) for label, button in row] for row in reply.rows]
        digest = _digest("text", reply.text, reply.reply_to, rows, reply.asks)
        yield digest, partial(self._send, where, chat, reply)

    async def _send(self, where: Where, chat: Chat, reply: Reply) -> None:
        try:
            sent = await self._gateway.send_text(
                chat, reply.text, reply_to=reply.reply_to, rows=reply.rows, asks=reply.asks
            )
            if reply.asks:
                await self._database.run(questions.add, where, sent.message_id)
        except Refused as error:
            log.warning("a reply was refused", chat=where.chat_id, reason=str(error))


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:DIGITS]

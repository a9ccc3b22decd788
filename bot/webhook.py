"""Takes updates that Telegram brings: each is committed before it is answered with 200.

The other way in is `bot.intake`. Whatever is not Telegram's is refused before it is read; what
cannot be committed is answered with an error, so that Telegram brings it again
(https://core.telegram.org/bots/api#setwebhook).
"""

import asyncio
import hmac
import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from bot import inbox
from bot.addresses import Hook
from bot.database import Database
from bot.errors import AtelierError
from bot.gateway import Gateway
from bot.gateway_errors import Refused, Unauthorised, Unreachable
from bot.health import Health
from bot.inbox import StoredUpdate
from bot.intake import MAX_WAIT, REJECTED

log = structlog.get_logger(__name__)

HEADER = "X-Telegram-Bot-Api-Secret-Token"
MAX_BODY = 2**20  # bytes; a message of the greatest length, and one that it replies to, have less
MAX_TAKING = 100  # updates at the same time; Telegram brings 40 at most
COMMIT_SECONDS = 10.0  # then Telegram is to bring it again
STOP_SECONDS = 2.0
LOOK_SECONDS = 60.0  # between two looks at what Telegram says of the webhook

Update = Mapping[str, Any]

REFUSED = (
    "Telegram does not take the webhook: see that ATELIER_WEBHOOK_URL is the bot's public address. "
    "Trying again until then."
)
REPLACED = (
    "Another program with this bot's token has taken the webhook away: stop it. "
    "The webhook is set again."
)


class Webhook:
    """The route that Telegram calls, and the calls that tell Telegram of it."""

    def __init__(self, hook: Hook, health: Health) -> None:
        self._hook = hook
        self._health = health
        self._database: Database | None = None  # while updates are taken
        self._put: Callable[[Sequence[StoredUpdate]], None]
        self._taking: dict[int, asyncio.Future[bool]] = {}  # by update_id: whether it is stored
        self._next: list[Update] = []  # for the next transaction
        self._writing: asyncio.Task[None] | None = None
        self._error_at = 0.0  # Unix time of the latest failure that is logged

    async def call(self, request: Request) -> Response:
        """The route: 200 once the update is committed, by this call or an earlier one."""
        if not _same(request.scope["path"], self._hook.path):
            raise HTTPException(404)
        if not _same(request.headers.get(HEADER, ""), self._hook.secret):
            log.warning("a call of the webhook without its secret is refused")
            raise HTTPException(403)
        await self._store(_parsed(await _body(request)))
        return Response()

    async def receive(
        self,
        gateway: Gateway,
        database: Database,
        put: Callable[[Sequence[StoredUpdate]], None],
    ) -> None:
        """Take updates, for ever. Raises `AtelierError` when the token is rejected."""
        self._database, self._put = database, put
        try:
            await self._keep_known(gateway)
        finally:
            self._database = None
            await self._finish()

    async def _store(self, update: Update) -> None:
        """Have it committed. A call that ends before leaves that to go on: another may wait too."""
        number = update["update_id"]
        if number not in self._taking:
            if self._database is None or len(self._taking) >= MAX_TAKING:
                raise HTTPException(503)
            self._taking[number] = asyncio.get_running_loop().create_future()
            self._next.append(update)
            if self._writing is None or self._writing.done():
                self._writing = asyncio.create_task(self._write(self._database))
        stored = self._taking[number]
        await asyncio.wait([stored], timeout=COMMIT_SECONDS)
        if not (stored.done() and stored.result()):
            raise HTTPException(503)

    async def _write(self, database: Database) -> None:
        """One transaction after the other, each with all that has come during the one before."""
        try:
            while self._next:
                batch, self._next = self._next, []
                stored = await self._committed(database, batch)
                # One of them may be what the others fail for.
                again = not stored and len(batch) > 1
                for update in batch:
                    fine = stored or (again and await self._committed(database, [update]))
                    self._taking.pop(update["update_id"]).set_result(fine)
        finally:
            while self._taking:
                self._taking.popitem()[1].set_result(False)

    async def _committed(self, database: Database, batch: Sequence[Update]) -> bool:
        try:
            new = await database.run(inbox.add, batch)
        except SQLAlchemyError as error:
            log.error("updates cannot be stored, and wait at Telegram", reason=str(error))
            return False
        except Exception:
            log.exception("updates cannot be stored, and wait at Telegram")
            return False
        if self._database is not None:  # else the next run takes them up
            self._put(new)
        return True

    async def _finish(self) -> None:
        """What is in hand is stored, within seconds, or comes again."""
        if self._writing is not None:
            await asyncio.wait([self._writing], timeout=STOP_SECONDS)
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)

    async def _keep_known(self, gateway: Gateway) -> None:
        wait = 1.0
        while True:
            try:
                await self._look(gateway)
            except Unauthorised:
                raise AtelierError(REJECTED) from None
            except Refused as error:
                log.error(REFUSED, telegram=str(error))
            except Unreachable as error:
                wait = max(wait, error.retry_after)
                log.warning("Telegram cannot be reached", reason=str(error), seconds=wait)
            except Exception:  # no answer, whatever it is, may end the service
                log.exception("an answer cannot be read")
            else:
                await asyncio.sleep(LOOK_SECONDS)
                wait = 1.0
                continue
            await asyncio.sleep(wait)
            wait = min(wait * 2, MAX_WAIT)

    async def _look(self, gateway: Gateway) -> None:
        """Tell Telegram of the webhook, or see what became of that."""
        if self._health.announced:
            state = await gateway.webhooks.state()
            if state.url == self._hook.url:
                if state.error_at > self._error_at:
                    self._error_at = state.error_at
                    waiting = state.waiting
                    log.warning(
                        "Telegram cannot bring updates", reason=state.error, waiting=waiting
                    )
                return
            log.error(REPLACED)
            self._health.announced = False
        await gateway.webhooks.set(self._hook.url, self._hook.secret)
        self._health.announced = True
        self._error_at = time.time()


def _same(given: str, secret: str) -> bool:
    return hmac.compare_digest(given.encode(), secret.encode())


async def _body(request: Request) -> bytes:
    if int(request.headers.get("content-length", "0")) > MAX_BODY:
        raise HTTPException(413)
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > MAX_BODY:
                raise HTTPException(413)
    except ClientDisconnect:
        raise HTTPException(400) from None
    return bytes(body)


def _parsed(body: bytes) -> Update:
    try:
        update: Update = json.loads(body)
    except (ValueError, RecursionError):
        raise HTTPException(400) from None
    if not inbox.is_sound(update):
        raise HTTPException(400)
    return update

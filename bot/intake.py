"""Takes updates from Telegram: each batch is committed before it is confirmed.

Confirming is asking for the next batch (https://core.telegram.org/bots/api#getupdates). The other
way in is `bot.webhook`.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot import inbox
from bot.database import Database
from bot.errors import AtelierError
from bot.gateway import Gateway
from bot.gateway_errors import SecondReader, Unauthorised, Unreachable, WebhookActive
from bot.inbox import StoredUpdate

log = structlog.get_logger(__name__)

MAX_WAIT = 30.0  # seconds between two tries

REJECTED = (
    "Telegram rejects the token: copy it again from @BotFather (/mybots, API Token) "
    "into ATELIER_TOKEN."
)
CONFLICT = (
    "Another program reads this bot's updates, or a webhook is set: stop the one, "
    "or delete the other. Trying again until then."
)


async def connect(gateway: Gateway) -> str:
    """Wait for Telegram, however long that takes; returns the bot's username.

    Raises `AtelierError` when the token is rejected.
    """
    wait = 1.0
    while True:
        try:
            return await gateway.connect()
        except Unauthorised:
            raise AtelierError(REJECTED) from None
        except Unreachable as error:
            wait = max(wait, error.retry_after)
            log.warning("Telegram cannot be reached", reason=str(error), seconds=wait)
        await asyncio.sleep(wait)
        wait = min(wait * 2, MAX_WAIT)


async def poll(
    gateway: Gateway, database: Database, put: Callable[[Sequence[StoredUpdate]], None]
) -> None:
    """Long polling, for ever. Raises `AtelierError` when the token is rejected.

    A webhook that an earlier run has left is deleted; one that comes later is somebody's wish.
    """
    offset = 0
    wait = 1.0
    begun = False
    while True:
        try:
            batch = await (gateway.updates(offset) if begun else _first(gateway))
            begun = True
            after = _next(batch)
            sound = [one for one in batch if inbox.is_sound(one)]
            if len(sound) < len(batch):
                log.error("no updates, and left out", count=len(batch) - len(sound))
            if sound:
                put(await database.run(inbox.add, sound))
            offset = after
            wait = 1.0
            continue
        except Unauthorised:
            raise AtelierError(REJECTED) from None
        except SecondReader as error:
            log.error(CONFLICT, telegram=str(error))
        except Unreachable as error:
            wait = max(wait, error.retry_after)
            log.warning("Telegram cannot be reached", reason=str(error), seconds=wait)
        except SQLAlchemyError as error:
            log.error("updates cannot be stored, and wait at Telegram", reason=str(error))
        except Exception:  # no answer, whatever it is, may end the service
            log.exception("an answer cannot be read")
        await asyncio.sleep(wait)
        wait = min(wait * 2, MAX_WAIT)


async def _first(gateway: Gateway) -> list[dict[str, Any]]:
    try:
        return await gateway.updates(0)
    except WebhookActive:
        log.info("the webhook of an earlier run is deleted")
        await gateway.webhooks.delete()
        return await gateway.updates(0)


def _next(batch: object) -> int:
    """The offset that confirms all of a batch. Raises `Unreachable` for what is none.

    An empty one leaves nothing to be confirmed: then 0, for after a quiet week the ids begin anew,
    and may be lower (https://core.telegram.org/bots/api#update).
    """
    if not isinstance(batch, list):
        raise Unreachable("The answer is not a list of updates.")
    ids = [one for one in map(inbox.number, batch) if one is not None]
    if batch and not ids:
        raise Unreachable("No update of the answer has an id.")
    return max(ids, default=-1) + 1

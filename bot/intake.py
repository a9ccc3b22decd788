"""Takes updates from Telegram: each batch is committed before it is confirmed.

Confirming is asking for the next batch (https://core.telegram.org/bots/api#getupdates).
"""

import asyncio
from collections.abc import Callable, Sequence

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot import inbox
from bot.database import Database
from bot.errors import AtelierError
from bot.gateway import Gateway
from bot.gateway_errors import SecondReader, Unauthorised, Unreachable
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


async def poll(
    gateway: Gateway, database: Database, put: Callable[[Sequence[StoredUpdate]], None]
) -> None:
    """Long polling, for ever. Raises `AtelierError` when the token is rejected."""
    offset = 0
    wait = 1.0
    while True:
        try:
            batch = await gateway.updates(offset)
            if batch:
                new = await database.run(inbox.add, batch)
                offset = max(one["update_id"] for one in batch) + 1
                put(new)
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
        await asyncio.sleep(wait)
        wait = min(wait * 2, MAX_WAIT)

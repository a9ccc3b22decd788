"""Tells Telegram what the bot can do, in every language. By the gateway; its failures are noted."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from functools import partial

import structlog

from bot.gateway_errors import GatewayError, Unreachable
from bot.gateway_profile import Profile
from bot.languages import ENGLISH, LANGUAGES
from bot.texts import texts_for

log = structlog.get_logger(__name__)

Step = Callable[[], Awaitable[None]]

MAX_TRIES = 5
MAX_WAIT = 300.0  # seconds between two tries


async def publish(profile: Profile) -> None:
    """Set what has changed. Never fails: a bot without menus paints as well."""
    for name, step in _steps(profile):
        try:
            await _persistently(step)
        except Unreachable as error:
            log.warning("menus and descriptions wait for the next start", reason=str(error))
            return
        except GatewayError as error:
            log.warning("a part of the profile was refused", part=name, reason=str(error))


def _steps(profile: Profile) -> Iterator[tuple[str, Step]]:
    for language in LANGUAGES:
        texts = texts_for(language.code)
        code = "" if language is ENGLISH else language.code
        group = texts.group_commands()
        admins = group | texts.group_admin_commands()
        yield "commands", partial(profile.set_commands, texts.private_commands(), "private", code)
        yield "group", partial(profile.set_commands, group, "group", code)
        yield "admins", partial(profile.set_commands, admins, "group_admins", code)
        yield "description", partial(profile.set_description, texts.description(), code)
        short = texts.short_description()
        yield "short description", partial(profile.set_short_description, short, code)


async def _persistently(step: Step) -> None:
    wait = 1.0
    for _ in range(MAX_TRIES - 1):
        try:
            return await step()
        except Unreachable as error:
            wait = max(wait, error.retry_after)
        await asyncio.sleep(min(wait, MAX_WAIT))
        wait *= 2
    return await step()

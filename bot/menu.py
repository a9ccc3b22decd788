"""Tells Telegram what the bot can do, in every language. By the gateway; its failures are noted."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial

import structlog

from bot.gateway_errors import GatewayError, Unreachable
from bot.gateway_profile import Profile
from bot.languages import ENGLISH, LANGUAGES, Language
from bot.texts import texts_for

log = structlog.get_logger(__name__)

Step = Callable[[], Awaitable[None]]

MAX_TRIES = 5
MAX_WAIT = 300.0  # seconds between two tries


async def publish(profile: Profile, owners: Sequence[int] = ()) -> None:
    """Set what has changed. Never fails: a bot without menus paints as well.

    `owners` are the persons who see the commands of `ATELIER_ADMINS` in their private chats.
    """
    for name, step in (*_steps(profile), *_owners(profile, owners)):
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
        code = _code(language)
        group = texts.group_commands()
        admins = group | texts.group_admin_commands()
        yield "commands", partial(profile.set_commands, texts.private_commands(), "private", code)
        yield "group", partial(profile.set_commands, group, "group", code)
        yield "admins", partial(profile.set_commands, admins, "group_admins", code)
        yield "description", partial(profile.set_description, texts.description(), code)
        short = texts.short_description()
        yield "short description", partial(profile.set_short_description, short, code)


def _owners(profile: Profile, owners: Sequence[int]) -> Iterator[tuple[str, Step]]:
    for owner in owners:
        yield "an administrator's commands", partial(_for_owner, profile, owner)


async def _for_owner(profile: Profile, owner: int) -> None:
    """One step: Telegram refuses all of it to an owner who has not written to the bot yet."""
    for language in LANGUAGES:
        texts = texts_for(language.code)
        commands = texts.private_commands() | texts.owner_commands()
        await profile.set_commands(commands, owner, _code(language))


def _code(language: Language) -> str:
    """English is for everyone whose language is none of the others."""
    return "" if language is ENGLISH else language.code


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

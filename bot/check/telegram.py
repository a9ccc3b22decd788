"""What Telegram says: the token, the clock, groups, how updates come. Asks, and changes nothing."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from urllib.parse import urlsplit

from bot import addresses
from bot.app import WHERE_TOKENS_COME_FROM
from bot.check.finding import Finding, fail, note, ok
from bot.gateway_account import Account, Me
from bot.gateway_errors import GatewayError, Unauthorised
from bot.gateway_updates import WebhookState
from bot.intake import REJECTED
from bot.settings import Settings

SECONDS = 15.0  # for an answer
DRIFT = 30.0  # seconds that the clock may be wrong
RECENT = 3600.0  # seconds: an older failure of the webhook is history
MANY = 100  # updates that wait: more than a minute's, even of a busy bot


async def look(settings: Settings, *, running: bool) -> AsyncIterator[Finding]:
    """`running`: whether the bot is at work meanwhile."""
    if settings.token is None:
        yield fail("token", WHERE_TOKENS_COME_FROM)
        return
    async with aclosing(Account(settings.token.get_secret_value(), settings.api_url)) as account:
        try:
            async with asyncio.timeout(SECONDS):
                me = await account.me()
        except Unauthorised:
            yield fail("token", _rejected(settings.api_url))
            return
        except (GatewayError, TimeoutError) as error:
            yield fail("token", _silent(settings.api_url, error))
            return
        yield ok("token", f"@{me.username}")
        if account.drift is not None:
            yield _clock(account.drift)
        yield _groups(me)
        try:
            async with asyncio.timeout(SECONDS):
                state = await account.webhooks.state()
        except (GatewayError, TimeoutError) as error:
            yield fail("updates", _silent(settings.api_url, error))
            return
        yield _updates(settings, state, running=running)


def _rejected(api_url: str) -> str:
    if api_url == addresses.TELEGRAM:
        return REJECTED
    return f"{REJECTED}\nOr set ATELIER_API_URL right: {api_url} may be no Bot API server."


def _silent(api_url: str, error: Exception) -> str:
    why = "it is too slow" if isinstance(error, TimeoutError) else str(error).rstrip(".")
    return (
        f"{api_url} gives no answer ({why}): see that this machine reaches it. A proxy is set by "
        "HTTPS_PROXY, a Bot API server of your own by ATELIER_API_URL."
    )


def _clock(drift: float) -> Finding:
    if abs(drift) <= DRIFT:
        return ok("clock", "right")
    way = "ahead of" if drift > 0 else "behind"
    return fail(
        "clock",
        f"{abs(drift):.0f} s {way} Telegram's: set it, and have it kept by "
        "`timedatectl set-ntp true` or the host's own service.",
    )


def _groups(me: Me) -> Finding:
    if not me.joins_groups:
        return ok("groups", "the bot cannot be added to any (@BotFather, /setjoingroups)")
    if me.reads_all:
        return note(
            "groups",
            "privacy mode is off, so the bot is sent every message of its groups, and needs none "
            "of that: @BotFather, /setprivacy",
        )
    return ok("groups", "privacy mode is on: the bot sees commands, and replies to it")


def _updates(settings: Settings, state: WebhookState, *, running: bool) -> Finding:
    """How Telegram brings them, against what the settings ask for."""
    hook = settings.webhook()
    wanted = hook.url if hook else ""
    how = f"by a webhook at {_host(wanted)}" if wanted else "by long polling"
    waiting = f"{state.waiting} waiting"
    if state.url != wanted:
        return _otherwise(how, state, waiting, running=running)
    if state.error and time.time() - state.error_at < RECENT:
        minutes = max(0, time.time() - state.error_at) / 60
        return fail(
            "updates",
            f"{how}, {waiting}; {minutes:.0f} minutes ago Telegram could not bring one: "
            f"{state.error.rstrip('.')}. See that the address leads to ATELIER_LISTEN, and that "
            "its certificate is sound.",
        )
    if running and state.waiting > MANY:
        return note("updates", f"{how}, {waiting}: more than the bot keeps up with")
    return ok("updates", f"{how}, {waiting}")


def _otherwise(how: str, state: WebhookState, waiting: str, *, running: bool) -> Finding:
    """Telegram is set to something else; a start sets that right."""
    now = f"a webhook at {_host(state.url)}" if state.url else "no webhook"
    text = f"{how}, as the settings say; Telegram has {now}, {waiting}"
    if running:
        return fail("updates", f"{text}: start the bot again, or stop whoever has set that.")
    return ok("updates", f"{text}: the next start sets that right")


def _host(url: str) -> str:
    """Without the path, which is a secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"

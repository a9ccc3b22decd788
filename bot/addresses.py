"""The addresses among the settings: of the bot, for Telegram, of a Ray cluster's head. Pure.

Errors are pydantic's, which become a line of the settings' own.
"""

import hmac
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pydantic_core import PydanticCustomError

TELEGRAM = "https://api.telegram.org"
USUAL = "127.0.0.1:8080"  # where a webhook is served, unless something else is asked for
FOLDER = "/telegram/"  # of the webhook's path: what a reverse proxy has to let through
PORTS = (443, 80, 88, 8443)  # https://core.telegram.org/bots/api#setwebhook
LEAST_SECRET = 16  # characters

_HOST_AND_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s\[\]:/@]+):([0-9]{1,5})")


@dataclass(frozen=True)
class Hook:
    """A webhook: its whole URL, the path of that at the bot, and the header's value."""

    url: str = field(repr=False)
    path: str = field(repr=False)
    secret: str = field(repr=False)


def host_and_port(value: str) -> tuple[str, int]:
    """The parts of `host:port`, where an IPv6 address stands in brackets."""
    found = _HOST_AND_PORT.fullmatch(value)
    if found is None or not 1 <= int(found[2]) <= 65535:
        raise PydanticCustomError(
            "address",
            "It has to be a host and a port from 1 to 65535, such as 127.0.0.1:8080, "
            "or 0.0.0.0:8080 for every address of this machine",
        )
    return found[1].strip("[]"), int(found[2])


def ray_head(value: str) -> None:
    """Raises where `value` is no `host:port`, nor `auto`."""
    if value != "auto" and not _HOST_AND_PORT.fullmatch(value):
        raise PydanticCustomError(
            "ray_address",
            "It has to be auto, or the host and port of the cluster's head, such as 10.0.0.1:6379; "
            "ray:// will not do: the bot's machine has to join the cluster",
        )


def public(value: str, api_url: str) -> str:
    """A webhook's URL without a last slash; a Bot API server of one's own takes any."""
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        raise _no_url() from None
    clean = not (parts.query or parts.fragment or "@" in parts.netloc)
    if parts.scheme not in ("http", "https") or not parts.hostname or not clean:
        raise _no_url()
    if api_url == TELEGRAM and (parts.scheme != "https" or (port or 443) not in PORTS):
        raise PydanticCustomError(
            "webhook_url",
            "Telegram takes https:// only, on port 443, 80, 88 or 8443: give the address of a "
            "reverse proxy that has a certificate",
        )
    return value.rstrip("/")


def _no_url() -> PydanticCustomError:
    return PydanticCustomError(
        "webhook_url",
        "It has to be the bot's public address, such as https://bot.example.org, without "
        "a name, a question mark or a hash in it",
    )


def long_enough(secret: str) -> None:
    """Raises where a secret can be guessed."""
    if len(secret) < LEAST_SECRET:
        raise PydanticCustomError(
            "webhook_secret", "It has to have {least} characters or more", {"least": LEAST_SECRET}
        )


def hook(url: str, key: str) -> Hook:
    """The webhook below a public URL: the same for the same key, after every restart.

    Path and header are derived apart, so that whoever sees one of them knows nothing of the other.
    """
    path = FOLDER + _derived(key, "path")[:32]
    return Hook(f"{url}{path}", path, _derived(key, "header"))


def _derived(key: str, purpose: str) -> str:
    return hmac.new(key.encode(), f"atelier webhook {purpose}".encode(), "sha256").hexdigest()

"""Logs: structlog for everything, and nothing secret in any line. Touches standard error only.

Whoever has a job, an update or a worker's slot in hand binds its number
(`structlog.contextvars`): it stands on every line until then, those of libraries too.
"""

import logging
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

# A bot's token, wherever it stands: in a URL, in an exception, in a parameter.
_TOKEN = re.compile(r"\d{3,}(?::|%3A)[A-Za-z0-9_-]{20,}", re.IGNORECASE)
_FILE_URL = re.compile(r"https?://[^\s'\"<>\\]*/file/bot[^\s'\"<>\\]*")
_PASSWORD = re.compile(r"(?<=://)([^\s:/@'\"]*):[^\s/@'\"]+@")
SHORT = 8  # characters: a secret of fewer is only known by its place, or all text would be holes

CHATTY = ("httpx", "httpcore", "telegram", "alembic", "aiosqlite", "asyncio", "uvicorn")


def redacted(text: str, secrets: Iterable[str] = ()) -> str:
    """Without tokens, file URLs, passwords in URLs, and these secrets."""
    for secret in secrets:
        text = text.replace(secret, "<secret>")
    text = _TOKEN.sub("<token>", _FILE_URL.sub("<file url>", text))
    return _PASSWORD.sub(r"\1:<password>@", text)


def configure(
    form: Literal["auto", "text", "json"],
    level: int = logging.INFO,
    secrets: Iterable[str] = (),
) -> None:
    """Send all logs, those of the libraries too, to standard error.

    `secrets`: what must not be seen, beside what is known by how it looks.
    """
    as_text = form == "text" or (form == "auto" and sys.stderr.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=not as_text),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        if as_text
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _redaction(sorted((one for one in secrets if len(one) >= SHORT), key=len)[::-1]),
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for chatty in CHATTY:
        logging.getLogger(chatty).setLevel(logging.WARNING)


def last_words() -> None:
    """Log the error that ends the program, as nothing else has caught it."""
    if not logging.getLogger().handlers:
        configure("auto")
    structlog.get_logger(__name__).critical("an error has ended the program", exc_info=True)


def _redaction(secrets: list[str]) -> Processor:
    """Last before the renderer, which escapes: a secret may not be told by its escapes."""

    def redact(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
        return {key: _clean(value, secrets) for key, value in event.items()}

    return redact


def _clean(value: Any, secrets: list[str]) -> Any:
    """The same in plain types, so that the renderer finds nothing to describe by itself."""
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return redacted(value, secrets)
        case Mapping():
            return {redacted(str(key), secrets): _clean(one, secrets) for key, one in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_clean(one, secrets) for one in value]
        case _:
            return redacted(repr(value), secrets)

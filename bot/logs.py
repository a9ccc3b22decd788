"""Logs: structlog for everything, and nothing secret in any line. Touches standard error only."""

import logging
import re
import sys
from typing import Literal

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

# A bot's token, wherever it stands: in a URL, in an exception, in a parameter.
_TOKEN = re.compile(r"\d{3,}:[A-Za-z0-9_-]{20,}")
_FILE_URL = re.compile(r"https?://[^\s'\"]*/file/bot[^\s'\"]*")


def redacted(line: str) -> str:
    """Without tokens and file URLs."""
    return _TOKEN.sub("<token>", _FILE_URL.sub("<file url>", line))


def configure(form: Literal["auto", "text", "json"], level: int = logging.INFO) -> None:
    """Send all logs, those of the libraries too, to standard error."""
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
                renderer,
                _redact,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for chatty in ("httpx", "httpcore", "telegram", "alembic", "aiosqlite", "asyncio"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _redact(_logger: WrappedLogger, _name: str, line: EventDict | str) -> str:
    # Last in the chain: whatever the renderer has made of it.
    return redacted(str(line))

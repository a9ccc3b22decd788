"""The command `atelier`, from its first instant to its last. Touches the process's signals."""

import os
import signal
import sys
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT)
SERVICES = (["run"], ["sandbox"])  # which run until a signal: it is their good end


def main() -> None:
    """Run the command. A signal ends it without a traceback, however early or late it comes."""
    handler = _leave if sys.argv[1:2] in SERVICES else signal.default_int_handler
    for one in SIGNALS:
        signal.signal(one, handler)
    try:
        from bot.cli import main as command

        command()
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    finally:
        for one in SIGNALS:
            signal.signal(one, signal.SIG_IGN)


def _leave(_number: int, _frame: FrameType | None) -> None:
    """At once: `bot.signals` takes over as soon as there is anything that must be ended."""
    os._exit(0)

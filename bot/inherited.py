"""What the processes that the bot starts inherit: its environment without its secrets. Reads it."""

import os
import sys
from pathlib import Path

CACHE = "ATELIER_CACHE"  # where the gallery keeps what it has rendered: no secret


def environment(*kept: str) -> dict[str, str]:
    """Of the bot's settings only those `kept`, of Ray's none: what decodes knows no token.

    The modules are found where this process finds them, whatever the current folder holds.
    """
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith(("ATELIER_", "RAY_")) or name in kept
    }
    found = os.pathsep.join(str(Path(one).absolute()) for one in sys.path)
    return {**inherited, "PYTHONPATH": found}

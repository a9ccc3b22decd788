"""`python -m tests.bot.check.probes`: stands in place of the engine's end. Does what a test asks.

What is asked stands in the name of the quality.
"""

import json
import os
import signal
import sys
from pathlib import Path

from bot.check.questions import Questions


def main() -> None:
    """Answer each part, up to where something happens."""
    asked = Questions(**json.loads(sys.argv[1]))
    for part in asked.parts():
        if part == "memory":
            _happen(asked.quality)
        text = " ".join(
            sorted(name for name in os.environ if name.startswith(("ATELIER_", "RAY_")))
        )
        sys.stdout.write(json.dumps({"state": "ok", "name": part, "text": f"fine {text}"}) + "\n")
        sys.stdout.flush()


def _happen(what: str) -> None:
    match what.split(" "):
        case ["say", *words]:
            sys.stderr.write(f"Traceback\nImportError: {' '.join(words)}\n")
            sys.exit(1)
        case ["exit", code]:
            sys.exit(int(code))
        case ["signal", number]:
            os.kill(os.getpid(), int(number))
        case ["hang", pid]:
            Path(pid).write_text(str(os.getpid()), encoding="ascii")
            signal.pause()


if __name__ == "__main__":
    main()

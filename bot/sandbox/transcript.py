"""Every call of the Bot API. Kept in memory, without any picture's bytes."""

import itertools
import time
from collections import deque
from typing import Any

from bot.sandbox.bell import Bell

Json = dict[str, Any]

CALLS_KEPT = 20_000


class Transcript:
    """The latest calls, oldest first. The bell rings when one comes and when it is answered."""

    def __init__(self) -> None:
        self.bell = Bell()
        self.revision = 0
        self._calls: deque[Json] = deque(maxlen=CALLS_KEPT)
        self._numbers = itertools.count(1)

    def begin(self, method: str, parameters: Json) -> Json:
        """Note a call when it comes; `answer` and `seconds` are None until it is answered."""
        call: Json = {
            "number": next(self._numbers),
            "method": method,
            "parameters": parameters,
            "time": time.time(),
            "seconds": None,
            "answer": None,
            "fault": None,
        }
        self._calls.append(call)
        self._changed()
        return call

    def end(self, call: Json, answer: Json, seconds: float) -> None:
        """Note what a call was answered, and after how long."""
        call["answer"], call["seconds"] = answer, round(seconds, 4)
        self._changed()

    def calls(self, method: str | None = None, after: int = 0) -> list[Json]:
        """Those of one method or of all, with a number above `after`."""
        return [
            call
            for call in self._calls
            if call["number"] > after and method in (None, call["method"])
        ]

    def _changed(self) -> None:
        self.revision += 1
        self.bell.ring()

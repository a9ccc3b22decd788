"""Sample pictures for visitors with none of their own. Renders them in a helper process, once.

The bot shares this process, and it must stay light: the pictures are made elsewhere.
"""

import asyncio
import base64
import json
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from bot.sandbox.bell import Bell

LONG_SIDE = 1024  # pixels
MAX_LINE = 2**22
MAX_SECONDS = 120.0


@dataclass(frozen=True)
class Sample:
    """One picture: something to paint, or a style to paint it in."""

    name: str
    title: str
    kind: Literal["photo", "style"]
    jpeg: bytes


class Samples:
    """Makes them once they are asked for; use as an async context manager.

    They come one by one: the first in a second, all of them in half a minute on a machine where
    the gallery has not been rendered before.
    """

    def __init__(self) -> None:
        self.made: list[Sample] = []
        self.bell = Bell()
        self._making: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Samples":
        return self

    async def __aexit__(self, *_: object) -> None:
        self.bell.close()
        if self._making:
            self._making.cancel()
            with suppress(asyncio.CancelledError):
                await self._making

    @property
    def done(self) -> bool:
        """Will there be no more of them?"""
        return self._making is not None and self._making.done()

    async def beyond(self, count: int, seconds: float) -> list[Sample]:
        """All that are made, as soon as they are more than `count`, or no more will come."""
        self._start()
        await self.bell.until(lambda: len(self.made) > count or self.done, seconds)
        return self.made

    async def first(self, kind: Literal["photo", "style"]) -> Sample | None:
        """The first of a kind; None where there will be none."""
        self._start()

        def found() -> Sample | None:
            return next((sample for sample in self.made if sample.kind == kind), None)

        await self.bell.until(lambda: found() or self.done, MAX_SECONDS)
        return found()

    def get(self, name: str) -> Sample | None:
        """The sample of this name, if it is made."""
        return next((sample for sample in self.made if sample.name == name), None)

    def _start(self) -> None:
        if self._making is None:
            self._making = asyncio.create_task(self._make())
            self._making.add_done_callback(lambda _: self.bell.ring())

    async def _make(self) -> None:
        helper = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "bot.sandbox.samples"),
            stdout=asyncio.subprocess.PIPE,
            limit=MAX_LINE,
        )
        assert helper.stdout  # noqa: S101 - it is piped
        try:
            async for line in helper.stdout:
                name, title, kind, data = json.loads(line)
                self.made.append(Sample(name, title, kind, base64.b64decode(data)))
                self.bell.ring()
            await helper.wait()
        finally:
            if helper.returncode is None:
                helper.kill()
                await helper.wait()


def _render() -> None:
    """The helper's part: a line of JSON for each picture."""
    import os

    from bot.texts import texts_for
    from nst import gallery
    from nst import samples as sources

    titles = texts_for("en").style_titles()  # as on the bot's buttons
    os.nice(10)  # someone may be painting
    for name in sources.names():
        _write(f"photo-{name}", name.capitalize(), "photo", sources.content(name))
    for name in gallery.names():
        _write(name, titles.get(name, gallery.title(name)), "style", gallery.style(name))


def _write(name: str, title: str, kind: str, picture: Any) -> None:
    import io

    picture = picture.convert("RGB")
    picture.thumbnail((LONG_SIDE, LONG_SIDE))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=92)
    line = json.dumps([name, title, kind, base64.b64encode(buffer.getvalue()).decode()])
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _render()

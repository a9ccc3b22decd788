"""Renders the gallery in a helper process, since the bot decodes and renders no picture itself.

`pictures` is the bot's end. The helper's, `python -m bot.gallery_renderer [FOLDER]`, loads the
engine's gallery and writes a line of JSON for each style to its standard output.
"""

import asyncio
import base64
import json
import os
import sys
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path

import structlog

from bot.inherited import CACHE, environment
from bot.tied import go_with_the_parent

log = structlog.get_logger(__name__)

MAX_LINE = 2**23  # bytes
QUALITY = 95
NICENESS = 19


@dataclass(frozen=True)
class Picture:
    """One style, rendered."""

    name: str
    title: str
    jpeg: bytes


async def pictures(folder: Path | None) -> AsyncGenerator[Picture, None]:
    """The built-in styles, and those of an operator's folder, one by one as they are ready.

    Raises `OSError` where no process can be started. What cannot be rendered is left out.
    """
    helper = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-P", "-m", "bot.gallery_renderer"),
        *([str(folder)] if folder else []),
        stdin=asyncio.subprocess.PIPE,  # its end tells the helper that the bot is gone
        stdout=asyncio.subprocess.PIPE,
        limit=MAX_LINE,
        env=environment(CACHE),
        process_group=0,  # Ctrl+C is for the bot alone
    )
    assert helper.stdout  # noqa: S101 - it is piped
    try:
        async for line in helper.stdout:
            name, title, data = json.loads(line)
            yield Picture(name, title, base64.b64decode(data))
        if code := await helper.wait():
            log.warning("the gallery is not complete", exit_code=code)
    finally:
        if helper.returncode is None:
            helper.kill()
            await helper.wait()


def _render(folder: Path | None) -> None:
    go_with_the_parent()
    from nst.encode import encode_jpeg
    from nst.errors import NstError
    from nst.gallery import Gallery

    os.nice(NICENESS)  # someone may be painting
    gallery = Gallery(folder)
    for name in gallery.names():
        try:
            jpeg = encode_jpeg(gallery.style(name), QUALITY)
        except (NstError, OSError) as error:
            sys.stderr.write(f"The style {name!r} is left out: {error}\n")
            continue
        line = json.dumps([name, gallery.title(name), base64.b64encode(jpeg).decode()])
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _render(Path(sys.argv[1]) if len(sys.argv) > 1 else None)

"""Sample pictures for visitors with none of their own. Renders them in a helper process, once.

The bot shares this process, and it must stay light: the pictures are made elsewhere.
"""

import asyncio
import base64
import json
import sys
from typing import Any

_lock = asyncio.Lock()
_made: dict[str, bytes] = {}

PHOTO = "photo"
LONG_SIDE = 1024


async def catalogue() -> list[dict[str, str]]:
    """`name` and `kind` ("photo" or "style") of each; empty where they cannot be made."""
    await _make()
    return [{"name": name, "kind": PHOTO if name == PHOTO else "style"} for name in _made]


async def jpeg(name: str) -> bytes | None:
    """A sample as JPEG; None where there is none of this name."""
    await _make()
    return _made.get(name)


async def _make() -> None:
    async with _lock:
        if _made:
            return
        helper = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot.sandbox.samples", stdout=asyncio.subprocess.PIPE
        )
        try:
            output, _ = await helper.communicate()
        finally:
            if helper.returncode is None:
                helper.kill()
        if helper.returncode == 0:
            _made.update(
                (name, base64.b64decode(data)) for name, data in json.loads(output).items()
            )


def _render() -> dict[str, str]:
    """The helper's part: a photo and the gallery's styles, as base64 of JPEG."""
    import io

    from nst import gallery
    from nst import samples as sources

    def encode(picture: Any) -> str:
        picture = picture.convert("RGB")
        picture.thumbnail((LONG_SIDE, LONG_SIDE))
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=92)
        return base64.b64encode(buffer.getvalue()).decode()

    pictures = {PHOTO: encode(sources.content())}
    return pictures | {name: encode(gallery.style(name)) for name in gallery.names()}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_render()))

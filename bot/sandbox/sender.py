"""What a person sends, of every kind: the part of `SandboxClient` that writes. Speaks HTTP only."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from bot.sandbox.view import Message

Json = dict[str, Any]

MIME_TYPES = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG": "image/png",
    b"GIF8": "image/gif",
    b"RIFF": "image/webp",
}


class Sender(ABC):
    """Writes as one person; `where` of every method: see `SandboxClient`."""

    user: int

    async def send_text(self, text: str, **where: Any) -> Message:
        """Write a text. `where`: `chat`, `user`, `reply_to`, `thread`, `sender_chat`."""
        return (await self._send([], text, "photo", where))[0]

    async def send_photo(self, data: bytes, caption: str = "", **where: Any) -> Message:
        """Send a photo, recompressed as a phone does."""
        return (await self._send([("photo.jpg", data)], caption, "photo", where))[0]

    async def send_album(
        self, files: Sequence[bytes], caption: str = "", *, send_as: str = "photo", **where: Any
    ) -> list[Message]:
        """Send several at once, as photos or (`send_as="document"`) as files.

        `late`, in `where`: so many of them, the last ones, are held back until `release`.
        """
        named = [(f"{number}.jpg", data) for number, data in enumerate(files, 1)]
        return await self._send(named, caption, send_as, where)

    async def send_document(
        self, data: bytes, name: str = "picture.jpg", caption: str = "", **where: Any
    ) -> Message:
        """Send a file as it is."""
        return (await self._send([(name, data)], caption, "document", where))[0]

    async def send_sticker(self, data: bytes, **where: Any) -> Message:
        """Send a sticker: one that moves, where it is an animated picture or none at all."""
        return (await self._send([("sticker.webp", data)], "", "sticker", where))[0]

    async def send_live_photo(
        self, still: bytes, film: bytes, caption: str = "", **where: Any
    ) -> Message:
        """Send a photo with a film of its moment."""
        files = [("live.jpg", still), ("live.mp4", film)]
        return (await self._send(files, caption, "live_photo", where))[0]

    async def send_film(self, data: bytes, **where: Any) -> Message:
        """Send a video."""
        return (await self._send([("film.mp4", data)], "", "video", where))[0]

    async def send_voice(self, data: bytes, **where: Any) -> Message:
        """Send a voice message."""
        return (await self._send([("voice.ogg", data)], "", "voice", where))[0]

    async def _send(
        self, files: list[tuple[str, bytes]], text: str, send_as: str, where: Json
    ) -> list[Message]:
        chat, user = where.pop("chat", None) or self.user, where.pop("user", None) or self.user
        fields = {"text": text, "user": user, "as": send_as} | {
            key: value for key, value in where.items() if value is not None
        }
        uploads = [
            (f"file{number}", (name, data, _mime_type(data)))
            for number, (name, data) in enumerate(files)
        ]
        sent = await self._call(
            "POST", f"/sandbox/chats/{chat}/messages", data=fields, files=uploads or None
        )
        return [Message(message) for message in sent["messages"]]

    @abstractmethod
    async def _call(self, verb: str, path: str, **content: Any) -> Any:
        """The control API's answer."""


def _mime_type(data: bytes) -> str:
    for head, mime_type in MIME_TYPES.items():
        if data.startswith(head):
            return mime_type
    return "application/octet-stream"

"""The still picture that a message holds, whatever it was sent as. Pure."""

from collections.abc import Mapping
from typing import Any

from telegram import Document, Message, Sticker

_SUFFIXES = (
    *(".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".avif", ".gif", ".bmp", ".tif"),
    ".tiff",
)

Still = tuple[str, int | None]  # the file's id, and its size in bytes, as Telegram says


def still_of(message: Message) -> Still | None:
    """A photo, a live photo's still, a file that says it is a picture, or a sticker.

    Of a sticker that moves it is the thumbnail. None where there is nothing still.
    """
    if message.photo:
        return message.photo[-1].file_id, message.photo[-1].file_size
    if live := _live_photo(message.api_kwargs):
        return live
    if message.sticker:
        return _sticker(message.sticker)
    document = message.document
    if document and not message.animation and _is_picture(document):
        return document.file_id, document.file_size
    return None


def _live_photo(unknown: Mapping[str, Any]) -> Still | None:
    # https://core.telegram.org/bots/api#livephoto, which the client library does not know yet.
    live = unknown.get("live_photo")
    sizes = live.get("photo") if isinstance(live, Mapping) else None
    largest = sizes[-1] if isinstance(sizes, list) and sizes else None
    if not isinstance(largest, Mapping) or not isinstance(largest.get("file_id"), str):
        return None
    size = largest.get("file_size")
    return largest["file_id"], size if isinstance(size, int) else None


def _sticker(sticker: Sticker) -> Still | None:
    moves = sticker.is_animated or sticker.is_video
    picture = sticker.thumbnail if moves else sticker
    return (picture.file_id, picture.file_size) if picture else None


def _is_picture(document: Document) -> bool:
    # Phones send HEIC under several types, some under none: the name helps. Decoding decides.
    named = (document.file_name or "").lower().endswith(_SUFFIXES)
    return named or (document.mime_type or "").startswith("image/")

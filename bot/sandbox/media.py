"""Turns an upload or a `file_id` into the Bot API's media objects. Writes to the file store."""

import asyncio
from typing import Any

from bot.sandbox import pictures
from bot.sandbox.errors import bad_request
from bot.sandbox.files import FileStore, Kind, StoredFile
from bot.sandbox.parameters import Upload

Json = dict[str, Any]

MAX_PHOTO = 10 * 2**20


async def photo(files: FileStore, source: Upload | str, *, by_person: bool = False) -> list[Json]:
    """An array of `PhotoSize`, smallest first. Raises `ApiError`."""
    if isinstance(source, str):
        largest = _known(files, source, "photo")
        ids = largest.siblings or (largest.file_id,)
        return [_photo_size(stored) for id_ in ids if (stored := files.get(id_))]
    if len(source.data) > MAX_PHOTO and not by_person:
        raise bad_request(
            f"file of size {len(source.data)} bytes is too big for a photo; "
            f"the maximum size is {MAX_PHOTO} bytes"
        )
    try:
        sizes = await asyncio.to_thread(pictures.photo_sizes, source.data, by_person=by_person)
    except pictures.NotAPhoto as error:
        raise bad_request(error.code) from None
    stored_sizes = [
        await files.add(size.jpeg, "photo", "image/jpeg", width=size.width, height=size.height)
        for size in sizes
    ]
    files.join(stored_sizes)
    return [_photo_size(stored) for stored in stored_sizes]


async def document(files: FileStore, source: Upload | str) -> Json:
    """A `Document`, kept byte by byte. Raises `ApiError`."""
    return _document(files, await _kept(files, source, "document"))


async def animation(files: FileStore, source: Upload | str, given: Json) -> Json:
    """An `Animation`; `given` holds what the call said of width, height and duration."""
    stored = await _kept(files, source, "animation")
    values = {
        "width": stored.width or given.get("width") or 0,
        "height": stored.height or given.get("height") or 0,
        "duration": stored.duration or given.get("duration") or 0,
    }
    return _document(files, stored) | values


async def _kept(files: FileStore, source: Upload | str, kind: Kind) -> StoredFile:
    if isinstance(source, str):
        return _known(files, source, kind)
    known = await asyncio.to_thread(pictures.look, source.data)
    extra: Json = {"name": source.name}
    if known:
        extra |= {"width": known.width, "height": known.height, "duration": known.seconds}
    if known and (thumbnail := known.thumbnail):
        stored = await files.add(
            thumbnail.jpeg,
            "thumbnail",
            "image/jpeg",
            width=thumbnail.width,
            height=thumbnail.height,
        )
        extra["thumbnail"] = stored.file_id
    return await files.add(source.data, kind, source.mime_type, **extra)


def _known(files: FileStore, file_id: str, kind: Kind) -> StoredFile:
    if file_id.startswith(("http://", "https://")):
        raise bad_request("failed to get HTTP URL content")
    stored = files.get(file_id)
    if stored is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    if stored.kind != kind:
        raise bad_request(f"can't use file of type {stored.kind.title()} as {kind.title()}")
    return stored


def _photo_size(stored: StoredFile) -> Json:
    return {
        "file_id": stored.file_id,
        "file_unique_id": stored.file_unique_id,
        "width": stored.width,
        "height": stored.height,
        "file_size": stored.size,
    }


def _document(files: FileStore, stored: StoredFile) -> Json:
    values: Json = {
        "file_id": stored.file_id,
        "file_unique_id": stored.file_unique_id,
        "file_name": stored.name,
        "mime_type": stored.mime_type,
        "file_size": stored.size,
    }
    if stored.thumbnail and (thumbnail := files.get(stored.thumbnail)):
        values["thumbnail"] = _photo_size(thumbnail)
    return values

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


async def sticker(files: FileStore, source: Upload) -> Json:
    """A `Sticker`: a still picture; or a moving one, with a thumbnail where it is a picture."""
    stored = await _kept(files, source, "sticker")
    still = bool(stored.width) and not stored.duration
    values: Json = {
        **_sizes(stored, 512),
        "type": "regular",
        "is_animated": False,
        "is_video": not still,
    }
    return values | _thumbnail(files, stored)


async def live_photo(files: FileStore, still: Upload, film: Upload) -> Json:
    """The `photo` and the `live_photo` of a message. Raises `ApiError`."""
    sizes = await photo(files, still, by_person=True)
    stored = await files.add(film.data, "live_photo", film.mime_type)
    values = {"width": sizes[-1]["width"], "height": sizes[-1]["height"], "duration": 2}
    about = _file(stored) | {"mime_type": stored.mime_type} | values
    return {"photo": sizes, "live_photo": about | {"photo": sizes}}


async def film(files: FileStore, source: Upload) -> Json:
    """A `Video`; what it shows is not looked at."""
    stored = await files.add(source.data, "video", source.mime_type, name=source.name)
    about = {"mime_type": stored.mime_type, "file_name": stored.name}
    return _file(stored) | about | {"width": 640, "height": 360, "duration": 1}


async def voice(files: FileStore, source: Upload) -> Json:
    """A `Voice`; it is not listened to."""
    stored = await files.add(source.data, "voice", source.mime_type)
    return _file(stored) | {"mime_type": stored.mime_type, "duration": 1}


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
    return _sizes(stored, 0)


def _sizes(stored: StoredFile, unknown: int) -> Json:
    return _file(stored) | {
        "width": stored.width or unknown,
        "height": stored.height or unknown,
    }


def _file(stored: StoredFile) -> Json:
    return {
        "file_id": stored.file_id,
        "file_unique_id": stored.file_unique_id,
        "file_size": stored.size,
    }


def _thumbnail(files: FileStore, stored: StoredFile) -> Json:
    thumbnail = files.get(stored.thumbnail) if stored.thumbnail else None
    return {"thumbnail": _photo_size(thumbnail)} if thumbnail else {}


def _document(files: FileStore, stored: StoredFile) -> Json:
    about = {"file_name": stored.name, "mime_type": stored.mime_type}
    return _file(stored) | about | _thumbnail(files, stored)

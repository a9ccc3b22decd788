"""The still picture that a message holds, whatever it was sent as. Pure."""

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
    if message.live_photo and message.live_photo.photo:
        return message.live_photo.photo[-1].file_id, message.live_photo.photo[-1].file_size
    if message.sticker:
        return _sticker(message.sticker)
    document = message.document
    if document and not message.animation and _is_picture(document):
        return document.file_id, document.file_size
    return None


def _sticker(sticker: Sticker) -> Still | None:
    moves = sticker.is_animated or sticker.is_video
    picture = sticker.thumbnail if moves else sticker
    return (picture.file_id, picture.file_size) if picture else None


def _is_picture(document: Document) -> bool:
    # Phones send HEIC under several types, some under none: the name helps. Decoding decides.
    named = (document.file_name or "").lower().endswith(_SUFFIXES)
    return named or (document.mime_type or "").startswith("image/")

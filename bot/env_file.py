"""The file `.env` in the current folder: that it can be read, and which names it has. Reads it."""

from io import StringIO
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import parse_stream

from bot.errors import AtelierError

FILE = Path(".env")
ENCODING = "utf-8-sig"  # with or without the mark that some editors put first
LARGEST = 2**20  # bytes


def check() -> None:
    """Raises `AtelierError`, which quotes nothing of it, where it cannot be read as settings."""
    if (text := _text()) is None:
        return
    for line in parse_stream(StringIO(text)):
        if line.error:
            raise AtelierError(
                f"Line {line.original.line} of the file {FILE} is no setting: write NAME=value, "
                "and close each quotation mark."
            )


def names() -> list[str]:
    """The variables that a file has which `check` has found nothing wrong with."""
    return [*dotenv_values(stream=StringIO(_text() or ""), interpolate=False)]


def _text() -> str | None:
    try:
        if not FILE.is_file():  # a folder of this name is no settings
            return None
        with FILE.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise AtelierError(f"The file {FILE} cannot be read: {error.strerror}.") from None
    if len(data) > LARGEST:
        raise AtelierError(f"The file {FILE} is too large: it holds settings, and nothing else.")
    try:
        text = data.decode(ENCODING)
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise AtelierError(f"The file {FILE} is no UTF-8 text: save it in that encoding.")
    return text

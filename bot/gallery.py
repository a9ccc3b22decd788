"""The `gallery` table: the styles that are offered, as stored pictures. Queries only."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.tables import gallery

CODE_LENGTH = 12


@dataclass(frozen=True)
class Style:
    """A row."""

    name: str
    title: str  # in English, or as an operator has named the file
    sha256: str  # the picture: a JPEG in the data folder
    made_from: str = ""  # empty while the gallery is not complete
    file_id: str | None = None

    @property
    def code(self) -> str:
        """What stands for the name in a button: short, and the same after every change."""
        return hashlib.sha256(self.name.encode()).hexdigest()[:CODE_LENGTH]


_COLUMNS = [gallery.c[one.name] for one in fields(Style)]


async def offered(connection: AsyncConnection) -> list[Style]:
    """All styles, in their order."""
    rows = await connection.execute(select(*_COLUMNS).order_by(gallery.c.place, gallery.c.name))
    return [Style(**row._mapping) for row in rows]


async def pictures(connection: AsyncConnection) -> set[str]:
    """The SHA-256 of all of them."""
    return set((await connection.scalars(select(gallery.c.sha256))).all())


async def put(connection: AsyncConnection, style: Style, place: int) -> None:
    """Add a style, or change it. What Telegram has stays known where the picture is the same."""
    this = gallery.c.name == style.name
    known = (await connection.execute(select(*_COLUMNS).where(this))).one_or_none()
    same = known is not None and known.sha256 == style.sha256
    values = {**vars(style), "place": place, "file_id": known.file_id if known and same else None}
    await connection.execute(delete(gallery).where(this))
    await connection.execute(insert(gallery).values(**values))


async def complete(connection: AsyncConnection, names: Collection[str], made_from: str) -> None:
    """These are all there are: forget the others."""
    await connection.execute(delete(gallery).where(gallery.c.name.not_in(names)))
    await connection.execute(update(gallery).values(made_from=made_from))


async def note_file_ids(connection: AsyncConnection, file_ids: Mapping[str, str | None]) -> None:
    """What Telegram calls the pictures with these SHA-256."""
    for sha256, file_id in file_ids.items():
        this = gallery.c.sha256 == sha256
        await connection.execute(update(gallery).where(this).values(file_id=file_id))

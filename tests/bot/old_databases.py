"""Databases as earlier versions have left them, with rows in every table. For the tests.

A place is SQLite's file, or the URL of a database of PostgreSQL that has no tables yet.
"""

import json
import time
from collections.abc import Mapping
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import (
    Connection,
    Engine,
    MetaData,
    Table,
    Text,
    create_engine,
    event,
    func,
    insert,
    select,
)

from bot.database import MIGRATIONS, address

PERSON, GROUP = 4_503_599_627_370_495, -1_001_234_567_890  # as large as Telegram's numbers get
BLOCKED = 5_000_000_001

Rows = dict[str, list[dict[str, Any]]]


def revisions() -> list[str]:
    """All there are, oldest first."""
    script = ScriptDirectory(str(MIGRATIONS))
    return [one.revision for one in script.walk_revisions()][::-1]


def rows(person: int = PERSON, **files: str) -> Rows:
    """A busy hour of the newest version: what an older one does not know is left out there.

    `files`: the SHA-256 of `content`, `style`, `photo`, `file` and `checkpoint`.
    """
    sha = {name: name[0] * 64 for name in ("content", "style", "photo", "file", "checkpoint")}
    sha |= files
    now = time.time()
    return {
        "updates": _updates(person, now),
        "sessions": [_session(person, sha, now)],
        "jobs": [
            _job(1, person, sha, now, state="finished", photo=sha["photo"], file=sha["file"]),
            _job(2, person, sha, now, state="running", attempt=1, checkpoint=sha["checkpoint"]),
            _job(3, person, sha, now, state="queued", chat_id=GROUP, thread_id=7),
            _job(4, person, sha, now, state="failed", error_code="unreadable", error_id="0badcafe"),
        ],
        "deliveries": [
            _delivery(1, 1, "result", "waiting"),
            _delivery(2, 4, "apology", "sent", message_id=2**40, file_id=None),
            _delivery(3, 1, "file", "sent", message_id=12, file_id="BQACAgIAAx" + "x" * 90),
        ],
        "pictures": [{"job_id": job, "sha256": sha["content"]} for job in (1, 2, 3, 4)],
        "preferences": [
            {"chat_id": person, "chosen": {"language": "uk", "size": "1024"}, "changed_at": now}
        ],
        "blocked": [{"user_id": BLOCKED, "blocked_by": person, "blocked_at": now}],
        "gallery": [
            {
                "name": "nocturne",
                "title": "Nocturne — “night”",
                "place": 0,
                "sha256": sha["style"],
                "made_from": "f" * 64,
                "file_id": "AgACAgIAAx",
            }
        ],
        "said": [{"cause": "update 1", "message": "0123456789abcdef"}],
        "questions": [{"chat_id": GROUP, "message_id": 5, "user_id": person, "asked_at": now}],
    }


def fill(place: str, revision: str, content: Rows) -> Rows:
    """Make a database of `revision`, and put into it what it has columns for; returns that."""
    engine = _engine(place)
    with engine.begin() as connection:
        upgrade(connection, revision)
        tables = _tables(connection)
        known = {
            name: [{key: row[key] for key in row if key in tables.tables[name].c} for row in found]
            for name, found in content.items()
            if name in tables.tables
        }
        for table in tables.sorted_tables:
            if table.name != "alembic_version":
                some = known[table.name]
                as_text = connection.dialect.name == "sqlite"
                connection.execute(insert(table), _json(some) if as_text else some)
                if "id" in table.c and not as_text:
                    _count_on(connection, table)
    engine.dispose()
    return known


def read(place: str, content: Rows) -> Rows:
    """The same columns of the same tables, as they are now."""
    engine = _engine(place)
    with engine.begin() as connection:
        tables = _tables(connection).tables
        found = {
            name: [
                dict(row._mapping)
                for row in connection.execute(
                    select(*(tables[name].c[key] for key in some[0])).order_by(
                        *tables[name].primary_key.columns
                    )
                )
            ]
            for name, some in content.items()
        }
    engine.dispose()
    return as_stored(found)


def upgrade(connection: Connection, revision: str) -> None:
    """Migrate up to `revision`, and no further."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def as_stored(content: Rows) -> Rows:
    """`content` as `read` gives it, where nothing was lost."""
    return {name: _json(some) for name, some in content.items()}


def _engine(place: str) -> Engine:
    if place.startswith("postgresql:"):
        return create_engine(address(place))
    engine = create_engine(f"sqlite:///{place}")

    @event.listens_for(engine, "connect")
    def _wal(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA foreign_keys = ON")

    return engine


def _tables(connection: Connection) -> MetaData:
    metadata = MetaData()
    metadata.reflect(connection)
    for table in metadata.tables.values():
        for column in table.columns:
            # As text: what is compared is what stands in the file.
            if str(column.type) == "JSON" and connection.dialect.name == "sqlite":
                column.type = Text()
    return metadata


def _count_on(connection: Connection, table: Table) -> None:
    """From the rows that are there: they came with numbers of their own."""
    sequence = func.pg_get_serial_sequence(table.name, "id")
    connection.execute(select(func.setval(sequence, func.max(table.c.id))))


def _json(some: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What SQLAlchemy makes of JSON: text."""

    def plain(value: Any) -> Any:
        if value is None or isinstance(value, str | int | float):
            return value
        return json.dumps(value)

    return [{key: plain(value) for key, value in row.items()} for row in some]


def _updates(person: int, now: float) -> list[dict[str, Any]]:
    sender = {"id": person, "is_bot": False, "first_name": "Ann 🎨", "language_code": "uk"}
    chat = {"id": person, "type": "private", "first_name": "Ann 🎨"}

    def message(number: int, text: str) -> Mapping[str, Any]:
        about = {"message_id": number, "date": int(now), "from": sender, "chat": chat}
        return {"update_id": 10**9 + number, "message": {**about, "text": text}}

    return [
        {
            "update_id": 10**9 + 1,
            "data": message(1, "/start"),
            "received_at": now,
            "handled_at": now,
        },
        {
            "update_id": 10**9 + 2,
            "data": message(2, "/help"),
            "received_at": now,
            "handled_at": None,
        },
    ]


def _session(person: int, sha: Mapping[str, str], now: float) -> dict[str, Any]:
    part = {"sha256": sha["content"], "message_id": 3, "role": None, "album": None}
    style = {**part, "sha256": sha["style"], "message_id": 4, "role": "style"}
    return {
        "chat_id": person,
        "thread_id": 0,
        "user_id": person,
        "language": "uk",
        "parts": [part],
        "asked": True,
        "due_at": None,
        "touched_at": now,
        "began_at": now,
        "last": {"content": part, "styles": [style], "album": None},
    }


def _job(
    number: int, person: int, sha: Mapping[str, str], now: float, **values: Any
) -> dict[str, Any]:
    return {
        "id": number,
        "owner_id": person,
        "chat_id": person,
        "thread_id": 0,
        "reply_to": 4,
        "language": "uk",
        "content": sha["content"],
        "styles": [sha["style"]],
        "options": {"size": 512, "quality": "draft", "strength": 0.5},
        "start": None,
        "state": "queued",
        "attempt": 0,
        "failures": 0,
        "lease_until": now + 60,
        "checkpoint": None,
        "photo": None,
        "file": None,
        "pair": None,
        "film": None,
        "report": {"seconds": 38.25, "device": "CPU"},
        "error_code": None,
        "error_id": None,
        "status_message_id": None,
        "created_at": now - number,
        "started_at": None,
        "finished_at": None,
        **values,
    }


def _delivery(number: int, job: int, kind: str, state: str, **values: Any) -> dict[str, Any]:
    return {
        "id": number,
        "job_id": job,
        "kind": kind,
        "state": state,
        "attempts": 1,
        "next_try": 0.0,
        "asked_at": 0.0,
        "message_id": None,
        "file_id": None,
        **values,
    }

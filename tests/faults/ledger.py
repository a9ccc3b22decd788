"""What a bot's database holds at an instant. Reads it beside the bot, or after its end."""

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class JobRow:
    """A job."""

    id: int
    state: str
    attempt: int
    status_message_id: int | None
    checkpoint: bytes | None  # empty where its file is gone

    @property
    def step(self) -> int:
        """Of the checkpoint; 0 without one, -1 where its file is gone."""
        if self.checkpoint is None:
            return 0
        return int(json.loads(self.checkpoint)["step"]) if self.checkpoint else -1


@dataclass(frozen=True)
class DeliveryRow:
    """A delivery."""

    job_id: int
    kind: str
    state: str


@dataclass(frozen=True)
class Ledger:
    """All that counts. Empty where there is no database yet."""

    updates: tuple[tuple[int, bool], ...] = ()  # ids, and whether they are handled
    jobs: tuple[JobRow, ...] = ()
    deliveries: tuple[DeliveryRow, ...] = ()
    due: int = 0  # sessions that wait to be settled
    styles: int = 0  # in a gallery that is complete

    @property
    def at_rest(self) -> bool:
        """Whether nothing is left to do."""
        return (
            all(handled for _, handled in self.updates)
            and all(job.state not in ("queued", "running") for job in self.jobs)
            and all(job.status_message_id is None for job in self.jobs)
            and all(one.state != "waiting" for one in self.deliveries)
            and self.due == 0
        )


def read(folder: Path) -> Ledger:
    """From a data folder."""
    path = folder / "atelier.db"
    if not path.exists():
        return Ledger()
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20)) as connection:
        try:
            return _read(connection, folder / "files")
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):  # it was not even migrated
                return Ledger()
            raise


def _read(connection: sqlite3.Connection, files: Path) -> Ledger:
    connection.execute("BEGIN")  # one view of all
    updates = connection.execute("SELECT update_id, handled_at FROM updates ORDER BY update_id")
    jobs = connection.execute(
        "SELECT id, state, attempt, status_message_id, checkpoint FROM jobs ORDER BY id"
    )
    deliveries = connection.execute("SELECT job_id, kind, state FROM deliveries ORDER BY id")
    due = connection.execute("SELECT count(*) FROM sessions WHERE due_at IS NOT NULL").fetchone()
    styles = connection.execute("SELECT count(*) FROM gallery WHERE made_from != ''").fetchone()
    return Ledger(
        updates=tuple((row[0], row[1] is not None) for row in updates),
        jobs=tuple(JobRow(row[0], row[1], row[2], row[3], _bytes(files, row[4])) for row in jobs),
        deliveries=tuple(DeliveryRow(*row) for row in deliveries),
        due=due[0],
        styles=styles[0],
    )


def _bytes(files: Path, sha256: str | None) -> bytes | None:
    if sha256 is None:
        return None
    try:
        return (files / sha256[:2] / sha256).read_bytes()
    except FileNotFoundError:
        return b""

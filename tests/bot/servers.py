"""A PostgreSQL server of the tests' own, in a temporary folder and on a Unix socket."""

import asyncio
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import URL

from bot.database import opened

PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")
UNPRIVILEGED = ("postgres", "nobody")  # the server refuses to be root's
SOCKET = ".s.PGSQL.5432"
ROLE, GUARDED, PASSWORD = "atelier", "guarded", "s3cret-word"
TEMPLATE = "migrated"
SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{folder}'
fsync = {fsync}
full_page_writes = {fsync}
shared_buffers = 16MB
max_connections = 20
autovacuum = off
"""
LOGINS = f"local all {GUARDED} scram-sha-256\nlocal all all trust\n"


def programs() -> Path | None:
    """The folder of `initdb` and `pg_ctl`, the newest there is."""
    on_path = shutil.which("initdb")
    found = [Path(on_path).parent] if on_path else []
    for place in PLACES:
        found += sorted(Path("/").glob(place.lstrip("/")), key=_version)
    return next((one for one in reversed(found) if (one / "pg_ctl").exists()), None)


class Server:
    """One that is stopped and started as the test likes."""

    def __init__(self, programs: Path, folder: Path, user: str | None) -> None:
        self._programs = programs
        self.folder = folder
        self._user = user
        self._numbers = count(1)

    def create(self, fsync: str) -> None:
        """Make its data folder."""
        self._run("initdb", "-U", ROLE, "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C")
        data = self.folder / "data"
        with (data / "postgresql.conf").open("a") as file:
            file.write(SETTINGS.format(folder=self.folder, fsync=fsync))
        (data / "pg_hba.conf").write_text(LOGINS)

    def start(self) -> None:
        """Return once it takes connections."""
        self._run("pg_ctl", "start", "-w", "-s", "-l", str(self.folder / "log"))

    def stop(self, how: str = "fast") -> None:
        """`how`: `fast`, or `immediate`, which is as good as a kill."""
        self._run("pg_ctl", "stop", "-w", "-s", "-m", how)

    def prepare(self) -> None:
        """The database that those of the tests are copies of."""
        self.execute(f"CREATE ROLE {GUARDED} LOGIN PASSWORD '{PASSWORD}'")
        self.execute(f"CREATE DATABASE {TEMPLATE}")

        async def migrate() -> None:
            async with opened(self.url(TEMPLATE)):
                pass

        asyncio.run(migrate())

    def url(self, database: str, role: str = ROLE, password: str | None = None) -> str:
        """As an operator writes it."""
        query = {"host": str(self.folder)}
        url = URL.create("postgresql", role, password, database=database, query=query)
        return url.render_as_string(hide_password=False)

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """As the server's administrator, at once. Returns the rows, where there are any."""
        where = f"host={self.folder} user={ROLE} dbname={database}"
        with psycopg.connect(where, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def end_sessions(self) -> None:
        """Of all bots there are."""
        this = "pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'atelier'"
        self.execute(f"SELECT {this}")

    @contextmanager
    def database(self, template: str = TEMPLATE) -> Iterator[str]:
        """A database of the test's own, and its name."""
        name = f"test_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield name
        finally:
            self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), "-D", str(self.folder / "data"), *arguments]
        done = subprocess.run(
            command,
            user=self._user,
            extra_groups=[] if self._user else None,
            cwd=self.folder,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr


@contextmanager
def running(programs: Path, fsync: str = "off") -> Iterator[Server]:
    """A server that is ready; without `fsync` a quicker one, which no power cut may come to."""
    user = next(filter(_known, UNPRIVILEGED)) if os.geteuid() == 0 else None
    # Not in pytest's folders, which are closed to whoever the server runs as.
    folder = Path(tempfile.mkdtemp(prefix="atelier-pg-"))
    try:
        if user is not None:
            shutil.chown(folder, user)
        server = Server(programs, folder, user)
        server.create(fsync)
        server.start()
        try:
            server.prepare()
            yield server
        finally:
            server.stop("immediate")
    finally:
        shutil.rmtree(folder)


def _version(folder: Path) -> float:
    digits = "".join(one for one in folder.parent.name if one.isdigit() or one == ".")
    return float(digits or 0)


def _known(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True

"""Starts a real PostgreSQL server on a private port, with its data in a folder of its own."""

import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

OWNER = "postgres"
SETTINGS = {"fsync": "off", "full_page_writes": "off", "max_connections": "60", "shared_buffers": "32MB"}


@dataclass(frozen=True)
class PostgresServer:
    """A running server."""

    port: int

    def url(self, database: str = "postgres") -> str:
        """Return what SOHOA_DATABASE_URL would be for `database`."""
        return f"postgresql+psycopg://{OWNER}@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """Make an empty database and return its URL."""
        name = f"thu_{uuid.uuid4().hex[:12]}"
        engine = sa.create_engine(self.url(), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return self.url(name)


@contextmanager
def running_postgres(programs: Path) -> Iterator[PostgresServer]:
    """Run the server of `programs` in a new folder, and stop it again. As root it runs as its own user."""
    folder = Path(tempfile.mkdtemp(prefix="sohoa-postgres-"))
    port = _free_port()
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, OWNER)
        _run(programs / "initdb", "-D", folder / "data", "-A", "trust", "-U", OWNER, "-E", "UTF8", "--no-sync")
        options = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
        options += f" -c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder}"
        _run(programs / "pg_ctl", "-D", folder / "data", "-l", folder / "log", "-w", "-o", options, "start")
        try:
            yield PostgresServer(port)
        finally:
            _run(programs / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(*command: Path | str) -> None:
    as_owner = ["runuser", "-u", OWNER, "--"] if os.geteuid() == 0 else []
    # The server keeps what it inherits: a pipe would never end.
    done = subprocess.run(
        [*as_owner, *map(str, command)], cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False
    )
    assert done.returncode == 0, command


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port

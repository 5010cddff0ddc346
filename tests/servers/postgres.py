"""Starts a real PostgreSQL server on a private port, with its data in a folder of its own."""

import signal
import subprocess
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from servers.server import Server, own_folder, running

SETTINGS = {"max_connections": "100", "shared_buffers": "32MB"}


class PostgresServer(Server):
    """A server that keeps what was committed, through `kill` too.

    Without `fsync` as well: what a killed server wrote is in the system's memory and reaches the disk from there; only
    a machine that loses its power loses it. With it every commit waits for the disk: for measurements that must pay
    that price.
    """

    name = "postgres"
    owner = "postgres"
    stop_signal = signal.SIGINT  # "fast": SIGTERM would wait for every client to leave

    def __init__(self, programs: Path, folder: Path, *, fsync: bool = False) -> None:
        super().__init__(programs / "postgres", folder)
        switch = "on" if fsync else "off"
        self._settings = SETTINGS | {"fsync": switch, "full_page_writes": switch}

    def url(self, database: str = "postgres") -> str:
        """Return what SOHOA_DATABASE_URL would be for `database`."""
        return f"postgresql+psycopg://{self.owner}@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """Make an empty database and return its URL."""
        name = f"thu_{uuid.uuid4().hex[:12]}"
        with self._connect() as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self.url(name)

    def command(self) -> Sequence[str]:
        """Return the command that runs it in the foreground."""
        place = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": self.folder}
        options = [f"--{name}={value}" for name, value in (self._settings | place).items()]
        return [str(self.program), "-D", str(self.data), *options]

    def start(self) -> None:
        """Start it as every server; make its first files, if there are none."""
        if not self.data.exists():
            initdb = [str(self.program.with_name("initdb")), "-D", str(self.data), "-A", "trust", "-E", "UTF8"]
            command = self.as_owner([*initdb, "-U", self.owner, "--no-sync"])
            subprocess.run(command, cwd="/", env=self.environment(), capture_output=True, check=True)
        super().start()

    def answers(self) -> bool:
        """Say whether it takes requests."""
        with suppress(psycopg.OperationalError), self._connect():
            return True
        return False

    def _connect(self) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user=self.owner, dbname="postgres", connect_timeout=2, autocommit=True
        )


def installed() -> Path | None:
    """Return the folder of the newest version's programs, or None."""
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return max((path.parent for path in found), key=lambda folder: int(folder.parent.name), default=None)


@contextmanager
def running_postgres(programs: Path, *, fsync: bool = False) -> Iterator[PostgresServer]:
    """Run the server of `programs` in a new folder, and leave nothing of it. As root it runs as its own user."""
    with own_folder(PostgresServer) as folder, running(PostgresServer(programs, folder, fsync=fsync)) as server:
        yield server

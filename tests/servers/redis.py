"""Starts a real Redis server on a private port. It keeps nothing: killed and started again it is empty."""

import shutil
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from servers.server import Server, own_folder, running

DATABASES = 1000


class RedisServer(Server):
    """A server without persistence. `wipe` has nothing to do: every start is one with empty memory."""

    name = "redis"

    def __init__(self, program: Path, folder: Path) -> None:
        super().__init__(program, folder)
        self._databases = count(1)

    def url(self, database: int = 0) -> str:
        """Return what SOHOA_BROKER_URL would be for `database`."""
        return f"redis://127.0.0.1:{self.port}/{database}"

    def new_url(self) -> str:
        """Return the URL of a database that nobody else got from here."""
        return self.url(next(self._databases))

    def command(self) -> Sequence[str]:
        """Return the command that runs it in the foreground."""
        place = ["--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.folder)]
        return [str(self.program), *place, "--databases", str(DATABASES), "--save", "", "--appendonly", "no"]

    def answers(self) -> bool:
        """Say whether it takes requests."""
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(7) == b"+PONG\r\n"
        return False


def installed() -> Path | None:
    """Return the program, or None."""
    found = shutil.which("redis-server")
    return Path(found) if found else None


@contextmanager
def running_redis(program: Path) -> Iterator[RedisServer]:
    """Run the server in a new folder, and leave nothing of it."""
    with own_folder(RedisServer) as folder, running(RedisServer(program, folder)) as server:
        yield server

"""Who may call the sandbox, and the sessions it has given; they survive a restart."""

import hashlib
import secrets
import sqlite3
import time
from dataclasses import dataclass, field

from workers.sandbox.ledger import Reply

DEVELOPMENT_SECRET = "thu-nghiem"  # noqa: S105 - the simulator's own; it opens nothing else


@dataclass(frozen=True, kw_only=True)
class Access:
    """What callers have to show.

    Attributes:
        username, password: account at the dossier system.
        token: bearer token of the citizen's store.
        session_s: seconds for which a session lasts.
    """

    username: str = "sohoa"
    password: str = field(default=DEVELOPMENT_SECRET, repr=False)
    token: str = field(default=DEVELOPMENT_SECRET, repr=False)
    session_s: float = 1800.0

    def knows(self, username: str, password: str) -> bool:
        """Whether that is the account."""
        return _same(username, self.username) & _same(password, self.password)

    def admits(self, authorization: str) -> bool:
        """Whether an Authorization header carries the token."""
        return _same(authorization, f"Bearer {self.token}")


def begin(connection: sqlite3.Connection) -> Reply:
    """Give a new session."""
    token = secrets.token_urlsafe(24)
    connection.execute("INSERT INTO session (token, begun_at) VALUES (?, ?)", (_hidden(token), time.time()))
    return Reply(code="0", message="Thành công", rest={"session": token})


def is_valid(connection: sqlite3.Connection, token: str, session_s: float) -> bool:
    """Whether a session was given and has not ended."""
    row = connection.execute("SELECT begun_at FROM session WHERE token = ?", (_hidden(token),)).fetchone()
    return row is not None and time.time() - row["begun_at"] < session_s


def end_all(connection: sqlite3.Connection) -> None:
    """End every session."""
    connection.execute("DELETE FROM session")


def _hidden(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _same(one: str, other: str) -> bool:
    return secrets.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))

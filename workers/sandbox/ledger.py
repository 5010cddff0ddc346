"""What arrived at the sandbox, in an SQLite file of its own that others may read at any time."""

import contextlib
import hashlib
import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS session (token TEXT PRIMARY KEY, begun_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS answer (
    key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS dossier (
    number INTEGER PRIMARY KEY AUTOINCREMENT, ma_ho_so TEXT NOT NULL UNIQUE,
    trang_thai TEXT NOT NULL, body TEXT NOT NULL, updates INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS paper (
    ma_ho_so TEXT NOT NULL REFERENCES dossier (ma_ho_so), tep_dinh_kem_id TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (ma_ho_so, tep_dinh_kem_id)
);
CREATE TABLE IF NOT EXISTS progress (
    number INTEGER PRIMARY KEY AUTOINCREMENT, ma_ho_so TEXT NOT NULL REFERENCES dossier (ma_ho_so),
    thoi_diem_xu_ly TEXT NOT NULL, noi_dung_xu_ly TEXT NOT NULL, body TEXT NOT NULL,
    UNIQUE (ma_ho_so, thoi_diem_xu_ly, noi_dung_xu_ly)
);
CREATE TABLE IF NOT EXISTS store_entry (
    number INTEGER PRIMARY KEY AUTOINCREMENT, ma_ho_so TEXT NOT NULL, ma_giay_to_so_hoa TEXT NOT NULL,
    hash_tep_tin TEXT NOT NULL, body TEXT NOT NULL, UNIQUE (ma_ho_so, ma_giay_to_so_hoa)
);
CREATE TABLE IF NOT EXISTS arrival (
    number INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, service TEXT NOT NULL, subject TEXT NOT NULL,
    code TEXT NOT NULL, replayed INTEGER NOT NULL
);
"""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What a service answers; `rest` is its own part of the body."""

    code: str
    message: str
    rest: Mapping[str, Any] = field(default_factory=dict)

    @property
    def accepted(self) -> bool:
        """True for code "0"."""
        return self.code == "0"


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request as the ledger sees it. `subject` is a dossier code or "", never a person's."""

    service: str
    subject: str
    key: str
    payload: Mapping[str, Any]

    @property
    def fingerprint(self) -> str:
        """SHA-256 of what was asked."""
        text = json.dumps(self.payload, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(f"{self.service}\n{text}".encode("utf-8", "backslashreplace")).hexdigest()


class Ledger:
    """The database file, over one connection that threads take in turn.

    What was committed outlives the process (`synchronous = NORMAL` in WAL mode may lose the last
    transactions to a power cut only, and this is a simulator).
    """

    def __init__(self, database: Path) -> None:
        """Make the file and its tables where they are missing."""
        database.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(database, timeout=30, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.executescript(SCHEMA)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Commit at the end of the block, roll back where it raises."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            with self._connection:
                yield self._connection

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Read what is committed."""
        with self._lock:
            yield self._connection

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def answer(self, call: Call, work: Callable[[sqlite3.Connection], Reply]) -> Reply:
        """Do `work` once per idempotency key and return its reply; replay it for the same key.

        The reply is kept in the transaction of the work. A refusal is not kept: it may be mended.
        """
        with self.transaction() as connection:
            kept = _kept(connection, call)
            reply = kept or work(connection)
            _note(connection, call, reply, replayed=kept is not None)
            if call.key and kept is None and reply.accepted:
                values = (call.key, call.fingerprint, _dump(reply))
                connection.execute("INSERT INTO answer (key, fingerprint, body) VALUES (?, ?, ?)", values)
        return reply


def _kept(connection: sqlite3.Connection, call: Call) -> Reply | None:
    row = connection.execute("SELECT fingerprint, body FROM answer WHERE key = ?", (call.key,)).fetchone()
    if row is None:
        return None
    if row["fingerprint"] != call.fingerprint:
        return Reply(code="205", message="Idempotency-Key đã dùng cho một nội dung khác")
    return Reply(**json.loads(row["body"]))


def _dump(reply: Reply) -> str:
    return json.dumps({"code": reply.code, "message": reply.message, "rest": reply.rest}, ensure_ascii=False)


def _note(connection: sqlite3.Connection, call: Call, reply: Reply, *, replayed: bool) -> None:
    values = (datetime.now(UTC).isoformat(), call.service, call.subject, reply.code, replayed)
    connection.execute("INSERT INTO arrival (at, service, subject, code, replayed) VALUES (?, ?, ?, ?, ?)", values)

"""Open the database; SQLite and PostgreSQL by their URL."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DatabaseError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from schemas.errors import RecordsUnavailable, SettingsError

BUSY_TIMEOUT_MS = 60_000

POSTGRESQL: Final = {
    "application_name": "sohoa",
    "connect_timeout": 10,
    # A machine that vanished without a word is noticed within a minute, in the middle of a question too.
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
    # Transactions here take milliseconds. One that hangs must not hold rows, and with them other workers, for ever.
    "options": "-c statement_timeout=60s -c lock_timeout=30s -c idle_in_transaction_session_timeout=60s",
}
"""What a connection to PostgreSQL asks for, where the URL does not say otherwise (`…?connect_timeout=3`)."""

POOL: Final = {
    # Threads hold a connection for the milliseconds of a transaction, never while a page is worked on: few serve many.
    "pool_size": 4,
    "max_overflow": 6,
    "pool_timeout": 30,
    # The one used last comes first, so that a server or firewall may close those that are seldom needed.
    "pool_use_lifo": True,
    # A tenth of a millisecond per transaction; without it, the first job of each connection after a restart of the
    # server fails and is worked on again.
    "pool_pre_ping": True,
}


@dataclass(frozen=True)
class Records:
    """The database. `begin` is the unit of work: commit at the end, roll back on any error."""

    engine: sa.Engine

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """Yield a connection inside of one transaction.

        Raises:
            RecordsUnavailable: the database does not answer or is locked for too long.
        """
        with outages_told(), self.engine.begin() as connection:
            yield connection

    def ping(self) -> str:
        """Return one line on the state of the database.

        Raises:
            RecordsUnavailable: it does not answer.
        """
        with self.begin() as connection:
            connection.execute(sa.text("SELECT 1"))
        return f"{self.engine.dialect.name} trả lời"

    def examine(self) -> str:
        """Return the same as `ping`, for those who run the database.

        Raises:
            RecordsUnavailable: it does not answer; with its own words, which may name accounts and hosts.
        """
        try:
            return self.ping()
        except RecordsUnavailable as error:
            raise RecordsUnavailable(f"{error.message}: {in_its_words(error.__cause__)}") from error


def in_its_words(error: BaseException | None) -> str:
    """Return the last sentence of a driver's error: `FATAL: password authentication failed for user "sohoa"`."""
    last = str(getattr(error, "orig", error)).strip().splitlines()[0]
    return last.rpartition(" failed: ")[2]


@contextmanager
def outages_told() -> Iterator[None]:
    """Translate what the database says when it cannot be asked; a broken rule of the tables is no outage.

    Among the outages are deadlocks, time limits, a server that shuts down, and a standby that takes no writes.

    Raises:
        RecordsUnavailable: it does not answer, is locked for too long or cannot be read.
    """
    try:
        yield
    except (OperationalError, InterfaceError, InternalError, NoConnectionLeft) as error:
        raise RecordsUnavailable("Cơ sở dữ liệu không trả lời") from error
    except DatabaseError as error:
        if type(error) is not DatabaseError:
            raise
        raise RecordsUnavailable("Không đọc được cơ sở dữ liệu: tệp hỏng, hoặc không phải là cơ sở dữ liệu") from error


def open_records(url: str, default_file: Path) -> Records:
    """Open the database at `url`, or a SQLite file where it is empty.

    Raises:
        SettingsError: the URL is not understood or its driver is missing.
        RecordsUnavailable: the folder of the SQLite file cannot be made.
    """
    try:
        parsed = sa.make_url(url) if url else sa.URL.create("sqlite", database=str(default_file))
        sqlite = parsed.get_backend_name() == "sqlite"
        return Records(_sqlite(parsed) if sqlite else _postgresql(parsed))
    except (ArgumentError, ValueError, sa.exc.NoSuchModuleError, ModuleNotFoundError):
        # Not "from" the error: it may quote the URL, and with it the password.
        raise SettingsError("SOHOA_DATABASE_URL không hợp lệ") from None
    except OSError as error:
        raise RecordsUnavailable("Không tạo được thư mục của cơ sở dữ liệu") from error


def _postgresql(url: sa.URL) -> sa.Engine:
    unsaid = {name: value for name, value in POSTGRESQL.items() if name not in url.query}
    engine = sa.create_engine(url, connect_args=unsaid, **POOL)
    driver: Any = engine.dialect.loaded_dbapi
    try:
        driver.conninfo.make_conninfo(**dict.fromkeys(url.query, ""))
    except driver.ProgrammingError as error:
        raise ValueError from error  # it does not know an option that the URL names
    return engine


def _sqlite(url: sa.URL) -> sa.Engine:
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(url)
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_immediate)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - a DB-API connection
    # The driver must not open transactions of its own: `_begin_immediate` does.
    connection.isolation_level = None
    # The time to wait comes first: the others may have to wait already.
    for pragma in (f"busy_timeout={BUSY_TIMEOUT_MS}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: sa.Connection) -> None:
    # Take the write lock at once: a read that later writes would fail as "busy" half-way.
    connection.exec_driver_sql("BEGIN IMMEDIATE")

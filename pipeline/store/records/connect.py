"""Open the database; SQLite and PostgreSQL by their URL."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DatabaseError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from schemas.errors import RecordsUnavailable, SettingsError

BUSY_TIMEOUT_MS = 60_000


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


@contextmanager
def outages_told() -> Iterator[None]:
    """Translate what the database says when it cannot be asked; a broken rule of the tables is no outage.

    Raises:
        RecordsUnavailable: it does not answer, is locked for too long or cannot be read.
    """
    try:
        yield
    except (OperationalError, InterfaceError, NoConnectionLeft) as error:
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
        if parsed.get_backend_name() == "sqlite" and parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = sa.create_engine(parsed, pool_pre_ping=True)
    except (ArgumentError, sa.exc.NoSuchModuleError, ModuleNotFoundError) as error:
        raise SettingsError("SOHOA_DATABASE_URL không hợp lệ") from error
    except OSError as error:
        raise RecordsUnavailable("Không tạo được thư mục của cơ sở dữ liệu") from error
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin_immediate)
    return Records(engine)


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - a DB-API connection
    # The driver must not open transactions of its own: `_begin_immediate` does.
    connection.isolation_level = None
    # The time to wait comes first: the others may have to wait already.
    for pragma in (f"busy_timeout={BUSY_TIMEOUT_MS}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: sa.Connection) -> None:
    # Take the write lock at once: a read that later writes would fail as "busy" half-way.
    connection.exec_driver_sql("BEGIN IMMEDIATE")

"""Bring the tables to this version, by Alembic; forward only."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

from pipeline.store.records.connect import outages_told
from pipeline.store.revision import REVISION
from pipeline.store.tables import metadata

MIGRATIONS = Path(__file__).parent / "migrations"
MIGRATING = 5_040_001
"""Number of the lock that one migration at a time holds."""


def upgrade(engine: sa.Engine) -> str:
    """Run all migrations that are missing; return the revision reached. Repeating is harmless, also at the same time.

    Raises:
        RecordsUnavailable: the database does not answer.
    """
    config = _config()
    with outages_told(), engine.connect() as connection, _references_unwatched(connection), connection.begin():
        _alone_and_unhurried(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return REVISION


def differences(engine: sa.Engine) -> list[object]:
    """Return what the tables of a database lack or have beyond those declared; empty when right."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))


@contextmanager
def _references_unwatched(connection: sa.Connection) -> Iterator[None]:
    """Let SQLite, which changes a table by making it anew, drop one that others refer to. Not within a transaction."""
    if connection.dialect.name != "sqlite":
        yield
        return
    watch = connection.connection.cursor().execute
    watch("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        watch("PRAGMA foreign_keys=ON")


def _alone_and_unhurried(connection: sa.Connection) -> None:
    """Wait for whoever else migrates; a table of millions may take more than a statement's usual time."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SET LOCAL statement_timeout = 0"))
        connection.execute(sa.text(f"SELECT pg_advisory_xact_lock({MIGRATING})"))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config

"""Bring the tables to this version, by Alembic; forward only."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from pipeline.store.records.connect import outages_told
from pipeline.store.tables import metadata
from schemas.errors import SchemaOutdated

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(engine: sa.Engine) -> str:
    """Run all migrations that are missing; return the revision reached. Repeating is harmless.

    Raises:
        RecordsUnavailable: the database does not answer.
    """
    config = _config()
    with outages_told(), engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return _head()


def check(engine: sa.Engine) -> str:
    """Return the revision of the tables.

    Raises:
        SchemaOutdated: it is not this version's.
        RecordsUnavailable: the database does not answer.
    """
    with outages_told(), engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found != _head():
        raise SchemaOutdated(f"Bảng ở phiên bản {found or 'trống'}, cần {_head()}")
    return found


def differences(engine: sa.Engine) -> list[object]:
    """Return what the tables of a database lack or have beyond those declared; empty when right."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _head() -> str:
    return ScriptDirectory.from_config(_config()).get_current_head() or ""

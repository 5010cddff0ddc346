"""Whether the tables are those of this version. Apart from what migrates them, which takes long to load."""

import sqlalchemy as sa

from pipeline.store.records.connect import outages_told
from schemas.errors import SchemaOutdated

REVISION = "0002"
"""The newest migration."""


def check(engine: sa.Engine) -> str:
    """Return the revision of the tables.

    Raises:
        SchemaOutdated: it is not this version's.
        RecordsUnavailable: the database does not answer.
    """
    with outages_told(), engine.connect() as connection:
        found = None
        if sa.inspect(connection).has_table("alembic_version"):
            found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    if found != REVISION:
        raise SchemaOutdated(f"Bảng ở phiên bản {found or 'trống'}, cần {REVISION}")
    return REVISION

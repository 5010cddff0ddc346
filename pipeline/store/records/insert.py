"""Insert a row unless it is there."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite


def insert_once(tx: sa.Connection, table: sa.Table, row: dict[str, Any]) -> bool:
    """Insert a row unless one of its unique keys is taken; return whether it was inserted."""
    dialect = sqlite if tx.dialect.name == "sqlite" else postgresql
    # What comes back tells: not every driver counts the rows of such an insert.
    wanted = dialect.insert(table).values(row).on_conflict_do_nothing().returning(*table.primary_key)
    return tx.execute(wanted).first() is not None

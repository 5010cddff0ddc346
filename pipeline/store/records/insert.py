"""Insert a row unless it is there."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite


def insert_once(tx: sa.Connection, table: sa.Table, row: dict[str, Any], key: Sequence[str] = ()) -> bool:
    """Insert a row unless its unique `key`, or any where none is named, is taken; return whether it was inserted."""
    dialect = sqlite if tx.dialect.name == "sqlite" else postgresql
    wanted = dialect.insert(table).values(row).on_conflict_do_nothing(index_elements=key or None)
    # What comes back tells: not every driver counts the rows of such an insert.
    return tx.execute(wanted.returning(*table.primary_key)).first() is not None

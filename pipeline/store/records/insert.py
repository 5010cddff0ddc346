"""Insert rows unless they are there."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite


def insert_once(tx: sa.Connection, table: sa.Table, row: dict[str, Any], key: Sequence[str] = ()) -> bool:
    """Insert a row unless its unique `key`, or any where none is named, is taken; return whether it was inserted."""
    return bool(insert_missing(tx, table, [row], key))


def insert_missing(
    tx: sa.Connection, table: sa.Table, rows: Sequence[dict[str, Any]], key: Sequence[str] = ()
) -> Sequence[sa.Row[Any]]:
    """Insert those rows whose unique `key`, or any where none is named, is not taken; return their primary keys.

    Thousands of rows take a few statements. Two transactions that insert the same rows should name them
    in the same order, else each may wait for the other.
    """
    dialect = sqlite if tx.dialect.name == "sqlite" else postgresql
    wanted = dialect.insert(table).on_conflict_do_nothing(index_elements=key or None)
    # What comes back tells: not every driver counts the rows of such an insert.
    return tx.execute(wanted.returning(*table.primary_key), rows).all() if rows else ()

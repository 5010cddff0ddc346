"""What arrived at the simulated receivers, read from their own database."""

import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

Paper = tuple[str, str]
"""Codes of a dossier and of a component."""

PAPERS = {
    "dossier-system": "SELECT ma_ho_so, json_extract(body, '$.MaThanhPhanHoSo') FROM paper",
    "citizen-store": "SELECT ma_ho_so, json_extract(body, '$.MaGiayTo') FROM store_entry",
}


def papers(database: Path) -> dict[str, Counter[Paper]]:
    """Return how often each receiver has each paper."""
    return {receiver: Counter(query(database, sql)) for receiver, sql in PAPERS.items()}


def query(database: Path, sql: str) -> list[tuple[Any, ...]]:
    """Return rows of an SQLite database."""
    with sqlite3.connect(database) as connection:
        return connection.execute(sql).fetchall()

"""How far the line is, asked of the database directly; while that is down, what was last known."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from typing import Any

import psycopg

from chaos.stacks import Stack
from schemas.batch import Disposition

RECEIVERS = 2
ASKED = """
SELECT (SELECT count(*) FROM batch),
       greatest((SELECT count(*) FROM finding), (SELECT count(*) FROM page)),
       (SELECT count(*) FROM page WHERE layers_digest IS NOT NULL),
       (SELECT count(*) FROM version WHERE version_no = 1),
       (SELECT count(*) FROM delivery WHERE state = 'accepted'),
       (SELECT count(*) FROM job WHERE state IN ('waiting', 'running'))
"""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What the tables hold at one moment."""

    batches: int = 0
    looked_at: int = 0
    read: int = 0
    sealed: int = 0
    accepted: int = 0
    unfinished: int = 0

    @property
    def steps(self) -> int:
        """What is done of all that has to be done; never falls."""
        return self.looked_at + self.read + self.sealed + self.accepted


def wanted(stacks: Sequence[Stack]) -> Seen:
    """Return what the tables hold when all is done."""
    places = [place for stack in stacks for place in stack.places]
    papers = {(place.dossier, place.component) for place in places if place.dossier}
    return Seen(
        batches=len(stacks),
        looked_at=len(places),
        read=sum(place.disposition is Disposition.DOCUMENT for place in places),
        sealed=len(papers),
        accepted=RECEIVERS * len(papers),
    )


def look(database: str) -> Seen | None:
    """Return what is there now, None while the database does not answer."""
    with suppress(psycopg.OperationalError):
        (row,) = rows(database, ASKED)
        return Seen(**{item.name: value for item, value in zip(fields(Seen), row, strict=True)})
    return None


def rows(database: str, sql: str) -> list[tuple[Any, ...]]:
    """Return rows of the database at an SQLAlchemy URL, past all of our own code."""
    with psycopg.connect(database.replace("+psycopg", ""), connect_timeout=2, autocommit=True) as connection:
        return connection.execute(sql.encode()).fetchall()

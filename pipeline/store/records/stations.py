"""The stations at the counters: their tokens, when they were last heard of, and what they still hold."""

import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from pipeline.store.records.insert import insert_once
from pipeline.store.tables import station
from schemas.document import digest_of
from schemas.errors import InputError, NotFound, StationRefused
from schemas.upload import Backlog

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""Names stand in logs and name folders."""


@dataclass(frozen=True, kw_only=True)
class StationRow:
    """A station as `station list` shows it."""

    name: str
    created_at: datetime
    revoked_at: datetime | None
    seen_at: datetime | None
    backlog: Backlog


def add(tx: sa.Connection, name: str, token: str, now: datetime) -> None:
    """Let a station in by `token`, of which only the digest is kept. One that was revoked may come back.

    Raises:
        InputError: the name cannot be used, or belongs to a station that is let in already.
    """
    if not NAME.fullmatch(name):
        raise InputError("Tên trạm gồm chữ cái không dấu, chữ số, dấu chấm, gạch ngang, gạch dưới; tối đa 64 ký tự")
    row = {"name": name, "token_digest": digest_of(token.encode()), "created_at": now}
    if insert_once(tx, station, row | {"backlog_files": 0, "backlog_pages": 0}, ("name",)):
        return
    again = station.update().where(station.c.name == name, station.c.revoked_at.is_not(None))
    if not tx.execute(again.values(row | {"revoked_at": None})).rowcount:
        raise InputError(f"Đã có trạm {name}; muốn đổi mã thì «sohoa station revoke» trước")


def revoke(tx: sa.Connection, name: str, now: datetime) -> None:
    """Let a station in no more; what it sent stays.

    Raises:
        NotFound: there is none of that name that is let in.
    """
    found = station.update().where(station.c.name == name, station.c.revoked_at.is_(None))
    if not tx.execute(found.values(revoked_at=now)).rowcount:
        raise NotFound(f"Không có trạm {name} đang được nhận")


def admitted(tx: sa.Connection, token: str) -> str:
    """Return the name of the station that shows `token`.

    Raises:
        StationRefused: it belongs to none, or to one that was revoked.
    """
    digest = digest_of(token.encode())
    row = tx.execute(sa.select(station).where(station.c.token_digest == digest)).one_or_none()
    if row is None or not hmac.compare_digest(row.token_digest, digest):
        raise StationRefused("Trung tâm không biết mã truy cập của trạm này")
    if row.revoked_at:
        raise StationRefused(f"Mã truy cập của trạm {row.name} đã bị thu hồi")
    return str(row.name)


def report(tx: sa.Connection, name: str, held: Backlog, now: datetime) -> None:
    """Note what a station says that it still holds, and that it was heard of."""
    told = {"backlog_files": held.files, "backlog_pages": held.pages, "oldest_at": held.oldest_at, "seen_at": now}
    tx.execute(station.update().where(station.c.name == name).values(told))


def listing(tx: sa.Connection) -> list[StationRow]:
    """Return all stations by name, revoked ones included."""
    return [
        StationRow(
            name=row.name,
            created_at=row.created_at,
            revoked_at=row.revoked_at,
            seen_at=row.seen_at,
            backlog=Backlog(files=row.backlog_files, pages=row.backlog_pages, oldest_at=row.oldest_at),
        )
        for row in tx.execute(sa.select(station).order_by(station.c.name))
    ]

"""Dossiers as intake registered them."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from pipeline.store.records.insert import insert_once
from pipeline.store.tables import dossier
from schemas.dossier import Component, Dossier, IdentityKind, Owner
from schemas.errors import NotFound


def save(tx: sa.Connection, record: Dossier, now: datetime) -> bool:
    """Register a dossier, or replace its record; return True where it is new."""
    row = {"code": record.code, "record": to_json(record), "registered_at": now}
    if insert_once(tx, dossier, row):
        return True
    tx.execute(dossier.update().where(dossier.c.code == record.code).values(record=row["record"]))
    return False


def find(tx: sa.Connection, code: str) -> Dossier | None:
    """Return the dossier with that code, None where intake knows none."""
    record = tx.execute(sa.select(dossier.c.record).where(dossier.c.code == code)).scalar_one_or_none()
    return from_json(record) if record else None


def load(tx: sa.Connection, code: str) -> Dossier:
    """Return the dossier with that code.

    Raises:
        NotFound: intake knows none.
    """
    found = find(tx, code)
    if found is None:
        raise NotFound(f"Chưa có hồ sơ {code}")
    return found


def to_json(record: Dossier) -> dict[str, Any]:
    """Return the dossier as JSON values; times in ISO 8601."""
    value = asdict(record)
    value["received_at"] = record.received_at.isoformat()
    value["due_at"] = record.due_at.isoformat()
    return value


def from_json(value: dict[str, Any]) -> Dossier:
    """Read back what `to_json` wrote."""
    owner = value["owner"]
    return Dossier(
        **{
            **value,
            "owner": Owner(
                name=owner["name"],
                identity_no=owner["identity_no"],
                identity_kind=IdentityKind(owner["identity_kind"]),
            ),
            "components": tuple(Component(**item) for item in value["components"]),
            "received_at": datetime.fromisoformat(value["received_at"]),
            "due_at": datetime.fromisoformat(value["due_at"]),
        }
    )

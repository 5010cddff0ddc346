"""The end state of the database, in one place. Migrations lead here; a test compares the two.

Times are kept as time-zone aware UTC. Ids are random and say nothing of a person; what a
person is called stands only in `dossier.record` and `original.name`.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """A time-zone aware time, also on SQLite, which knows no zones."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: ANN401, ARG002 - SQLAlchemy's signature
        """Turn any aware time into UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = "a time without zone cannot be stored"
            raise ValueError(message)
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: ANN401, ARG002 - SQLAlchemy's signature
        """Give back an aware time in UTC."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def only(condition: str) -> dict[str, Any]:
    """Return what makes an index partial, for both databases."""
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}


DIGEST = sa.String(64)
ID = sa.String(64)
WORD = sa.String(32)
# Rows of these come and go by the million: 32 bits would last for a few years only. SQLite counts in 64 bits anyway.
NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")

dossier = sa.Table(
    "dossier",
    metadata,
    sa.Column("code", sa.String(100), primary_key=True),
    sa.Column("record", sa.JSON, nullable=False),
    sa.Column("registered_at", UtcDateTime, nullable=False),
)

original = sa.Table(
    "original",
    metadata,
    sa.Column("digest", DIGEST, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("media_type", sa.String(100), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("pages", sa.Integer, nullable=False),
    sa.Column("signed", sa.Boolean, nullable=False),
)

batch = sa.Table(
    "batch",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("station", sa.String(100), nullable=False),
    sa.Column("original_digest", DIGEST, sa.ForeignKey("original.digest"), nullable=False, unique=True),
    sa.Column("lane", WORD, nullable=False),
    sa.Column("state", WORD, nullable=False),
    sa.Column("problems", sa.JSON, nullable=False),
    sa.Column("taken_at", UtcDateTime, nullable=False),
    sa.Index(None, "state", "taken_at"),
)

finding = sa.Table(
    "finding",
    metadata,
    sa.Column("batch_id", ID, sa.ForeignKey("batch.id"), primary_key=True),
    sa.Column("page_no", sa.Integer, primary_key=True),
    sa.Column("finding", sa.JSON, nullable=False),
    sa.Column("picture_digest", DIGEST),
)

document = sa.Table(
    "document",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("batch_id", ID, sa.ForeignKey("batch.id"), nullable=False),
    sa.Column("document_no", sa.Integer, nullable=False),
    sa.Column("dossier_code", sa.String(100), sa.ForeignKey("dossier.code"), nullable=False),
    sa.Column("component_code", sa.String(100), nullable=False),
    sa.Column("page_count", sa.Integer, nullable=False),
    sa.Column("confidence", sa.Float),
    sa.Column("draft_digest", DIGEST),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("batch_id", "document_no"),
    sa.Index(None, "dossier_code"),
)

page = sa.Table(
    "page",
    metadata,
    sa.Column("batch_id", ID, sa.ForeignKey("batch.id"), primary_key=True),
    sa.Column("page_no", sa.Integer, primary_key=True),
    sa.Column("disposition", WORD, nullable=False),
    sa.Column("document_id", ID, sa.ForeignKey("document.id")),
    sa.Column("position", sa.Integer),
    sa.Column("duplicate_of", sa.Integer),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("picture_digest", DIGEST),
    sa.Column("layers_digest", DIGEST),
    sa.Index(None, "document_id"),
    sa.Index(None, "disposition"),
    sa.Index("ix_page_unread", "document_id", **only("document_id IS NOT NULL AND layers_digest IS NULL")),
)

version = sa.Table(
    "version",
    metadata,
    sa.Column("document_id", ID, sa.ForeignKey("document.id"), primary_key=True),
    sa.Column("version_no", sa.Integer, primary_key=True),
    sa.Column("digest", DIGEST, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("level", WORD, nullable=False),
    sa.Column("sealed_at", UtcDateTime, nullable=False),
)

step = sa.Table(
    "step",
    metadata,
    sa.Column("key", DIGEST, primary_key=True),
    sa.Column("stage", WORD, nullable=False),
    sa.Column("outputs", sa.JSON, nullable=False),
    sa.Column("finished_at", UtcDateTime, nullable=False),
)

# What waits, what runs and what is stuck are few among all that was ever done: indices of their own keep
# claims, sweeps and counts as fast after a year as on the first day. A lease is renewed many times: that its end
# is in no index, and that pages have room left, lets PostgreSQL write no more than the row.
# Every job is updated a few times within seconds: rows gone by must not be stepped over for long.
# That an attempt is not below nought goes without saying. A claim does not say it, so it cannot be planned over
# `ix_job_put_off`: where statistics are from a quiet hour, that would look cheap, and sort all that waits each time.
job = sa.Table(
    "job",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("kind", WORD, nullable=False),
    sa.Column("subject", sa.String(200), nullable=False),
    sa.Column("batch_id", ID, nullable=False),
    sa.Column("lane", WORD, nullable=False),
    sa.Column("state", WORD, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("charged", sa.Integer, nullable=False),
    sa.Column("available_at", UtcDateTime, nullable=False),
    sa.Column("order_at", UtcDateTime, nullable=False),
    sa.Column("lease_until", UtcDateTime),
    sa.Column("owner", sa.String(200)),
    sa.Column("error_code", sa.String(64)),
    sa.Column("error_message", sa.Text),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("finished_at", UtcDateTime),
    sa.UniqueConstraint("kind", "subject"),
    sa.Index("ix_job_turn", "lane", "order_at", "available_at", **only("state = 'waiting'")),
    sa.Index("ix_job_put_off", "available_at", **only("state = 'waiting' AND attempt >= 0")),
    sa.Index("ix_job_running", "owner", **only("state = 'running'")),
    sa.Index("ix_job_stuck", "created_at", **only("state = 'quarantined'")),
    sa.Index("ix_job_done", "lane", **only("state = 'done'")),
    sa.Index(None, "batch_id"),
    postgresql_with={
        "fillfactor": 70,
        "autovacuum_vacuum_scale_factor": 0.01,
        "autovacuum_vacuum_threshold": 500,
        "autovacuum_vacuum_cost_delay": 0,
    },
)

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", NUMBER, primary_key=True, autoincrement=True),
    sa.Column("lane", WORD, nullable=False),
    sa.Column("jobs", sa.Integer, nullable=False),
)

delivery = sa.Table(
    "delivery",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("document_id", ID, sa.ForeignKey("document.id"), nullable=False),
    sa.Column("version_no", sa.Integer, nullable=False),
    sa.Column("dossier_code", sa.String(100), nullable=False),
    sa.Column("receiver", WORD, nullable=False),
    sa.Column("state", WORD, nullable=False),
    sa.Column("receipt", sa.JSON),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("accepted_at", UtcDateTime),
    sa.UniqueConstraint("document_id", "version_no", "receiver"),
    sa.UniqueConstraint("dossier_code", "sequence"),
    sa.Index(None, "state"),
)

# A scanning station at a counter. Of its token only the digest is kept.
station = sa.Table(
    "station",
    metadata,
    sa.Column("name", sa.String(100), primary_key=True),
    sa.Column("token_digest", DIGEST, nullable=False, unique=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("revoked_at", UtcDateTime),
    sa.Column("seen_at", UtcDateTime),
    sa.Column("backlog_files", sa.Integer, nullable=False),
    sa.Column("backlog_pages", sa.Integer, nullable=False),
    sa.Column("oldest_at", UtcDateTime),
)

"""Many workers and stations: lanes of batches, turns of jobs, findings page by page, stations with tokens."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

# A page's job is for "<batch>/<page>". The rest is found by primary keys: there may be millions.
BATCH_OF_JOB = """
    UPDATE job SET batch_id = CASE kind
        WHEN 'split' THEN subject
        WHEN 'page' THEN rtrim(rtrim(subject, '0123456789'), '/')
        WHEN 'deliver' THEN (SELECT document.batch_id FROM delivery JOIN document ON document.id = delivery.document_id
                             WHERE delivery.id = subject)
        ELSE (SELECT document.batch_id FROM document WHERE document.id = subject)
        END
"""


def upgrade() -> None:
    for change in (
        change_batch,
        change_job,
        tune_job,
        change_page,
        change_outbox,
        change_delivery,
        create_finding,
        create_station,
    ):
        change()


def only(condition: str) -> dict[str, Any]:
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}


def change_batch() -> None:
    with op.batch_alter_table("batch") as batch:
        batch.add_column(sa.Column("lane", sa.String(32), nullable=False, server_default="line"))
    with op.batch_alter_table("batch") as batch:
        batch.alter_column("lane", existing_type=sa.String(32), server_default=None)
        batch.create_index("ix_batch_state_taken_at", ["state", "taken_at"])


def change_job() -> None:
    for name in ("ix_job_state_lane_available_at", "ix_job_state_lease_until"):
        op.drop_index(name, "job")
    with op.batch_alter_table("job") as job:
        job.add_column(sa.Column("batch_id", sa.String(64)))
        job.add_column(sa.Column("order_at", sa.DateTime(timezone=True)))
    op.execute(BATCH_OF_JOB)
    op.execute("UPDATE job SET order_at = available_at")
    with op.batch_alter_table("job") as job:
        job.alter_column("batch_id", existing_type=sa.String(64), nullable=False)
        job.alter_column("order_at", existing_type=sa.DateTime(timezone=True), nullable=False)
    index_jobs()


def index_jobs() -> None:
    op.create_index("ix_job_turn", "job", ["lane", "order_at", "available_at"], **only("state = 'waiting'"))
    op.create_index("ix_job_put_off", "job", ["available_at"], **only("state = 'waiting' AND attempt >= 0"))
    op.create_index("ix_job_running", "job", ["owner"], **only("state = 'running'"))
    op.create_index("ix_job_stuck", "job", ["created_at"], **only("state = 'quarantined'"))
    op.create_index("ix_job_done", "job", ["lane"], **only("state = 'done'"))
    op.create_index("ix_job_batch_id", "job", ["batch_id"])


def tune_job() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "ALTER TABLE job SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, "
            "autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0)"
        )


def change_page() -> None:
    op.create_index("ix_page_disposition", "page", ["disposition"])
    unread = only("document_id IS NOT NULL AND layers_digest IS NULL")
    op.create_index("ix_page_unread", "page", ["document_id"], **unread)


def change_outbox() -> None:
    # What it held are wake-ups: workers look for waiting jobs when they start.
    op.drop_table("outbox")
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("lane", sa.String(length=32), nullable=False),
        sa.Column("jobs", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
    )


def change_delivery() -> None:
    # A place in sequence was unique among all dossiers; now each dossier counts on by itself.
    with op.batch_alter_table("delivery") as delivery:
        delivery.drop_index("ix_delivery_receiver_dossier_code_sequence")
        delivery.drop_constraint("uq_delivery_sequence", type_="unique")
        delivery.create_unique_constraint("uq_delivery_dossier_code_sequence", ["dossier_code", "sequence"])


def create_finding() -> None:
    op.create_table(
        "finding",
        sa.Column("batch_id", sa.String(length=64), nullable=False),
        sa.Column("page_no", sa.Integer(), nullable=False),
        sa.Column("finding", sa.JSON(), nullable=False),
        sa.Column("picture_digest", sa.String(length=64)),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name="fk_finding_batch_id"),
        sa.PrimaryKeyConstraint("batch_id", "page_no", name="pk_finding"),
    )


def create_station() -> None:
    op.create_table(
        "station",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.Column("seen_at", sa.DateTime(timezone=True)),
        sa.Column("backlog_files", sa.Integer(), nullable=False),
        sa.Column("backlog_pages", sa.Integer(), nullable=False),
        sa.Column("oldest_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("name", name="pk_station"),
        sa.UniqueConstraint("token_digest", name="uq_station_token_digest"),
    )

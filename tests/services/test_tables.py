"""Migrations lead to the tables as declared; times keep their zone; keys of steps are stable."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from pipeline.store import migrate, revision, tables
from pipeline.store.records import steps
from pipeline.store.records.connect import Records, open_records
from schemas.errors import SchemaOutdated, SettingsError
from schemas.settings import ReadSettings


@pytest.fixture
def empty(database_url: str, tmp_path: Path) -> Iterator[Records]:
    opened = open_records(database_url, tmp_path / "unused.db")
    yield opened
    opened.engine.dispose()


def picture(engine: sa.Engine) -> Any:
    """All that there is to see of the tables, as the database tells it: conditions of indices and storage, too."""
    if engine.dialect.name == "sqlite":
        # It keeps the very words of each table, and those differ; what they mean does not.
        kept = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    else:
        kept = (
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' "
            "UNION SELECT relname, reloptions::text FROM pg_class WHERE reloptions IS NOT NULL"
        )
    seen = sa.inspect(engine)
    with engine.begin() as tx:
        told = {name: " ".join((text or "").split()) for name, text in tx.execute(sa.text(kept))}
    parts = (seen.get_columns, seen.get_pk_constraint, seen.get_unique_constraints, seen.get_foreign_keys)
    shown = {
        name: [sorted(str(item) for item in as_list(part(name))) for part in parts]
        for name in seen.get_table_names()
        if name != "alembic_version"
    }
    return shown, {name: text for name, text in told.items() if not name.startswith(("alembic", "pg_", "sql_"))}


def as_list(found: Any) -> list[Any]:
    return found if isinstance(found, list) else [found]


def test_migrations_from_nothing_make_the_declared_tables(empty: Records) -> None:
    with pytest.raises(SchemaOutdated):
        revision.check(empty.engine)
    reached = migrate.upgrade(empty.engine)
    assert migrate.upgrade(empty.engine) == reached
    assert revision.check(empty.engine) == reached
    assert migrate.differences(empty.engine) == []
    assert picture(empty.engine) == declared(empty)


def declared(records: Records) -> Any:
    """The same of tables made as they are declared, in place of those that are there."""
    with records.begin() as tx:
        tables.metadata.drop_all(tx)
        tables.metadata.create_all(tx)
    return picture(records.engine)


def upgrade_to(wanted: str, records: Records) -> None:
    config = migrate._config()
    with records.begin() as tx:
        config.attributes["connection"] = tx
        command.upgrade(config, wanted)


def fill_first_tables(tx: sa.Connection) -> None:
    """Rows of every kind, as the first version wrote them."""
    at = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
    batches = [f"{number:032x}" for number in range(3)]
    old = sa.MetaData()
    old.reflect(tx)

    def insert(table: str, *rows: dict[str, Any]) -> None:
        tx.execute(old.tables[table].insert(), list(rows))

    insert("dossier", {"code": "H50.1", "record": {}, "registered_at": at})
    for number, batch in enumerate(batches):
        document, delivery = f"d{number}", f"g{number}"
        kinds = {"split": batch, "page": f"{batch}/{number + 9}", "assemble": document, "seal": document}
        kinds |= {"stamp": document, "deliver": delivery}
        insert(
            "original",
            {"digest": batch, "name": "lô.tif", "media_type": "image/tiff", "size": 1, "pages": 1, "signed": False},
        )
        insert(
            "batch",
            {"id": batch, "station": "q", "original_digest": batch, "state": "closed", "problems": [], "taken_at": at},
        )
        insert(
            "document",
            {"id": document, "batch_id": batch, "document_no": 1, "dossier_code": "H50.1", "component_code": "K",
             "page_count": 1, "created_at": at},
        )  # fmt: skip
        insert(
            "page",
            {"batch_id": batch, "page_no": number + 9, "disposition": "document", "document_id": document,
             "reason": ""},
        )  # fmt: skip
        insert(
            "delivery",
            {"id": delivery, "sequence": number + 1, "document_id": document, "version_no": 1, "dossier_code": "H50.1",
             "receiver": "citizen-store", "state": "pending", "created_at": at},
        )  # fmt: skip
        insert(
            "job",
            *(
                {"id": f"{kind}{number}", "kind": kind, "subject": subject, "lane": "line", "state": state,
                 "attempt": 1, "charged": 1, "available_at": at, "created_at": at}
                for (kind, subject), state in zip(kinds.items(), ["waiting", "running", "done"] * 2, strict=True)
            ),
        )  # fmt: skip
    insert("outbox", {"job_id": "page0", "lane": "line"})
    insert("version", {"document_id": "d0", "version_no": 1, "digest": "x", "size": 1, "level": "B-T", "sealed_at": at})
    insert("step", {"key": "k", "stage": "page", "outputs": {}, "finished_at": at})


def test_rows_of_the_first_version_come_along_each_job_with_its_batch(empty: Records) -> None:
    upgrade_to("0001", empty)
    with empty.begin() as tx:
        fill_first_tables(tx)
    migrate.upgrade(empty.engine)
    numbers = {"dossier": 1, "original": 3, "batch": 3, "document": 3, "page": 3, "delivery": 3, "job": 18, "outbox": 0}
    with empty.begin() as tx:
        found = {
            name: tx.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for name, table in tables.metadata.tables.items()
        }
        rows = tx.execute(sa.select(tables.job)).all()
        lanes = set(tx.execute(sa.select(tables.batch.c.lane)).scalars())
        if tx.dialect.name == "sqlite":
            assert tx.execute(sa.text("PRAGMA foreign_keys")).scalar_one() == 1
            assert tx.execute(sa.text("PRAGMA foreign_key_check")).all() == []
        assert tx.execute(sa.insert(tables.outbox).values(lane="line", jobs=1)).inserted_primary_key == (1,)
    assert found == numbers | {"version": 1, "step": 1, "finding": 0, "station": 0}
    assert {row.id: row.batch_id for row in rows} == {row.id: f"{int(row.id[-1]):032x}" for row in rows}
    assert all(row.order_at == row.available_at for row in rows)
    assert lanes == {"line"}
    assert picture(empty.engine) == declared(empty)


def test_two_that_migrate_at_once_do_it_one_after_the_other(empty: Records) -> None:
    with ThreadPoolExecutor(3) as pool:
        reached = set(pool.map(lambda _: migrate.upgrade(empty.engine), range(3)))
    assert reached == {revision.check(empty.engine)}


def test_the_newest_migration_is_the_one_that_this_version_wants() -> None:
    assert ScriptDirectory.from_config(migrate._config()).get_current_head() == revision.REVISION


def test_a_difference_would_be_found(records: Records) -> None:
    with records.begin() as tx:
        tx.execute(sa.text("ALTER TABLE job ADD COLUMN surplus INTEGER"))
    assert migrate.differences(records.engine)


def test_times_come_back_as_the_same_moment_and_naive_ones_are_refused(records: Records) -> None:
    vietnam = datetime(2026, 11, 22, 9, 15, 30, tzinfo=timezone(timedelta(hours=7)))
    row = {"key": "k", "stage": "s", "outputs": {}, "finished_at": vietnam}
    with records.begin() as tx:
        tx.execute(tables.step.insert().values(row))
        found = tx.execute(sa.select(tables.step.c.finished_at)).scalar_one()
    assert found == vietnam
    assert found.tzinfo is UTC
    with pytest.raises(sa.exc.StatementError), records.begin() as tx:
        tx.execute(tables.step.insert().values(row | {"key": "n", "finished_at": datetime(2026, 1, 1)}))  # noqa: DTZ001


def test_the_first_record_of_a_step_stays(records: Records) -> None:
    key = steps.StepKey(inputs=("a", "1"), stage="page", version="1", settings=ReadSettings())
    now = datetime(2026, 1, 1, tzinfo=UTC)
    with records.begin() as tx:
        assert steps.find(tx, key) is None
        steps.save(tx, key, {"picture": "p"}, now)
        steps.save(tx, key, {"picture": "q"}, now)
        assert steps.find(tx, key) == {"picture": "p"}


def test_a_step_depends_on_inputs_version_and_settings() -> None:
    base: dict[str, Any] = {"inputs": ("a", "1"), "stage": "page", "version": "1", "settings": ReadSettings()}
    changes: tuple[dict[str, Any], ...] = (
        {"inputs": ("a", "2")},
        {"stage": "x"},
        {"version": "2"},
        {"settings": ReadSettings(jpeg_quality=80)},
    )
    digests = {steps.StepKey(**(base | change)).digest for change in ({}, *changes)}
    assert len(digests) == 5
    assert steps.StepKey(**base).digest == steps.StepKey(**base).digest


@pytest.mark.parametrize("url", ["nonsense", "nosuchdb://x/y", "sqlite+nosuch:///x"])
def test_a_wrong_url_is_a_matter_of_settings(url: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        open_records(url, tmp_path / "x.db")

"""Migrations lead to the tables as declared; times keep their zone; keys of steps are stable."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from pipeline.store import migrate, tables
from pipeline.store.records import steps
from pipeline.store.records.connect import Records, open_records
from schemas.errors import SchemaOutdated, SettingsError
from schemas.settings import ReadSettings


@pytest.fixture
def empty(database_url: str, tmp_path: Path) -> Iterator[Records]:
    opened = open_records(database_url, tmp_path / "unused.db")
    yield opened
    opened.engine.dispose()


def test_migrations_from_nothing_make_the_declared_tables(empty: Records) -> None:
    with pytest.raises(SchemaOutdated):
        migrate.check(empty.engine)
    reached = migrate.upgrade(empty.engine)
    assert migrate.upgrade(empty.engine) == reached
    assert migrate.check(empty.engine) == reached
    assert migrate.differences(empty.engine) == []


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

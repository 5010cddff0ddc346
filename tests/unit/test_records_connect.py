"""The database as it is opened: what goes wrong there is an outage, and is waited out."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline.store import migrate, revision
from pipeline.store.records.connect import Records, open_records
from schemas.errors import RecordsUnavailable


def test_no_connection_left_for_one_more_thread_is_an_outage(tmp_path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path}/x.db", pool_size=1, max_overflow=0, pool_timeout=0.01)
    records = Records(engine)
    with records.begin(), pytest.raises(RecordsUnavailable):
        records.ping()
    records.ping()
    engine.dispose()


def spoil(file: Path) -> None:
    file.write_bytes(b"not a database, but long enough to look like one" * 100)


def make_a_folder(file: Path) -> None:
    file.mkdir()


@pytest.mark.parametrize("spoil_it", [spoil, make_a_folder])
def test_a_file_that_cannot_be_a_database_is_an_outage(tmp_path: Path, spoil_it: Callable[[Path], None]) -> None:
    spoil_it(tmp_path / "sohoa.db")
    records = open_records("", tmp_path / "sohoa.db")
    for ask in (records.ping, lambda: revision.check(records.engine), lambda: migrate.upgrade(records.engine)):
        with pytest.raises(RecordsUnavailable):
            ask()
    records.engine.dispose()


def test_many_processes_may_make_the_tables_at_once(tmp_path: Path) -> None:
    opened = [open_records("", tmp_path / "sohoa.db") for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        reached = set(pool.map(lambda records: migrate.upgrade(records.engine), opened))
    assert len(reached) == 1
    assert migrate.differences(opened[0].engine) == []
    for records in opened:
        records.engine.dispose()

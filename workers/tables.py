"""The database by itself, for calls that ask it one thing: `sohoa status` need not wait for what reads and seals."""

from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.store import revision
from pipeline.store.records.connect import Records, open_records
from workers.place import Place, read_settings


def records_of(place: Place) -> Records:
    """Return the database of a place: the one that its settings name, or a file in its data folder."""
    return open_records(place.settings.place.database_url, place.data_dir / "sohoa.db")


@contextmanager
def opened() -> Iterator[Records]:
    """Yield the database that the environment names, whatever its tables are."""
    records = records_of(Place(read_settings()))
    try:
        yield records
    finally:
        records.engine.dispose()


@contextmanager
def opened_migrated() -> Iterator[Records]:
    """Yield it, once its tables are known to be those of this version.

    Raises:
        SchemaOutdated: they are not.
    """
    with opened() as records:
        revision.check(records.engine)
        yield records

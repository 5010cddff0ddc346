"""What is shown at a scrape: the state of the tables, and what living processes counted.

Of the tables, everything is a gauge: Prometheus asks, the database answers. If it does not,
`sohoa_database_up` says so and the processes' own counts are shown all the same.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from pipeline.ports import Clock
from pipeline.store.records import figures
from pipeline.store.records.connect import Records
from pipeline.store.records.figures import Figures
from schemas.errors import ServiceError
from workers.metrics import slots
from workers.metrics.slots import Snapshot


@dataclass(frozen=True)
class OfTables(Collector):
    """Asks the database at each scrape."""

    records: Records
    clock: Clock

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges, or only that there is no answer."""
        begun = time.perf_counter()
        try:
            with self.records.begin() as tx:
                now = self.clock()
                skew = (figures.clock(tx) - now).total_seconds()
                found = figures.look(tx, now)
        except ServiceError:
            yield gauge("sohoa_database_up", "Whether the database answers.", 0)
            return
        yield gauge("sohoa_database_up", "Whether the database answers.", 1)
        yield gauge("sohoa_database_seconds", "Time it took to ask for all of this.", time.perf_counter() - begun)
        yield gauge("sohoa_database_clock_skew_seconds", "The database's clock ahead of this machine's.", skew)
        yield from of_jobs(found, now)
        yield from of_papers(found, now)
        yield from of_stations(found)


@dataclass(frozen=True)
class OfBuild(Collector):
    """Says which version this is."""

    version: str

    def collect(self) -> Iterator[Metric]:
        """Yield it as the label of a gauge that is always 1."""
        yield by("sohoa_build_info", "The version that runs.", ["version"], [([self.version], 1)])


@dataclass(frozen=True)
class OfProcesses(Collector):
    """Shows what each living process wrote last, under its name."""

    folder: Path

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics of all processes, joined by name."""
        joined: dict[str, Metric] = {}
        seen = GaugeMetricFamily(
            "sohoa_process_seen_timestamp_seconds", "When the process last wrote its counts.", labels=["process"]
        )
        for snapshot in slots.living(self.folder):
            seen.add_metric([snapshot.process], snapshot.written_at)
            join(joined, snapshot)
        yield seen
        yield from joined.values()


def join(joined: dict[str, Metric], snapshot: Snapshot) -> None:
    """Add the samples of a process to those of the others."""
    for told in snapshot.metrics:
        metric = joined.setdefault(told["name"], Metric(told["name"], told["help"], told["type"]))
        for name, labels, value in told["samples"]:
            metric.add_sample(name, labels | {"process": snapshot.process}, value)


def of_jobs(found: Figures, now: datetime) -> Iterator[Metric]:
    """Yield depth and age of each lane, and what is stuck."""
    waiting = found.waiting.items()
    yield by("sohoa_jobs_waiting", "Jobs that wait.", ["lane"], (([lane], item.number) for lane, item in waiting))
    yield by(
        "sohoa_jobs_oldest_wait_seconds",
        "For how long the job whose turn is next has been due.",
        ["lane"],
        (([lane], item.age(now).total_seconds()) for lane, item in waiting),
    )
    running = (([lane], number) for lane, number in found.running.items())
    yield by("sohoa_jobs_running", "Jobs at work.", ["lane"], running)
    yield gauge("sohoa_jobs_silent", "Jobs whose lease ran out and that nobody has put back.", found.silent)
    stuck = (([kind, code], number) for (kind, code), number in found.quarantined.items())
    yield by("sohoa_jobs_quarantined", "Jobs that wait for a person.", ["kind", "code"], stuck)


def of_papers(found: Figures, now: datetime) -> Iterator[Metric]:
    """Yield batches that are not closed and deliveries without a receipt."""
    batches, pending = found.batches.items(), found.deliveries.items()
    yield by("sohoa_batches", "Batches not closed.", ["state"], (([state], item.number) for state, item in batches))
    yield by(
        "sohoa_batches_oldest_seconds",
        "Age of the oldest batch in that state.",
        ["state"],
        (([state], item.age(now).total_seconds()) for state, item in batches),
    )
    yield by(
        "sohoa_deliveries_pending",
        "Deliveries without a receipt.",
        ["receiver"],
        (([receiver], item.number) for receiver, item in pending),
    )
    yield by(
        "sohoa_deliveries_oldest_pending_seconds",
        "Age of the oldest of them.",
        ["receiver"],
        (([receiver], item.age(now).total_seconds()) for receiver, item in pending),
    )


def of_stations(found: Figures) -> Iterator[Metric]:
    """Yield what each station last said of itself."""
    stations = found.stations
    yield by(
        "sohoa_station_seen_timestamp_seconds",
        "When the station last called.",
        ["station"],
        (([item.name], item.seen_at.timestamp()) for item in stations if item.seen_at),
    )
    yield by(
        "sohoa_station_backlog_files",
        "Files that wait at the station.",
        ["station"],
        (([item.name], item.backlog.files) for item in stations),
    )
    yield by(
        "sohoa_station_backlog_pages",
        "Pages that wait at the station.",
        ["station"],
        (([item.name], item.backlog.pages) for item in stations),
    )
    yield by(
        "sohoa_station_backlog_oldest_timestamp_seconds",
        "Since when the first of them waits.",
        ["station"],
        (([item.name], since.timestamp()) for item in stations if (since := item.backlog.oldest_at)),
    )


def by(name: str, text: str, labels: list[str], values: Iterable[tuple[Sequence[str], float]]) -> Metric:
    """Return a gauge with a value for each set of labels."""
    family = GaugeMetricFamily(name, text, labels=labels)
    for stated, value in values:
        family.add_metric(stated, value)
    return family


def gauge(name: str, text: str, value: float) -> Metric:
    """Return a gauge with one value."""
    return GaugeMetricFamily(name, text, value=value)

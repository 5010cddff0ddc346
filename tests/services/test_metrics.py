"""What Prometheus sees is what the tables say and what the processes did; the dead and the silent show, too."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from line_stack import DOSSIER, stack
from prometheus_client import CollectorRegistry, Counter
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs

from pipeline.station.formats import inspect
from pipeline.store import migrate
from pipeline.store.records import deliveries, dossiers, figures, jobs, stations
from pipeline.store.records.connect import Records
from pipeline.store.records.jobs import Holder
from pipeline.store.tables import job, version
from schemas import settings
from schemas.batch import BatchState
from schemas.errors import ReceiverRefused, error_classes
from schemas.jobs import DeliveryState, JobKind, JobState, Lane, NewJob, Receiver
from schemas.upload import Backlog
from workers import __version__, engine, isolation
from workers.bootstrap import Services, now
from workers.cli.metrics import shown
from workers.crew import lane_threads
from workers.metrics import slots
from workers.sandbox.server import running as sandbox_running
from workers.sandbox.sessions import Access
from workers.station import receive

STAGES = {"read", "clean", "layout", "recognise", "encode", "inspect", "store"}
NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@contextmanager
def scraped(services: Services, *, processes_only: bool = False) -> Iterator[str]:
    """Serve as `sohoa metrics` does; yield the address."""
    with shown(services, "127.0.0.1", 0, processes_only=processes_only) as page:
        thread = threading.Thread(target=page.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{page.server_port}"
        finally:
            page.shutdown()
            thread.join()


def get(address: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def samples(address: str) -> Samples:
    status, text = get(f"{address}/metrics")
    assert status == 200
    families = text_string_to_metric_families(text)
    return {(item.name, frozenset(item.labels.items())): item.value for one in families for item in one.samples}


def total(found: Samples, name: str, **labels: str) -> float:
    """Return the sum over all processes."""
    return sum(value for (n, stated), value in found.items() if n == name and frozenset(labels.items()) <= stated)


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    isolation.warm_up()
    account = Access()
    with sandbox_running(tmp_path / "sandbox.db") as url:
        stated = {
            "SOHOA_DATA_DIR": str(tmp_path / "data"),
            "SOHOA_WORKERS": "1",
            "SOHOA_DOSSIER_SYSTEM_URL": url,
            "SOHOA_DOSSIER_SYSTEM_USER": account.username,
            "SOHOA_DOSSIER_SYSTEM_PASSWORD": account.password,
            "SOHOA_UNIT_CODE": "000.00.01.H50",
            "SOHOA_CITIZEN_STORE_URL": url,
            "SOHOA_CITIZEN_STORE_TOKEN": account.token,
        }
        made = Services(settings.read(stated))
        migrate.upgrade(made.records.engine)
        yield made
        made.close()


@dataclass(frozen=True, kw_only=True)
class Run:
    """What was seen before, at the end of and after a run; and what the tables say then."""

    before: Samples
    after: Samples
    gone: Samples
    pages: int
    done: dict[str, int]
    sealed: int
    accepted: int


@pytest.fixture
def ran(services: Services) -> Run:
    with services.records.begin() as tx:
        dossiers.save(tx, DOSSIER, now())
    data = stack()
    source = inspect(data, "lo.tif", services.settings.station)
    receive(data, source, services)
    watcher = Services(services.settings)
    with scraped(watcher) as address:
        before = samples(address)
        with engine.running(services):
            engine.wait(lambda: engine.idle(services), lambda: None, 0.05)
            engine.wait(lambda: total(samples(address), "sohoa_deliveries_accepted_total") == 2, lambda: None, 0.2)
            after = samples(address)
        gone = samples(address)
    watcher.close()
    with services.records.begin() as tx:
        kinds = (
            sa.select(job.c.kind, sa.func.sum(job.c.attempt)).where(job.c.state == JobState.DONE).group_by(job.c.kind)
        )
        return Run(
            before=before,
            after=after,
            gone=gone,
            pages=source.pages,
            done={kind: number for kind, number in tx.execute(kinds)},  # noqa: C416 - rows are no pairs to mypy
            sealed=tx.execute(sa.select(sa.func.count()).select_from(version)).scalar_one(),
            accepted=sum(item.state is DeliveryState.ACCEPTED for item in deliveries.listing(tx)),
        )


def test_a_scrape_of_a_real_run_says_what_the_tables_say(ran: Run) -> None:
    assert total(ran.before, "sohoa_jobs_waiting", lane="line") > 0
    assert total(ran.before, "sohoa_batches", state=BatchState.RECEIVED) == 1
    seen = ran.after
    assert total(seen, "sohoa_jobs_waiting") == total(seen, "sohoa_jobs_running") == 0
    assert {kind: total(seen, "sohoa_job_seconds_count", kind=kind, outcome="done") for kind in ran.done} == ran.done
    assert total(seen, "sohoa_job_seconds_count") == sum(ran.done.values())
    assert total(seen, "sohoa_pages_total", milestone="taken") == ran.pages
    assert total(seen, "sohoa_pages_total", milestone="read") == ran.done["page"]
    assert total(seen, "sohoa_pages_total", milestone="sealed") == ran.sealed == 1
    assert total(seen, "sohoa_deliveries_accepted_total") == ran.accepted


def test_a_scrape_tells_of_processes_while_they_live(ran: Run) -> None:
    seen = ran.after
    for stage in STAGES:
        assert total(seen, "sohoa_page_stage_seconds_count", stage=stage) == ran.done["page"]
        assert total(seen, "sohoa_page_stage_seconds_sum", stage=stage) > 0
    assert total(seen, "sohoa_worker_threads") == sum(lane_threads(Lane, 1).values())
    assert total(seen, "sohoa_worker_threads_busy") == 0
    assert total(seen, "sohoa_build_info", version=__version__) == 1
    assert total(ran.gone, "sohoa_job_seconds_count") == 0
    assert_bounded(seen)


def assert_bounded(found: Samples) -> None:
    """Labels are of closed sets: nothing grows with the work, nothing belongs to a person."""
    closed: dict[str, Container[str]] = {
        "lane": set(Lane),
        "kind": set(JobKind),
        "outcome": {"done", "dropped", *JobState},
        "stage": STAGES,
        "milestone": {"taken", "read", "sealed"},
        "receiver": set(Receiver),
        "state": set(BatchState),
        "code": {error.code for error in error_classes()},
        "version": {__version__},
    }
    for name, labels in found:
        for label, value in labels:
            assert label in {"le", "process", "station"} or value in closed[label], (name, label, value)


def test_figures_count_what_waits_and_since_when(records: Records) -> None:
    holder = Holder(owner="ai/1/1", lease_s=60)
    with records.begin() as tx:
        assert figures.look(tx, NOW).waiting[Lane.LINE].age(NOW) == timedelta(0)
        for number in range(3):
            jobs.add(tx, [NewJob(kind=JobKind.PAGE, subject=f"lo/{number}", batch="lo")], NOW)
        jobs.add(tx, [NewJob(kind=JobKind.DELIVER, subject="giao", batch="lo")], NOW)
        assert jobs.claim(tx, Lane.LINE, holder, NOW)
        refused = jobs.claim(tx, Lane.DELIVER, holder, NOW)
        assert refused
        jobs.fail(tx, refused, ReceiverRefused("từ chối"), NOW, settings.JobSettings())
        stations.add(tx, "xa-hai-lang", "bi-mat", NOW)
        stations.add(tx, "xa-da-roi", "bi-mat-khac", NOW)
        stations.revoke(tx, "xa-da-roi", NOW)
        stations.report(tx, "xa-hai-lang", Backlog(files=2, pages=40, oldest_at=NOW), NOW)
    later = NOW + timedelta(minutes=5)
    with records.begin() as tx:
        found = figures.look(tx, later)
    assert (found.waiting[Lane.LINE].number, found.waiting[Lane.LINE].age(later)) == (2, timedelta(minutes=5))
    assert found.waiting[Lane.BULK].number == 0
    assert (found.running[Lane.LINE], found.silent) == (1, 1)
    assert found.quarantined == {(JobKind.DELIVER, "receiver-refused"): 1}
    assert [(item.name, item.backlog.pages) for item in found.stations] == [("xa-hai-lang", 40)]


def test_the_clock_of_the_database_is_read(records: Records) -> None:
    with records.begin() as tx:
        before = datetime.now(UTC)
        told = figures.clock(tx)
        assert before - timedelta(seconds=1) <= told <= datetime.now(UTC) + timedelta(seconds=1)


def test_without_its_database_it_says_so_and_still_shows_the_processes(tmp_path: Path) -> None:
    stated = {"SOHOA_DATA_DIR": str(tmp_path), "SOHOA_DATABASE_URL": "postgresql+psycopg://ai@127.0.0.1:1/nao"}
    services = Services(settings.read(stated))
    with slots.reported(services.metrics_folder, services.meters.registry), scraped(services) as address:
        while not list(slots.living(services.metrics_folder)):
            time.sleep(0.01)  # the process writes its first counts on a thread of its own
        found = samples(address)
        assert get(f"{address}/health/live") == (200, "live\n")
        assert get(f"{address}/health/ready") == (503, "records-unavailable\n")
        assert get(f"{address}/khac")[0] == 404
    assert total(found, "sohoa_database_up") == 0
    assert total(found, "sohoa_process_resident_memory_bytes") > 0
    with scraped(services, processes_only=True) as address:
        assert get(f"{address}/health/ready")[0] == 200
        assert not [name for name, _ in samples(address) if name.startswith("sohoa_database")]


HOLD = """
import sys, time
from pathlib import Path
from workers.metrics import meters, slots
with slots.reported(Path(sys.argv[1]), meters.Meters().registry, 0.05):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holding(tmp_path: Path) -> Iterator[Callable[[], "subprocess.Popen[bytes]"]]:
    started: list[subprocess.Popen[bytes]] = []

    def start() -> "subprocess.Popen[bytes]":
        process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE)
        started.append(process)
        assert process.stdout
        assert process.stdout.readline()
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def names(folder: Path) -> list[str]:
    return [item.process.rpartition("-")[2] for item in slots.living(folder)]


def test_who_comes_after_a_killed_process_takes_its_place(
    tmp_path: Path, holding: Callable[[], "subprocess.Popen[bytes]"]
) -> None:
    first, _second = holding(), holding()
    engine.wait(lambda: names(tmp_path) == ["1", "2"], lambda: None, 0.02)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    assert names(tmp_path) == ["2"]
    holding()
    engine.wait(lambda: names(tmp_path) == ["1", "2"], lambda: None, 0.02)
    assert len(list(tmp_path.glob("*.json"))) == 2


def test_what_cannot_be_written_stops_no_work(tmp_path: Path) -> None:
    blocked = tmp_path / "tep"
    blocked.write_text("không phải thư mục", encoding="utf-8")
    with capture_logs() as told, slots.reported(blocked, CollectorRegistry()):
        assert [line["event"] for line in told] == ["metrics not written"]


def test_a_slot_ends_with_its_process_and_leaves_no_counts(tmp_path: Path) -> None:
    registry = CollectorRegistry()
    counted: Any = Counter("thu", "Thử.", registry=registry)
    counted.inc(3)
    slot = slots.take(tmp_path)
    slot.write(registry)
    (found,) = slots.living(tmp_path)
    assert json.loads(json.dumps(found.metrics))[0]["samples"] == [["thu_total", {}, 3.0]]
    slot.release()
    assert list(slots.living(tmp_path)) == []

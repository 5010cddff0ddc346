"""Put the clocks where the line meets what is outside of it, then be `sohoa`."""

import json
import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import dramatiq.worker
import sqlalchemy as sa

from parts.clock import Clock
from pipeline.deliver.citizen_store import CitizenStoreClient
from pipeline.deliver.dossier_system import DossierSystemClient
from pipeline.sign.seal import PadesSealer
from pipeline.store.objects.keeping import KeptObjects
from pipeline.store.records.connect import Records
from workers import cli, isolation
from workers.broker import DramatiqQueue
from workers.isolation import Children

EDGES = {
    "store": (KeptObjects, ("put", "put_once", "get", "get_named")),
    "queue": (DramatiqQueue, ("wake",)),
    "to and from children": (Children, ("call",)),
    "seal": (PadesSealer, ("seal", "adopt", "upgrade")),
    "receivers: citizen-store": (CitizenStoreClient, ("deliver",)),
    "receivers: dossier-system": (DossierSystemClient, ("deliver",)),
}
THREADS = {dramatiq.worker.ConsumerThread: "consumers", dramatiq.worker.WorkerThread: "workers"}


def main() -> None:
    """Take FOLDER away from the command line and go on as `sohoa`."""
    folder = Path(sys.argv.pop(1))
    clock = Clock()
    set_clocks(clock)
    numbers = count()
    signal.signal(signal.SIGUSR1, lambda *_: write(clock, folder / f"{next(numbers)}.json"))
    os.environ["BENCH_PARTS_FOLDER"] = str(folder)  # noqa: TID251 - for the children
    isolation.PRELOADED.append("parts.in_child")
    cli.main()


def set_clocks(clock: Clock) -> None:
    """Count at every edge."""
    for part, (owner, methods) in EDGES.items():
        for method in methods:
            setattr(owner, method, clock.clocked(part, getattr(owner, method)))
    begin = Records.begin

    @contextmanager
    def begin_clocked(records: Records) -> Iterator[sa.Connection]:
        with clock.at("database"), begin(records) as tx:
            yield tx

    Records.begin = begin_clocked  # type: ignore[method-assign]


def write(clock: Clock, target: Path) -> None:
    """Write down what everything has cost so far."""
    threads: Counter[str] = Counter()
    for thread in threading.enumerate():
        spent = Path(f"/proc/self/task/{thread.native_id}/schedstat").read_text(encoding="ascii").split()
        threads[THREADS.get(type(thread), thread.name)] += int(spent[0]) / 1e9
    found: dict[str, Any] = {
        "parts": clock.seconds,
        "calls": clock.calls,
        "threads": threads,
        "process": time.process_time(),
    }
    draft = target.with_suffix(".draft")
    draft.write_text(json.dumps(found), encoding="utf-8")
    draft.rename(target)


if __name__ == "__main__":
    main()

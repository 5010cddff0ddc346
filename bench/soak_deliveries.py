"""Deliver for minutes to a sandbox whose faults change at random, then audit both sides.

    .venv/bin/python bench/soak_deliveries.py --minutes 5

The job table, its workers, both clients and the sandbox (a process of its own, behind HTTP) are
the real ones; the documents are rows without a picture. Ends with 1 where anything is off.
"""

import argparse
import json
import logging
import random
import sqlite3
import statistics
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import structlog
from rich.console import Console
from rich.table import Table

from pipeline.store import migrate
from pipeline.store.records import batches, deliveries, documents, dossiers, jobs
from pipeline.store.records.deliveries import DeliveryRow
from schemas.batch import Disposition, Ledger, LedgerEntry, Original, PlannedDocument
from schemas.document import Sealed, SealLevel, digest_of
from schemas.dossier import Component, CoverSheet, Dossier, Owner
from schemas.jobs import DeliveryState, JobKind, JobState, Receiver
from schemas.settings import read
from workers import engine, logs
from workers.actors.seal import plan_deliveries
from workers.bootstrap import Services, now
from workers.sandbox.faults import Fault
from workers.sandbox.server import spawned
from workers.sandbox.sessions import Access

TIMEOUT_S = 2.0
SWITCH_EVERY_S = 5.0
DRAIN_LIMIT_S = 900.0


@dataclass(frozen=True)
class Finding:
    """One line of the audit; `good` is None for a figure that cannot be wrong."""

    what: str
    value: str
    good: bool | None = None


def main() -> None:
    """Run the soak and print its audit."""
    stated = arguments()
    logs.configure()
    # that attempts fail is the point here
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "sandbox.db"
        with spawned(database) as url:
            services = Services(read(variables(Path(folder), url)))
            migrate.upgrade(services.records.engine)
            took = soak(services, url, stated)
            findings = [Finding("seconds, until the last was accepted", f"{took:.0f}"), *faults_shown(url)]
        findings += audit(services, database)
    show(findings)
    sys.exit(any(finding.good is False for finding in findings))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Soak the deliveries in faults.")
    parser.add_argument("--minutes", type=float, default=5.0, help="for how long documents keep coming")
    parser.add_argument("--per-second", type=float, default=2.0, help="dossiers sealed per second")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of dossiers and faults")
    return parser.parse_args()


def variables(folder: Path, url: str) -> dict[str, str]:
    """Settings as an installation would state them, with short waits: minutes stand for days."""
    account = Access()
    return {
        "SOHOA_DATA_DIR": str(folder / "data"),
        "SOHOA_DOSSIER_SYSTEM_URL": url,
        "SOHOA_DOSSIER_SYSTEM_USER": account.username,
        "SOHOA_DOSSIER_SYSTEM_PASSWORD": account.password,
        "SOHOA_UNIT_CODE": "000.00.01.H50",
        "SOHOA_CITIZEN_STORE_URL": url,
        "SOHOA_CITIZEN_STORE_TOKEN": account.token,
        "SOHOA_DELIVER_TIMEOUT_S": str(TIMEOUT_S),
        "SOHOA_BREAKER_RESET_S": "1",
        "SOHOA_BACKOFF_S": "0.2",
        "SOHOA_BACKOFF_MAX_S": "5",
        "SOHOA_SWEEP_S": "0.2",
    }


def soak(services: Services, url: str, stated: argparse.Namespace) -> float:
    """Let documents come while faults change; then wait, faults still on, until all is accepted."""
    dice = random.Random(stated.seed)  # noqa: S311 - a repeatable sequence is wanted
    coming = numbered_dossiers(dice)
    began = time.monotonic()
    switched = -SWITCH_EVERY_S

    def step() -> bool:
        nonlocal switched
        passed = time.monotonic() - began
        if passed - switched >= SWITCH_EVERY_S:
            switch(url, dice)
            switched = passed
        if passed < stated.minutes * 60:
            seal(next(coming), services, dice)
            return False
        return engine.idle(services) or passed > stated.minutes * 60 + DRAIN_LIMIT_S

    with engine.running(services):
        engine.wait(step, lambda: None, 1 / stated.per_second)
    return time.monotonic() - began


def switch(url: str, dice: random.Random) -> None:
    """Give every fault a new chance; one time in eight nothing works at all."""
    down = dice.random() < 1 / 8
    chances: dict[str, float] = {fault.value: dice.uniform(0.02, 0.12) for fault in Fault}
    if down:
        chances = dict.fromkeys(chances, 0.0) | {dice.choice([Fault.ERROR_500, Fault.DROP, Fault.HTML]).value: 1.0}
    # slow answers come sometimes before and sometimes after the client has given up
    values = chances | {"slow_s": dice.uniform(0, 1.5 * TIMEOUT_S), "seed": dice.randrange(2**31)}
    ask(f"{url}/sandbox/faults", values)


def ask(url: str, values: dict[str, float] | None = None) -> dict[str, Any]:
    body = json.dumps(values).encode() if values else None
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310 - the sandbox's own
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - see above
        said: dict[str, Any] = json.load(answer)
    return said


def numbered_dossiers(dice: random.Random) -> Iterator[Dossier]:
    """Yield dossiers of invented citizens with one to four papers."""
    number = 0
    while True:
        number += 1
        papers = range(1, dice.randint(1, 4) + 1)
        yield Dossier(
            code=f"H50.12-20261105-{number:07d}",
            procedure_code="1.001193",
            procedure_name="Đăng ký khai sinh",
            field_code="G15-HT02",
            field_name="Hộ tịch",
            agency_code="H50.12",
            agency_name="Ủy ban nhân dân phường Đông Hà",
            owner=Owner(name="Nguyễn Thị Thử", identity_no=f"04519{number:07d}"),
            components=tuple(Component(code=f"KS-{paper:02d}", name="Tờ khai đăng ký khai sinh") for paper in papers),
            received_at=now(),
            due_at=now() + timedelta(days=3),
        )


def seal(dossier: Dossier, services: Services, dice: random.Random) -> None:
    """Record a dossier, its batch and its sealed documents, as the line does before it delivers."""
    source = Original(
        digest=digest_of(dossier.code.encode()),
        name="a.tif",
        media_type="image/tiff",
        size=1,
        pages=len(dossier.components),
    )
    with services.records.begin() as tx:
        dossiers.save(tx, dossier, now())
        batch_id, _ = batches.take(tx, source, "soak", now())
        batches.save_ledger(tx, batch_id, ledger_of(dossier), {}, now())
        for row in documents.of_batch(tx, batch_id):
            pdf = dice.randbytes(64)
            documents.save_version(tx, row.id, 1, Sealed(pdf=pdf, level=SealLevel.B_T, sealed_at=now()))
            jobs.add(tx, plan_deliveries(tx, row, services.receivers), now())


def ledger_of(dossier: Dossier) -> Ledger:
    """One page per component."""
    total = len(dossier.components)
    planned = tuple(
        PlannedDocument(
            document_no=number,
            cover=CoverSheet(dossier_code=dossier.code, component_code=item.code, index=number, total=total),
            page_nos=(number,),
        )
        for number, item in enumerate(dossier.components, start=1)
    )
    entries = tuple(
        LedgerEntry(
            page_no=item.document_no, disposition=Disposition.DOCUMENT, document_no=item.document_no, position=1
        )
        for item in planned
    )
    return Ledger(entries=entries, documents=planned, problems=())


def faults_shown(url: str) -> list[Finding]:
    """What the sandbox did to its callers."""
    seen = ask(f"{url}/sandbox/faults")["seen"]
    return [
        Finding(f"fault shown: {fault.value}", str(seen.get(fault.value, 0)), seen.get(fault.value, 0) > 0)
        for fault in Fault
    ]


def audit(services: Services, database: Path) -> list[Finding]:
    """Compare what the tables say with what the sandbox has."""
    with services.records.begin() as tx:
        places = deliveries.listing(tx)
        found = {place.id: jobs.find(tx, JobKind.DELIVER, place.id) for place in places}
        digests = {place.document_id: documents.versions(tx, place.document_id)[0].digest for place in places}
    attempts = sorted(job.attempt for job in found.values() if job)
    accepted = [place for place in places if place.state is DeliveryState.ACCEPTED]
    done = sum(job is not None and job.state is JobState.DONE for job in found.values())
    receipts = Counter((place.receiver, (place.receipt or {}).get("number")) for place in places)
    return [
        Finding("dossiers", str(len({place.dossier_code for place in places}))),
        Finding("deliveries", str(len(places)), len(places) > 0),
        Finding("accepted", str(len(accepted)), len(accepted) == len(places)),
        Finding("jobs done", str(done), done == len(places)),
        Finding("receipts on file, each another", str(len(receipts)), len(receipts) == len(places)),
        Finding("out of order within a dossier", str(disorder(places)), disorder(places) == 0),
        *at_receivers(places, digests, database),
        Finding("attempts per delivery: mean", f"{statistics.mean(attempts):.1f}"),
        Finding("attempts per delivery: median", f"{statistics.median(attempts):g}"),
        Finding("attempts per delivery: most", str(attempts[-1])),
    ]


def disorder(places: list[DeliveryRow]) -> int:
    """How often a later delivery of a dossier was accepted before an earlier one."""
    by_dossier: dict[tuple[str, Receiver], list[DeliveryRow]] = {}
    for place in places:
        by_dossier.setdefault((place.dossier_code, place.receiver), []).append(place)
    return sum(
        a.accepted_at is None or b.accepted_at is None or a.accepted_at > b.accepted_at
        for rows in by_dossier.values()
        for a, b in pairwise(rows)
    )


def at_receivers(places: list[DeliveryRow], digests: dict[str, Any], database: Path) -> list[Finding]:
    """What the sandbox's own database holds, read past the sandbox."""
    with sqlite3.connect(database) as connection:
        entries = Counter(connection.execute("SELECT ma_ho_so, hash_tep_tin FROM store_entry"))
        numbers = dict(connection.execute("SELECT ma_giay_to_so_hoa, number FROM store_entry"))
        papers = Counter(connection.execute("SELECT ma_ho_so, json_extract(body, '$.MaThanhPhanHoSo') FROM paper"))
        known = connection.execute("SELECT count(*), count(DISTINCT ma_ho_so) FROM dossier").fetchone()
        progress = connection.execute("SELECT count(*) FROM progress").fetchone()[0]
        requests = connection.execute("SELECT count(*) FROM arrival").fetchone()[0]
    store = [place for place in places if place.receiver is Receiver.CITIZEN_STORE]
    system = [place for place in places if place.receiver is Receiver.DOSSIER_SYSTEM]
    wanted = Counter((place.dossier_code, digests[place.document_id]) for place in store)
    matching = sum(
        (place.receipt or {}).get("number") == f"KQG{numbers.get(place.document_id, 0):08d}" for place in store
    )
    dossier_codes = {place.dossier_code for place in places}
    doubled = sum((entries - wanted).values()) + sum(n - 1 for n in papers.values()) + known[0] - known[1]
    missing = sum((wanted - entries).values()) + len(system) - len(papers) + len(dossier_codes) - known[0]
    return [
        Finding("requests that the sandbox worked on", str(requests)),
        Finding("doubled at the sandbox", str(doubled), doubled == 0),
        Finding("missing at the sandbox", str(missing), missing == 0),
        Finding("progress lines, one per paper", str(progress), progress == len(system)),
        Finding("store's numbers equal to our receipts", str(matching), matching == len(store)),
    ]


def show(findings: list[Finding]) -> None:
    table = Table("figure", "value", "", title="Deliveries in faults", title_justify="left")
    for finding in findings:
        table.add_row(finding.what, finding.value, {None: "", True: "as it must be", False: "WRONG"}[finding.good])
    Console(width=100).print(table)


if __name__ == "__main__":
    main()

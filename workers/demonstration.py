"""`make demo`: scanned stacks go through the whole line, and the results are shown.

Everything lies in one folder. Killed at any moment and started again, it goes on where it was;
started again after it ended, it begins anew.
"""

import json
import os
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from pipeline.intake import read_dossiers
from pipeline.sign import pki
from pipeline.sign.pki import DevelopmentPki
from pipeline.station.hot_folder import watching
from pipeline.store.records import batches, deliveries, documents, dossiers
from pipeline.store.records.documents import DocumentRow, VersionRow
from schemas.batch import BatchState, Disposition
from schemas.document import digest_of
from schemas.errors import ChecksFailed, MissingProgram, ServiceError
from schemas.jobs import Receiver
from schemas.settings import read
from workers import engine, isolation
from workers.bootstrap import Services, now
from workers.digitizing import put
from workers.sandbox.server import running as sandbox_running
from workers.sandbox.sessions import Access
from workers.station import Station

STABLE_S = "0.2"
SERVICE_START_S = 60.0


@dataclass(frozen=True)
class Place:
    """The demo's folder."""

    root: Path

    @property
    def scanner(self) -> Path:
        """Where the scanner leaves its files."""
        return self.root / "scanner"

    @property
    def delivered(self) -> Path:
        """Where the delivered PDFs are shown."""
        return self.root / "delivered"

    @property
    def data(self) -> Path:
        """The line's own data."""
        return self.root / "data"

    @property
    def summary(self) -> Path:
        """The last file that is written: where it is, the demo ended."""
        return self.root / "summary.json"


def prepare(place: Place) -> None:
    """Begin anew after an ended run; keep everything of one that was cut short."""
    if place.summary.exists():
        ended = place.root.with_name(f".{place.root.name}.ended")
        shutil.rmtree(ended, ignore_errors=True)
        place.root.rename(ended)
        shutil.rmtree(ended, ignore_errors=True)
    place.scanner.mkdir(parents=True, exist_ok=True)


@contextmanager
def surroundings(place: Place) -> Iterator[Services]:
    """Run the development PKI's services and the sandbox; yield the line's services, set to use them."""
    # Not the port that the certificates name: another demo, or a PKI of somebody else, may answer there.
    made = replace(pki.init(place.data / "pki", now()), port=free_port())
    server = isolation.start_service(pki.serve, made.folder, made.port)
    try:
        await_service(server, made.port)
        with sandbox_running(place.root / "sandbox.db") as url:
            yield Services(read(variables(place, url, made)))
    finally:
        server.terminate()
        server.join(5)


def variables(place: Place, sandbox: str, made: DevelopmentPki) -> dict[str, str]:
    """Return the demo's settings, as an installation would state them."""
    account = Access()
    return {
        "SOHOA_DATA_DIR": str(place.data),
        "SOHOA_STABLE_S": STABLE_S,
        "SOHOA_TSA_URL": made.tsa_url,
        "SOHOA_DOSSIER_SYSTEM_URL": sandbox,
        "SOHOA_DOSSIER_SYSTEM_USER": account.username,
        "SOHOA_DOSSIER_SYSTEM_PASSWORD": account.password,
        "SOHOA_UNIT_CODE": "000.00.01.H50",
        "SOHOA_CITIZEN_STORE_URL": sandbox,
        "SOHOA_CITIZEN_STORE_TOKEN": account.token,
    }


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def await_service(server: BaseProcess, port: int) -> None:
    """Wait until a server that was just started answers on its port.

    Raises:
        ServiceError: it does not in time, or has ended.
    """
    end = time.monotonic() + SERVICE_START_S
    while time.monotonic() < end and server.is_alive():
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise ServiceError(f"Dịch vụ ở cổng {port} không khởi động được")


def feed(place: Place, samples: Path, services: Services) -> int:
    """Register the sample dossiers and put the sample stacks into the scanner's folder, as a scanner would.

    Returns:
        The number of pages in all stacks.

    Raises:
        MissingProgram: the samples are not there.
    """
    stacks = sorted(path for path in (samples / "pages").iterdir() if path.is_file())
    if not stacks:
        raise MissingProgram("Thiếu samples/pages: chạy «python -m samples.make»")
    with services.records.begin() as tx:
        for dossier in read_dossiers(samples / "dossiers.json"):
            dossiers.save(tx, dossier, now())
        known = {row.digest for row in batches.listing(tx)}
    for stack in stacks:
        data = stack.read_bytes()
        if digest_of(data) not in known:
            put(place.scanner / stack.name, data)
    return len(stacks)


def work(place: Place, services: Services, stacks: int, bar: Any) -> None:  # noqa: ANN401 - anything with `show`
    """Take the stacks and do every job until all is delivered."""
    with watching(place.scanner) as hot_folder, engine.running(services):
        station = Station(services, hot_folder)

        def finished() -> bool:
            list(station.take_all())
            return taken(services) >= stacks and engine.idle(services)

        engine.wait(finished, bar.show)


def taken(services: Services) -> int:
    """Return the number of batches recorded."""
    with services.records.begin() as tx:
        return len(batches.listing(tx))


def export(place: Place, services: Services) -> list[dict[str, Any]]:
    """Write the delivered PDFs and return a row for each."""
    with services.records.begin() as tx:
        found = [(row, documents.latest_version(tx, row.id)) for row in documents.listing(tx)]
        receipts = {(item.document_id, item.receiver): item for item in deliveries.listing(tx)}
    place.delivered.mkdir(exist_ok=True)
    rows = []
    numbers: dict[str, int] = {}
    for row, version in found:
        if version is None:
            continue
        numbers[row.dossier_code] = numbers.get(row.dossier_code, 0) + 1
        path = place.delivered / f"{row.dossier_code}.{numbers[row.dossier_code]:03d}.pdf"
        pdf = services.objects.get(version.digest)
        put(path, pdf)
        both = {receiver: receipts.get((row.id, receiver)) for receiver in Receiver}
        rows.append(summary_row(path, row, version) | verdicts(pdf, services) | receipt_numbers(both))
    return rows


def summary_row(path: Path, row: DocumentRow, version: VersionRow) -> dict[str, Any]:
    """Return what the tables know of a delivered document."""
    return {
        "file": path.name,
        "dossier": row.dossier_code,
        "component": row.component_code,
        "pages": row.page_count,
        "confidence": row.confidence,
        "bytes": version.size,
        "digest": version.digest,
        "level": version.level.value,
    }


def verdicts(pdf: bytes, services: Services) -> dict[str, bool]:
    """Return whether a file is PDF/A-2b and whether its signature holds."""
    found = services.sealer.verify(pdf)
    archival = next((check.holds for check in found.checks if check.name == "pdfa"), None)
    return {"pdfa": archival is True, "signature": found.holds}


def receipt_numbers(both: dict[Receiver, deliveries.DeliveryRow | None]) -> dict[str, str | None]:
    """Return the receivers' receipts."""
    return {receiver.value: (place.receipt or {}).get("number") if place else None for receiver, place in both.items()}


def is_good(row: dict[str, Any]) -> bool:
    """Whether everything about a delivered document is as it must be."""
    return bool(row["pdfa"] and row["signature"] and all(row[receiver.value] for receiver in Receiver))


def check_ledgers(services: Services) -> dict[str, int]:
    """Return where the pages went.

    Raises:
        ChecksFailed: a batch is open, or a page is in no place.
    """
    with services.records.begin() as tx:
        rows = batches.listing(tx)
        places = batches.dispositions(tx)
    still_open = [row for row in rows if row.state is not BatchState.CLOSED]
    if still_open:
        raise ChecksFailed("; ".join(problem for row in still_open for problem in row.problems) or "Có lô chưa cân")
    if sum(places.values()) != sum(row.pages for row in rows):
        raise ChecksFailed("Sổ trang không cân: số trang quét khác tổng các nơi đến")
    return {place.value: places.get(place, 0) for place in Disposition} | {"scanned": sum(places.values())}


def write_summary(place: Place, rows: list[dict[str, Any]]) -> None:
    """Write the summary; from then on the demo has ended."""
    put(place.summary, json.dumps(rows, ensure_ascii=False, indent=1).encode())
    os.sync()

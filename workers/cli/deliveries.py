"""`sohoa deliveries`: what went to the receivers, what is still to go, and whether they have it."""

from contextlib import closing
from typing import Annotated, Any

import typer

from pipeline.store.records import deliveries, documents, jobs
from pipeline.store.records.deliveries import DeliveryRow
from schemas.errors import ChecksFailed, InputError, NotFound
from schemas.jobs import DeliveryState, JobKind, JobState, Receiver
from workers import bootstrap
from workers.actors.seal import plan_deliveries
from workers.bootstrap import Services, now
from workers.cli.output import JsonFlag, Output
from workers.progress import Bar

app = typer.Typer(help="Việc giao tới kho của công dân và hệ thống hồ sơ.", no_args_is_help=True, add_completion=False)

COLUMNS = {
    "delivery": "lần giao",
    "dossier\ncomponent": "hồ sơ\ngiấy tờ",
    "receiver\nstate": "bên nhận\ntình trạng",
    "receipt": "biên nhận",
    "reason": "lý do",
}


@app.command("list")
def listing(
    dossier: Annotated[str, typer.Option("--dossier", help="Chỉ hồ sơ có mã này.")] = "",
    *,
    pending: Annotated[bool, typer.Option("--pending", help="Chỉ những lần chưa được nhận.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Liệt kê các lần giao và biên nhận, theo hồ sơ."""
    states = (DeliveryState.PENDING,) if pending else ()
    with bootstrap.opened() as services, services.migrated_records.begin() as tx:
        rows = [
            row_of(place, jobs.find(tx, JobKind.DELIVER, place.id))
            | {"component": documents.load(tx, place.document_id).component_code}
            for place in deliveries.listing(tx, dossier, states)
        ]
    Output(as_json).rows("Giao nhận", COLUMNS, rows)


def row_of(place: DeliveryRow, job: jobs.JobRow | None) -> dict[str, Any]:
    """Return a delivery with the trouble of its job, if any."""
    return {
        "delivery": place.id[:12],
        "dossier": place.dossier_code,
        "document": place.document_id,
        "version": place.version_no,
        "receiver": place.receiver,
        "state": JobState.QUARANTINED if job and job.state is JobState.QUARANTINED else place.state,
        "attempts": job.attempt if job else 0,
        "receipt": (place.receipt or {}).get("number"),
        "reason": job.error_message if job and job.state is not JobState.DONE else None,
    }


@app.command()
def retry(
    delivery_id: Annotated[str | None, typer.Argument(help="Mã lần giao, hoặc phần đầu của mã.")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Mọi lần giao chưa được nhận.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Giao lại ngay, không đợi đến giờ hẹn."""
    if not every and not delivery_id:
        raise InputError("Nêu mã lần giao (xem «sohoa deliveries list»), hoặc --all cho mọi lần giao")
    with bootstrap.opened() as services, services.migrated_records.begin() as tx:
        waiting = (DeliveryState.PENDING,)
        chosen = deliveries.listing(tx, states=waiting) if every else [deliveries.load(tx, delivery_id or "")]
        found = [jobs.find(tx, JobKind.DELIVER, place.id) for place in chosen]
        freed = [job for job in found if job and jobs.release(tx, job.id, now())]
    if not freed and not every:
        raise NotFound("Lần giao này không chờ: đã được nhận, hoặc lần giao trước nó của cùng hồ sơ chưa xong")
    text = f"Đã xếp lại {len(freed)} lần giao; trạm quét hoặc «sohoa work» đang chạy sẽ giao."
    Output(as_json).told(text, {"freed": [job.subject for job in freed]})


@app.command()
def reconcile(*, as_json: JsonFlag = False) -> None:
    """Đối chiếu với bên nhận: cái họ thiếu được giao lại."""
    with bootstrap.opened() as services:
        add_missing(services)
        rows = compared(services, Bar("lần giao", Output().talk))
    columns = {"delivery": "lần giao", "dossier": "hồ sơ", "receiver": "bên nhận", "held": "đối chiếu"}
    Output(as_json).rows("Đối soát", columns, rows)
    if not all(row["held"] for row in rows):
        raise ChecksFailed("Có văn bản bên nhận không còn; đã xếp giao lại")


def compared(services: Services, bar: Bar) -> list[dict[str, Any]]:
    """Ask the receivers about everything they acknowledged."""
    with services.records.begin() as tx:
        accepted = deliveries.listing(tx, states=[DeliveryState.ACCEPTED])
    rows: list[dict[str, Any]] = []
    with closing(bar):
        for place in accepted:
            bar.show(len(rows), len(accepted))
            told = {"delivery": place.id[:12], "dossier": place.dossier_code, "receiver": place.receiver}
            rows.append(told | {"held": reconciled(place, services)})
    return rows


def add_missing(services: Services) -> None:
    """Plan the deliveries of sealed versions that were made before a receiver had an address."""
    with services.migrated_records.begin() as tx:
        without = deliveries.unplanned(tx, services.receivers)
    for document_id in without:  # each by itself: whoever seals or delivers meanwhile need not wait for all of them
        with services.records.begin() as tx:
            jobs.add(tx, plan_deliveries(tx, documents.load(tx, document_id), services.receivers), now())


def reconciled(place: DeliveryRow, services: Services) -> bool:
    """Whether the receiver has what it acknowledged; if not, deliver it again."""
    receiver = services.citizen_store if place.receiver is Receiver.CITIZEN_STORE else services.dossier_system
    if receiver.holds(place.dossier_code, place.document_id):
        return True
    with services.records.begin() as tx:
        deliveries.reopen(tx, place.id)
        job = jobs.find(tx, JobKind.DELIVER, place.id)
        if job:
            jobs.repeat(tx, job.id, now())
    return False

"""`sohoa quarantine`: jobs that failed for good and wait for a person."""

from dataclasses import asdict
from typing import Annotated

import typer

from pipeline.store.records import jobs
from pipeline.store.records.jobs import JobRow
from schemas.errors import InputError, NotFound, error_classes
from schemas.jobs import JobState
from workers import bootstrap
from workers.bootstrap import now
from workers.cli.output import JsonFlag, Output

app = typer.Typer(help="Các việc bị cách ly: xem, tìm hiểu, cho chạy lại.", no_args_is_help=True, add_completion=False)
JobId = Annotated[str, typer.Argument(help="Mã việc, hoặc phần đầu của mã.")]

COLUMNS = {"job": "việc", "kind": "loại", "attempt": "lần", "error_code": "lỗi", "error_message": "lý do"}

FIELDS = {
    "id": "mã việc",
    "kind": "loại",
    "subject": "làm trên",
    "lane": "làn",
    "state": "tình trạng",
    "attempt": "số lần đã thử",
    "error_code": "mã lỗi",
    "error_message": "lý do",
    "created_at": "lúc giao việc",
    "available_at": "lúc được làm",
    "hint": "việc cần làm",
}


@app.command("list")
def listing(*, as_json: JsonFlag = False) -> None:
    """Liệt kê các việc bị cách ly."""
    with bootstrap.opened() as services, services.migrated_records.begin() as tx:
        found = jobs.quarantined(tx)
    Output(as_json).rows("Cách ly", COLUMNS, [asdict(row) | {"job": row.id[:12]} for row in found])


@app.command()
def show(job_id: JobId, *, as_json: JsonFlag = False) -> None:
    """Cho xem mọi điều đã biết về một việc và cách xử lý."""
    with bootstrap.opened() as services, services.migrated_records.begin() as tx:
        found = jobs.show(tx, job_id)
    values = asdict(found) | {"hint": hint_of(found)}
    output = Output(as_json)
    if as_json:
        output.row(values)
    else:
        rows = [{"name": FIELDS[key], "value": item} for key, item in values.items() if item is not None]
        output.rows("Việc bị cách ly", {"name": "", "value": ""}, rows)


def hint_of(found: JobRow) -> str | None:
    """Return what to do about a job's error."""
    return next((kind.hint for kind in error_classes() if kind.code == found.error_code), None)


@app.command()
def retry(
    job_id: Annotated[str | None, typer.Argument(help="Mã việc, hoặc phần đầu của mã.")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Mọi việc đang bị cách ly.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Cho việc bị cách ly chạy lại từ đầu số lần thử."""
    if not every and not job_id:
        raise InputError("Nêu mã việc (xem «sohoa quarantine list»), hoặc --all cho mọi việc")
    with bootstrap.opened() as services, services.migrated_records.begin() as tx:
        chosen = jobs.quarantined(tx) if every else [jobs.show(tx, job_id or "")]
        freed = [row.id for row in chosen if row.state is JobState.QUARANTINED and jobs.release(tx, row.id, now())]
    if not freed and not every:
        raise NotFound("Việc này không bị cách ly")
    text = f"Đã cho {len(freed)} việc chạy lại; trạm quét hoặc «sohoa work» đang chạy sẽ làm."
    Output(as_json).told(text, {"freed": freed})

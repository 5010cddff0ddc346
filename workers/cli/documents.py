"""`sohoa documents`: what the line made: which documents there are, a copy of one; those that cannot be made whole."""

from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.store.records import aside, documents, held
from pipeline.store.records.documents import DocumentRow, VersionRow
from schemas.errors import NotFound
from workers import bootstrap
from workers.bootstrap import now
from workers.cli.conflicts import CONFLICT_COLUMNS, conflict_row, conflicts_of, pictured
from workers.cli.output import JsonFlag, OutFile, Output, save
from workers.cli.reason import Reason, stated
from workers.cli.words import DocumentState

app = typer.Typer(help="Văn bản đã số hóa: liệt kê, lấy bản đã ký.", no_args_is_help=True, add_completion=False)

DocumentId = Annotated[str, typer.Argument(help="Mã văn bản, hoặc phần đầu của mã.")]
COLUMNS = {
    "short": "văn bản",
    "dossier\ncomponent": "hồ sơ\ngiấy tờ",
    "pages": "trang",
    "state": "tình trạng",
    "confidence": "tin cậy",
    "sealed_at": "lúc ký",
}


@app.command("list")
def listing(
    dossier: Annotated[str, typer.Option("--dossier", help="Chỉ hồ sơ có mã này.")] = "", *, as_json: JsonFlag = False
) -> None:
    """Liệt kê các văn bản, theo hồ sơ."""
    with bootstrap.opened() as services, services.migrated_records.begin() as tx:
        found = documents.listing(tx, dossier)
        waiting = {row.document_id: DocumentState.HELD for row in held.listing(tx)}
        states = waiting | dict.fromkeys(aside.among(tx), DocumentState.SET_ASIDE)
        rows = [row_of(row, documents.latest_version(tx, row.id), states.get(row.id)) for row in found]
    Output(as_json).rows("Văn bản", COLUMNS, rows)


def row_of(row: DocumentRow, version: VersionRow | None, waits: DocumentState | None = None) -> dict[str, Any]:
    """Return a document with its newest sealed version, if there is one; `waits` is why it may have none."""
    state = DocumentState.SEALED if version else waits or DocumentState.UNSEALED
    return {
        "document": row.id,
        "short": row.id[:12],
        "batch": row.batch_id,
        "dossier": row.dossier_code,
        "component": row.component_code,
        "pages": row.page_count,
        "state": state,
        "confidence": row.confidence,
        "version": version.version_no if version else None,
        "digest": version.digest if version else None,
        "bytes": version.size if version else None,
        "level": version.level if version else None,
        "sealed_at": version.sealed_at if version else None,
    }


@app.command()
def fetch(
    document_id: DocumentId,
    out: OutFile,
    *,
    as_json: JsonFlag = False,
) -> None:
    """Ghi bản đã ký mới nhất của một văn bản ra tệp PDF."""
    with bootstrap.opened() as services:
        with services.migrated_records.begin() as tx:
            found = documents.load(tx, documents.resolve(tx, document_id))
            version = documents.latest_version(tx, found.id)
        if version is None:
            raise NotFound("Văn bản này chưa được ký")
        save(out, services.objects.get(version.digest))
    told = row_of(found, version) | {"file": str(out)}
    Output(as_json).told(f"Đã ghi {out}. Kiểm tra: «sohoa verify {out}»", told)


@app.command("set-aside")
def set_aside(
    document_id: DocumentId,
    reason: Reason,
    *,
    as_json: JsonFlag = False,
) -> None:
    """Gác một văn bản chưa ký lại, thí dụ vì có trang không đọc được: các trang bị loại kèm lý do, không xóa gì."""
    why = stated(reason)
    with bootstrap.opened() as services, services.migrated_records.begin() as tx:
        found = documents.load(tx, documents.resolve(tx, document_id))
        if not aside.set_aside(tx, found.id, why, now()):
            raise NotFound(f"Văn bản {found.id[:12]} đã được ký hoặc đã gác lại: không gác được")
    text = f"Đã gác lại văn bản {found.id[:12]} ({found.page_count} trang). Đổi ý: «sohoa documents take-back»."
    Output(as_json).told(text, {"document": found.id, "state": DocumentState.SET_ASIDE})


@app.command("take-back")
def take_back(document_id: DocumentId, *, as_json: JsonFlag = False) -> None:
    """Lấy lại một văn bản đã gác: các việc còn dở được làm tiếp."""
    with bootstrap.opened() as services, services.migrated_records.begin() as tx:
        found = documents.load(tx, documents.resolve(tx, document_id))
        if not aside.take_back(tx, found.id, now()):
            raise NotFound(f"Văn bản {found.id[:12]} không bị gác lại")
    text = f"Đã lấy lại văn bản {found.id[:12]}; trạm quét hoặc «sohoa work» đang chạy sẽ làm tiếp."
    Output(as_json).told(text, {"document": found.id, "state": DocumentState.UNSEALED})


@app.command()
def why(
    document_id: DocumentId,
    out: Annotated[Path | None, typer.Option("--out", help="Ghi ảnh các chỗ ấy trên trang ra tệp JPEG.")] = None,
    *,
    as_json: JsonFlag = False,
) -> None:
    """Cho xem vì sao một văn bản bị giữ: chữ nào trên trang nào không phải của chủ hồ sơ."""
    with bootstrap.opened() as services:
        found = conflicts_of(document_id, services)
        if out:
            save(out, pictured(found, services))
    Output(as_json).rows(
        "Chỗ không phải chủ hồ sơ", CONFLICT_COLUMNS, [conflict_row(found, item) for item in found.conflicts]
    )


@app.command()
def release(document_id: DocumentId, reason: Reason, *, as_json: JsonFlag = False) -> None:
    """Cho một văn bản bị giữ đi tiếp, khi người đã xem và đúng là giấy của chủ hồ sơ; ghi lại lý do."""
    why_right = stated(reason)
    with bootstrap.opened() as services, services.migrated_records.begin() as tx:
        found = documents.load(tx, documents.resolve(tx, document_id))
        if not held.release(tx, found.id, why_right, now()):
            raise NotFound(f"Văn bản {found.id[:12]} không bị giữ vì chủ hồ sơ")
    text = f"Đã cho văn bản {found.id[:12]} đi tiếp; trạm quét hoặc «sohoa work» đang chạy sẽ làm."
    Output(as_json).told(text, {"document": found.id, "state": DocumentState.UNSEALED})

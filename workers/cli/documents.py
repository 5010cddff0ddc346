"""`sohoa documents`: the sealed files that the line made: which there are, and a copy of one."""

from typing import Annotated, Any

import typer

from pipeline.store.records import documents
from pipeline.store.records.documents import DocumentRow, VersionRow
from schemas.errors import NotFound
from workers import bootstrap
from workers.cli.output import JsonFlag, OutFile, Output, save

app = typer.Typer(help="Văn bản đã số hóa: liệt kê, lấy bản đã ký.", no_args_is_help=True, add_completion=False)

COLUMNS = {
    "short": "văn bản",
    "dossier\ncomponent": "hồ sơ\ngiấy tờ",
    "pages": "trang",
    "confidence": "tin cậy",
    "sealed_at": "lúc ký",
}


@app.command("list")
def listing(
    dossier: Annotated[str, typer.Option("--dossier", help="Chỉ hồ sơ có mã này.")] = "", *, as_json: JsonFlag = False
) -> None:
    """Liệt kê các văn bản, theo hồ sơ."""
    with bootstrap.opened() as services, services.migrated_records.begin() as tx:
        found = [row for row in documents.listing(tx) if dossier in ("", row.dossier_code)]
        rows = [row_of(row, documents.latest_version(tx, row.id)) for row in found]
    Output(as_json).rows("Văn bản", COLUMNS, rows)


def row_of(row: DocumentRow, version: VersionRow | None) -> dict[str, Any]:
    """Return a document with its newest sealed version, if there is one."""
    return {
        "document": row.id,
        "short": row.id[:12],
        "batch": row.batch_id,
        "dossier": row.dossier_code,
        "component": row.component_code,
        "pages": row.page_count,
        "confidence": row.confidence,
        "version": version.version_no if version else None,
        "digest": version.digest if version else None,
        "bytes": version.size if version else None,
        "level": version.level if version else None,
        "sealed_at": version.sealed_at if version else None,
    }


@app.command()
def fetch(
    document_id: Annotated[str, typer.Argument(help="Mã văn bản, hoặc phần đầu của mã.")],
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

"""`sohoa station add`, `revoke`, `list`: which stations the centre lets in, and what they still hold."""

import secrets
from typing import Annotated, Any, Final

import typer

from pipeline.store.records import stations
from pipeline.store.records.stations import StationRow
from workers import bootstrap
from workers.bootstrap import now
from workers.cli.output import JsonFlag, Output

TOKEN_BYTES: Final = 32
COLUMNS: Final = {
    "station": "trạm",
    "seen_at": "lần báo cuối",
    "files": "tệp còn giữ",
    "pages": "trang còn giữ",
    "oldest_at": "lâu nhất từ",
    "revoked_at": "thu hồi lúc",
}
Name = Annotated[str, typer.Argument(help="Tên trạm, ví dụ quay-01.")]


def add(name: Name, *, as_json: JsonFlag = False) -> None:
    """Nhận một trạm quét: in mã truy cập của trạm, chỉ một lần này."""
    token = f"sohoa-{secrets.token_urlsafe(TOKEN_BYTES)}"
    with bootstrap.opened() as services, services.migrated_records.begin() as tx:
        stations.add(tx, name, token, now())
    output = Output(as_json)
    output.say(f"Đặt mã dưới đây vào SOHOA_STATION_TOKEN của trạm {name}; trung tâm không giữ mã, không in lại được.")
    if as_json:
        output.row({"station": name, "token": token})
    else:
        output.add(token)


def revoke(name: Name, *, as_json: JsonFlag = False) -> None:
    """Thu hồi mã truy cập của một trạm, có hiệu lực ngay; những gì trạm đã gửi vẫn còn."""
    with bootstrap.opened() as services, services.migrated_records.begin() as tx:
        stations.revoke(tx, name, now())
    Output(as_json).told(f"Đã thu hồi mã của trạm {name}.", {"station": name, "revoked": True})


def listing(*, as_json: JsonFlag = False) -> None:
    """Liệt kê các trạm: báo lần cuối khi nào, còn giữ bao nhiêu tệp chưa gửi xong."""
    with bootstrap.opened() as services, services.migrated_records.begin() as tx:
        rows = [row_of(row) for row in stations.listing(tx)]
    Output(as_json).rows("Trạm quét", COLUMNS, rows)


def row_of(row: StationRow) -> dict[str, Any]:
    """Return a station as a row."""
    return {
        "station": row.name,
        "seen_at": row.seen_at,
        "files": row.backlog.files,
        "pages": row.backlog.pages,
        "oldest_at": row.backlog.oldest_at,
        "revoked_at": row.revoked_at,
        "created_at": row.created_at,
    }

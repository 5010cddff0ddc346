"""What arrived, as codes and counts: for tests, for reconciliation and for people who look."""

import sqlite3
from html import escape
from typing import Any, Final

from workers.sandbox.faults import Fault, Faults

TABLES: Final = ("dossier", "paper", "progress", "store_entry")

PAGE: Final = """<!DOCTYPE html>
<html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Bên nhận giả lập – Sổ Hóa</title>
<style>
body{{font:16px/1.5 system-ui,sans-serif;margin:0;background:#f4f5f7;color:#1a1a1a}}
header{{background:#7a1f1f;color:#fff;padding:1rem 0}}
header>div,main{{max-width:76rem;margin:0 auto;padding:0 1rem}}
h1{{font-size:1.5rem;margin:0}}header p{{margin:.25rem 0 0}}
section{{background:#fff;border:1px solid #d5d8dd;border-radius:.4rem;margin:1rem 0;padding:.25rem 1rem 1rem;
overflow-x:auto}}
table{{border-collapse:collapse;width:100%}}
caption{{text-align:left;font-weight:600;font-size:1.05rem;padding:.6rem 0}}
th,td{{padding:.35rem .75rem .35rem 0;text-align:left;vertical-align:top;border-bottom:1px solid #e3e5e8}}
th{{white-space:nowrap;border-bottom:2px solid #8a8f98}}
tr:last-child td{{border-bottom:0}}
td.code{{font:.875rem/1.7 ui-monospace,monospace;white-space:nowrap}}
td.number{{font-variant-numeric:tabular-nums}}
p.none{{margin:0;color:#4a4f57}}
</style></head><body>
<header><div><h1>Bên nhận giả lập</h1>
<p>Thay cho Hệ thống thông tin giải quyết thủ tục hành chính và Kho quản lý dữ liệu điện tử khi thử nghiệm.
Dữ liệu ở đây không có giá trị pháp lý. Tải lại trang để xem điều mới tới.</p></div></header>
<main>
{tables}
</main></body></html>
"""

FAULT_NAMES: Final = {
    Fault.SLOW: "trả lời chậm",
    Fault.ERROR_500: "lỗi máy chủ (500)",
    Fault.DROP: "làm xong rồi ngắt kết nối",
    Fault.DUPLICATE: "trả lời hoặc nhận hai lần",
    Fault.EXISTS: "báo «đã tồn tại»",
    Fault.SESSION: "hết phiên làm việc",
    Fault.HTML: "trả về trang web thay vì dữ liệu",
}
CODES: Final = frozenset({"ma_ho_so", "tep_dinh_kem_id", "ma_giay_to_so_hoa", "hash_tep_tin", "service"})


def entries(connection: sqlite3.Connection) -> dict[str, Any]:
    """Return every id that arrived, in order of arrival, and how often each request came."""
    return {
        "counts": {table: _count(connection, table) for table in TABLES},
        "dossiers": _rows(connection, "SELECT ma_ho_so, trang_thai, updates FROM dossier ORDER BY number"),
        "papers": _rows(connection, "SELECT ma_ho_so, tep_dinh_kem_id FROM paper ORDER BY 1, 2"),
        "progress": _rows(connection, "SELECT ma_ho_so, thoi_diem_xu_ly, noi_dung_xu_ly FROM progress ORDER BY number"),
        "store_entries": _rows(
            connection, "SELECT number, ma_ho_so, ma_giay_to_so_hoa, hash_tep_tin FROM store_entry ORDER BY number"
        ),
        "arrivals": _rows(
            connection,
            "SELECT service, code, replayed, count(*) AS times FROM arrival GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        ),
    }


def page(connection: sqlite3.Connection, faults: Faults, seen: dict[str, int]) -> str:
    """Return a web page in Vietnamese on what arrived; no names and numbers of persons."""
    found = entries(connection)
    tables = (
        _table("Hồ sơ đã nhận", found["dossiers"], ("Mã hồ sơ", "Mã trạng thái", "Số lần cập nhật")),
        _table(
            "Danh mục trong kho", found["store_entries"], ("Số", "Mã hồ sơ", "Mã giấy tờ số hóa", "SHA-256 của tệp")
        ),
        _table("Giấy tờ đính kèm hồ sơ", found["papers"], ("Mã hồ sơ", "Mã tệp đính kèm")),
        _table("Tiến độ", [_timed(row) for row in found["progress"]], ("Mã hồ sơ", "Thời điểm", "Nội dung")),
        _table("Yêu cầu và trả lời", [_said(row) for row in found["arrivals"]], ARRIVAL_TITLES),
        _table("Lỗi giả lập", _faults(faults, seen), ("Lỗi", "Xác suất", "Đã xảy ra")),
    )
    return PAGE.format(tables="\n".join(tables))


ARRIVAL_TITLES: Final = ("Dịch vụ", "Mã trả lời", "Câu trả lời cũ được nhắc lại", "Số lần")


def _timed(row: dict[str, Any]) -> dict[str, Any]:
    """Return a progress row with its time as people write it; one of another form stays as it came."""
    text = str(row["thoi_diem_xu_ly"])
    if len(text) != len("20261122154800") or not text.isdigit():
        return row
    return row | {"thoi_diem_xu_ly": f"{text[6:8]}/{text[4:6]}/{text[:4]} {text[8:10]}:{text[10:12]}:{text[12:]}"}


def _said(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"replayed": "có" if row["replayed"] else "không"}


def _faults(faults: Faults, seen: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {"fault": name, "chance": f"{faults.chance(fault):.0%}", "seen": seen.get(fault.value, 0)}
        for fault, name in FAULT_NAMES.items()
    ]


def _table(caption: str, rows: list[dict[str, Any]], titles: tuple[str, ...]) -> str:
    if not rows:
        return f"<section><table><caption>{escape(caption)}</caption></table><p class=none>Chưa có gì.</p></section>"
    head = "".join(f'<th scope="col">{escape(title)}</th>' for title in titles)
    body = "".join(f"<tr>{''.join(_cell(name, value) for name, value in row.items())}</tr>" for row in rows)
    counted = f"{escape(caption)}: {len(rows)}"
    return f"<section><table><caption>{counted}</caption><tr>{head}</tr>{body}</table></section>"


def _cell(name: str, value: object) -> str:
    kind = "code" if name in CODES else "number" if isinstance(value, int) else ""
    return f'<td class="{kind}">{escape(str(value))}</td>' if kind else f"<td>{escape(str(value))}</td>"


def _count(connection: sqlite3.Connection, table: str) -> int:
    count: int = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - one of TABLES
    return count


def _rows(connection: sqlite3.Connection, query: str) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(query).fetchall()]

"""What arrived, as codes and counts: for tests, for reconciliation and for people who look."""

import sqlite3
from html import escape
from typing import Any, Final

from workers.sandbox.faults import Faults

TABLES: Final = ("dossier", "paper", "progress", "store_entry")

PAGE: Final = """<!DOCTYPE html>
<html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Bên nhận giả lập – Sổ Hóa</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color:#1a1a1a}}
table{{border-collapse:collapse;width:100%;margin:0 0 2rem}}th,td{{border-bottom:1px solid #bbb;padding:.3rem .6rem;
text-align:left;vertical-align:top;overflow-wrap:anywhere}}th{{background:#f2f2f2}}caption{{text-align:left;
font-weight:600;padding:.5rem 0}}</style></head><body>
<h1>Bên nhận giả lập</h1>
<p>Máy chủ này thay cho Hệ thống giải quyết thủ tục hành chính và Kho dữ liệu điện tử khi thử nghiệm.
Dữ liệu ở đây không có giá trị pháp lý.</p>
{tables}
</body></html>
"""


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
    shown = [{"lỗi": name, "xác suất": chance, "đã xảy ra": seen.get(name, 0)} for name, chance in _chances(faults)]
    tables = (
        _table("Hồ sơ đã nhận", found["dossiers"], ("Mã hồ sơ", "Trạng thái", "Số lần cập nhật")),
        _table("Giấy tờ đính kèm", found["papers"], ("Mã hồ sơ", "Mã tệp đính kèm")),
        _table("Tiến độ", found["progress"], ("Mã hồ sơ", "Thời điểm", "Nội dung")),
        _table("Danh mục trong kho", found["store_entries"], ("Số", "Mã hồ sơ", "Mã giấy tờ số hóa", "SHA-256")),
        _table("Yêu cầu và trả lời", found["arrivals"], ("Dịch vụ", "Mã trả lời", "Phát lại", "Số lần")),
        _table("Lỗi giả lập", shown, ("Lỗi", "Xác suất", "Đã xảy ra")),
    )
    return PAGE.format(tables="\n".join(tables))


def _chances(faults: Faults) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in faults.to_json().items() if name not in {"seed", "slow_s"}]


def _table(caption: str, rows: list[dict[str, Any]], titles: tuple[str, ...]) -> str:
    head = "".join(f'<th scope="col">{escape(title)}</th>' for title in titles)
    body = "".join(f"<tr>{''.join(f'<td>{escape(str(value))}</td>' for value in row.values())}</tr>" for row in rows)
    return f"<table><caption>{escape(caption)}: {len(rows)}</caption><tr>{head}</tr>{body}</table>"


def _count(connection: sqlite3.Connection, table: str) -> int:
    count: int = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - one of TABLES
    return count


def _rows(connection: sqlite3.Connection, query: str) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(query).fetchall()]

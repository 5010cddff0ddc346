"""What the citizen's store does with a request; each function works inside one transaction."""

import json
import sqlite3
from typing import Any

from workers.sandbox.forms import EntryForm, EntryLookUp
from workers.sandbox.ledger import Reply


def add(connection: sqlite3.Connection, form: EntryForm) -> Reply:
    """Add an entry, or say that one exists for that paper of that dossier."""
    if _entry(connection, form.MaHoSo, form.MaGiayToSoHoa):
        return Reply(code="202", message="Giấy tờ đã tồn tại")
    file = form.DanhSachTepDinhKem[0]
    cursor = connection.execute(
        "INSERT INTO store_entry (ma_ho_so, ma_giay_to_so_hoa, hash_tep_tin, body) VALUES (?, ?, ?, ?)",
        (form.MaHoSo, form.MaGiayToSoHoa, file.HashTepTin, json.dumps(form.model_dump(), ensure_ascii=False)),
    )
    result = {"MaGiayToKhoQuocGia": _number(cursor.lastrowid), "MaGiayToSoHoa": form.MaGiayToSoHoa}
    return Reply(code="0", message="Thành công", rest={"result": result})


def look_up(connection: sqlite3.Connection, request: EntryLookUp) -> Reply:
    """Return the entry of a paper, an empty list where there is none."""
    row = _entry(connection, request.MaHoSo, request.MaGiayToSoHoa)
    return Reply(code="0", message="Thành công", rest={"result": {"DanhSachGiayTo": [_shown(row)] if row else []}})


def _entry(connection: sqlite3.Connection, code: str, document_id: str) -> sqlite3.Row | None:
    query = "SELECT * FROM store_entry WHERE ma_ho_so = ? AND ma_giay_to_so_hoa = ?"
    row: sqlite3.Row | None = connection.execute(query, (code, document_id)).fetchone()
    return row


def _shown(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "MaGiayToKhoQuocGia": _number(row["number"]),
        "MaGiayToSoHoa": row["ma_giay_to_so_hoa"],
        "MaHoSo": row["ma_ho_so"],
        "HashTepTin": row["hash_tep_tin"],
    }


def _number(number: int | None) -> str:
    return f"KQG{number or 0:08d}"

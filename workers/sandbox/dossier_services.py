"""What the dossier system does with a request; each function works inside one transaction."""

import json
import sqlite3
from typing import Any, Final

from workers.sandbox.forms import Attachment, DossierForm, LookUp, Progresses, ProgressForm, StatusChange, Sync
from workers.sandbox.ledger import Reply

WORK_ENDED: Final = frozenset({"3", "7", "8", "9", "10"})
"""Statuses that a one-stop counter may not take back."""

ABSENT: Final = Reply(code="203", message="Hồ sơ không tồn tại")


def look_up(connection: sqlite3.Connection, request: LookUp) -> Reply:
    """`TraCuuHoSo`: status and attachments of a dossier, an empty list where it is not known."""
    row = _dossier(connection, request.mahoso)
    if row is None:
        return Reply(code="0", message="Thành công", rest={"data": []})
    papers = connection.execute("SELECT body FROM paper WHERE ma_ho_so = ?", (request.mahoso,)).fetchall()
    found = {
        "MaHoSo": request.mahoso,
        "TrangThaiHoSo": row["trang_thai"],
        "TaiLieuNop": [json.loads(paper["body"]) for paper in papers],
    }
    return Reply(code="0", message="Thành công", rest={"data": [found]})


def sync(connection: sqlite3.Connection, request: Sync) -> Reply:
    """`DongBoHoSoMC`: all of the dossiers or none."""
    updating = request.isUpdating == "True"
    for form in request.data:
        if problem := _obstacle(form, _dossier(connection, form.MaHoSo), updating=updating):
            return problem
    return Reply(
        code="0", message="Thành công", rest={"data": [_keep_dossier(connection, form) for form in request.data]}
    )


def progress(connection: sqlite3.Connection, request: Progresses) -> Reply:
    """`CapNhatTienDoHoSoMC`: dossier first, then progress."""
    if any(_dossier(connection, form.MaHoSo) is None for form in request.data):
        return ABSENT
    if any(_step(connection, form) for form in request.data):
        return Reply(code="202", message="Tiến độ đã tồn tại")
    return Reply(code="0", message="Thành công", rest={"data": [_keep_step(connection, form) for form in request.data]})


def move_on(connection: sqlite3.Connection, form: StatusChange) -> Reply:
    """The agency gives a dossier another status."""
    values = (form.TrangThaiHoSo, form.MaHoSo)
    cursor = connection.execute("UPDATE dossier SET trang_thai = ? WHERE ma_ho_so = ?", values)
    return Reply(code="0", message="Thành công") if cursor.rowcount else ABSENT


def _dossier(connection: sqlite3.Connection, code: str) -> sqlite3.Row | None:
    query = "SELECT number, trang_thai, body FROM dossier WHERE ma_ho_so = ?"
    row: sqlite3.Row | None = connection.execute(query, (code,)).fetchone()
    return row


def _obstacle(form: DossierForm, known: sqlite3.Row | None, *, updating: bool) -> Reply | None:
    if known is None:
        if updating:
            return ABSENT
        missing = form.TrangThaiHoSo is None
        return Reply(code="201", message="Dữ liệu không hợp lệ: TrangThaiHoSo") if missing else None
    if not updating:
        return Reply(code="202", message="Hồ sơ đã tồn tại")
    if known["trang_thai"] in WORK_ENDED and form.TrangThaiHoSo not in {None, known["trang_thai"]}:
        return Reply(code="206", message="TrangThaiHoSo: không được đổi trạng thái của hồ sơ đã kết thúc xử lý")
    return None


def _keep_dossier(connection: sqlite3.Connection, form: DossierForm) -> dict[str, Any]:
    stated = form.model_dump(exclude_none=True, exclude={"TaiLieuNop", "TrangThaiHoSo"})
    connection.execute(
        "INSERT INTO dossier (ma_ho_so, trang_thai, body) VALUES (:code, :status, :body) ON CONFLICT (ma_ho_so) DO "
        "UPDATE SET trang_thai = :status, body = json_patch(body, :body), updates = updates + 1",
        {"code": form.MaHoSo, "status": form.TrangThaiHoSo or _status(connection, form.MaHoSo), "body": _dump(stated)},
    )
    for attachment in form.TaiLieuNop:
        _keep_paper(connection, form.MaHoSo, attachment)
    row = connection.execute("SELECT number, updates FROM dossier WHERE ma_ho_so = ?", (form.MaHoSo,)).fetchone()
    return {"MaHoSo": form.MaHoSo, "MaGiaoDich": f"GD{row['number']:08d}.{row['updates']:04d}"}


def _status(connection: sqlite3.Connection, code: str) -> str | None:
    row = _dossier(connection, code)
    return row["trang_thai"] if row else None


def _keep_paper(connection: sqlite3.Connection, code: str, attachment: Attachment) -> None:
    connection.execute(
        "INSERT INTO paper (ma_ho_so, tep_dinh_kem_id, body) VALUES (?, ?, ?) "
        "ON CONFLICT (ma_ho_so, tep_dinh_kem_id) DO UPDATE SET body = excluded.body",
        (code, attachment.TepDinhKemId, _dump(attachment.model_dump())),
    )


def _step(connection: sqlite3.Connection, form: ProgressForm) -> bool:
    query = "SELECT 1 FROM progress WHERE ma_ho_so = ? AND thoi_diem_xu_ly = ? AND noi_dung_xu_ly = ?"
    return connection.execute(query, (form.MaHoSo, form.ThoiDiemXuLy, form.NoiDungXuLy)).fetchone() is not None


def _keep_step(connection: sqlite3.Connection, form: ProgressForm) -> dict[str, Any]:
    cursor = connection.execute(
        "INSERT INTO progress (ma_ho_so, thoi_diem_xu_ly, noi_dung_xu_ly, body) VALUES (?, ?, ?, ?)",
        (form.MaHoSo, form.ThoiDiemXuLy, form.NoiDungXuLy, _dump(form.model_dump())),
    )
    return {"MaHoSo": form.MaHoSo, "MaTienDo": f"TD{cursor.lastrowid:08d}"}


def _dump(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)

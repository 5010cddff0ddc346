"""What the receivers are sent, in their own spelling; pure and repeatable byte for byte.

Every time in a payload comes from the dossier or its papers, never from the clock, so that a
resend equals what was sent before. Fields this system does not know are left out, not guessed.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from schemas.dossier import Dossier, IdentityKind, Owner
from schemas.errors import BadDossier
from schemas.jobs import DeliveredPaper
from schemas.text import nfc
from schemas.units import VIETNAM

Payload = Mapping[str, Any]

"""Asia/Ho_Chi_Minh: no daylight saving since 1975, so a fixed offset."""

SUMMARY_LIMIT: Final = 1000
"""Longest TrichYeuHoSo, in characters."""

RECEIVED: Final = "2"
"""TrangThaiHoSo "Được tiếp nhận": the only status this system may give, and only to a new dossier."""

AT_THE_COUNTER: Final = "1"
"""KenhThucHien "Trực tiếp": what is scanned here was handed over as paper."""

CITIZEN: Final = "1"
"""LoaiDoiTuong of a person; `IdentityKind` knows no other owners."""

DIGITIZED: Final = "1"
"""TrangThai of a store entry "Được số hóa"."""

WHOLE_COUNTRY: Final = "Toàn quốc"
"""PhamViHieuLuc: a copy digitized and signed by the rules stands for the paper everywhere."""

ID_DIGITS: Final = {IdentityKind.CITIZEN_12: 12, IdentityKind.OLD_ID_9: 9}


@dataclass(frozen=True, kw_only=True)
class KnownDossier:
    """What the dossier system already holds of a dossier.

    Attributes:
        status: its TrangThaiHoSo, sent back unchanged; "" where the answer names none.
        paper_ids: TepDinhKemId of the attachments that are not deleted.
    """

    status: str = ""
    paper_ids: frozenset[str] = field(default_factory=frozenset)


def stamp(moment: datetime) -> str:
    """Return `moment` as `yyyyMMddHHmmss` of Viet Nam.

    Raises:
        ValueError: `moment` has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment without time zone has no place in a payload")
    moved = moment.astimezone(VIETNAM)
    # strftime does not pad the year on every platform
    return f"{moved.year:04d}{moved:%m%d%H%M%S}"


def encode(payload: Payload) -> bytes:
    """Return the JSON in UTF-8, the same bytes for the same payload."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def request_key(key: str, payload: Payload) -> str:
    """Return the Idempotency-Key of one request of the delivery `key`: 64 hexadecimal digits.

    The payload is part of it: a receiver that has seen the key has seen these very facts.
    """
    return hashlib.sha256(key.encode() + b"\n" + encode(payload)).hexdigest()


def login(username: str, password: str) -> Payload:
    """Return the body of a login."""
    return {"username": username, "password": password}


def look_up_dossier(code: str) -> Payload:
    """Return `TraCuuHoSo`."""
    return {"service": "TraCuuHoSo", "mahoso": code}


def sync_dossier(dossier: Dossier, papers: Sequence[DeliveredPaper], known: KnownDossier | None) -> Payload:
    """Return `DongBoHoSoMC`: a new dossier, or an update of the `known` one.

    Raises:
        BadDossier: the owner's number cannot be a real one; it is never replaced by another.
    """
    return {
        "service": "DongBoHoSoMC",
        "isUpdating": "False" if known is None else "True",
        "data": [_dossier(dossier, papers, known)],
    }


def progress(dossier: Dossier, papers: Sequence[DeliveredPaper], known: KnownDossier | None) -> Payload:
    """Return `CapNhatTienDoHoSoMC` for the newest of `papers`.

    MaHoSo, ThoiDiemXuLy and NoiDungXuLy are its identity, and depend on that paper alone.
    """
    return {"service": "CapNhatTienDoHoSoMC", "data": [_step(dossier, papers, known)]}


def store_entry(dossier: Dossier, paper: DeliveredPaper) -> Payload:
    """Return the index entry (danh mục) of a paper for the citizen's store.

    Raises:
        BadDossier: the owner's number cannot be a real one.
    """
    return {
        "MaGiayToSoHoa": paper.document_id,
        "MaGiayTo": paper.component_code,
        "TenGiayTo": _text(paper.component_name),
        "KyHieuGiayTo": _text(paper.notation),
        "MaChuGiayTo": checked_identity(dossier.owner),
        "TenChuGiayTo": _text(dossier.owner.name),
        "LoaiDinhDanhCHS": int(dossier.owner.identity_kind),
        "MaHoSo": dossier.code,
        "MaTTHC": dossier.procedure_code,
        "MaLinhVuc": dossier.field_code,
        "CoQuanChuQuan": dossier.agency_code,
        "TenCoQuan": _text(dossier.agency_name),
        "NgaySoHoa": stamp(paper.digitized_at),
        "PhamViHieuLuc": WHOLE_COUNTRY,
        "TrangThai": DIGITIZED,
        "ThongTinKhac": f"Số trang: {paper.pages}; dung lượng: {paper.size}; ký số: {stamp(paper.sealed_at)}",
        "DanhSachTepDinhKem": [{"TenTep": _file_name(paper), "DuongDan": paper.link, "HashTepTin": paper.digest}],
    }


def look_up_entry(dossier_code: str, document_id: str) -> Payload:
    """Return the question whether the store has an entry."""
    return {"MaHoSo": dossier_code, "MaGiayToSoHoa": document_id}


def checked_identity(owner: Owner) -> str:
    """Return the owner's number.

    Raises:
        BadDossier: not the digits of its kind, or a stand-in such as 000000001.
    """
    number = owner.identity_no
    right_form = number.isascii() and number.isdigit() and len(number) == ID_DIGITS[owner.identity_kind]
    if not right_form or number.startswith("000000") or len(set(number)) == 1:
        raise BadDossier("Số định danh của chủ hồ sơ không hợp lệ; hồ sơ không được gửi đi với số giả")
    return number


def _dossier(dossier: Dossier, papers: Sequence[DeliveredPaper], known: KnownDossier | None) -> Payload:
    identity = checked_identity(dossier.owner)
    return {
        "MaHoSo": dossier.code,
        "MaTTHC": dossier.procedure_code,
        "TenTTHC": _text(dossier.procedure_name),
        "MaLinhVuc": dossier.field_code,
        "TenLinhVuc": _text(dossier.field_name),
        "KenhThucHien": AT_THE_COUNTER,
        "SoGiayToChuHoSo": identity,
        "ChuHoSo": _text(dossier.owner.name),
        "LoaiDoiTuong": CITIZEN,
        "TrichYeuHoSo": _shortened(_text(dossier.procedure_name), SUMMARY_LIMIT),
        "NgayTiepNhan": stamp(dossier.received_at),
        "NgayHenTra": stamp(dossier.due_at),
        **_status("TrangThaiHoSo", known),
        "DonViXuLy": _text(dossier.agency_name),
        "HoSoCoThanhPhanSoHoa": 1 if papers else 0,
        "DinhDanhCHS": [{"LoaiDinhDanh": int(dossier.owner.identity_kind), "SoDinhDanh": identity}],
        "TaiLieuNop": [_attachment(paper) for paper in papers],
    }


def _attachment(paper: DeliveredPaper) -> Payload:
    return {
        "TepDinhKemId": paper.document_id,
        "TenTepDinhKem": _file_name(paper),
        "IsDeleted": "False",
        "MaThanhPhanHoSo": paper.component_code,
        "DuongDanTaiTepTin": paper.link,
        "DuocSoHoa": 1,
        "DuocTaiSuDung": 0,
        "DuocLayTuKhoDMQG": 0,
        "MaKetQuaThayThe": "",
    }


def _step(dossier: Dossier, papers: Sequence[DeliveredPaper], known: KnownDossier | None) -> Payload:
    moment = max((paper.sealed_at for paper in papers), default=dossier.received_at)
    codes = sorted({paper.component_code for paper in papers if paper.sealed_at == moment})
    done = f"Đã số hóa và ký số thành phần hồ sơ: {', '.join(codes)}" if codes else "Đã tiếp nhận hồ sơ"
    return {
        "MaHoSo": dossier.code,
        "NguoiXuLy": "Hệ thống số hóa",
        "ChucDanh": "Hệ thống",
        "ThoiDiemXuLy": stamp(moment),
        "PhongBanXuLy": _text(dossier.agency_name),
        "NoiDungXuLy": done,
        **_status("TrangThai", known),
        "NgayBatDau": stamp(dossier.received_at),
        "NgayKetThucTheoQuyDinh": stamp(dossier.due_at),
    }


def _status(name: str, known: KnownDossier | None) -> Payload:
    """A dossier that is known keeps its status, whatever it is by now."""
    if known is None:
        return {name: RECEIVED}
    return {name: known.status} if known.status else {}


def _file_name(paper: DeliveredPaper) -> str:
    """No title and no name of a person: file names travel further than files."""
    return f"{paper.component_code}_{paper.digest[:8]}.pdf"


def _text(text: str) -> str:
    """NFC on one line; what UTF-8 cannot hold becomes a question mark."""
    return " ".join(nfc(text).encode("utf-8", "replace").decode().split())


def _shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"

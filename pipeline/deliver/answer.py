"""Understanding what a receiver answered; pure.

Whatever bytes come, `read_answer` returns an `Answer` or raises one of the two receiver errors.
Messages of these errors name codes and field names only: a receiver's own text may hold
personal data.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

from pipeline.deliver.wire import KnownDossier
from schemas.errors import ReceiverRefused, ReceiverUnavailable
from schemas.text import nfc

MAX_ANSWER_BYTES: Final = 1 << 20
ACCEPTED_CODES: Final = frozenset({"0", "00"})
SHOWN_CODE: Final = re.compile(r"[A-Za-z0-9_-]{1,8}")
TRY_LATER: Final = frozenset({408, 425, 429})
JSON_TYPE: Final = re.compile(r"(application|text)/([a-z0-9.-]+\+)?json\s*(;.*)?", re.IGNORECASE | re.DOTALL)

FIELD_NAMES: Final = re.compile(
    r"\b(?:MaHoSo|MaTTHC|TenTTHC|MaLinhVuc|TenLinhVuc|KenhThucHien|SoGiayToChuHoSo|ChuHoSo|LoaiDoiTuong|TrichYeuHoSo"
    r"|NgayTiepNhan|NgayHenTra|TrangThaiHoSo|DonViXuLy|HoSoCoThanhPhanSoHoa|DinhDanhCHS|TaiLieuNop|TepDinhKemId"
    r"|TenTepDinhKem|MaThanhPhanHoSo|DuongDanTaiTepTin|ThoiDiemXuLy|NoiDungXuLy|NguoiXuLy|PhongBanXuLy|TrangThai"
    r"|NgayBatDau|NgayKetThucTheoQuyDinh|MaGiayToSoHoa|MaGiayTo|TenGiayTo|KyHieuGiayTo|MaChuGiayTo|TenChuGiayTo"
    r"|LoaiDinhDanhCHS|CoQuanChuQuan|TenCoQuan|NgaySoHoa|PhamViHieuLuc|DanhSachTepDinhKem|madonvi)\b"
)
"""Our own field names: the only words of a receiver's message that are repeated to people."""


class Verdict(Enum):
    """What an answer means for the one who asked."""

    ACCEPTED = auto()
    EXISTS = auto()
    ABSENT = auto()
    SESSION_ENDED = auto()
    BUSY = auto()
    REFUSED = auto()


WORDS: Final = (
    (Verdict.EXISTS, re.compile(r"đã tồn tại|already exists?")),
    (
        Verdict.SESSION_ENDED,
        re.compile(
            r"hết phiên|(phiên (làm việc|đăng nhập|truy cập)|session)"
            r".*(hết hạn|không hợp lệ|không tồn tại|expired|invalid)"
        ),
    ),
    (Verdict.ABSENT, re.compile(r"không tồn tại|chưa tồn tại|không tìm thấy|not found")),
    (Verdict.BUSY, re.compile(r"đang bận|quá tải|bảo trì|thử lại sau|try again")),
)
"""Receivers share no list of codes beyond "0" and "00"; what they say is told by its words."""


@dataclass(frozen=True, kw_only=True)
class RawAnswer:
    """An HTTP answer before anything is believed of it."""

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer in the agreed form."""

    verdict: Verdict
    code: str
    message: str
    body: dict[str, Any]


def read_answer(raw: RawAnswer, receiver: str) -> Answer:
    """Return what `raw` says.

    Raises:
        ReceiverUnavailable: it is no answer in the agreed form, or one that asks to come back.
        ReceiverRefused: a status 4xx without an answer in the agreed form.
    """
    if raw.status in TRY_LATER or raw.status >= 500:
        raise ReceiverUnavailable(f"{receiver} trả về lỗi HTTP {raw.status}")
    if raw.status == 401:
        return Answer(verdict=Verdict.SESSION_ENDED, code="401", message="", body={})
    try:
        answer = _parse(raw)
    except ValueError as error:
        raise _not_as_agreed(raw, receiver, str(error)) from error
    if answer.verdict is Verdict.BUSY:
        raise ReceiverUnavailable(f"{receiver} báo đang bận (mã {_shown(answer.code)})")
    return answer


def demand_accepted(answer: Answer, receiver: str) -> Answer:
    """Return `answer` where it accepts.

    Raises:
        ReceiverRefused: it refuses, or misses what the request names.
        ReceiverUnavailable: it says something that does not fit the question.
    """
    if answer.verdict is Verdict.ACCEPTED:
        return answer
    if answer.verdict in {Verdict.REFUSED, Verdict.ABSENT}:
        raise refusal(answer, receiver)
    raise ReceiverUnavailable(f"{receiver} trả lời không khớp yêu cầu (mã {_shown(answer.code)})")


def refusal(answer: Answer, receiver: str) -> ReceiverRefused:
    """Return the error for a refusal, naming its code and the fields it speaks of."""
    names = sorted(set(FIELD_NAMES.findall(answer.message)))
    about = f", trường {', '.join(names)}" if names else ""
    return ReceiverRefused(f"{receiver} từ chối: mã lỗi {_shown(answer.code)}{about}")


def session_of(answer: Answer, receiver: str) -> str:
    """Return the session that a login gave.

    Raises:
        ReceiverUnavailable: there is none.
    """
    session = answer.body.get("session")
    if not isinstance(session, str) or not 0 < len(session) <= 4096:
        raise ReceiverUnavailable(f"{receiver} đăng nhập xong mà không cấp phiên")
    return session


def known_dossier(answer: Answer, code: str, receiver: str) -> KnownDossier | None:
    """Return what `TraCuuHoSo` says of the dossier `code`, None where it is not there.

    Raises:
        ReceiverUnavailable: the answer is not in the agreed form.
    """
    rows = answer.body.get("data") or []
    if not isinstance(rows, list):
        raise ReceiverUnavailable(f"{receiver} trả kết quả tra cứu sai dạng")
    row = next((row for row in rows if isinstance(row, dict) and row.get("MaHoSo") == code), None)
    if row is None:
        return None
    return KnownDossier(status=_status(row.get("TrangThaiHoSo")), paper_ids=_paper_ids(row.get("TaiLieuNop")))


def store_rows(answer: Answer, receiver: str) -> list[Mapping[str, Any]]:
    """Return the entries that a look-up at the store found.

    Raises:
        ReceiverUnavailable: the answer is not in the agreed form.
    """
    result = answer.body.get("result")
    rows = result.get("DanhSachGiayTo") if isinstance(result, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ReceiverUnavailable(f"{receiver} trả kết quả tra cứu sai dạng")
    return rows


def text_at(value: Any, *path: str | int) -> str:  # noqa: ANN401 - any parsed JSON
    """Return the text or number at `path` of parsed JSON, "" where there is none."""
    for step in path:
        value = _child(value, step)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _child(value: Any, step: str | int) -> Any:  # noqa: ANN401 - any parsed JSON
    if isinstance(value, dict):
        return value.get(step)
    if isinstance(value, list) and isinstance(step, int):
        return next(iter(value[step : step + 1]), None)
    return None


def _parse(raw: RawAnswer) -> Answer:
    if 300 <= raw.status < 400 or raw.status < 200:
        raise ValueError("trạng thái chuyển hướng")
    body = _json_object(raw)
    code = text_at(body, "error_code") or text_at(body, "errorCode")
    message = text_at(body, "message")
    if not code:
        raise ValueError("thiếu error_code")
    return Answer(verdict=_judge(raw.status, code, message), code=code, message=message, body=body)


def _json_object(raw: RawAnswer) -> dict[str, Any]:
    """Everything that cannot be kept as a receipt raises ValueError, in our own words."""
    if not JSON_TYPE.fullmatch(raw.content_type.strip()):
        raise ValueError("không phải JSON")
    if len(raw.body) > MAX_ANSWER_BYTES:
        raise ValueError("quá lớn")
    try:
        body = json.loads(raw.body.decode("utf-8-sig"))
        kept = json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError) as error:
        raise ValueError("JSON hỏng") from error
    if not isinstance(body, dict) or b"\\u0000" in kept:
        raise ValueError("JSON không đúng dạng")
    return body


def _judge(status: int, code: str, message: str) -> Verdict:
    """An HTTP status outranks a code, a code outranks words."""
    if status < 300 and code.strip() in ACCEPTED_CODES:
        return Verdict.ACCEPTED
    said = nfc(message).casefold()
    return next((verdict for verdict, words in WORDS if words.search(said)), Verdict.REFUSED)


def _not_as_agreed(raw: RawAnswer, receiver: str, why: str) -> ReceiverUnavailable | ReceiverRefused:
    if 400 <= raw.status < 500:
        return ReceiverRefused(f"{receiver} từ chối: HTTP {raw.status}")
    return ReceiverUnavailable(f"{receiver} trả lời không như thỏa thuận: {why}")


def _shown(code: str) -> str:
    return code if SHOWN_CODE.fullmatch(code) else "không rõ"


def _status(value: object) -> str:
    status = text_at(value)
    return status if re.fullmatch(r"[0-9]{1,2}", status) else ""


def _paper_ids(rows: object) -> frozenset[str]:
    found = rows if isinstance(rows, list) else []
    return frozenset(
        text_at(row, "TepDinhKemId") for row in found if text_at(row, "IsDeleted") not in {"True", "1", "true"}
    ) - {""}

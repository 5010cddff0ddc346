"""What codes are called in Vietnamese: tables speak words, JSON keeps the codes."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from schemas.batch import BatchState, Disposition
from schemas.jobs import DeliveryState, JobKind, JobState, Lane, Receiver


class Sum(StrEnum):
    """A row that stands for all others."""

    SCANNED = "scanned"


class DocumentState(StrEnum):
    """How far a document is."""

    UNSEALED = "unsealed"
    SEALED = "sealed"
    SET_ASIDE = "set-aside"
    HELD = "held"


class CheckName(StrEnum):
    """What verification looks at; see `schemas.document.Check`."""

    INTEGRITY = "integrity"
    PADDING = "padding"
    COVERAGE = "coverage"
    WHOLE_FILE = "whole-file"
    TRUST = "trust"
    REVOCATION = "revocation"
    TIMESTAMP = "timestamp"
    ADES = "ades"
    KEY = "key"
    PDFA = "pdfa"


WORDS: Final[Mapping[type[StrEnum], Mapping[StrEnum, str]]] = {
    Disposition: {
        Disposition.DOCUMENT: "văn bản",
        Disposition.SEPARATOR: "tờ phân cách",
        Disposition.BLANK: "trang trắng",
        Disposition.REJECTED: "bị loại",
        Disposition.UNASSIGNED: "chưa rõ",
    },
    BatchState: {
        BatchState.RECEIVED: "mới nhận",
        BatchState.OPEN: "còn mở",
        BatchState.CLOSED: "đã khép",
        BatchState.SET_ASIDE: "đã gác lại",
    },
    Lane: {
        Lane.URGENT: "khẩn",
        Lane.LINE: "đọc trang",
        Lane.SEAL: "ký",
        Lane.DELIVER: "giao",
        Lane.BULK: "hàng loạt",
    },
    JobKind: {
        JobKind.LOOK: "xem trang",
        JobKind.SPLIT: "cân sổ trang",
        JobKind.PAGE: "đọc trang",
        JobKind.ASSEMBLE: "dựng PDF/A",
        JobKind.SEAL: "ký",
        JobKind.STAMP: "thêm dấu thời gian",
        JobKind.DELIVER: "giao",
    },
    JobState: {
        JobState.WAITING: "chờ",
        JobState.RUNNING: "đang làm",
        JobState.DONE: "xong",
        JobState.QUARANTINED: "cách ly",
    },
    Receiver: {Receiver.CITIZEN_STORE: "kho công dân", Receiver.DOSSIER_SYSTEM: "hệ thống hồ sơ"},
    DeliveryState: {DeliveryState.PENDING: "chờ giao", DeliveryState.ACCEPTED: "đã nhận"},
    DocumentState: {
        DocumentState.UNSEALED: "chưa ký",
        DocumentState.SEALED: "đã ký",
        DocumentState.SET_ASIDE: "đã gác lại",
        DocumentState.HELD: "bị giữ",
    },
    Sum: {Sum.SCANNED: "tổng đã quét"},
    CheckName: {
        CheckName.INTEGRITY: "nguyên vẹn",
        CheckName.PADDING: "vùng chữ ký",
        CheckName.COVERAGE: "phạm vi ký",
        CheckName.WHOLE_FILE: "toàn tệp",
        CheckName.TRUST: "nơi cấp",
        CheckName.REVOCATION: "thu hồi",
        CheckName.TIMESTAMP: "dấu thời gian",
        CheckName.ADES: "AdES",
        CheckName.KEY: "khóa",
        CheckName.PDFA: "PDF/A",
    },
}
NEEDS_A_PERSON: Final = frozenset(
    {BatchState.OPEN, JobState.QUARANTINED, Disposition.REJECTED, Disposition.UNASSIGNED, DocumentState.HELD}
)


def word(code: StrEnum) -> str:
    """Return what a code is called; a code that is a name already (B-T) stays as it is."""
    return WORDS.get(type(code), {}).get(code, code.value)

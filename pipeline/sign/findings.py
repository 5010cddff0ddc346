"""What pyHanko found on a signature, as checks with Vietnamese sentences. Unknown is None, and None never passes."""

import re

from asn1crypto import parser
from pyhanko.sign.ades.report import AdESFailure, AdESIndeterminate, AdESPassed, AdESSubIndic
from pyhanko.sign.validation.status import (
    DocumentTimestampStatus,
    PdfSignatureStatus,
    SignatureCoverageLevel,
    SignatureStatus,
)

from pipeline.sign.keys import is_development
from schemas.document import Check

Status = PdfSignatureStatus | DocumentTimestampStatus

REVOKED: tuple[AdESSubIndic, ...] = (
    AdESFailure.REVOKED,
    AdESIndeterminate.REVOKED_NO_POE,
    AdESIndeterminate.REVOKED_CA_NO_POE,
)


def integrity(status: SignatureStatus) -> Check:
    """Say whether the signed bytes are the ones that were signed."""
    holds = bool(status.intact and status.valid)
    detail = "Nội dung đã ký còn nguyên vẹn" if holds else "Nội dung đã ký bị sửa đổi hoặc chữ ký sai"
    return Check(name="integrity", holds=holds, detail=detail)


def padding(gap: bytes) -> Check:
    """Say whether the only bytes that no signature covers, its own place, hold the signature and zeros alone.

    Args:
        gap: the hexadecimal string between the signed ranges, with its angle brackets.
    """
    holds = _is_padded(gap)
    detail = "Vùng chứa chữ ký không có dữ liệu lạ" if holds else "Vùng chứa chữ ký có dữ liệu lạ, không chữ ký nào phủ"
    return Check(name="padding", holds=holds, detail=detail)


def _is_padded(gap: bytes) -> bool:
    digits = gap.removeprefix(b"<").removesuffix(b">")
    if len(gap) - len(digits) != 2 or not re.fullmatch(rb"[0-9A-F]+|[0-9a-f]+", digits):
        return False
    try:
        content = bytes.fromhex(digits.decode("ascii"))
        _, _, _, header, body, trailer = parser.parse(content)
    except ValueError:
        return False
    return not any(content[len(header) + len(body) + len(trailer) :])


def unread() -> Check:
    """Say that a signature could not be read at all."""
    return Check(name="integrity", holds=None, detail="Không đọc được chữ ký: kiểu lạ hoặc dữ liệu hỏng")


def coverage(status: Status) -> Check:
    """Say whether it covers its whole revision, and what came later is allowed."""
    if status.coverage == SignatureCoverageLevel.ENTIRE_FILE:
        return Check(name="coverage", holds=True, detail="Chữ ký phủ toàn bộ tệp")
    whole = status.coverage == SignatureCoverageLevel.ENTIRE_REVISION
    if whole and status.modification_level is not None and status.docmdp_ok is not False:
        return Check(name="coverage", holds=True, detail="Phần thêm sau chữ ký chỉ là chữ ký hoặc dữ liệu kiểm chứng")
    if whole and status.modification_level is None and status.docmdp_ok is None:
        return Check(name="coverage", holds=None, detail="Không xác định được phần thêm sau chữ ký")
    return Check(name="coverage", holds=False, detail="Tệp bị thay đổi sau khi ký")


def whole_file(statuses: list[Status]) -> Check:
    """Say whether the last signature covers all of the file."""
    holds = any(status.coverage == SignatureCoverageLevel.ENTIRE_FILE for status in statuses)
    detail = "Chữ ký cuối phủ toàn bộ tệp" if holds else "Tệp có phần được thêm vào mà không chữ ký nào phủ"
    return Check(name="whole-file", holds=holds, detail=detail)


def trust(*, holds: bool, intact: bool) -> Check:
    """Say whether the signer's certificate leads to a configured root; of damaged content nobody is the signer."""
    if not intact:
        return Check(name="trust", holds=None, detail="Không xét nơi cấp chứng thư: nội dung không nguyên vẹn")
    detail = "Chứng thư dẫn tới gốc tin cậy" if holds else "Chứng thư không dẫn tới gốc tin cậy đã cấu hình"
    return Check(name="trust", holds=holds, detail=detail)


def revocation(*, trusted: bool, strict: SignatureStatus | None) -> Check:
    """Say whether no certificate was revoked.

    Args:
        trusted: a path to a root exists, revocation left aside.
        strict: what came of validating it with revocation; None where nothing did.
    """
    if trusted and strict and strict.trusted:
        return Check(name="revocation", holds=True, detail="Không chứng thư nào bị thu hồi")
    if strict and (strict.revocation_details or strict.trust_problem_indic in REVOKED):
        return Check(name="revocation", holds=False, detail="Chứng thư đã bị thu hồi")
    detail = "Không xác định: không có OCSP hoặc CRL" if trusted else "Không xác định: chưa rõ nơi cấp chứng thư"
    return Check(name="revocation", holds=None, detail=detail)


def timestamp(*, holds: bool | None) -> Check:
    """Say whether the time of signing is proven; None: there is no stamp (yet), or it cannot be judged."""
    details = {
        True: "Dấu thời gian hợp lệ",
        False: "Dấu thời gian không hợp lệ hoặc không tin cậy",
        None: "Chưa có dấu thời gian kiểm chứng được (mức B-B)",
    }
    return Check(name="timestamp", holds=holds, detail=details[holds])


def ades(indication: AdESSubIndic | None, *, bottom_line: bool) -> Check:
    """Say what validation after ETSI EN 319 102-1 comes to; it passes only together with pyHanko's own verdict."""
    if isinstance(indication, AdESPassed) and bottom_line:
        return Check(name="ades", holds=True, detail="Đạt kiểm tra chữ ký nâng cao (AdES)")
    if isinstance(indication, AdESFailure) or (isinstance(indication, AdESPassed) and not bottom_line):
        return Check(name="ades", holds=False, detail=f"Không đạt kiểm tra AdES: {_name(indication)}")
    return Check(name="ades", holds=None, detail=f"Kiểm tra AdES không kết luận được: {_name(indication)}")


def _name(indication: AdESSubIndic | None) -> str:
    if isinstance(indication, AdESPassed):
        return "FORMAT_FAILURE"
    return str(indication.standard_name) if indication else "GENERIC"


def key(status: SignatureStatus) -> Check:
    """Say whose key it is: a development key has no legal value, which its reader must see."""
    if is_development(status.signing_cert):
        return Check(name="key", holds=True, detail="Khóa thử nghiệm: chữ ký không có giá trị pháp lý")
    return Check(name="key", holds=True, detail="Khóa không thuộc PKI thử nghiệm")

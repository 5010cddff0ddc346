"""`sohoa verify`: what holds of a file's signatures, and what does not."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from schemas.document import Check, SignatureVerdict, Verification
from schemas.errors import NotFound, VerificationFailed
from schemas.units import VIETNAM
from workers import bootstrap
from workers.cli.output import JsonFlag, Output
from workers.cli.words import CheckName, word

COLUMNS = {"where": "nơi", "name": "kiểm tra", "verdict": "kết quả", "detail": "chi tiết"}
VERDICTS = {True: "đạt", False: "KHÔNG ĐẠT", None: "không xác định"}


def verify(
    file: Annotated[Path, typer.Argument(help="Tệp PDF đã ký.")],
    *,
    as_json: JsonFlag = False,
) -> None:
    """Kiểm tra chữ ký số, dấu thời gian và PDF/A của một tệp; mã thoát 0 chỉ khi mọi điều đều đạt."""
    try:
        with bootstrap.opened() as services:
            found = services.sealer.verify(file.read_bytes())
    except OSError as error:
        raise NotFound(f"Không đọc được {file}: {error.strerror}") from error
    output = Output(as_json)
    if as_json:
        output.row(to_json(found))
    else:
        output.rows(f"SHA-256 {found.digest}", COLUMNS, rows_of(found))
        output.say("Tệp nguyên vẹn, chữ ký đúng: mọi kiểm tra đều đạt." if found.holds else "Tệp KHÔNG được xác nhận.")
    if not found.holds:
        raise VerificationFailed("Có điều không đạt hoặc không xác định được")


def rows_of(found: Verification) -> list[dict[str, Any]]:
    """Return all checks as rows, those of the file first."""
    rows = [check_row("tệp", check) for check in found.checks]
    for signature in found.signatures:
        rows.append({"where": signature.field, "name": "người ký", "verdict": "", "detail": signer_of(signature)})
        rows += [check_row(signature.field, check) for check in signature.checks]
    return rows or [{"where": "tệp", "name": "chữ ký", "verdict": VERDICTS[False], "detail": "Không có chữ ký nào"}]


def check_row(where: str, check: Check) -> dict[str, Any]:
    """Return one check as a row."""
    return {"where": where, "name": name_of(check), "verdict": VERDICTS[check.holds], "detail": check.detail}


def name_of(check: Check) -> str:
    """Return what a check is called; one of a later version keeps its code."""
    known = {name.value: name for name in CheckName}
    return word(known[check.name]) if check.name in known else check.name


def signer_of(signature: SignatureVerdict) -> str:
    """Return who signed, and when."""
    at = signature.signed_at.astimezone(VIETNAM).isoformat(timespec="seconds") if signature.signed_at else None
    return f"{signature.signer}, {at or 'không rõ lúc nào'}"


def to_json(found: Verification) -> dict[str, Any]:
    """Return the verification as JSON values, with the verdicts spelled out."""
    signatures = [asdict(item) | {"holds": item.holds} for item in found.signatures]
    return asdict(found) | {"holds": found.holds, "signatures": signatures}

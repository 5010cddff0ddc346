"""Intake (tiếp nhận): dossiers as the counter registered them, read from a JSON file."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from schemas.dossier import COMPONENT_CODE, DOSSIER_CODE, PROCEDURE_CODE, Component, Dossier, IdentityKind, Owner
from schemas.errors import BadDossier

IDENTITY_NO = {IdentityKind.CITIZEN_12: re.compile(r"\d{12}"), IdentityKind.OLD_ID_9: re.compile(r"\d{9}")}
MAX_BYTES = 50_000_000


def read_dossiers(file: Path) -> list[Dossier]:
    """Return the dossiers of a JSON file: a list of objects with the fields of `Dossier`.

    Raises:
        BadDossier: the file is not of that form; the message names the place, never the person.
    """
    try:
        if file.stat().st_size > MAX_BYTES:
            raise BadDossier("Tệp hồ sơ lớn bất thường")
        values = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadDossier(f"Không đọc được tệp: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise BadDossier("Tệp không phải JSON mã UTF-8") from error
    if not isinstance(values, list):
        raise BadDossier("Tệp phải là một danh sách hồ sơ")
    return [_located(number, value) for number, value in enumerate(values, start=1)]


def parse_dossier(value: object) -> Dossier:
    """Return the dossier that a JSON object describes.

    Raises:
        BadDossier: a field is missing, unknown, or not of its form.
    """
    fields = _object(value, set(Dossier.__dataclass_fields__))
    components = fields["components"]
    if not isinstance(components, list) or not components:
        raise BadDossier("«components» phải có ít nhất một thành phần")
    parsed = tuple(_component(item) for item in components)
    if len({item.code for item in parsed}) != len(parsed):
        raise BadDossier("«components» có hai thành phần trùng mã")
    return Dossier(
        code=_matching(fields, "code", DOSSIER_CODE),
        procedure_code=_matching(fields, "procedure_code", PROCEDURE_CODE),
        procedure_name=_text(fields, "procedure_name"),
        field_code=_text(fields, "field_code"),
        field_name=_text(fields, "field_name"),
        agency_code=_text(fields, "agency_code"),
        agency_name=_text(fields, "agency_name"),
        owner=_owner(fields["owner"]),
        components=parsed,
        received_at=_time(fields, "received_at"),
        due_at=_time(fields, "due_at"),
    )


def _located(number: int, value: object) -> Dossier:
    try:
        return parse_dossier(value)
    except BadDossier as error:
        raise BadDossier(f"Hồ sơ thứ {number}: {error.message}") from error


def _owner(value: object) -> Owner:
    fields = _object(value, {"name", "identity_no", "identity_kind"})
    try:
        kind = IdentityKind(fields["identity_kind"])
    except ValueError as error:
        raise BadDossier("«identity_kind» phải là 1 hoặc 2") from error
    number = _text(fields, "identity_no")
    if not IDENTITY_NO[kind].fullmatch(number):
        raise BadDossier("«identity_no» không đúng số chữ số")
    return Owner(name=_text(fields, "name"), identity_no=number, identity_kind=kind)


def _component(value: object) -> Component:
    fields = _object({"notation": "", **value} if isinstance(value, dict) else value, {"code", "name", "notation"})
    notation = fields["notation"]
    if not isinstance(notation, str):
        raise BadDossier("«notation» phải là chuỗi")
    return Component(code=_matching(fields, "code", COMPONENT_CODE), name=_text(fields, "name"), notation=notation)


def _object(value: object, names: set[str]) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise BadDossier("Mỗi bản ghi phải là một đối tượng JSON")
    if set(value) != names:
        wrong = ", ".join(sorted(str(name)[:40] for name in set(value) ^ names))
        raise BadDossier(f"Thiếu hoặc thừa trường: {wrong}")
    return value


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields[name]
    if not isinstance(value, str) or not value.strip() or len(value) > 1000:
        raise BadDossier(f"«{name}» phải là chuỗi từ 1 đến 1000 ký tự")
    return value


def _matching(fields: Mapping[str, Any], name: str, form: re.Pattern[str]) -> str:
    value = _text(fields, name)
    if not form.fullmatch(value):
        raise BadDossier(f"«{name}» không đúng mẫu")
    return value


def _time(fields: Mapping[str, Any], name: str) -> datetime:
    try:
        value = datetime.fromisoformat(_text(fields, name))
    except ValueError as error:
        raise BadDossier(f"«{name}» phải là thời gian ISO 8601") from error
    if value.tzinfo is None:
        raise BadDossier(f"«{name}» thiếu múi giờ")
    return value

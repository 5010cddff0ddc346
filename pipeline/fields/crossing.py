"""What two fields say of each other: digits and words of an amount, a birthday and the year within a number."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from pipeline.fields.validators import birth_year
from schemas.fields import Field, FieldKind, Verdict

AMOUNTS_DIFFER = "Số tiền bằng số và bằng chữ khác nhau"
YEARS_DIFFER = "Năm sinh khác với năm trong số định danh"


def crossed(fields: Sequence[Field]) -> list[Field]:
    """Return the fields, those that contradict each other marked as doubtful."""
    against: dict[int, str] = {}
    for one, other in pairwise(fields):
        paired = (one.kind, other.kind) == (FieldKind.AMOUNT, FieldKind.AMOUNT_IN_WORDS)
        if paired and "" not in (one.normalised, other.normalised) and one.normalised != other.normalised:
            against |= {id(one): AMOUNTS_DIFFER, id(other): AMOUNTS_DIFFER}
    for field in fields:
        if field.kind is FieldKind.IDENTITY_NO and _other_year(field, fields):
            against[id(field)] = YEARS_DIFFER
    return [_doubted(field, against.get(id(field), "")) for field in fields]


def _other_year(number: Field, fields: Sequence[Field]) -> bool:
    known = birth_year(number.normalised)
    years = {
        int(field.normalised[:4])
        for field in fields
        if field.kind is FieldKind.BORN_ON
        and field.normalised
        and (field.role, field.page_no) == (number.role, number.page_no)
    }
    return known is not None and len(years) == 1 and known not in years


def _doubted(field: Field, reason: str) -> Field:
    return (
        replace(field, verdict=Verdict.DOUBTFUL, reason=reason) if reason and field.verdict is Verdict.VALID else field
    )

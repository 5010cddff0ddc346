"""What a paper says of itself and of its owner: fields (trường thông tin) and where they stand."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Self

from schemas.geometry import Box


class FieldKind(StrEnum):
    """What a field is; its value is the name in `NAME.json`."""

    NOTATION = "notation"
    ISSUED_ON = "issued_on"
    ISSUER = "issuer"
    DOCUMENT_KIND = "document_kind"
    SUBJECT = "subject"
    SIGNER = "signer"
    FULL_NAME = "full_name"
    BORN_ON = "born_on"
    IDENTITY_NO = "identity_no"
    TAX_CODE = "tax_code"
    ADDRESS = "address"
    AMOUNT = "amount"
    AMOUNT_IN_WORDS = "amount_in_words"
    DOSSIER_CODE = "dossier_code"


class Verdict(StrEnum):
    """What the validator of a field says."""

    VALID = "valid"
    DOUBTFUL = "doubtful"
    INVALID = "invalid"
    HANDWRITTEN = "handwritten"


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field (trường thông tin) as found on a paper.

    Attributes:
        kind: số ký hiệu, họ tên, số định danh…
        role: whose it is, as the template calls them, e.g. "mother"; empty for the paper itself.
        value: as printed, words joined by single spaces; empty where it is left to people.
        normalised: ISO date, bare digits, amount in đồng; else as `value`.
        label: what stands before it, as read; empty where its place alone tells.
        page_no: 1-based, among the pages that were given.
        box: around the value, or its place where that is empty; pixels of the delivered page.
        confidence: the probability that `value` is exactly what is printed, 0..1.
        verified: every word of it is verified.
        verdict, reason: what the validator says, and why, in Vietnamese; no reason where it is valid.
    """

    kind: FieldKind
    role: str = ""
    value: str
    normalised: str
    label: str = ""
    page_no: int
    box: Box
    confidence: float
    verified: bool
    verdict: Verdict
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the field in the published shape of `NAME.json`."""
        return {
            "name": self.kind.value,
            "role": self.role,
            "value": self.value,
            "normalised": self.normalised,
            "label": self.label,
            "page_no": self.page_no,
            "box": self.box.as_list(),
            "confidence": round(self.confidence, 4),
            "verified": self.verified,
            "verdict": self.verdict.value,
            "reason": self.reason,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Read back what `to_json` wrote."""
        same = {key: item for key, item in value.items() if key not in ("name", "box", "verdict")}
        return cls(kind=FieldKind(value["name"]), box=Box(*value["box"]), verdict=Verdict(value["verdict"]), **same)


@dataclass(frozen=True, kw_only=True)
class PaperFields:
    """The fields of one paper (giấy tờ): the pages from one title to the next.

    Attributes:
        template: code of the template by which it was read.
        first_page_no, last_page_no: 1-based, among the pages that were given.
        fields: in the order in which they stand.
    """

    template: str
    first_page_no: int
    last_page_no: int
    fields: tuple[Field, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the paper in the published shape of `NAME.json`."""
        return {
            "template": self.template,
            "pages": [self.first_page_no, self.last_page_no],
            "fields": [field.to_json() for field in self.fields],
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Read back what `to_json` wrote."""
        first, last = value["pages"]
        fields = tuple(Field.from_json(field) for field in value["fields"])
        return cls(template=value["template"], first_page_no=first, last_page_no=last, fields=fields)


SPOKEN: Final = {
    FieldKind.FULL_NAME: "họ và tên",
    FieldKind.SIGNER: "người ký",
    FieldKind.IDENTITY_NO: "số định danh",
    FieldKind.DOSSIER_CODE: "mã hồ sơ",
}
"""What people call the fields by which an owner is known."""


@dataclass(frozen=True)
class Conflict:
    """A place where the owner of the dossier should stand, and somebody else does."""

    field: Field

    @property
    def place(self) -> str:
        """Where it is, in Vietnamese and without personal data."""
        return f"trang {self.field.page_no}, {SPOKEN[self.field.kind]}"

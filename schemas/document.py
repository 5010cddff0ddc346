"""A document on its way: page layers, draft, sealed file."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NewType, Self

from schemas.layout import Region, Table
from schemas.text import Line, PageText, verified_share
from schemas.units import Resolution, Turn

Digest = NewType("Digest", str)
"""SHA-256 in 64 lower-case hexadecimal digits; the name of every stored thing."""


def digest_of(data: bytes) -> Digest:
    """Return the SHA-256 of `data`."""
    return Digest(hashlib.sha256(data).hexdigest())


class Coding(StrEnum):
    """How the picture of a page is coded in the delivered file."""

    JPEG = "jpeg"
    CCITT_G4 = "g4"


@dataclass(frozen=True, kw_only=True)
class PageLayers:
    """All that assembling needs of one page: coded picture and text.

    Attributes:
        picture: a JPEG file, or a single-strip TIFF file with CCITT G4.
        width, height: pixels of the picture.
        text: words in the same pixels.
        turned, skew, bend, blank: what cleanup decided, as in `Page`.
    """

    picture: bytes
    coding: Coding
    width: int
    height: int
    resolution: Resolution
    text: PageText
    turned: Turn
    skew: float
    bend: float = 0.0
    blank: bool

    def to_json(self) -> dict[str, Any]:
        """Return everything but the picture in the published shape of `NAME.json`."""
        return {
            "width": self.width,
            "height": self.height,
            "dpi": round(self.resolution.x, 2),
            "dpi_y": round(self.resolution.y, 2),
            "coding": self.coding.value,
            "blank": self.blank,
            "turned": self.turned,
            "skew": round(self.skew, 3),
            "bend": round(self.bend, 3),
            "reader": self.text.reader,
            "missing_readers": list(self.text.missing),
            "verified_share": None if (share := verified_share([self.text])) is None else round(share, 4),
            "lines": [line.to_json() for line in self.text.lines],
            "tables": [table.to_json() for table in self.text.tables],
            "regions": [region.to_json() for region in self.text.regions],
        }

    @classmethod
    def from_json(cls, value: dict[str, Any], picture: bytes) -> Self:
        """Read back what `to_json` wrote, with the picture beside it."""
        text = PageText(
            width=value["width"],
            height=value["height"],
            lines=tuple(Line.from_json(line) for line in value["lines"]),
            reader=value["reader"],
            missing=tuple(value.get("missing_readers", ())),
            tables=tuple(Table.from_json(table) for table in value.get("tables", ())),
            regions=tuple(Region.from_json(region) for region in value.get("regions", ())),
        )
        return cls(
            picture=picture,
            coding=Coding(value["coding"]),
            width=value["width"],
            height=value["height"],
            resolution=Resolution(value["dpi"], value["dpi_y"]),
            text=text,
            turned=value["turned"],
            skew=value["skew"],
            bend=value.get("bend", 0.0),
            blank=value["blank"],
        )


@dataclass(frozen=True, kw_only=True)
class DocumentMetadata:
    """What the file says of itself in XMP.

    Attributes:
        title: human title; never empty.
        dossier_code: mã hồ sơ, or None outside of a dossier.
        language: BCP 47, "vi" by default.
        created: time-zone aware.
    """

    title: str
    created: datetime
    dossier_code: str | None = None
    language: str = "vi"


@dataclass(frozen=True)
class Draft:
    """An unsealed PDF/A-2b, approved by the validator; immutable."""

    pdf: bytes

    @property
    def digest(self) -> Digest:
        """SHA-256 of the file."""
        return digest_of(self.pdf)


class SealLevel(StrEnum):
    """PAdES baseline level that a seal reached."""

    B_B = "B-B"
    B_T = "B-T"


@dataclass(frozen=True, kw_only=True)
class Sealed:
    """A sealed PDF/A, verified after sealing."""

    pdf: bytes
    level: SealLevel
    sealed_at: datetime

    @property
    def digest(self) -> Digest:
        """SHA-256 of the file."""
        return digest_of(self.pdf)


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that verification looked at.

    Attributes:
        name: stable code, e.g. "integrity".
        holds: whether it holds; None where it could not be judged, which is never a pass.
        detail: a Vietnamese sentence for a person.
    """

    name: str
    holds: bool | None
    detail: str


@dataclass(frozen=True, kw_only=True)
class SignatureVerdict:
    """What is true of one signature in a file."""

    field: str
    signer: str
    signed_at: datetime | None
    timestamped: bool
    checks: tuple[Check, ...]

    @property
    def holds(self) -> bool:
        """True where every check holds."""
        return all(check.holds is True for check in self.checks)


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What is true of a whole file."""

    digest: Digest
    signatures: tuple[SignatureVerdict, ...]
    checks: tuple[Check, ...]

    @property
    def holds(self) -> bool:
        """True where there is a signature, each holds, and so does every check of the file."""
        checked = all(check.holds is True for check in self.checks)
        return bool(self.signatures) and checked and all(s.holds for s in self.signatures)

"""A document on its way: page layers, draft, sealed file."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from io import BytesIO
from typing import Any, BinaryIO, NewType, Self

from schemas.geometry import Box, Placing
from schemas.layout import Region, Table
from schemas.text import Line, PageText, verified_share
from schemas.units import Resolution, Turn

Digest = NewType("Digest", str)
"""SHA-256 in 64 lower-case hexadecimal digits; the name of every stored thing."""


def digest_of(data: bytes) -> Digest:
    """Return the SHA-256 of `data`."""
    return Digest(hashlib.sha256(data).hexdigest())


class Coding(StrEnum):
    """How the picture of a page, or a part of it, is coded in the delivered file."""

    JPEG = "jpeg"
    CCITT_G4 = "g4"
    FLATE = "flate"
    MIXED = "mixed"
    SCAN = "scan"


@dataclass(frozen=True, kw_only=True)
class Part:
    """A picture that is drawn on a page over those before it.

    Attributes:
        coding: JPEG, a whole JPEG file, grey or RGB; FLATE, the same without loss, its rows filtered as in PNG;
            or CCITT_G4, a bare stream whose ink is what fax calls black: with a colour, or as a mask, a stencil.
        data: the coded picture.
        width, height: its own pixels.
        box: pixels of the page that it covers.
        colour: in which a stencil paints where it is black, RGB; None for a picture.
        mask: a CCITT_G4 of the same box; the picture shows where it is black. None: it shows everywhere.
        grey: True where a picture has one sample a pixel.
        placing: from its pixels to those of the page, where it is turned upon it; None: it just fills `box`.
    """

    coding: Coding
    data: bytes
    width: int
    height: int
    box: Box
    colour: tuple[int, int, int] | None = None
    mask: "Part | None" = None
    grey: bool = False
    placing: Placing | None = None

    def to_json(self) -> dict[str, Any]:
        """Return what the part is; `bytes` of its data follow those of the part before it in the picture."""
        told: dict[str, Any] = {
            "coding": self.coding.value,
            "bytes": len(self.data),
            "width": self.width,
            "height": self.height,
            "box": self.box.as_list(),
        }
        if self.colour is not None:
            told["colour"] = list(self.colour)
        if self.mask is not None:
            told["mask"] = self.mask.to_json()
        if self.grey:
            told["grey"] = True
        if self.placing is not None:
            told["placing"] = list(self.placing)
        return told

    @classmethod
    def read(cls, value: dict[str, Any], stream: BinaryIO) -> Self:
        """Read back what `to_json` told of; its data is next in `stream`, then that of its mask."""
        red_green_blue, placing = value.get("colour"), value.get("placing")
        return cls(
            coding=Coding(value["coding"]),
            data=stream.read(value["bytes"]),
            width=value["width"],
            height=value["height"],
            box=Box(*value["box"]),
            colour=tuple(red_green_blue) if red_green_blue else None,
            mask=cls.read(value["mask"], stream) if "mask" in value else None,
            grey=value.get("grey", False),
            placing=tuple(placing) if placing else None,
        )

    def joined(self) -> bytes:
        """Return its data, then that of its mask."""
        return self.data + (self.mask.joined() if self.mask else b"")


@dataclass(frozen=True, kw_only=True)
class PageLayers:
    """All that assembling needs of one page: coded picture and text.

    Attributes:
        picture: a JPEG file; a single-strip TIFF file with CCITT G4; or the data of all parts, one after the other.
        width, height: pixels of the page.
        text: words in the same pixels.
        turned, skew, bend, blank: what cleanup decided, as in `Page`.
        parts: of a mixed page, from bottom to top; the scanner's own image; none otherwise.
        safer: places that lost or gained ink when first coded, and were coded again with more care.
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
    parts: tuple[Part, ...] = ()
    safer: tuple[Box, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return everything but the picture in the published shape of `NAME.json`."""
        return {
            "width": self.width,
            "height": self.height,
            "dpi": round(self.resolution.x, 2),
            "dpi_y": round(self.resolution.y, 2),
            "coding": self.coding.value,
            "parts": [part.to_json() for part in self.parts],
            "safer": [box.as_list() for box in self.safer],
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
        stream = BytesIO(picture)
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
            parts=tuple(Part.read(part, stream) for part in value.get("parts", ())),
            safer=tuple(Box(*box) for box in value.get("safer", ())),
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

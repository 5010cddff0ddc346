"""What is true of a page, and what a system says of it."""

from dataclasses import dataclass
from pathlib import Path

Word = tuple[str, float, bool]
"""Text, confidence and whether it is verified."""


@dataclass(frozen=True, kw_only=True)
class PageTruth:
    """A page and what is true of it.

    Attributes:
        picture: as a scanner wrote it.
        lines: printed lines, or paragraphs; none for a blank page.
        paragraphs: whether line breaks are unknown.
        fields: that should be found; `also` may be.
        knows_fields: whether `fields` are all that the page states.
        turned: clockwise degrees by which the scan has to be turned to be upright.
    """

    picture: Path
    lines: tuple[str, ...]
    paragraphs: bool = False
    fields: tuple[tuple[str, str], ...] = ()
    also: tuple[tuple[str, str], ...] = ()
    knows_fields: bool = False
    turned: int = 0


@dataclass(frozen=True)
class Field:
    """A field that was found, with a value."""

    name: str
    value: str


@dataclass(frozen=True, kw_only=True)
class PageRead:
    """What a system says of a page.

    Attributes:
        text: lines parted by line feeds.
        lines: their words; none where a system tells no words.
        fields: that were found; None where a system looks for none.
        blank: whether it says that the page is.
        turned: clockwise degrees by which it turned the scan; None where it does not say.
    """

    text: str
    lines: tuple[tuple[Word, ...], ...] = ()
    fields: tuple[Field, ...] | None = None
    blank: bool
    turned: int | None = None

"""What was read on a page: words, lines and where they stand."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

from schemas.geometry import Box
from schemas.layout import Region, Table


@dataclass(frozen=True)
class ReadWord:
    """A word as one reader states it.

    Attributes:
        text: Unicode NFC, no white space, not empty.
        start, end: pixels across the line's crop, `end` exclusive; start <= end.
        confidence: the reader's own certainty, 0..1; not comparable between readers.
    """

    text: str
    start: int
    end: int
    confidence: float


@dataclass(frozen=True)
class LineReading:
    """What one reader makes of one line; no words where it saw none."""

    words: tuple[ReadWord, ...]

    @property
    def text(self) -> str:
        """The words joined by single spaces."""
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True)
class Word:
    """A word (từ) as read.

    Attributes:
        text: Unicode NFC, no white space.
        box: pixels of the delivered page, origin top left.
        confidence: the probability that the text is exactly what is printed, 0..1.
        verified: sure enough to need no person: independent readers agree and nothing speaks against it.
        readers: who read it so, e.g. ("tesserocr", "trueocr").
        impossible: by its spelling no Vietnamese word, number or code; a mark for people, nothing is rewritten.
    """

    text: str
    box: Box
    confidence: float
    verified: bool = False
    readers: tuple[str, ...] = ()
    impossible: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the word in the published shape of `NAME.json`."""
        return {
            "text": self.text,
            "box": self.box.as_list(),
            "confidence": round(self.confidence, 4),
            "verified": self.verified,
            "readers": list(self.readers),
            "impossible": self.impossible,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Read back what `to_json` wrote, also before it knew of readers."""
        return cls(
            value["text"],
            Box(*value["box"]),
            value["confidence"],
            value.get("verified", False),
            tuple(value.get("readers", ())),
            value.get("impossible", False),
        )


@dataclass(frozen=True)
class Line:
    """A printed line (dòng): its words from left to right."""

    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        """The words joined by single spaces."""
        return " ".join(word.text for word in self.words)

    @property
    def box(self) -> Box:
        """The box around all words."""
        return Box.around(word.box for word in self.words)

    def to_json(self) -> dict[str, Any]:
        """Return the line in the published shape of `NAME.json`."""
        words = [word.to_json() for word in self.words]
        return {"text": self.text, "box": self.box.as_list(), "words": words}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Read back what `to_json` wrote."""
        return cls(tuple(Word.from_json(word) for word in value["words"]))


@dataclass(frozen=True, kw_only=True)
class PageText:
    """The text of one delivered page (văn bản của trang) in reading order.

    Attributes:
        width, height: pixels of the delivered page.
        lines: in reading order; no line is empty.
        reader: names and versions of the readers, joined by " + ".
        missing: readers that were wanted and could not be used.
        tables, regions: what else was found on the page.
    """

    width: int
    height: int
    lines: tuple[Line, ...]
    reader: str
    missing: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    regions: tuple[Region, ...] = ()

    @property
    def text(self) -> str:
        """Lines parted by line feeds, each ended by one."""
        return "".join(f"{line.text}\n" for line in self.lines)


def nfc(text: str) -> str:
    """Return `text` in Unicode normal form C, the only form that is stored."""
    return unicodedata.normalize("NFC", text)


def mean_confidence(pages: Iterable[PageText]) -> float | None:
    """Return the mean over the words of all pages, 0..1; None where there are no words."""
    return _mean([word.confidence for word in _words(pages)])


def verified_share(pages: Iterable[PageText]) -> float | None:
    """Return which share of the words of all pages is verified, 0..1; None where there are no words."""
    return _mean([float(word.verified) for word in _words(pages)])


def _words(pages: Iterable[PageText]) -> Iterator[Word]:
    return (word for page in pages for line in page.lines for word in line.words)


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None

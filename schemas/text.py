"""What was read on a page: words, lines and where they stand."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

from schemas.geometry import Box


@dataclass(frozen=True)
class Word:
    """A word (từ) as read.

    Attributes:
        text: Unicode NFC, no white space.
        box: pixels of the delivered page, origin top left.
        confidence: the recognizer's own certainty, 0..1.
    """

    text: str
    box: Box
    confidence: float

    def to_json(self) -> dict[str, Any]:
        """Return the word in the published shape of `NAME.json`."""
        return {"text": self.text, "box": self.box.as_list(), "confidence": round(self.confidence, 4)}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Read back what `to_json` wrote."""
        return cls(value["text"], Box(*value["box"]), value["confidence"])


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
        reader: name and version of the recognizer.
    """

    width: int
    height: int
    lines: tuple[Line, ...]
    reader: str

    @property
    def text(self) -> str:
        """Lines parted by line feeds, each ended by one."""
        return "".join(f"{line.text}\n" for line in self.lines)

    @property
    def confidence(self) -> float | None:
        """Mean confidence of the words, 0..1; None where there is none."""
        words = [word.confidence for line in self.lines for word in line.words]
        return sum(words) / len(words) if words else None


def nfc(text: str) -> str:
    """Return `text` in Unicode normal form C, the only form that is stored."""
    return unicodedata.normalize("NFC", text)


def mean_confidence(pages: Iterable[PageText]) -> float | None:
    """Return the mean over the words of all pages, 0..1; None where there are no words."""
    words = [word.confidence for page in pages for line in page.lines for word in line.words]
    return sum(words) / len(words) if words else None

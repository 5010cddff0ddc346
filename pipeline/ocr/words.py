"""From Tesseract's table to lines of words: what is a word, where a line ends, which way is up."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from schemas.geometry import Box
from schemas.text import Line, Word, nfc

LEADERS = re.compile(r"[._·•…‥]{3,}|[…‥_]{2,}|[-–—=~]{4,}")
"""Lines to write on: dots, dashes and underscores in a row."""
NOTHING = re.compile(r"[\s._·•…‥|¦¬`´'‘’\"“”~^\\\u00ad]*")
"""What rules, dots and specks are read as; no word consists of it alone."""
WORD_LEVEL = 5
COLUMNS = 12
SPACE = 0.25
"""Width of a space in heights of a word."""
SIGNS = frozenset("đĐ“”‘’«»…–—§°²³×₫€")
"""What is printed beside letters of the alphabet and ASCII."""
DASHES = frozenset("-–—")
UNSURE, HOPELESS = 0.5, 0.15
SURE = 0.6


@dataclass(frozen=True)
class Row:
    """A word as Tesseract states it.

    Attributes:
        place: block, paragraph and line number.
        box: pixels of the picture that was read.
        confidence: 0..1.
    """

    place: tuple[int, int, int]
    box: Box
    confidence: float
    text: str


def rows_of(table: str) -> Iterator[Row]:
    """Yield the words of Tesseract's TSV, text in NFC, white space as it stands there.

    Raises:
        ValueError: a row is not of Tesseract's form.
    """
    for line in table.split("\n")[1:]:
        cells = line.split("\t", COLUMNS - 1)
        if len(cells) == COLUMNS and int(cells[0]) == WORD_LEVEL:
            _, _, block, paragraph, number, _, left, top, width, height = (int(cell) for cell in cells[:10])
            box = Box(left, top, left + width, top + height)
            confidence = min(1.0, max(0.0, float(cells[10]) / 100))
            yield Row((block, paragraph, number), box, confidence, nfc(cells[11]))


def lines_of(rows: Iterable[Row], scale: tuple[float, float], size: tuple[int, int]) -> tuple[Line, ...]:
    """Return lines of words in pixels of the page; words that are none, and lines without words, are left out.

    Args:
        rows: words as read.
        scale: pixels of the page per pixel of the picture that was read, across and down.
        size: width and height of the page; no box reaches beyond.
    """
    lines: list[Line] = []
    for _, group in groupby(rows, key=lambda row: row.place):
        words = [word for row in group for word in words_of(row, scale, size)]
        if words:
            lines.append(Line(tuple(parted(words))))
    return tuple(lines)


def words_of(row: Row, scale: tuple[float, float], size: tuple[int, int]) -> list[Word]:
    """Return the words of a row; several where Tesseract left white space in one, none where it read a rule."""
    texts = [text for text in LEADERS.sub(" ", row.text).split() if not is_rubbish(text, row.confidence)]
    box = _clipped(row.box.scaled(*scale), size)
    if not texts or box.width == 0 or box.height == 0:
        return []
    if len(texts) == 1:
        return [Word(texts[0], box, row.confidence)]
    return [Word(text, part, row.confidence) for text, part in zip(texts, _parted(box, texts), strict=True)]


def is_rubbish(text: str, confidence: float) -> bool:
    """Decide whether a word is what signatures, seals and specks are read as, not print.

    Args:
        text: NFC, not empty.
        confidence: Tesseract's, 0..1.
    """
    if NOTHING.fullmatch(text):
        return True
    if confidence < UNSURE and any(_is_odd(char) for char in text):
        return True
    return confidence < HOPELESS and text not in DASHES and sum(char.isalnum() for char in text) < 3


def parted(words: list[Word]) -> list[Word]:
    """Return the words of a line with boxes that do not reach into the next word's, as Tesseract's sometimes do."""
    ends = [following.box.x0 for following in words[1:]]
    return [_ended(word, end) for word, end in zip(words, ends, strict=False)] + words[-1:]


def weight(rows: Iterable[Row]) -> float:
    """Return how much was read with certainty: sure letters count, doubtful ones do not."""
    return sum(len(row.text.strip()) * row.confidence for row in rows if row.confidence >= SURE)


def _parted(box: Box, texts: list[str]) -> Iterator[Box]:
    """Yield a share of the box for each text, by its length."""
    total = sum(len(text) for text in texts) + len(texts) - 1
    start = 0
    for text in texts:
        end = start + len(text)
        yield Box(box.x0 + box.width * start // total, box.y0, box.x0 + box.width * end // total, box.y1)
        start = end + 1


def _is_odd(char: str) -> bool:
    """Whether a character is none of Vietnamese print."""
    base = unicodedata.normalize("NFD", char)[0]
    return not (base.isascii() or base in SIGNS)


def _ended(word: Word, end: int) -> Word:
    box = word.box
    if not box.x0 < end < box.x1:
        return word
    end = max(box.x0 + 1, end - round(SPACE * box.height))
    return Word(word.text, Box(box.x0, box.y0, end, box.y1), word.confidence)


def _clipped(box: Box, size: tuple[int, int]) -> Box:
    width, height = size
    return Box(min(box.x0, width), min(box.y0, height), min(box.x1, width), min(box.y1, height))

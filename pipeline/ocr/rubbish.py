"""What is no word: rules, rows of dots, specks and strokes of a pen, as readers state them."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pipeline.ocr.confidence import JudgedWord

LEADERS = re.compile(r"[._·•…‥]{3,}|[…‥_]{2,}|[-–—=~]{4,}")
"""Lines to write on: dots, dashes and underscores in a row."""
NOTHING = re.compile(r"[\s._·•…‥|¦¬`´'‘’\"“”~^\\\u00ad]*")
"""What rules, dots and specks are read as; no line consists of it alone."""
SIGNS = frozenset("đĐ“”‘’«»…–—§°²³×₫€½¼")
"""What is printed beside letters of the alphabet and ASCII."""
ODD_BELOW, EMPTY_BELOW = 0.5, 0.15


def clean_words(words: Sequence[JudgedWord]) -> tuple[JudgedWord, ...]:
    """Return the words of a line without what is none; nothing where not one is left that says anything."""
    kept = [part for word in words for part in parted(word) if not is_odd(part.text, part.probability)]
    return tuple(kept) if any(says_something(word.text, word.probability) for word in kept) else ()


def parted(word: JudgedWord) -> Iterator[JudgedWord]:
    """Yield the parts of a word that leaders run through, each with its share of the place."""
    texts = LEADERS.sub(" ", word.text).split()
    if texts == [word.text]:
        yield word
        return
    at, letters = 0, max(1, len(word.text))
    for text in texts:
        at = word.text.index(text, at)
        start, end = (word.start + (word.end - word.start) * place // letters for place in (at, at + len(text)))
        yield replace(word, text=text, start=start, end=end, verified=False)
        at += len(text)


def is_odd(text: str, probability: float) -> bool:
    """Decide whether a word is what signatures and seals are read as: doubtful, and with signs that print has not.

    Args:
        text: NFC, not empty.
        probability: that it is right, 0..1.
    """
    return probability < ODD_BELOW and any(_is_strange(sign) for sign in text)


def says_something(text: str, probability: float) -> bool:
    """Decide whether a line may consist of this word alone: rules and specks are read as single doubtful signs.

    Within a line, a short word in doubt is still a word: it stays.
    """
    if NOTHING.fullmatch(text):
        return False
    return probability >= EMPTY_BELOW or sum(sign.isalnum() for sign in text) >= 3


def _is_strange(sign: str) -> bool:
    """Whether a character is none of Vietnamese print."""
    base = unicodedata.normalize("NFD", sign)[0]
    return not (base.isascii() or base in SIGNS)

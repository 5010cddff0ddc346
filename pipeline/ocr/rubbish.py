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
DASHES = frozenset("-–—")
ODD_BELOW, SHORT_BELOW = 0.5, 0.15


def clean_words(words: Sequence[JudgedWord]) -> tuple[JudgedWord, ...]:
    """Return the words of a line without what is none; nothing where not one is left that says anything."""
    kept = [part for word in words for part in parted(word) if not is_rubbish(part.text, part.probability)]
    return tuple(kept) if any(not NOTHING.fullmatch(word.text) for word in kept) else ()


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


def is_rubbish(text: str, probability: float) -> bool:
    """Decide whether a word is what signatures, seals and specks are read as, not print.

    Args:
        text: NFC, not empty.
        probability: that it is right, 0..1.
    """
    if probability < ODD_BELOW and any(_is_odd(sign) for sign in text):
        return True
    few = sum(sign.isalnum() for sign in text) < 3
    return probability < SHORT_BELOW and few and text not in DASHES


def _is_odd(sign: str) -> bool:
    """Whether a character is none of Vietnamese print."""
    base = unicodedata.normalize("NFD", sign)[0]
    return not (base.isascii() or base in SIGNS)

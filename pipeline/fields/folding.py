"""Letters without case and diacritics, and how far two spellings are apart: what is found in spite of misreading."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise

MARKS = re.compile(r"[\u0300-\u036f]")
NEITHER = re.compile(r"[^a-z0-9]")


@lru_cache(maxsize=8192)
def plain(text: str) -> str:
    """Return `text` in lower case without diacritics; everything else stays."""
    bare = MARKS.sub("", unicodedata.normalize("NFD", text.lower()))
    return bare.replace("đ", "d")


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """Return the letters and digits of `text` alone, in lower case and without diacritics."""
    return NEITHER.sub("", plain(text))


def distance(one: str, other: str) -> int:
    """Return how many letters must be changed, added or left out to make one spelling of the other (Levenshtein).

    A letter of `other` a step, all of `one` at once, in the bits of a number (Myers 1999, after Hyyrö).
    """
    if not one or not other:
        return len(one) + len(other)
    where, last = _bits(one), 1 << (len(one) - 1)
    every = 2 * last - 1
    more, less, wrong = every, 0, len(one)
    for letter in other:
        same = where.get(letter, 0)
        across = ((same & more) + more ^ more) | same
        up, down = (less | ~(across | more)) & every, more & across
        wrong += bool(up & last) - bool(down & last)
        up, down, same = (up << 1 | 1) & every, down << 1 & every, same | less
        more, less = (down | ~(same | up)) & every, up & same
    return wrong


def found_at(wanted: str, text: str, most: int) -> list[tuple[int, int, int]]:
    """Return where `wanted` stands in `text`, with up to `most` letters wrong, as (start, end, wrong).

    Of `most` + 1 parts of what is wanted at least one stands there unspoiled: only around such places, which are
    found fast, are letters compared one by one.
    """
    found = {place for at in _candidates(wanted, text, most) if (place := _best_near(wanted, text, at, most))}
    return _apart(found)


def _candidates(wanted: str, text: str, most: int) -> Iterator[int]:
    """Yield where `wanted` may begin, give or take `most` letters."""
    cuts = [len(wanted) * part // (most + 1) for part in range(most + 2)]
    for begin, end in pairwise(cuts):
        at = text.find(wanted[begin:end])
        while at >= 0:
            yield at - begin
            at = text.find(wanted[begin:end], at + 1)


def _best_near(wanted: str, text: str, at: int, most: int) -> tuple[int, int, int] | None:
    """Return the best place that begins within `most` letters of `at`, None where all are worse (Sellers)."""
    if at >= 0 and text.startswith(wanted, at):
        return at, at + len(wanted), 0
    offset = max(0, at - most)
    window = text[offset : at + len(wanted) + most]
    if _least(wanted, window) > most:
        return None
    # Column by column: the cost of the best match that ends here, and where it began; to begin is free anywhere.
    column = [(row, 0) for row in range(len(wanted) + 1)]
    best = (most + 1, 0, 0)
    for end, letter in enumerate(window, start=1):
        corner, column[0] = column[0], (0, end)
        for row, against in enumerate(wanted, start=1):
            left, above = column[row], column[row - 1]
            step = min((corner[0] + (letter != against), corner[1]), (left[0] + 1, left[1]), (above[0] + 1, above[1]))
            corner, column[row] = left, step
        cost, begin = column[-1]
        best = min(best, (cost, begin, end))
    cost, begin, end = best
    return (offset + begin, offset + end, cost) if cost <= most else None


def _least(wanted: str, window: str) -> int:
    """Return the fewest letters in which any part of `window` differs from `wanted` (Myers' bits, a letter a step)."""
    where, last = _bits(wanted), 1 << (len(wanted) - 1)
    every = 2 * last - 1
    more, less, wrong = every, 0, len(wanted)
    best = wrong
    for letter in window:
        same = where.get(letter, 0)
        across = ((same & more) + more ^ more) | same
        up, down = (less | ~(across | more)) & every, more & across
        wrong += bool(up & last) - bool(down & last)
        best = min(best, wrong)
        up, down, same = up << 1 & every, down << 1 & every, same | less
        more, less = (down | ~(same | up)) & every, up & same
    return best


@lru_cache(maxsize=2048)
def _bits(wanted: str) -> dict[str, int]:
    bits: dict[str, int] = {}
    for number, letter in enumerate(wanted):
        bits[letter] = bits.get(letter, 0) | 1 << number
    return bits


def _apart(found: Iterable[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Return, of places that overlap, the best alone."""
    chosen: list[tuple[int, int, int]] = []
    for place in sorted(found, key=lambda item: (item[2], item[0])):
        if all(place[1] <= other[0] or other[1] <= place[0] for other in chosen):
            chosen.append(place)
    return sorted(chosen)

"""Whether two names are one person's, as far as a reader's mistakes allow to say."""

import unicodedata
from enum import Enum, auto

from pipeline.fields.folding import distance, fold

TONES = "\u0300\u0301\u0303\u0309\u0323"


class Likeness(Enum):
    """How far two names are alike.

    SAME: letter by letter, wherever the tone mark stands. LIKE: nothing that one misread letter in a long syllable
    does not explain. NEAR: a bad reader might have made one of the other. OTHER: more than that.
    """

    SAME = auto()
    LIKE = auto()
    NEAR = auto()
    OTHER = auto()


def compare(printed: str, known: str) -> Likeness:
    """Compare a name as read with a name as registered."""
    one, other = printed.casefold().split(), known.casefold().split()
    if [_spelt(part) for part in one] == [_spelt(part) for part in other]:
        return Likeness.SAME
    left, right = [fold(part) for part in one], [fold(part) for part in other]
    if "".join(left) == "".join(right):
        return Likeness.LIKE
    if len(left) != len(right):
        whole, known_whole = "".join(left), "".join(right)
        return Likeness.OTHER if 3 * distance(whole, known_whole) > len(known_whole) else Likeness.NEAR
    wrong = sum(map(distance, left, right))
    if all(map(_misread, left, right)) and wrong <= max(1, sum(map(len, right)) // 7):
        return Likeness.LIKE
    return Likeness.NEAR if all(map(_badly_read, left, right)) else Likeness.OTHER


def _spelt(syllable: str) -> tuple[str, str]:
    """Return a syllable without its tone, and the tone: "hòa" and "hoà" are one."""
    apart = unicodedata.normalize("NFD", syllable)
    bare = "".join(letter for letter in apart if letter not in TONES)
    return unicodedata.normalize("NFC", bare), "".join(letter for letter in apart if letter in TONES)


def _misread(one: str, other: str) -> bool:
    """Whether misreading may have made one syllable of the other; of three letters or less, none."""
    if one == other:
        return True
    return min(len(one), len(other)) > 3 and distance(one, other) <= (2 if len(other) > 5 else 1)


def _badly_read(one: str, other: str) -> bool:
    """Whether a bad reader may have made one syllable of the other."""
    return distance(one, other) <= max(1, len(other) // 2)

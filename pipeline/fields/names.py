"""Whether two names are one person's, as far as a reader's mistakes allow to say."""

from enum import Enum, auto

from pipeline.fields.folding import distance, fold
from schemas.spelling import search_key


class Likeness(Enum):
    """How far two names are alike.

    SAME: letter by letter, wherever the tone mark stands. LIKE: nothing that one misread letter in a long syllable
    does not explain. NEAR: a bad reader might have made one of the other, or a part of it. OTHER: more than that.
    """

    SAME = auto()
    LIKE = auto()
    NEAR = auto()
    OTHER = auto()


def compare(printed: str, known: str) -> Likeness:
    """Compare a name as read with a name as registered."""
    if search_key(printed) == search_key(known):
        return Likeness.SAME
    left, right = _syllables(printed), _syllables(known)
    if "".join(left) == "".join(right):
        return Likeness.LIKE
    if len(left) != len(right):
        whole, known_whole = "".join(left), "".join(right)
        near = 3 * distance(whole, known_whole) <= len(known_whole) or _is_part(left, right)
        return Likeness.NEAR if near else Likeness.OTHER
    wrong = sum(map(distance, left, right))
    if all(map(_misread, left, right)) and wrong <= max(1, sum(map(len, right)) // 7):
        return Likeness.LIKE
    return Likeness.NEAR if all(map(_badly_read, left, right)) else Likeness.OTHER


def strange_syllables(printed: str, known: str) -> int:
    """Return how many syllables of a name as read are none of the known name's, even badly read."""
    others = _syllables(known)
    return sum(not any(_badly_read(one, other) for other in others) for one in _syllables(printed))


def _is_part(left: list[str], right: list[str]) -> bool:
    """Whether a name of two syllables or more is the beginning or the end of another: the rest stood elsewhere."""
    count = len(left)
    ends = (right[:count], right[-count:])
    return 1 < count < len(right) and any(all(map(_badly_read, left, end)) for end in ends)


def _syllables(name: str) -> list[str]:
    return [folded for part in name.split() if (folded := fold(part))]


def _misread(one: str, other: str) -> bool:
    """Whether misreading may have made one syllable of the other; of three letters or less, none."""
    if one == other:
        return True
    return min(len(one), len(other)) > 3 and distance(one, other) <= (2 if len(other) > 5 else 1)


def _badly_read(one: str, other: str) -> bool:
    """Whether a bad reader may have made one syllable of the other."""
    return distance(one, other) <= max(1, len(other) // 2)

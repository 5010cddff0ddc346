"""Marks that every reader lost or mistook, restored where the language leaves no doubt: "sữa đối" for "sửa đổi".

Only marks of ordinary words: never a letter, digit or sign, nothing in codes, numbers and names. A word restored
was read so by nobody, is said to be so by having no readers, and is never verified.
"""

from collections.abc import Sequence

from pipeline.ocr.kinds import is_fixed, names_in
from pipeline.ocr.language import STEPS, Language
from pipeline.ocr.syllable import EDGES

LEAST_ADVANTAGE = 6 * STEPS
"""By so much the word with other marks has to be likelier between its neighbours."""
ENDS = (".", ";", ":", ")", "-", "–", "+", "”", '"')
"""What a sentence or point begins behind; a capital anywhere else may begin a name."""


def restored(words: Sequence[str], place: int, language: Language) -> tuple[str, int] | None:
    """Return a word of the line with other marks and how much likelier it is, in steps; None where it stands as it is.

    Args:
        words: the line as it was decided.
    """
    word = words[place]
    bare = word.strip(EDGES)
    if len(bare) < 2 or not bare.isalpha() or is_fixed(word) or _may_be_a_name(words, place):
        return None
    before = words[place - 1] if place else None
    after = words[place + 1] if place + 1 < len(words) else None
    rival = language.nearest_rival(before, word, after)
    if rival is None:
        return None
    advantage = language.cost_between(before, (word,), after) - rival.cost
    return (word.replace(bare, _cased(rival.token, bare)), advantage) if advantage >= LEAST_ADVANTAGE else None


def _may_be_a_name(words: Sequence[str], place: int) -> bool:
    """Whether the word may be called so: a capital within a sentence, or a part of a person's name."""
    word = words[place].strip(EDGES)
    within = place > 0 and not words[place - 1].endswith(ENDS) and not words[place - 1].isdecimal()
    return names_in(words)[place] or (word[0].isupper() and not word.isupper() and within)


def _cased(token: str, like: str) -> str:
    """Return `token` in small letters or capitals as `like` is."""
    if like.isupper():
        return token.upper()
    return token.capitalize() if like[0].isupper() else token

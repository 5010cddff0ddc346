"""How likely words follow each other in official Vietnamese papers: pairs of syllables, backed off to single ones.

Costs are natural logarithms of probabilities, negated, in sixteenths: small whole numbers, so that the table stays
small and every machine computes the same. `tools/language_model.py` builds the table.
"""

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np

from pipeline.ocr.syllable import EDGES, bare_letters
from schemas.spelling import search_key

STEPS = 16
"""So many steps to a natural logarithm; the dearest of 255 steps is one in eight million."""
UNKNOWN, NUMBER, CODE = "<unknown>", "<number>", "<code>"
"""What is no word of the table; what holds a digit; what holds other signs or a mix of capitals and small letters."""


@lru_cache(maxsize=50_000)
def token_of(word: str) -> str:
    """Return what the model knows `word` as: the bare word in small letters, or a class of words."""
    bare = word.strip(EDGES)
    if any(letter.isdigit() for letter in bare):
        return NUMBER
    return bare.lower() if bare.isalpha() else CODE


class Rival(NamedTuple):
    """A word that might stand in place of another, and what it costs there."""

    cost: int
    token: str


@dataclass(frozen=True, eq=False)
class Language:
    """The table of costs.

    Attributes:
        numbers: of the tokens, in the order of the other fields.
        single: the cost of each token wherever it stands.
        backing_off: what a token adds to the single cost of a follower that it is not known with.
        first: where the followers of each token begin, one more at the end.
        followers: tokens that follow, rising for each first token.
        costs: of these.
    """

    numbers: dict[str, int]
    single: bytes
    backing_off: bytes
    first: Sequence[int]
    followers: Sequence[int]
    costs: bytes

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """Return the table in `path`, or the one that comes with the program."""
        with np.load(str(path or files("pipeline.ocr") / "data" / "language.npz")) as table:
            tokens = table["tokens"].tobytes().decode().split("\n")
            return cls(
                {token: number for number, token in enumerate(tokens)},
                table["single"].tobytes(),
                table["backing_off"].tobytes(),
                array("I", np.cumsum(table["counts"], dtype=np.uint32).tobytes()),
                array("H", table["followers"].tobytes()),
                table["costs"].tobytes(),
            )

    def knows(self, word: str) -> bool:
        """Whether the table has `word` as a word, not as a class of words."""
        return token_of(word) in self.numbers

    def cost(self, before: str | None, word: str) -> int:
        """Return what it costs that `word` follows `before`; None: what is before is not known."""
        number = self._number(word)
        if before is None:
            return self.single[number]
        return self._pair(self._number(before), number)

    def cost_between(self, before: str | None, words: tuple[str, ...], after: str | None) -> int:
        """Return what it costs that `words` stand between their neighbours; None: there is none, or it is not known."""
        total, last = 0, before
        for word in words:
            total += self.cost(last, word)
            last = word
        return total if after is None else total + self.cost(last, after)

    def nearest_rival(self, before: str | None, word: str, after: str | None) -> Rival | None:
        """Return the cheapest word of the same letters with other marks, None where there is none."""
        token = token_of(word)
        own = search_key(token)
        rivals = (rival for key, rival in self._families.get(bare_letters(token), ()) if key != own)
        priced = (Rival(self.cost_between(before, (rival,), after), rival) for rival in rivals)
        return min(priced, default=None)

    @cached_property
    def _families(self) -> dict[str, list[tuple[str, str]]]:
        """The words of the table, each behind its key for comparing, by their letters without marks."""
        families: dict[str, list[tuple[str, str]]] = {}
        for token in self.numbers:
            families.setdefault(bare_letters(token), []).append((search_key(token), token))
        return families

    def _number(self, word: str) -> int:
        """Return the number of the word's token."""
        return self.numbers.get(token_of(word), 0)

    def _pair(self, before: int, number: int) -> int:
        """Return the cost of a token after another."""
        start, end = self.first[before], self.first[before + 1]
        place = bisect_left(self.followers, number, start, end)
        if place < end and self.followers[place] == number:
            return self.costs[place]
        return self.backing_off[before] + self.single[number]

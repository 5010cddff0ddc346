"""Sample papers as a reader would state them, without a picture: words with boxes, misread at a stated rate."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from samples.layout import Leaf, Line
from samples.typeface import width_mm
from schemas.geometry import Box
from schemas.text import Line as ReadLine
from schemas.text import PageText, Word

PER_MM = 8.0
MM_PER_PT = 25.4 / 72
CONFUSED = {
    "ổ": "ỗ", "ẩ": "â", "đ": "d", "i": "ỉ", "ễ": "ê", "ị": "i", "ữ": "ừ", "ơ": "o", "n": "u", "l": "i", "h": "b",
    "m": "rn", "c": "e", "ă": "á", "0": "6", "1": "7", "3": "8", "5": "6", ":": ";", "ạ": "a", "ế": "ê", "ý": "y",
}  # fmt: skip


@dataclass(frozen=True)
class Reader:
    """Someone who misreads.

    Attributes:
        rate: share of the words with a letter that is often confused that come out wrong.
        sure: share of the words that are verified; of wrong ones a hundredth of that.
    """

    rate: float = 0.0
    sure: float = 1.0
    seed: str = ""

    def read(self, leaf: Leaf) -> PageText:
        """Return the text of a printed page."""
        luck = random.Random(f"{self.seed}/{len(leaf.marks)}")
        lines = [mark for mark in leaf.marks if isinstance(mark, Line)]
        read = tuple(ReadLine(tuple(self._words(line, luck))) for line in lines)
        return PageText(
            width=round(leaf.width * PER_MM), height=round(leaf.height * PER_MM), lines=read, reader="simulated"
        )

    def _words(self, line: Line, luck: random.Random) -> Iterator[Word]:
        for piece in line.pieces:
            done = ""
            for printed in piece.text.split():
                start = line.x + piece.dx + width_mm(done, piece.face, piece.size_pt)
                end = start + width_mm(printed, piece.face, piece.size_pt)
                top, bottom = line.y - piece.size_pt * MM_PER_PT * 0.75, line.y + piece.size_pt * MM_PER_PT * 0.2
                box = Box(*(round(PER_MM * edge) for edge in (start, top, end, bottom)))
                yield self._word(printed, box, luck)
                done += printed + " "

    def _word(self, printed: str, box: Box, luck: random.Random) -> Word:
        weak = [index for index, letter in enumerate(printed) if letter in CONFUSED]
        wrong = bool(weak) and luck.random() < self.rate
        text = printed
        if wrong:
            index = luck.choice(weak)
            text = printed[:index] + CONFUSED[printed[index]] + printed[index + 1 :]
        verified = luck.random() < (self.sure / 100 if wrong else self.sure)
        return Word(text, box, 0.97 if verified else 0.8, verified)

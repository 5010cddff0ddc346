"""A read page as fields are looked for on it: words in order, runs of words that stand together, folded letters."""

import re
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from statistics import median

from pipeline.fields.folding import fold, found_at
from schemas.geometry import Box
from schemas.text import Line, PageText, Word

WIDE_GAP = 1.7
"""Heights of a line between two words that no longer belong together: columns, or the next place of a form."""
NEAR = 0.9
"""Heights between two words of a row that belong together though they were found as two lines."""
JOINTS = re.compile(r"(?<=[^\W\d]):(?=[^\w\s]*\w)|^\d{1,2}\.(?=[^\W\d])|(?<=\d{8})\d(?=[^\W\d]{2})")
"""Where words stand so close that they are read as one: "hộ:Lan", "4.Địa", "044167786950Dân"."""


@dataclass(frozen=True)
class Token:
    """A word, and what is needed to find it.

    Attributes:
        run: number of the run it stands in.
        index: its number on the page.
        folded: its letters and digits alone.
    """

    word: Word
    run: int
    index: int
    folded: str

    @property
    def text(self) -> str:
        """As read."""
        return self.word.text

    @property
    def box(self) -> Box:
        """Where it stands."""
        return self.word.box


@dataclass(frozen=True)
class Run:
    """Words that stand together on a line, apart from others of it."""

    tokens: tuple[Token, ...]

    @cached_property
    def text(self) -> str:
        """The words joined by single spaces."""
        return " ".join(token.text for token in self.tokens)

    @cached_property
    def box(self) -> Box:
        """Around all words."""
        return Box.around(token.box for token in self.tokens)

    @property
    def middle(self) -> float:
        """Across the page."""
        return (self.box.x0 + self.box.x1) / 2


@dataclass(frozen=True)
class Span:
    """Tokens `start` to `end` (exclusive) of a sheet, and how many letters are other than was looked for."""

    start: int
    end: int
    wrong: int = 0


@dataclass(frozen=True, eq=False)
class Sheet:
    """A page; its `page_no` is 1-based among the pages that were given."""

    page_no: int
    page: PageText
    tokens: tuple[Token, ...]
    runs: tuple[Run, ...]
    letters: str = field(repr=False)
    starts: tuple[int, ...] = field(repr=False)

    @cached_property
    def height(self) -> float:
        """The height of a word of running text."""
        return median([token.box.height for token in self.tokens] or [1])

    @cached_property
    def right(self) -> int:
        """Where lines that are full end."""
        wide = [run.box.x1 for run in self.runs if run.box.width > self.page.width / 2]
        return max(wide or [run.box.x1 for run in self.runs] or [self.page.width])

    def find(self, folded: str, most: int) -> list[Span]:
        """Return where letters stand, beginning with a word; a word may go on behind them."""
        spans = []
        for start, end, wrong in found_at(folded, self.letters, most):
            first, last = self._token_near(start), self._token_at(end - 1)
            spans.append(Span(first, max(first, last) + 1, wrong))
        return spans

    def _token_at(self, letter: int) -> int:
        index = bisect_left(self.starts, letter + 1) - 1
        return max(0, index)

    def _token_near(self, letter: int) -> int:
        """Return the token that begins at a letter, or a misread one beside it."""
        index = self._token_at(letter)
        begins, ends = self.starts[index], self.starts[index] + len(self.tokens[index].folded)
        return index + 1 if letter - begins > ends - letter and index + 1 < len(self.tokens) else index

    def run_of(self, index: int) -> Run:
        """Return the run in which a token stands."""
        return self.runs[self.tokens[index].run]

    def leads(self, index: int) -> bool:
        """Whether a token is the first with letters of its run, behind a number or a letter of a list at most."""
        before = [token for token in self.run_of(index).tokens if token.index < index]
        return all(is_bullet(token.text) for token in before)

    def text(self, span: Span) -> str:
        """Return the words of a span joined by single spaces."""
        return " ".join(token.text for token in self.tokens[span.start : span.end])


BULLET = re.compile(r"^[(\[]?([0-9]{1,2}([.,][0-9]{1,2})*|[a-zđA-ZĐ]|[IVXivx]+)?[.):\]/\-–—+*•]*$")


def is_bullet(text: str) -> bool:
    """Whether a word is the number or letter of a list's item, or a dash."""
    return bool(BULLET.match(text)) and not (text.isdigit() and len(text) > 2)


def sheet_of(page: PageText, page_no: int) -> Sheet:
    """Return a page as fields are looked for on it: runs from left to right, row by row, whatever was read first."""
    tokens: list[Token] = []
    runs: list[Run] = []
    for words in (words for row in _rows(list(_words_together(page.lines))) for words in row):
        first = len(tokens)
        tokens += [Token(word, len(runs), first + number, fold(word.text)) for number, word in enumerate(words)]
        runs.append(Run(tuple(tokens[first:])))
    starts, total = [], 0
    for token in tokens:
        starts.append(total)
        total += len(token.folded)
    letters = "".join(token.folded for token in tokens)
    return Sheet(page_no, page, tuple(tokens), tuple(runs), letters, tuple(starts))


Words = Sequence[Word]


def _rows(runs: Sequence[Words]) -> list[list[Words]]:
    """Return runs row by row: those that stand at the same height, from left to right."""
    rows: list[list[Words]] = []
    for run in sorted(runs, key=lambda words: words[0].box.y0 + words[0].box.y1):
        row = next((row for row in rows[:-3:-1] if _in_row(row, run)), None)
        if row is None:
            rows.append([run])
        else:
            insort(row, run, key=_left)
    return [_joined(row) for row in rows]


def _left(words: Words) -> int:
    return words[0].box.x0


def _in_row(row: Sequence[Words], run: Words) -> bool:
    """Whether a run stands in a row: its outer words are level with those that face them, so that lines may lean."""
    at = bisect_left(row, _left(run), key=_left)
    before, after = row[:at][-1:], row[at:][:1]
    if any(words[-1].box.x1 > run[-1].box.x0 for words in before if len(run) > 1):
        return False
    return all(_level(words[-1].box, run[0].box) for words in before) and all(
        _level(run[-1].box, words[0].box) for words in after
    )


def _joined(row: Sequence[Words]) -> list[Words]:
    """Return the runs of a row, those that stand no farther apart than words do as one."""
    whole: list[Words] = []
    for run in row:
        gap = run[0].box.x0 - whole[-1][-1].box.x1 if whole else 0
        if whole and 0 <= gap < NEAR * min(run[0].box.height, whole[-1][-1].box.height):
            whole[-1] = [*whole[-1], *run]
        else:
            whole.append(run)
    return whole


def _level(one: Box, other: Box) -> bool:
    shared = min(one.y1, other.y1) - max(one.y0, other.y0)
    return shared * 2 > min(one.height, other.height)


def _words_together(lines: Iterable[Line]) -> Iterator[Sequence[Word]]:
    for line in lines:
        words = [part for word in line.words for part in _parted(word)]
        if not words:
            continue
        apart = WIDE_GAP * median(word.box.height for word in words)
        cuts = [number for number, (left, right) in enumerate(pairwise(words), 1) if right.box.x0 - left.box.x1 > apart]
        for start, end in pairwise([0, *cuts, len(words)]):
            yield words[start:end]


def _parted(word: Word) -> Iterator[Word]:
    """Yield what was read as one word and is several: a number of a list, a label and a value, each by itself."""
    box, letters = word.box, len(word.text)
    for start, end in pairwise([0, *(found.end() for found in JOINTS.finditer(word.text)), letters]):
        left, right = (box.x0 + round(box.width * at / letters) for at in (start, end))
        part = Box(left, box.y0, right, box.y1)
        yield Word(word.text[start:end], part, word.confidence, word.verified, word.readers, word.impossible)


def holds(box: Box, part: Box) -> bool:
    """Whether the middle of a part is in a box."""
    return box.x0 <= (part.x0 + part.x1) // 2 < box.x1 and box.y0 <= (part.y0 + part.y1) // 2 < box.y1

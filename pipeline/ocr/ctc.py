"""From the peaks of a recognizer that reads step by step (CTC) to words that know where they stand."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np
from numpy.typing import NDArray

from pipeline.ocr.crops import Columns, inked_columns, widest_gap
from schemas.page import Pixels
from schemas.text import LineReading, ReadWord, nfc

BLANK = 0
"""The class that stands for no character."""


@dataclass(frozen=True)
class Peak:
    """A character as the recognizer saw it.

    Attributes:
        at: column of the crop where it was surest.
        confidence: 0..1.
    """

    char: str
    at: float
    confidence: float


def peaks_of(classes: NDArray[np.int64], confidences: NDArray[np.float32], alphabet: Sequence[str]) -> Iterator[Peak]:
    """Yield a peak for each run of steps with one class; `at` counts steps from 0.

    Args:
        classes: the best class of each step; `BLANK`, or 1 + the place in `alphabet`.
        confidences: of these classes, 0..1.
        alphabet: characters in the recognizer's order.
    """
    step = 0
    for found, run in groupby(classes.tolist()):
        end = step + len(list(run))
        if found != BLANK:
            surest = step + int(np.argmax(confidences[step:end]))
            yield Peak(alphabet[found - 1], surest + 0.5, float(confidences[surest]))
        step = end


def lines_of(strips: Iterable[tuple[int, float, Sequence[Peak]]], crops: Sequence[Pixels]) -> list[LineReading]:
    """Return the reading of each crop, put together from the strips it was cut into; a space stands between them.

    Args:
        strips: number of the crop, column of it where the strip begins, and its peaks; from left to right.
        crops: the lines, grey, black on white.
    """
    peaks: list[list[Peak]] = [[] for _ in crops]
    for line, origin, found in strips:
        if peaks[line]:
            peaks[line].append(Peak(" ", origin, 1.0))
        peaks[line].extend(found)
    return [LineReading(words_of(found, inked_columns(crop))) for found, crop in zip(peaks, crops, strict=True)]


def words_of(peaks: Sequence[Peak], ink: Columns) -> tuple[ReadWord, ...]:
    """Return the words between the spaces; each ends and begins where the ink does.

    Args:
        peaks: of one line from left to right, `at` in columns of the crop.
        ink: which columns of the crop hold ink.
    """
    parts = [list(run) for space, run in groupby(peaks, key=lambda peak: peak.char.isspace()) if not space]
    if not parts:
        return ()
    gaps = [_gap(left[-1], right[0], ink) for left, right in pairwise(parts)]
    inked = np.flatnonzero(ink)
    first, last = (int(inked[0]), int(inked[-1]) + 1) if len(inked) else (0, len(ink))
    starts, ends = [first, *(gap[1] for gap in gaps)], [*(gap[0] for gap in gaps), last]
    return tuple(
        ReadWord(nfc("".join(peak.char for peak in part)), start, max(start, end), _confidence(part))
        for part, start, end in zip(parts, starts, ends, strict=True)
    )


def _gap(left: Peak, right: Peak, ink: Columns) -> tuple[int, int]:
    start = min(max(0, int(left.at)), len(ink))
    return widest_gap(ink, start, max(start, min(len(ink), int(right.at) + 1)))


def _confidence(part: Sequence[Peak]) -> float:
    """Return how sure a word is: as sure as its least sure character."""
    return min(1.0, max(0.0, min(peak.confidence for peak in part)))

"""TrueOCR's recognizer of lines; the only module that knows the package.

Its own interface gives text without places: so its model is run here, and where each character was seen is kept.
"""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import trueocr
from numpy.typing import NDArray
from trueocr.preprocess import LINE_HEIGHT, WINDOW, crop_line, pad_batch, width_batches

from pipeline.ocr.crops import Columns, ink_box, inked_columns, widest_gap
from pipeline.ocr.ctc import Peak, lines_of, peaks_of
from pipeline.ocr.onnx import Model
from schemas.errors import MissingProgram
from schemas.page import Pixels
from schemas.text import LineReading

MODELS = Path(trueocr.__file__).parent / "models"
OUTPUTS = ("ids", "conf", "lengths")
STEP = 4
"""Columns of the model's picture to each step of its answer."""
LOWEST = 16
"""Pixels. A line of dashes is no taller than a dash; it is read at the size of letters nevertheless."""
HIGHEST = 150
"""Pixels. What is taller is no line; it is not softened any further."""
MOST_AT_ONCE = 16
MARGIN = 0.45
"""White before and after a line, in heights of it; with less, signs at the ends are lost."""
SOFTNESS = 1 / 55
"""Sigma of a blur, in heights of the line: the model has seen softer letters than a scanner makes."""
SEARCH = 0.25
"""A line that is too long is parted at the widest gap within this share of a part around the even cut."""


@dataclass(frozen=True, eq=False)
class Strip:
    """A line, or a part of one, as the model takes it.

    Attributes:
        line: place of its line among those that are read.
        picture: 1 = ink, 0 = paper.
        origin: column of the crop where the picture begins.
        scale: columns of the crop to each of the picture.
    """

    line: int
    picture: NDArray[np.float32]
    origin: float
    scale: float


class TrueocrLines:
    """Reads lines with TrueOCR; satisfies `pipeline.ports.LineReader`.

    Attributes:
        alphabet: the characters it knows; whatever else is printed, it reads as some of these.
    """

    name = "trueocr"

    def __init__(self) -> None:
        """Load the model.

        Raises:
            MissingProgram: the package lacks it.
        """
        try:
            facts = json.loads((MODELS / "meta.json").read_text(encoding="utf-8"))
        except OSError as error:
            raise MissingProgram("Gói trueocr thiếu mô hình: chạy «make setup»") from error
        self._model = Model(MODELS / "rec.onnx")
        self._characters: list[str] = facts["charset"]
        self._widest: int = facts["max_width"]
        self._pad: float = facts["pad_y"]
        self.alphabet = frozenset(self._characters)
        self.version = f"trueocr {metadata.version('trueocr')} {facts['name']}"

    def read_lines(self, crops: Sequence[Pixels]) -> list[LineReading]:
        """Return what stands on each crop, in the same order.

        Raises:
            RecognizerFailed: the model ended without a result.
        """
        strips = [strip for line, crop in enumerate(crops) for strip in self._strips(line, crop)]
        found = self._read(strips)
        return lines_of(((strip.line, strip.origin, peaks) for strip, peaks in zip(strips, found, strict=True)), crops)

    def _strips(self, line: int, crop: Pixels) -> Iterator[Strip]:
        """Yield the line in as many strips as the model needs to take it without squeezing."""
        box = ink_box(crop)
        if box is None:
            return
        high = max(box.height, LOWEST)
        top = (box.y0 + box.y1 - high) / 2
        widest = int(high * (self._widest * (1 + 2 * self._pad) / LINE_HEIGHT - 2 * MARGIN))
        soft = np.asarray(cv2.GaussianBlur(crop, (0, 0), SOFTNESS * min(high, HIGHEST)), np.uint8)
        for start, end in parts_of(inked_columns(crop), (box.x0, box.x1), widest):
            place = (0.0, top, float(end - start), top + high)
            picture = crop_line(soft[:, start:end], place, LINE_HEIGHT, self._pad, MARGIN, self._widest, WINDOW)
            left, right = math.floor(-MARGIN * high), math.ceil(end - start + MARGIN * high)
            yield Strip(line, picture, start + left, (right - left) / picture.shape[1])

    def _read(self, strips: Sequence[Strip]) -> list[list[Peak]]:
        """Return the peaks of each strip, in columns of its crop."""
        found: list[list[Peak]] = [[] for _ in strips]
        for batch in width_batches([strip.picture.shape[1] for strip in strips], MOST_AT_ONCE):
            pictures, widths = pad_batch([strips[place].picture for place in batch])
            answers = self._model.run(OUTPUTS, {"x": pictures, "widths": widths})
            for place, classes, confidences, length in zip(batch, *answers, strict=True):
                peaks = peaks_of(classes[:length], confidences[:length], self._characters)
                found[place] = [_placed(peak, strips[place]) for peak in peaks]
        return found


def parts_of(ink: Columns, span: tuple[int, int], widest: int) -> list[tuple[int, int]]:
    """Return a line's span, or parts of it no wider than about `widest`, cut where the gap between words is widest."""
    start, end = span
    count = math.ceil((end - start) / widest)
    even = (end - start) / count
    cuts = [start + round(even * index) for index in range(1, count)]
    gaps = [widest_gap(ink, round(cut - SEARCH * even), round(cut + SEARCH * even)) for cut in cuts]
    middles = [(left + right) // 2 for left, right in gaps]
    return list(pairwise([start, *middles, end]))


def _placed(peak: Peak, strip: Strip) -> Peak:
    return replace(peak, at=strip.origin + STEP * peak.at * strip.scale)

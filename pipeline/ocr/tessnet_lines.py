"""Tesseract's network without Tesseract: its weights, run over many lines at once by ONNX Runtime.

Tesseract reads one step of one line at a time; most of what that costs is not arithmetic. There is no dictionary here:
words are weighed where readers come together.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.ocr.crops import Columns, fitted, ink_box, inked_columns
from pipeline.ocr.ctc import BLANK, Peak, lines_of, peaks_of
from pipeline.ocr.models import LANGUAGE, TESSDATA, model_name
from pipeline.ocr.onnx import Model
from pipeline.ocr.tessnet import graph
from pipeline.ocr.tessnet.picture import picture_of
from pipeline.ocr.tessnet.traineddata import load
from schemas.page import Pixels
from schemas.text import LineReading

FAR = 1.0
"""Heights of a line. What stands this far apart is read apart: the network was taught no such gaps."""
BESIDE, ABOVE = 2, 6
"""Pixels of white before and after what is read, and above and below it; no more than the crop has."""
MOST_AT_ONCE, MOST_STEPS = 6, 2000
"""Lines of a batch, and steps of all of them: a step takes some 20 kB while it is read."""
ALIKE = str.maketrans("Ðð⁄", "Đđ/")
"""What looks like another character and stands on no Vietnamese paper: an Icelandic letter, the bar of a fraction."""
LEAST_FULL = 0.8
"""A batch's shortest line, in lengths of its longest."""


@dataclass(frozen=True, eq=False)
class Strip:
    """A line, or a part of one, as the network takes it.

    Attributes:
        line: place of its line among those that are read.
        picture: -1 black, 1 white.
        origin: column of the crop where the picture begins.
        scale: columns of the crop to each of the picture.
    """

    line: int
    picture: NDArray[np.float32]
    origin: int
    scale: float


class TessnetLines:
    """Reads lines with Tesseract's network; satisfies `pipeline.ports.LineReader`.

    Attributes:
        alphabet: the characters it knows; whatever else is printed, it reads as some of these.
    """

    name = "tessnet"

    def __init__(self, tessdata: Path = TESSDATA) -> None:
        """Load the weights and build the network.

        Args:
            tessdata: folder of `vie.traineddata`.

        Raises:
            MissingProgram: it is not there, damaged, or no model of lines.
        """
        model = model_name(tessdata)
        known = load(tessdata / f"{LANGUAGE}.traineddata")
        self.version = f"{self.name} {known.version or 0} {LANGUAGE} {model}"
        self._net = graph.build(known.network)
        self._model = Model(self._net.onnx)
        self._characters = [char.translate(ALIKE) for char in known.alphabet]
        self._classes = classes_of(self._characters, known.null)
        self.alphabet = frozenset("".join(self._characters))

    def read_lines(self, crops: Sequence[Pixels]) -> list[LineReading]:
        """Return what stands on each crop, in the same order.

        Raises:
            RecognizerFailed: the network ended without a result.
        """
        strips = [strip for line, crop in enumerate(crops) for strip in self._strips(line, crop)]
        found = self._read(strips)
        return lines_of(((strip.line, strip.origin, peaks) for strip, peaks in zip(strips, found, strict=True)), crops)

    def _strips(self, line: int, crop: Pixels) -> Iterator[Strip]:
        """Yield what stands together on a line."""
        box = ink_box(crop)
        if box is None:
            return
        rows = slice(max(0, box.y0 - ABOVE), box.y1 + ABOVE)
        for start, end in together(inked_columns(crop), FAR * crop.shape[0]):
            first, last = max(0, start - BESIDE), end + BESIDE
            part = fitted(crop[rows, first:last])
            picture = picture_of(part, self._net.height)
            if picture.shape[1] >= self._net.step:
                width = min(last, crop.shape[1]) - first
                yield Strip(line, picture, first, width / picture.shape[1])

    def _read(self, strips: Sequence[Strip]) -> list[list[Peak]]:
        """Return the peaks of each strip, in columns of its crop."""
        found: list[list[Peak]] = [[] for _ in strips]
        lengths = [strip.picture.shape[1] // self._net.step for strip in strips]
        for batch in batches(lengths):
            chances = self._run([strips[place].picture for place in batch], [lengths[place] for place in batch])
            for row, place in enumerate(batch):
                found[place] = list(self._peaks(chances[: lengths[place], row], strips[place]))
        return found

    def _run(self, pictures: Sequence[NDArray[np.float32]], lengths: Sequence[int]) -> NDArray[np.float32]:
        """Return the chance of each character (third axis) at each step (first) of each picture (second)."""
        widest = max(picture.shape[1] for picture in pictures)
        batch = np.zeros((len(pictures), 1, self._net.height, widest), np.float32)
        for row, picture in zip(batch, pictures, strict=True):
            row[0, :, : picture.shape[1]] = picture
        steps = np.array(lengths, np.int32)
        (chances,) = self._model.run([graph.CHANCES], {graph.PICTURES: batch, graph.STEPS: steps})
        return chances

    def _peaks(self, chances: NDArray[np.float32], strip: Strip) -> Iterator[Peak]:
        best = chances.argmax(axis=1)
        sure = chances[np.arange(len(best)), best]
        for peak in peaks_of(self._classes[best], sure, self._characters):
            yield replace(peak, at=strip.origin + peak.at * self._net.step * strip.scale)


def classes_of(characters: Sequence[str], null: int) -> NDArray[np.int64]:
    """Return the class of each output, as `peaks_of` takes them: outputs of one character are one class."""
    classes = np.array([characters.index(char) + 1 for char in characters], np.int64)
    classes[null] = BLANK
    return classes


def together(ink: Columns, far: float) -> list[tuple[int, int]]:
    """Return the runs of columns with no gap of `far` or more columns without ink in them."""
    inked = np.flatnonzero(ink)
    gaps = np.flatnonzero(np.diff(inked) > far)
    starts, ends = [inked[0], *inked[gaps + 1]], [*inked[gaps], inked[-1]]
    return [(int(start), int(end) + 1) for start, end in zip(starts, ends, strict=True)]


def batches(lengths: Sequence[int]) -> list[list[int]]:
    """Return the places of all lines, in batches of about the same length."""
    found: list[list[int]] = []
    for place in sorted(range(len(lengths)), key=lambda place: -lengths[place]):
        longest = lengths[found[-1][0]] if found else 0
        room = found and len(found[-1]) < MOST_AT_ONCE and (len(found[-1]) + 1) * longest <= MOST_STEPS
        if room and lengths[place] >= LEAST_FULL * longest:
            found[-1].append(place)
        else:
            found.append([place])
    return found

"""AsterOCR's model of lines, where its package is installed; nothing here needs it.

Only the model and its alphabet are taken from the package. Its code is not run: it decides on a crop's colours
and edges anew, drops punctuation, and keeps no places.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np

from pipeline.ocr.crops import fitted, ink_box, inked_columns
from pipeline.ocr.ctc import peaks_of, words_of
from pipeline.ocr.onnx import Model
from schemas.errors import MissingProgram
from schemas.page import Pixels
from schemas.text import LineReading

PACKAGE = "asterocr"
HEIGHT = 32
"""Of the picture that the model takes."""
STEP = 4
"""Columns of that picture to each step of the answer."""
MARGIN = 3


class AsterocrLines:
    """Reads lines with AsterOCR; satisfies `pipeline.ports.LineReader`.

    Attributes:
        alphabet: the characters it knows; whatever else is printed, it reads as some of these.
    """

    name = "asterocr"

    def __init__(self) -> None:
        """Load the model.

        Raises:
            MissingProgram: the package is not installed, or lacks its model.
        """
        assets = _assets()
        self._characters: list[str] = json.loads((assets / "vocab.json").read_text(encoding="utf-8"))["chars"][1:]
        self._model = Model(assets / "asternet.onnx")
        self.alphabet = frozenset(self._characters)
        self.version = f"asterocr {metadata.version(PACKAGE)}"

    def read_lines(self, crops: Sequence[Pixels]) -> list[LineReading]:
        """Return what stands on each crop, in the same order.

        Raises:
            RecognizerFailed: the model ended without a result.
        """
        return [self._read(crop) for crop in crops]

    def _read(self, crop: Pixels) -> LineReading:
        box = ink_box(crop)
        if box is None:
            return LineReading(())
        left = max(0, box.x0 - MARGIN)
        line = fitted(crop[max(0, box.y0 - MARGIN) : box.y1 + MARGIN, left : box.x1 + MARGIN])
        height, width = line.shape
        wide = max(HEIGHT, round(width * HEIGHT / height / STEP) * STEP)
        picture = cv2.resize(line, (wide, HEIGHT), interpolation=cv2.INTER_AREA).astype(np.float32) / 127.5 - 1
        (logs,) = self._model.run(["log_probs"], {"images": np.repeat(picture[None, None], 3, axis=1)})
        classes = logs[:, 0].argmax(axis=1)
        peaks = peaks_of(classes, np.exp(logs[:, 0].max(axis=1)), self._characters)
        scale = width / wide * STEP
        return LineReading(words_of([replace(peak, at=left + peak.at * scale) for peak in peaks], inked_columns(crop)))


def _assets() -> Path:
    """Return the folder of the package's model, without running the package.

    Raises:
        MissingProgram: there is none.
    """
    found = find_spec(PACKAGE)
    folder = Path(found.origin).parent / "assets" if found and found.origin else Path(PACKAGE)
    if not folder.is_dir():
        raise MissingProgram("Chưa cài asterocr: chạy «pip install asterocr», hoặc bỏ asterocr khỏi SOHOA_READERS")
    return folder

"""Tesseract within this process, through tesserocr; the only module that knows it.

Loaded once, it reads line after line; a program of its own for each page would load the model each time.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import MappingProxyType

import tesserocr
from tesserocr import OEM, PSM, RIL, PyTessBaseAPI

from pipeline.ocr.crops import fitted, ink_box
from pipeline.ocr.models import LANGUAGE, TESSDATA, model_name
from schemas.errors import MissingProgram, RecognizerFailed
from schemas.page import Pixels
from schemas.text import LineReading, ReadWord, nfc

WAYS = (PSM.SINGLE_LINE, PSM.RAW_LINE)
"""How a line is read, each where the one before saw nothing: a touch of the next line makes it see nothing at all."""
VARIABLES = MappingProxyType({"tessedit_do_invert": "0", "debug_file": os.devnull})
"""Light print on dark ground does not come here: a second look at doubtful lines would only cost time."""
DPI = 200


class TesserocrLines:
    """Reads lines with a resident Tesseract; satisfies `pipeline.ports.LineReader`."""

    name = "tesserocr"

    def __init__(self, tessdata: Path = TESSDATA) -> None:
        """Load the model.

        Args:
            tessdata: folder of `vie.traineddata`.

        Raises:
            MissingProgram: it is not there, or no model.
        """
        version = tesserocr.tesseract_version().split()[1]
        self.version = f"tesserocr {version} {LANGUAGE} {model_name(tessdata)}"
        try:
            self._api = PyTessBaseAPI(path=str(tessdata), lang=LANGUAGE, oem=OEM.LSTM_ONLY, variables=dict(VARIABLES))
        except RuntimeError as error:
            raise MissingProgram(f"Không đọc được {tessdata}/{LANGUAGE}.traineddata: cài lại chương trình") from error

    def read_lines(self, crops: Sequence[Pixels]) -> list[LineReading]:
        """Return what stands on each crop, in the same order; no words only where there is no ink, or none is seen.

        Raises:
            RecognizerFailed: Tesseract ended without a result.
        """
        try:
            return [self._read(crop) for crop in crops]
        except RuntimeError as error:
            raise RecognizerFailed("Tesseract kết thúc không có kết quả") from error

    def _read(self, crop: Pixels) -> LineReading:
        if ink_box(crop) is None:
            return LineReading(())
        picture = fitted(crop)
        height, width = picture.shape
        self._api.SetImageBytes(picture.tobytes(), width, height, 1, width)
        self._api.SetSourceResolution(DPI)
        readings = (tuple(self._words(way, crop.shape[1] / width)) for way in WAYS)
        return LineReading(next((words for words in readings if words), ()))

    def _words(self, way: int, scale: float) -> Iterator[ReadWord]:
        """Yield the words as Tesseract sees them if it reads the line this way.

        Args:
            scale: columns of the crop to each of the picture that Tesseract was given.
        """
        self._api.SetPageSegMode(way)
        if not self._api.Recognize() or (found := self._api.GetIterator()) is None:
            return
        for word in tesserocr.iterate_level(found, RIL.WORD):
            box = word.BoundingBox(RIL.WORD)
            if box is not None:
                text = nfc("".join(word.GetUTF8Text(RIL.WORD).split()))
                if text:
                    start, end = round(box[0] * scale), round(box[2] * scale)
                    yield ReadWord(text, start, end, min(1.0, max(0.0, word.Confidence(RIL.WORD) / 100)))

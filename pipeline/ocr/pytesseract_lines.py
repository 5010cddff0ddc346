"""Tesseract as a program of its own, through pytesseract: reads lines where tesserocr is missing.

Many lines go into one call as a list of files, for each start of the program loads the model.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

import pytesseract

from pipeline.ocr.crops import fitted, ink_box
from pipeline.ocr.models import LANGUAGE, TESSDATA, model_name
from schemas.errors import MissingProgram, RecognizerFailed
from schemas.page import Pixels
from schemas.text import LineReading, ReadWord, nfc

ENVIRONMENT: Mapping[str, str] = MappingProxyType({"OMP_THREAD_LIMIT": "1"})
"""What the process environment must hold before Tesseract is loaded or started: one thread for each page read."""
WAYS = (7, 13)
"""How a line is read (a single line; the same without a look for its layout), each where the one before saw nothing."""
DPI = 200
WORD_LEVEL, COLUMNS = 5, 12


class PytesseractLines:
    """Reads lines with Debian's Tesseract; satisfies `pipeline.ports.LineReader`."""

    name = "pytesseract"

    def __init__(self, tessdata: Path = TESSDATA, deadline_s: float = 60.0) -> None:
        """Look for the program.

        Args:
            tessdata: folder of `vie.traineddata`.
            deadline_s: seconds after which one call is given up.

        Raises:
            MissingProgram: it is not installed, or there is no model.
        """
        try:
            version = str(pytesseract.get_tesseract_version()).split("-")[0]
        except (pytesseract.TesseractNotFoundError, SystemExit) as error:
            raise MissingProgram("Thiếu gói tesseract-ocr: chạy «sudo apt-get install tesseract-ocr»") from error
        self._tessdata, self._deadline_s = tessdata, deadline_s
        self.version = f"pytesseract {version} {LANGUAGE} {model_name(tessdata)}"

    def read_lines(self, crops: Sequence[Pixels]) -> list[LineReading]:
        """Return what stands on each crop, in the same order; no words only where there is no ink, or none is seen.

        Raises:
            RecognizerFailed: the program ended without a result or overran its deadline.
        """
        readings = [LineReading(()) for _ in crops]
        left = [place for place, crop in enumerate(crops) if ink_box(crop) is not None]
        for way in WAYS:
            for place, reading in zip(left, self._read([crops[place] for place in left], way), strict=True):
                readings[place] = reading
            left = [place for place in left if not readings[place].words]
        return readings

    def _read(self, crops: Sequence[Pixels], way: int) -> list[LineReading]:
        if not crops:
            return []
        with TemporaryDirectory(prefix="sohoa-lines-") as folder:
            pictures = [fitted(crop) for crop in crops]
            table = self._table(_listed(pictures, Path(folder)), way)
        words: list[list[ReadWord]] = [[] for _ in crops]
        scales = [crop.shape[1] / picture.shape[1] for crop, picture in zip(crops, pictures, strict=True)]
        for place, word in _words(table, scales):
            words[place].append(word)
        return [LineReading(tuple(found)) for found in words]

    def _table(self, listed: Path, way: int) -> str:
        config = f"--oem 1 --psm {way} --dpi {DPI} --tessdata-dir {self._tessdata} -c tessedit_do_invert=0"
        try:
            return str(
                pytesseract.image_to_data(str(listed), lang=LANGUAGE, config=config, timeout=round(self._deadline_s))
            )
        except pytesseract.TesseractError as error:
            raise RecognizerFailed(f"Tesseract kết thúc với mã {error.status}") from error
        except RuntimeError as error:
            raise RecognizerFailed(f"Tesseract không đọc xong trong {self._deadline_s:g} giây") from error


def _listed(pictures: Sequence[Pixels], folder: Path) -> Path:
    """Write the pictures, and the list of them that Tesseract takes instead of a picture."""
    files = [folder / f"{place}.pgm" for place in range(len(pictures))]
    for file, picture in zip(files, pictures, strict=True):
        height, width = picture.shape
        file.write_bytes(b"P5 %d %d 255\n" % (width, height) + picture.tobytes())
    listed = folder / "lines.txt"
    listed.write_text("".join(f"{file}\n" for file in files), encoding="utf-8")
    return listed


def _words(table: str, scales: Sequence[float]) -> Iterator[tuple[int, ReadWord]]:
    """Yield the words of Tesseract's TSV, each with the place of its line."""
    for row in table.split("\n")[1:]:
        cells = row.split("\t", COLUMNS - 1)
        if len(cells) == COLUMNS and int(cells[0]) == WORD_LEVEL and (text := nfc("".join(cells[11].split()))):
            place, left, width = int(cells[1]) - 1, int(cells[6]), int(cells[8])
            start, end = round(left * scales[place]), round((left + width) * scales[place])
            yield place, ReadWord(text, start, end, min(1.0, max(0.0, float(cells[10]) / 100)))

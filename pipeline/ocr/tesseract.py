"""Tesseract, through pytesseract; the only module that knows it.

Tesseract runs as a program of its own for each page. It would start a thread for every core of the
machine; `workers.bootstrap` keeps it to one by putting `ENVIRONMENT` into the environment.
"""

import math
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pytesseract
from PIL import Image

from pipeline.ocr.words import lines_of, rows_of, weight
from schemas.errors import MissingProgram, RecognizerFailed
from schemas.page import Page, Pixels
from schemas.text import PageText
from schemas.units import Turn

ENVIRONMENT: Mapping[str, str] = MappingProxyType({"OMP_THREAD_LIMIT": "1"})
"""What the process environment must hold before the first page: one thread for each page read."""

PAGE_LAYOUT = 4
"""One column of text of any size: keeps the rows of tables and forms whole, where 3 cuts them into columns."""
CLEAR_OSD = 4.0
"""Orientation confidence from which Tesseract's own detector is believed without a look at the text."""
SKETCH_DPI = 200
FEWEST_LETTERS = 12.0
CLEARLY = 1.3
"""A turn has to be read with so many sure letters, and so much better than the page as it lies."""
QUARTERS: tuple[Turn, ...] = (0, 90, 180, 270)
_QUIET = "-c tessedit_do_invert=0"


class Tesseract:
    """Reads pages with Debian's Tesseract; satisfies `pipeline.ports.Recognizer`.

    Attributes:
        name: name, version and language, e.g. "tesseract 5.3.0 vie".
    """

    def __init__(self, language: str = "vie", deadline_s: float = 100.0) -> None:
        """Look for the program and its language data.

        Args:
            language: Tesseract's code, several joined by "+".
            deadline_s: seconds after which reading one page is given up; below the deadline of the page's process.

        Raises:
            MissingProgram: the program or the data of a language is not installed.
        """
        self._language = language
        self._deadline_s = deadline_s
        self.name = f"tesseract {_installed_version(language)} {language}"

    def read(self, page: Page) -> PageText:
        """Return the words of `page` in Tesseract's order, boxes in pixels of `page.image`.

        Raises:
            RecognizerFailed: Tesseract ended without a result or overran its deadline.
        """
        height, width = page.image.shape[:2]
        if page.blank:
            return PageText(width=width, height=height, lines=(), reader=self.name)
        dpi = round(page.resolution.x * page.food_scale)
        table = self._table(page.food, PAGE_LAYOUT, dpi)
        tall, wide = page.food.shape
        lines = lines_of(rows_of(table), (width / wide, height / tall), (width, height))
        return PageText(width=width, height=height, lines=lines, reader=self.name)

    def upright(self, grey: Pixels) -> Turn:
        """Return the clockwise turn that brings a picture upright; 0 where nothing tells.

        Tesseract's own detector is asked first. Where it is in doubt or wants the page turned, the page
        is read the ways in question: upright text is read with more certainty. Pages that leave a doubt
        hold little text, so this costs little.

        Raises:
            RecognizerFailed: Tesseract overran its deadline.
        """
        turn, confidence = self._detected(grey)
        if turn == 0 and confidence >= CLEAR_OSD:
            return turn
        candidates = (0, turn) if confidence >= CLEAR_OSD else QUARTERS
        weights = {by: self._weight(grey, by) for by in candidates}
        best = max(candidates, key=lambda by: weights[by])
        return best if weights[best] >= FEWEST_LETTERS and weights[best] > CLEARLY * weights[0] else 0

    def _weight(self, grey: Pixels, by: Turn) -> float:
        return weight(rows_of(self._table(np.rot90(grey, -by // 90), PAGE_LAYOUT, SKETCH_DPI)))

    def _detected(self, grey: Pixels) -> tuple[Turn, float]:
        """Return the turn that Tesseract's detector proposes and its confidence; (0, 0.0) where it sees too little."""
        try:
            found = pytesseract.image_to_osd(
                _picture(grey),
                lang="osd",
                config=f"--psm 0 --dpi {SKETCH_DPI}",
                timeout=self._timeout,
                output_type=pytesseract.Output.DICT,
            )
        except pytesseract.TesseractError:  # too few characters: Tesseract ends with an error
            return 0, 0.0
        except RuntimeError as error:
            raise RecognizerFailed("Tesseract quá thời hạn khi tìm chiều trang") from error
        return QUARTERS[int(found["rotate"]) // 90 % 4], float(found["orientation_conf"])

    def _table(self, grey: Pixels, layout: int, dpi: int) -> str:
        config = f"--psm {layout} --dpi {dpi} {_QUIET}"
        try:
            return str(
                pytesseract.image_to_data(_picture(grey), lang=self._language, config=config, timeout=self._timeout)
            )
        except pytesseract.TesseractNotFoundError as error:
            raise MissingProgram(_missing("tesseract-ocr")) from error
        except pytesseract.TesseractError as error:
            raise RecognizerFailed(f"Tesseract kết thúc với mã {error.status}") from error
        except RuntimeError as error:
            raise RecognizerFailed(f"Tesseract không đọc xong trang trong {self._deadline_s:g} giây") from error

    @property
    def _timeout(self) -> int:
        return max(1, math.ceil(self._deadline_s))


def _installed_version(language: str) -> str:
    """Return Tesseract's version.

    Raises:
        MissingProgram: the program or the data of a language is not installed.
    """
    try:
        version = str(pytesseract.get_tesseract_version()).split("-")[0]
        installed = set(pytesseract.get_languages())
    except (pytesseract.TesseractNotFoundError, SystemExit) as error:
        raise MissingProgram(_missing("tesseract-ocr")) from error
    for needed in [*language.split("+"), "osd"]:
        if needed not in installed:
            raise MissingProgram(_missing(f"tesseract-ocr-{needed.replace('_', '-')}"))
    return version


def _missing(package: str) -> str:
    return f"Thiếu gói {package}: chạy «sudo apt-get install {package}»"


def _picture(grey: Pixels) -> Image.Image:
    """Return the picture in a form that pytesseract hands over without compressing it."""
    picture = Image.fromarray(np.ascontiguousarray(grey))
    picture.format = "TIFF"
    return picture

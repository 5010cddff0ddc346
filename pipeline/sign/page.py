"""The shape of page 1 of a file that is about to be sealed."""

from typing import cast

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from pipeline.sign.block import PageShape, Turn


def page_shape(writer: IncrementalPdfFileWriter) -> PageShape:
    """Return the visible area of page 1: its CropBox within its MediaBox, and its turn."""
    reference = writer.find_page_for_modification(0)[0]  # type: ignore[no-untyped-call]  # pyHanko leaves it untyped
    page = cast("generic.DictionaryObject", reference.get_object())
    media = _box(_inherited(page, "/MediaBox"))
    crop = _box(_inherited(page, "/CropBox") or _inherited(page, "/MediaBox"))
    corners = max(media[0], crop[0]), max(media[1], crop[1]), min(media[2], crop[2]), min(media[3], crop[3])
    turn = int(cast("int", _inherited(page, "/Rotate") or 0)) % 360
    return PageShape(*corners, cast("Turn", turn if turn in (90, 180, 270) else 0))


def _inherited(page: generic.DictionaryObject, key: str) -> generic.PdfObject | None:
    node: generic.DictionaryObject | None = page
    while node is not None:
        if key in node:
            return cast("generic.PdfObject", node[key])
        node = cast("generic.DictionaryObject", node["/Parent"]) if "/Parent" in node else None
    return None


def _box(value: generic.PdfObject | None) -> tuple[float, float, float, float]:
    numbers = [float(number) for number in cast("generic.ArrayObject", value)]
    (x0, x1), (y0, y1) = sorted(numbers[0::2]), sorted(numbers[1::2])
    return x0, y0, x1, y1

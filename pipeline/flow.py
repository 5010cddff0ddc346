"""The order of the line: find blanks, clean, find lines, read, encode; then assemble what is delivered, and seal.

Only this module knows the order within a page. `workers.page_work` binds the functions to their
settings and tools; `sohoa digitize` and the actors run the same ones.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from schemas.document import PageLayers
from schemas.layout import Layout
from schemas.page import Page, Scan
from schemas.text import PageText


@dataclass(frozen=True, kw_only=True)
class PageStages:
    """What one page goes through; all of it in one process, so that it is decoded once."""

    is_blank: Callable[[Scan], bool]
    clean: Callable[[Scan, bool], Page]
    find_layout: Callable[[Page], Layout]
    read: Callable[[Page, Layout], PageText]
    encode: Callable[[Page, PageText], PageLayers]


def digitize_page(scan: Scan, stages: PageStages) -> PageLayers:
    """Turn a scan into the layers of a delivered page. Blanks are found before anything is changed.

    Raises:
        RecognizerFailed: the recognizer ended without a result.
    """
    page = stages.clean(scan, stages.is_blank(scan))
    text = stages.read(page, stages.find_layout(page)) if not page.blank else nothing_read(page)
    return stages.encode(page, text)


def delivered(layers: Sequence[PageLayers]) -> list[PageLayers]:
    """Return the pages that are delivered: all that are not blank, or all where every page is."""
    return [page for page in layers if not page.blank] or list(layers)


def nothing_read(page: Page) -> PageText:
    """Return the text of a blank page."""
    height, width = page.image.shape[:2]
    return PageText(width=width, height=height, lines=(), reader="")

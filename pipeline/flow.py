"""The order of the line: find blanks, clean, find lines, read, encode and look at the result; then assemble, and seal.

Only this module knows the order within a page. `workers.page_work` binds the functions to their
settings and tools; `sohoa digitize` and the actors run the same ones.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from schemas.document import PageLayers
from schemas.geometry import Box
from schemas.layout import Layout
from schemas.page import Page, Scan
from schemas.text import PageText

Places = tuple[Box, ...]
MOST_TRIES = 2
"""How often a page that lost ink is coded with more care before its picture is kept as it was."""


@dataclass(frozen=True, kw_only=True)
class PageStages:
    """What one page goes through; all of it in one process, so that it is decoded once.

    Attributes:
        encode: codes the picture; the places given to it with the greatest care.
        find_losses: places where the finished page does not show what the picture shows.
        keep: delivers a picture as it was before it was coded.
        suffices: whether the scanner's own image is no larger than these layers, and as good.
        keeps_all: the scanner's own image is wanted, whatever its size.
    """

    is_blank: Callable[[Scan], bool]
    clean: Callable[[Scan, bool], Page]
    find_layout: Callable[[Page], Layout]
    read: Callable[[Page, Layout], PageText]
    encode: Callable[[Page, PageText, Places], PageLayers]
    find_losses: Callable[[PageLayers, Page], Places]
    keep: Callable[[Scan, Page, PageText], PageLayers]
    suffices: Callable[[Scan, PageLayers], bool]
    keeps_all: bool = False


def digitize_page(scan: Scan, stages: PageStages) -> PageLayers:
    """Turn a scan into the layers of a delivered page. Blanks are found before anything is changed.

    Raises:
        RecognizerFailed: the recognizer ended without a result.
    """
    page = stages.clean(scan, stages.is_blank(scan))
    text = stages.read(page, stages.find_layout(page)) if not page.blank else nothing_read(page)
    return faithful(scan, page, text, stages)


def faithful(scan: Scan, page: Page, text: PageText, stages: PageStages) -> PageLayers:
    """Return the layers of a page whose picture shows every stroke, as the finished page was seen to do."""
    if stages.keeps_all:
        return stages.keep(scan, page, text)
    layers = stages.encode(page, text, ())
    if stages.suffices(scan, layers):
        return stages.keep(scan, page, text)
    for _ in range(MOST_TRIES):
        lost = stages.find_losses(layers, page)
        if not lost:
            return layers
        layers = stages.encode(page, text, (*layers.safer, *lost))
    if not stages.find_losses(layers, page):
        return layers
    return replace(stages.keep(scan, page, text), safer=layers.safer)


def delivered(layers: Sequence[PageLayers]) -> list[PageLayers]:
    """Return the pages that are delivered: all that are not blank, or all where every page is."""
    return [page for page in layers if not page.blank] or list(layers)


def nothing_read(page: Page) -> PageText:
    """Return the text of a blank page."""
    height, width = page.image.shape[:2]
    return PageText(width=width, height=height, lines=(), reader="")

"""The order of the line: scan, clean, read, encode; then assemble and seal.

Only this module knows it. The functions are bound to their settings and tools in
`workers.bootstrap`; `digitize` runs them in one process, the actors job by job.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from schemas.document import DocumentMetadata, Draft, PageLayers, Sealed
from schemas.page import Page, Scan
from schemas.text import PageText


@dataclass(frozen=True, kw_only=True)
class PageStages:
    """What one page goes through; all of it in one process, so that it is decoded once."""

    is_blank: Callable[[Scan], bool]
    clean: Callable[[Scan, bool], Page]
    read: Callable[[Page], PageText]
    encode: Callable[[Page, PageText], PageLayers]


@dataclass(frozen=True, kw_only=True)
class DocumentStages:
    """What one document goes through."""

    assemble: Callable[[Sequence[PageLayers], DocumentMetadata], Draft]
    seal: Callable[[Draft], Sealed]


def digitize_page(scan: Scan, stages: PageStages) -> PageLayers:
    """Turn a scan into the layers of a delivered page. Blanks are found before anything is changed.

    Raises:
        RecognizerFailed: the recognizer ended without a result.
    """
    page = stages.clean(scan, stages.is_blank(scan))
    text = stages.read(page) if not page.blank else nothing_read(page)
    return stages.encode(page, text)


def digitize(
    scans: Sequence[Scan], metadata: DocumentMetadata, page_stages: PageStages, document_stages: DocumentStages
) -> Sealed:
    """Turn the scans of one document into one sealed, searchable PDF/A; blank pages are left out.

    Raises:
        RecognizerFailed: a page could not be read.
        NotArchival: the result is no PDF/A-2b.
        SealKeyUnavailable: the key cannot be used.
    """
    layers = [digitize_page(scan, page_stages) for scan in scans]
    return document_stages.seal(document_stages.assemble(delivered(layers), metadata))


def delivered(layers: Sequence[PageLayers]) -> list[PageLayers]:
    """Return the pages that are delivered: all that are not blank, or all where every page is."""
    return [page for page in layers if not page.blank] or list(layers)


def nothing_read(page: Page) -> PageText:
    """Return the text of a blank page."""
    height, width = page.image.shape[:2]
    return PageText(width=width, height=height, lines=(), reader="")

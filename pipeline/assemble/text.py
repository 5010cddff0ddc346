"""The plain text of a document."""

from collections.abc import Sequence

from schemas.text import PageText


def plain_text(pages: Sequence[PageText]) -> str:
    """Return the text in reading order, each page ended by a form feed, as `pdftotext` writes it."""
    return "".join(f"{page.text}\f" for page in pages)

"""The delivered document: pictures, invisible words, what the file says of itself."""

import io
import warnings
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC

import img2pdf
import pikepdf
from pikepdf import Array, Dictionary, Name, pdfa
from PIL import Image

from pipeline.assemble.colour import srgb_profile
from pipeline.assemble.font import add_fonts
from pipeline.assemble.layer import text_layer
from pipeline.assemble.parts import INSET_PT, add_parts
from schemas.document import DocumentMetadata, Draft, PageLayers
from schemas.errors import LimitExceeded, NotArchival
from schemas.units import px_to_pt

FLAVOUR = "2b"
PRODUCER = "Sổ Hóa"
MOST_FINDINGS = 5
SMALLEST_PT, LARGEST_PT = 3.0, 14_400.0
"""Sides that a page of a PDF may have (ISO 32000-1, annex C)."""
HAIR_PT = 0.0001
"""So much smaller than its paper a page is, or poppler adds a row of pixels to what is rounded to a little more."""

Layout = Callable[..., tuple[float, float, float, float]]
"""img2pdf's: from pixels and density to page width, page height, image width, image height in points."""


def assemble(pages: Sequence[PageLayers], metadata: DocumentMetadata) -> Draft:
    """Return the document as PDF/A-2b, approved by the validator; the same input gives the same bytes.

    Coded pictures are taken over bit by bit, pages have the size of their paper, and each page's words
    lie invisibly under their ink.

    Args:
        pages: in order, one or more.
        metadata: what the file says of itself.

    Raises:
        LimitExceeded: a page is smaller or larger than a PDF's may be.
        NotArchival: the validator did not approve the file.
    """
    with _drawn(pages) as pdf:
        pdfa.prepare(pdf, FLAVOUR, output_intent=srgb_profile(), output_condition_identifier="sRGB")
        _describe(pdf, metadata)  # after `prepare`, which writes the present time
        return Draft(_approved(pdf))


def draw_page(page: PageLayers) -> bytes:
    """Return a PDF of one page as it will stand in the document, to be looked at.

    Raises:
        LimitExceeded: it is smaller or larger than a page of a PDF may be.
    """
    target = io.BytesIO()
    with _drawn([page]) as pdf:
        pdf.save(target, compress_streams=False)
    return target.getvalue()


def _drawn(pages: Sequence[PageLayers]) -> pikepdf.Pdf:
    """Return the pages with pictures and words, nothing said yet of what they are."""
    whole = [page for page in pages if not page.parts]
    pdf = pikepdf.open(io.BytesIO(_pictures(whole))) if whole else pikepdf.new()
    for number, page in enumerate(pages):
        if page.parts:
            pdf.pages.insert(number, _empty(pdf, page))
            add_parts(pdf, pdf.pages[number], page)
    _write_words(pdf, pages)
    _drop_random_id(pdf)
    return pdf


def _empty(pdf: pikepdf.Pdf, page: PageLayers) -> pikepdf.Page:
    paper = Array([0, 0, *(round(side, 4) for side in _size(page))])
    return pikepdf.Page(pdf.make_indirect(Dictionary(Type=Name.Page, MediaBox=paper, Resources=Dictionary())))


def _pictures(pages: Sequence[PageLayers]) -> bytes:
    """Return a PDF of pages that have one picture each, without words."""
    with warnings.catch_warnings():
        # The pictures are our own: how large they may be was decided before they were decoded.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        return bytes(img2pdf.convert([page.picture for page in pages], layout_fun=_layout(pages), nodate=True))


def _layout(pages: Sequence[PageLayers]) -> Layout:
    """Return what img2pdf asks once for each picture: its size on paper, from the page's own resolution."""
    sizes: Iterator[tuple[float, float]] = iter([_size(page) for page in pages])

    def layout(*_: object) -> tuple[float, float, float, float]:
        width, height = next(sizes)
        return width, height, width - 2 * INSET_PT, height - 2 * INSET_PT

    return layout


def _size(page: PageLayers) -> tuple[float, float]:
    """Return width and height of the page's paper in points."""
    width, height = px_to_pt(page.width, page.resolution.x), px_to_pt(page.height, page.resolution.y)
    if not (min(width, height) >= SMALLEST_PT and max(width, height) <= LARGEST_PT):
        raise LimitExceeded(f"Trang khổ {width:.0f} × {height:.0f} điểm (1/72 inch): PDF không có khổ giấy này")
    return width - HAIR_PT, height - HAIR_PT


def _write_words(pdf: pikepdf.Pdf, pages: Sequence[PageLayers]) -> None:
    layers = [text_layer(page) for page in pages]
    written = [layer for layer in layers if layer]
    faces = {face for layer in written for face in layer.faces}
    fonts = add_fonts(pdf, faces, {char for layer in written for char in layer.characters}) if faces else {}
    for page, layer in zip(pdf.pages, layers, strict=True):
        if layer:
            for face in sorted(layer.faces):
                page.add_resource(fonts[face], Name.Font, Name("/" + face.name))
            page.contents_add(pdf.make_stream(layer.operators, Filter=Name.FlateDecode))


def _describe(pdf: pikepdf.Pdf, metadata: DocumentMetadata) -> None:
    """Write title, language, dossier code and time into catalog, information dictionary and XMP."""
    created = metadata.created.astimezone(UTC)
    stamp = f"D:{created:%Y%m%d%H%M%S}+00'00'"
    pdf.Root.Lang = pikepdf.String(metadata.language)
    pdf.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
    pdf.docinfo = pdf.make_indirect(
        Dictionary(Title=metadata.title, Producer=PRODUCER, CreationDate=stamp, ModDate=stamp)
    )
    with pdf.open_metadata(set_pikepdf_as_editor=False) as xmp:
        xmp["dc:title"] = metadata.title
        xmp["dc:language"] = [metadata.language]
        xmp["pdf:Producer"] = PRODUCER
        for name in ("xmp:CreateDate", "xmp:ModifyDate", "xmp:MetadataDate"):
            xmp[name] = created.isoformat(timespec="seconds")
        if metadata.dossier_code:
            xmp["dc:identifier"] = metadata.dossier_code


def _approved(pdf: pikepdf.Pdf) -> bytes:
    """Return the file as written and validated.

    Raises:
        NotArchival: the validator did not approve the file.
    """
    target = io.BytesIO()
    try:
        pdfa.save(pdf, target, FLAVOUR, repair=False, deterministic_id=True)
    except pdfa.PdfaError as error:
        findings = "; ".join(f"{item.rule}: {item.message}" for item in error.report.findings[:MOST_FINDINGS])
        raise NotArchival(f"Tệp không đạt PDF/A-2b: {findings}") from error
    return target.getvalue()


def _drop_random_id(pdf: pikepdf.Pdf) -> None:
    if Name.ID in pdf.trailer:
        del pdf.trailer.ID

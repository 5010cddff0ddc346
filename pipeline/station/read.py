"""Pages of an original as scans, without loss of pixels."""

import io
from dataclasses import dataclass, replace
from typing import Final

import pikepdf
import simplejpeg
from pikepdf import Name
from pikepdf.models.image import NotExtractableError, UnsupportedImageTypeError
from PIL import JpegImagePlugin, PngImagePlugin, TiffImagePlugin

from pipeline.station import jpeg, pdf, pdf_page, pictures, poppler, tiff
from pipeline.station.formats import Kind
from pipeline.station.limits import check_pixels, final
from schemas.batch import Original
from schemas.errors import NotFound, UnreadableFile
from schemas.page import Pixels, Scan, Stream
from schemas.settings import StationSettings
from schemas.units import Resolution

PLAIN_COLOURS: Final = frozenset({"/DeviceGray", "/DeviceRGB", "/CalGray", "/CalRGB", "/Indexed"})


PLAIN_COUNTS: Final = (1, 3)
"""Colours of a JPEG that is grey or RGB."""


@dataclass(frozen=True)
class _Picture:
    """A decoded page before its resolution is settled."""

    pixels: Pixels
    resolution: Resolution | None
    bilevel: bool = False
    stream: Stream | None = None


def read_page(data: bytes, original: Original, page_no: int, settings: StationSettings) -> Scan:
    """Decode one page of `data`, and no other.

    Args:
        data: the file that `inspect` made `original` of.
        page_no: 1-based.

    Raises:
        NotFound: there is no such page.
        UnreadableFile: the page is damaged.
        LimitExceeded: the page has more pixels than allowed, or takes too long.
        UnsupportedFile: its pixels are of a kind that is not taken.
        MissingProgram: poppler is needed and not installed.
    """
    if not 1 <= page_no <= original.pages:
        raise NotFound(f"Tệp có {original.pages} trang, không có trang {page_no}")
    with final():
        picture = _picture(data, Kind(original.media_type), page_no, settings)
    height, width = picture.pixels.shape[:2]
    return Scan(
        pixels=picture.pixels,
        resolution=picture.resolution or pictures.guessed((width, height), settings.default_dpi),
        resolution_stated=picture.resolution is not None,
        bilevel=picture.bilevel,
        page_no=page_no,
        stream=picture.stream,
    )


def _picture(data: bytes, kind: Kind, page_no: int, settings: StationSettings) -> _Picture:
    if kind is Kind.TIFF:
        return _read_tiff(data, page_no, settings)
    if kind is Kind.PDF:
        return _read_pdf(data, page_no, settings)
    return _read_jpeg(data, settings) if kind is Kind.JPEG else _read_png(data, settings)


def _read_tiff(data: bytes, page_no: int, settings: StationSettings) -> _Picture:
    frames = tiff.pages(data, settings)
    with pictures.decoding(settings), TiffImagePlugin.TiffImageFile(io.BytesIO(data)) as image:
        image.seek(frames[page_no - 1].index)
        check_pixels(*image.size, settings)
        orientation, resolution = pictures.orientation_of(image), pictures.resolution_of(image)
        inverted = image.mode in pictures.SIXTEEN_BITS and image.tag_v2.get(262) == 0
        image.load()  # turns the picture as its Orientation says
        pixels = pictures.pixels_of(image)
        pixels = 255 - pixels if inverted else pixels
        return _Picture(pixels, pictures.swapped(resolution, orientation), image.mode == "1")


def _read_png(data: bytes, settings: StationSettings) -> _Picture:
    with pictures.decoding(settings), PngImagePlugin.PngImageFile(io.BytesIO(data)) as image:
        check_pixels(*image.size, settings)
        image.load()
        orientation, resolution = pictures.orientation_of(image), pictures.resolution_of(image)
        pixels = pictures.upright(pictures.pixels_of(image), orientation)
        return _Picture(pixels, pictures.swapped(resolution, orientation), image.mode == "1")


def _read_jpeg(data: bytes, settings: StationSettings) -> _Picture:
    pixels = decode_jpeg(data, settings)
    with pictures.decoding(settings), JpegImagePlugin.JpegImageFile(io.BytesIO(data)) as image:
        orientation, resolution = pictures.orientation_of(image), pictures.resolution_of(image)
    stream = Stream(data) if orientation == 1 and jpeg.frame(data).colours in PLAIN_COUNTS else None
    upright = pictures.upright(pixels, orientation)
    return _Picture(upright, pictures.swapped(resolution, orientation), stream=stream)


def decode_jpeg(data: bytes, settings: StationSettings) -> Pixels:
    """Decode a JPEG's pixels as they lie in the file, grey or RGB.

    A decoder's warning counts as damage: a page that was patched up silently would be sealed.

    Raises:
        UnreadableFile: it is damaged.
        LimitExceeded: it has more pixels than allowed.
        UnsupportedFile: it has more than 8 bits a sample.
    """
    found = jpeg.frame(data)
    check_pixels(found.width, found.height, settings)
    if found.colours not in PLAIN_COUNTS:
        return _decode_by_pillow(data, settings)
    try:
        pixels: Pixels = simplejpeg.decode_jpeg(data, "GRAY" if found.colours == 1 else "RGB")
    except ValueError as error:
        raise UnreadableFile("Dữ liệu ảnh JPEG hỏng") from error
    return pixels[..., 0] if found.colours == 1 else pixels


def _decode_by_pillow(data: bytes, settings: StationSettings) -> Pixels:
    with pictures.decoding(settings), JpegImagePlugin.JpegImageFile(io.BytesIO(data)) as image:
        return pictures.pixels_of(image)


def _read_pdf(data: bytes, page_no: int, settings: StationSettings) -> _Picture:
    with pdf.opened(data) as opened:
        page = opened.pages[page_no - 1]
        placed = pdf_page.scanned_image(page)
        found = _taken_out(placed, settings) if placed else None
        size = _drawn_size(page, placed, settings)
        paper, bare = pdf_page.size_in(page), pdf_page.is_scanned(page)
    if found:
        return found
    pixels = poppler.rasterise(data, page_no, size, settings, bare=bare)
    height, width = pixels.shape[:2]
    return _Picture(pixels, pictures.plausible((width / paper[0], height / paper[1]), 1.0, (width, height)))


def _drawn_size(page: pikepdf.Page, placed: pdf_page.Placed | None, settings: StationSettings) -> tuple[int, int]:
    """Return the pixels to draw a page with: those of its scan where it is one, else by default dpi."""
    if placed:
        width, height = _image_size(placed, settings)
        return (height, width) if placed.turn % 180 else (width, height)
    wide, high = pdf_page.size_in(page)
    dpi = poppler.fitting_dpi(wide, high, settings)
    return max(round(wide * dpi), 1), max(round(high * dpi), 1)


def _image_size(placed: pdf_page.Placed, settings: StationSettings) -> tuple[int, int]:
    width, height = int(placed.image.get(Name.Width, 0)), int(placed.image.get(Name.Height, 0))
    check_pixels(width, height, settings)
    return width, height


def _taken_out(placed: pdf_page.Placed, settings: StationSettings) -> _Picture | None:
    """Return the scan as it lies in the PDF; None where its coding is not for us to decode."""
    size = _image_size(placed, settings)
    decoded = _decoded(placed.image, settings)
    if decoded is None:
        return None
    height, width = decoded.pixels.shape[:2]
    stated = (width / placed.width_in, height / placed.height_in)
    resolution = pictures.plausible(stated, 1.0, size)
    orientation = 6 if placed.turn % 180 else 1
    pixels = pictures.turned(decoded.pixels, placed.turn)
    stream = replace(decoded.stream, turn=placed.turn) if decoded.stream else None
    return _Picture(pixels, pictures.swapped(resolution, orientation), decoded.bilevel, stream)


def _decoded(stream: pikepdf.Stream, settings: StationSettings) -> _Picture | None:
    image = pikepdf.PdfImage(stream)
    if not _is_plain(image):
        return None
    if image.filters == ["/DCTDecode"]:
        data = stream.read_raw_bytes()
        pixels = decode_jpeg(data, settings)
        return _Picture(pixels, None, stream=Stream(data) if jpeg.frame(data).colours in PLAIN_COUNTS else None)
    try:
        with pictures.decoding(settings):
            picture = image.as_pil_image()
            return _Picture(pictures.pixels_of(picture), None, picture.mode == "1")
    except (UnsupportedImageTypeError, NotExtractableError, NotImplementedError):
        return None


def _is_plain(image: pikepdf.PdfImage) -> bool:
    """Whether the stored samples are the colours to show: no ink separations, no exotic codings."""
    if not set(image.filters) <= {"/DCTDecode", "/CCITTFaxDecode", "/FlateDecode", "/LZWDecode", "/RunLengthDecode"}:
        return False
    if "/DCTDecode" in image.filters and (len(image.filters) > 1 or image.decode_parms not in ([], [{}], [None])):
        return False
    if image.colorspace in PLAIN_COLOURS:
        return image.bits_per_component in (1, 8)
    return image.colorspace == "/ICCBased" and image.mode in {"L", "RGB", "1"} and image.bits_per_component in (1, 8)

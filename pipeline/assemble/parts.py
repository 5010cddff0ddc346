"""The parts of a mixed page, drawn one over the other.

A stencil (CCITT G4) paints in its colour where it is black; a JPEG covers its box, or shows through its mask.
Explicit masks and plain device colours only: what every viewer draws alike (ISO 32000-1, 8.9.6).
"""

import zlib

import pikepdf
from pikepdf import Array, Dictionary, Name

from schemas.document import Coding, PageLayers, Part
from schemas.geometry import Placing
from schemas.units import px_to_pt

WORTH = 0.9
"""A JPEG is deflated where no more than this share of it is left."""
INSET_PT = 0.005
"""A fiftieth of a pixel: a picture that ends upon a pixel's edge, or a trifle beyond, is stretched by one."""
HAIR_PX = 0.05
PNG_FILTERS = 15
"""A predictor of PDF: each row begins with the number of its filter."""


def add_parts(pdf: pikepdf.Pdf, page: pikepdf.Page, layers: PageLayers) -> None:
    """Draw the parts of `layers` on a page that shows nothing yet."""
    operators = []
    for number, part in enumerate(layers.parts):
        name = f"/Part{number}"
        image = _image(pdf, part) if part.colour is None else _stencil(pdf, part)
        page.add_resource(image, Name.XObject, Name(name))
        operators.append(f"q {_colour(part)}{_place(part, layers)} cm {name} Do Q")
    page.contents_add("\n".join([f"q {_inset(layers)} cm", *operators, "Q"]).encode("ascii"))


def _inset(layers: PageLayers) -> str:
    """Return the matrix that takes all parts together a little inside the page's edges."""
    sides = px_to_pt(layers.width, layers.resolution.x), px_to_pt(layers.height, layers.resolution.y)
    across, up = (1 - 2 * INSET_PT / side for side in sides)
    return f"{across:.8f} 0 0 {up:.8f} {INSET_PT} {INSET_PT}"


def _image(pdf: pikepdf.Pdf, part: Part) -> pikepdf.Object:
    image = _coded(pdf, part)
    image.ColorSpace = Name.DeviceGray if part.grey else Name.DeviceRGB
    image.BitsPerComponent = 1 if part.coding is Coding.CCITT_G4 else 8
    if part.mask is not None:
        image.Mask = pdf.make_indirect(_stencil(pdf, part.mask))
    return image


def _stencil(pdf: pikepdf.Pdf, part: Part) -> pikepdf.Object:
    image = _coded(pdf, part)
    image.ImageMask = True
    image.BitsPerComponent = 1
    return image


def _coded(pdf: pikepdf.Pdf, part: Part) -> pikepdf.Stream:
    shape = Dictionary(Type=Name.XObject, Subtype=Name.Image, Width=part.width, Height=part.height)
    data, image_filter = _filtered(part)
    image = pdf.make_stream(data, shape)
    image.Filter = image_filter
    if part.coding is Coding.CCITT_G4:
        image.DecodeParms = Dictionary(K=-1, Columns=part.width, Rows=part.height)
    if part.coding is Coding.FLATE:
        colours = 1 if part.grey else 3
        image.DecodeParms = Dictionary(Predictor=PNG_FILTERS, Colors=colours, BitsPerComponent=8, Columns=part.width)
    return image


def _filtered(part: Part) -> tuple[bytes, pikepdf.Object]:
    """Return the data as it stands in the file, and its filter.

    A JPEG spends two bits on each empty block: 23 KB for a sheet of white paper, of which deflate leaves a fortieth.
    """
    filters = {Coding.JPEG: Name.DCTDecode, Coding.FLATE: Name.FlateDecode, Coding.CCITT_G4: Name.CCITTFaxDecode}
    if part.coding is Coding.JPEG and part.placing is None:
        deflated = zlib.compress(part.data, zlib.Z_BEST_COMPRESSION)
        if len(deflated) < WORTH * len(part.data):
            return deflated, Array([Name.FlateDecode, Name.DCTDecode])
    return part.data, filters[part.coding]


def _colour(part: Part) -> str:
    if part.colour is None:
        return ""
    return " ".join(f"{value / 255:.3g}" for value in part.colour) + " rg "


def _place(part: Part, layers: PageLayers) -> str:
    """Return the matrix that brings the unit square, which stands upon its lower edge, to its place in points."""
    a, b, c, d, e, f = part.placing or _filling(part)
    across, down = layers.resolution.x, layers.resolution.y
    wide, high = part.width, part.height
    right = (px_to_pt(a * wide, across), -px_to_pt(b * wide, down))
    up = (-px_to_pt(c * high, across), px_to_pt(d * high, down))
    corner = (px_to_pt(e + c * high, across), px_to_pt(layers.height - f - d * high, down))
    return " ".join(f"{value:.4f}" for value in (*right, *up, *corner))


def _filling(part: Part) -> Placing:
    """Return the placing that fills the part's box, but for a hair: PDFium rounds outwards what a picture covers."""
    across, down = (part.box.width - 2 * HAIR_PX) / part.width, (part.box.height - 2 * HAIR_PX) / part.height
    return (across, 0.0, 0.0, down, part.box.x0 + HAIR_PX, part.box.y0 + HAIR_PX)

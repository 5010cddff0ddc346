"""The parts of a mixed page, drawn one over the other.

A stencil (CCITT G4) paints in its colour where it is black; a JPEG covers its box, or shows through its mask.
Explicit masks and plain device colours only: what every viewer draws alike (ISO 32000-1, 8.9.6).
"""

import pikepdf
import simplejpeg
from pikepdf import Dictionary, Name

from schemas.document import Coding, PageLayers, Part
from schemas.units import px_to_pt


def add_parts(pdf: pikepdf.Pdf, page: pikepdf.Page, layers: PageLayers) -> None:
    """Draw the parts of `layers` on a page that shows nothing yet."""
    operators = []
    for number, part in enumerate(layers.parts):
        name = f"/Part{number}"
        page.add_resource(_image(pdf, part), Name.XObject, Name(name))
        operators.append(f"q {_colour(part)}{_place(part, layers)} cm {name} Do Q")
    page.contents_add("\n".join(operators).encode("ascii"))


def _image(pdf: pikepdf.Pdf, part: Part) -> pikepdf.Object:
    shape = Dictionary(Type=Name.XObject, Subtype=Name.Image, Width=part.width, Height=part.height)
    image = pdf.make_stream(part.data, shape)
    if part.coding is Coding.JPEG:
        grey = simplejpeg.decode_jpeg_header(part.data)[2] == "Gray"
        image.ColorSpace = Name.DeviceGray if grey else Name.DeviceRGB
        image.BitsPerComponent = 8
        image.Filter = Name.DCTDecode
        if part.mask is not None:
            image.Mask = pdf.make_indirect(_image(pdf, part.mask))
        return image
    image.ImageMask = True
    image.BitsPerComponent = 1
    image.Filter = Name.CCITTFaxDecode
    image.DecodeParms = Dictionary(K=-1, Columns=part.width, Rows=part.height)
    return image


def _colour(part: Part) -> str:
    if part.colour is None:
        return ""
    return " ".join(f"{value / 255:.3g}" for value in part.colour) + " rg "


def _place(part: Part, layers: PageLayers) -> str:
    """Return the matrix that brings the unit square to the part's box, in points."""
    across, down = layers.resolution.x, layers.resolution.y
    width, height = px_to_pt(part.box.width, across), px_to_pt(part.box.height, down)
    left, lower = px_to_pt(part.box.x0, across), px_to_pt(layers.height - part.box.y1, down)
    return f"{width:.4f} 0 0 {height:.4f} {left:.4f} {lower:.4f}"

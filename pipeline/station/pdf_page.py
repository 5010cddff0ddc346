"""Is a PDF page nothing but one scanned image, and if so: which, turned how, how large on paper.

A page counts as scanned where its content draws exactly one image, upright or in quarter turns,
over the whole visible page, and nothing else that can be seen. Invisible text (a text layer of an
earlier OCR run) and the widgets of signatures do not matter. In every other case the page has to
be rasterised.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import pikepdf
from pikepdf import Matrix, Name

from schemas.units import POINTS_PER_INCH, Turn

EDGE_PT = 3.0
"""How far (points, about 1 mm) an image's edge may lie from the page's."""
MAX_CONTENT_BYTES = 256_000
INVISIBLE = 3
HARMLESS: Final = frozenset(
    ["rg", "BT", "ET", "Tf", "Td", "TD", "Tm", "T*", "Tc", "Tw", "Tz", "TL", "Ts", "BMC", "EMC"]
)
SHOWING: Final = frozenset(["Tj", "TJ", "'", '"'])


@dataclass(frozen=True)
class Placed:
    """An image on a page.

    Attributes:
        image: the image XObject.
        turn: clockwise turn to apply to its pixels so that the page stands as a viewer shows it.
        width_in, height_in: inches that the image covers, along its own width and height.
    """

    image: pikepdf.Stream
    turn: Turn
    width_in: float
    height_in: float


@dataclass(frozen=True)
class _Drawn:
    name: str
    matrix: Matrix


def scanned_image(page: pikepdf.Page) -> Placed | None:
    """Return the one image that is the page, None where the page is anything else."""
    if _has_visible_annotation(page) or _content_bytes(page) > MAX_CONTENT_BYTES:
        return None
    found = _drawings(pikepdf.parse_content_stream(page))
    drawn = found[0] if found and len(found) == 1 else None
    image = xobjects(page).get(drawn.name) if drawn else None
    if drawn is None or not isinstance(image, pikepdf.Stream) or not _is_plain_image(image):
        return None
    turn = _turn_of(drawn.matrix)
    if turn is None or not _covers(drawn.matrix, page):
        return None
    return _placed(page, image, drawn.matrix, turn)


def is_scanned(page: pikepdf.Page) -> bool:
    """Whether a page shows nothing but images, one or many: a scan in parts, whatever seal was put upon it later."""
    if _has_visible_annotation(page) or _content_bytes(page) > MAX_CONTENT_BYTES:
        return False
    drawn, images = _drawings(pikepdf.parse_content_stream(page)) or [], xobjects(page)
    return bool(drawn) and all(_is_image(images.get(one.name)) for one in drawn)


def _is_image(found: Any) -> bool:  # noqa: ANN401 - any PDF object
    return isinstance(found, pikepdf.Stream) and found.get(Name.Subtype) == Name.Image


def xobjects(page: pikepdf.Page) -> dict[str, Any]:
    """Return the XObjects that a page names, by name."""
    resources = page.resources
    return dict(resources[Name.XObject].items()) if Name.XObject in resources else {}


def size_in(page: pikepdf.Page) -> tuple[float, float]:
    """Return width and height of a page in inches, as a viewer shows it."""
    x0, y0, x1, y1 = _box(page)
    scale = float(page.get(Name.UserUnit, 1)) / POINTS_PER_INCH
    width, height = abs(x1 - x0) * scale, abs(y1 - y0) * scale
    return (height, width) if _rotation(page) % 180 else (width, height)


def _placed(page: pikepdf.Page, image: pikepdf.Stream, matrix: Matrix, turn: Turn) -> Placed:
    scale = float(page.get(Name.UserUnit, 1)) / POINTS_PER_INCH
    width = (abs(matrix.a) + abs(matrix.b)) * scale
    height = (abs(matrix.c) + abs(matrix.d)) * scale
    return Placed(image, _turn((turn + _rotation(page)) % 360), width, height)


def _turn(degrees: int) -> Turn:
    turns: dict[int, Turn] = {0: 0, 90: 90, 180: 180, 270: 270}
    return turns[degrees]


def _turn_of(matrix: Matrix) -> Turn | None:
    """Return the clockwise turn that `matrix` gives an image; None for mirrored or slanted ones."""
    a, b, c, d = matrix.a, matrix.b, matrix.c, matrix.d
    large = max(abs(a), abs(b), abs(c), abs(d))
    if max(abs(b), abs(c)) < large * 1e-3 and a * d > 0:
        return 0 if a > 0 else 180
    if max(abs(a), abs(d)) < large * 1e-3 and b * c < 0:
        return 270 if b > 0 else 90
    return None


def _covers(matrix: Matrix, page: pikepdf.Page) -> bool:
    x0, y0, x1, y1 = _box(page)
    xs = sorted((matrix.e, matrix.e + matrix.a + matrix.c))
    ys = sorted((matrix.f, matrix.f + matrix.b + matrix.d))
    gaps = (xs[0] - x0, xs[1] - x1, ys[0] - y0, ys[1] - y1)
    return all(abs(gap) <= EDGE_PT for gap in gaps)


def _box(page: pikepdf.Page) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = (float(value) for value in page.cropbox.as_list())
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _rotation(page: pikepdf.Page) -> int:
    stated = int(page.obj.get(Name.Rotate, _inherited(page.obj, Name.Rotate)))
    return stated % 360 if stated % 90 == 0 else 0


def _inherited(node: Any, key: Name) -> Any:  # noqa: ANN401 - any PDF object
    for _ in range(64):
        node = node.get(Name.Parent)
        if node is None:
            return 0
        if key in node:
            return node[key]
    return 0


def _content_bytes(page: pikepdf.Page) -> int:
    contents: Any = page.obj.get(Name.Contents)
    streams = contents if isinstance(contents, pikepdf.Array) else [contents]
    return sum(int(stream.get("/Length", 0)) for stream in streams if isinstance(stream, pikepdf.Stream))


def _has_visible_annotation(page: pikepdf.Page) -> bool:
    return any(_is_visible(item) for item in page.obj.get(Name.Annots, []))


def _is_visible(annotation: Any) -> bool:  # noqa: ANN401 - any PDF object
    kind = annotation.get(Name.Subtype)
    if kind in (Name.Link, Name.Popup):
        return False
    return not (kind == Name.Widget and (_inherited(annotation, Name.FT) or annotation.get(Name.FT)) == Name.Sig)


def _drawings(content: Iterable[Any]) -> list[_Drawn] | None:
    """Return the images and forms that a content stream draws, None where it draws anything else."""
    drawn: list[_Drawn] = []
    stack: list[tuple[Matrix, int]] = []
    matrix, mode = Matrix(), 0
    for instruction in content:
        operator, operands = str(instruction.operator), instruction.operands
        if operator == "q":
            stack.append((matrix, mode))
        elif operator == "Q":
            matrix, mode = stack.pop() if stack else (matrix, mode)
        elif operator == "cm":
            matrix = Matrix(*(float(value) for value in operands)) @ matrix
        elif operator == "Tr":
            mode = int(operands[0])
        elif operator == "Do":
            drawn.append(_Drawn(str(operands[0]), matrix))
        elif operator not in HARMLESS and not (operator in SHOWING and mode == INVISIBLE):
            return None
    return drawn


def _is_plain_image(image: pikepdf.Stream) -> bool:
    special = (Name.SMask, Name.Mask, Name.Decode, Name.Alternates, Name.OC)
    stencil = bool(image.get(Name.ImageMask, False))
    return image.get(Name.Subtype) == Name.Image and not stencil and not any(key in image for key in special)

"""The cover sheet (tờ phân cách) that is laid before each component."""

from itertools import repeat

from samples.forms import MIDDLE
from samples.layout import LEFT, RIGHT, Code, Leaf, Line, Mark, Piece, Rule, centred, piece, wrap
from samples.typeface import Face
from schemas.dossier import CoverSheet, Dossier

CODE_MM = 88.0


def cover_leaf(dossier: Dossier, sheet: CoverSheet) -> Leaf:
    """Return the sheet: what it says to people and, as a QR code, to the station.

    The owner's name is left out: the sheet lies about openly and is thrown away.
    """
    component = dossier.component(sheet.component_code)
    names = _centred_text(component.name if component else "", piece("", Face.SANS_BOLD, 20), 200.0)
    marks: list[Mark] = [
        centred(piece("TỜ PHÂN CÁCH HỒ SƠ", Face.SANS_BOLD, 26), MIDDLE, 32),
        centred(piece("Quét tờ này trước giấy tờ bên dưới. Không gấp, không viết lên mã.", Face.SANS, 12), MIDDLE, 42),
        Code(x=MIDDLE - CODE_MM / 2, y=54, payload=sheet.payload, size=CODE_MM),
        centred(piece("Mã hồ sơ", Face.SANS, 13), MIDDLE, 160),
        centred(piece(dossier.code, Face.SANS_BOLD, 24), MIDDLE, 171),
        centred(piece("Thành phần hồ sơ", Face.SANS, 13), MIDDLE, 188),
        *names,
        centred(piece(sheet.component_code, Face.MONO, 14), MIDDLE, 224),
        centred(piece(f"{sheet.index} trên {sheet.total}", Face.SANS_BOLD, 34), MIDDLE, 246),
        Rule(x=LEFT, y=256, w=RIGHT - LEFT, thick=0.4),
        *_centred_text(dossier.procedure_name, piece("", Face.SANS, 12), 263.0),
    ]
    return Leaf(tuple(marks))


def _centred_text(text: str, style: Piece, y: float) -> list[Line]:
    rows = wrap(text, style, repeat(RIGHT - LEFT))
    pitch = style.size_pt * 0.46
    return [
        centred(piece(" ".join(row), style.face, style.size_pt), MIDDLE, y + pitch * index)
        for index, row in enumerate(rows)
    ]

"""The font of invisible text: every character of the basic plane, as a stroke without width or ink.

Viewers mark a word as high as its font says that letters are: poppler asks the descriptor, MuPDF, by its age, that or
the font, PDFium measures the glyph. So words like "com", "đã" and "gì" have a face each, which says how high it is
and shares all else with the others. Codes are UTF-16 code units, two bytes each, so that text extraction needs hardly
a table.
"""

import io
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import pikepdf
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib.tables._g_l_y_f import Glyph
from pikepdf import Array, Dictionary, Name

ADVANCE, SPACE_ADVANCE = 500, 200
"""Width of each character, and of a space, in thousandths of the font size."""
UNITS_PER_EM = 1000
MADE = 3_850_000_000
"""Time stamp of the font, in seconds since 1904: fixed, so that its bytes are."""
LAST_CODE = 0xFFFF
SPACE = 0x20
REPLACEMENT = "\ufffd"
MOST_RANGES = 100
"""In one block of a CMap."""


@dataclass(frozen=True, order=True)
class Face:
    """How high the words of a face are, in thousandths of the font size.

    Attributes:
        name: one letter.
        ascent: above the base line.
        descent: below it, a negative number; poppler takes 0 for missing.
    """

    name: str
    ascent: int
    descent: int

    @property
    def font_name(self) -> str:
        """Another one for each face, or pdf.js joins neighbouring words and guesses where they end."""
        return f"Sohoa-{self.name}"


FACES = (
    Face("a", 460, -1),  # com
    Face("b", 460, -200),  # ngay
    Face("c", 700, -1),  # đã, Nam
    Face("d", 700, -200),  # gì, Quy
    Face("e", 920, -1),  # Ấm
    Face("f", 920, -200),  # HỘP
)
LOW = Face("g", 130, -1)
"""For dots, and, raised, for dashes."""
GLYPHS = (".notdef", "space", "stroke")
"""Each face's, by their numbers."""


@cache
def font_program(face: Face) -> bytes:
    """Return the face as a TrueType font of those tables alone that a PDF needs; the same bytes every time."""
    builder = FontBuilder(UNITS_PER_EM, isTTF=True)
    builder.setupGlyphOrder(list(GLYPHS))
    builder.setupGlyf(dict(zip(GLYPHS, (Glyph(), Glyph(), _stroke(face)), strict=True)))
    builder.setupHorizontalMetrics(dict(zip(GLYPHS, ((ADVANCE, 0), (SPACE_ADVANCE, 0), (ADVANCE, 0)), strict=True)))
    builder.setupHorizontalHeader(ascent=face.ascent, descent=face.descent)
    builder.updateHead(created=MADE, modified=MADE)
    target = io.BytesIO()
    builder.save(target)
    return target.getvalue()


def _stroke(face: Face) -> Glyph:
    """Return an outline as high as the face, without width: there is nothing to paint even for who would."""
    pen = TTGlyphPen(None)
    pen.moveTo((0, face.descent))
    pen.lineTo((0, face.ascent))
    pen.closePath()
    return pen.glyph()


@dataclass(frozen=True)
class _Shared:
    """What the fonts of all faces share: which glyph each code shows, how wide it is, and its Unicode."""

    glyphs: pikepdf.Object
    widths: pikepdf.Object
    names: pikepdf.Object


def add_fonts(pdf: pikepdf.Pdf, faces: Iterable[Face], characters: Iterable[str]) -> dict[Face, pikepdf.Object]:
    """Put `faces` into `pdf`, for text of `characters`, and return their fonts for the resources of its pages."""
    codes = {min(ord(character), LAST_CODE) for character in characters} | {SPACE}
    shared = _Shared(
        glyphs=_compressed(pdf, b"\0\2" * SPACE + b"\0\1" + b"\0\2" * (max(codes) - SPACE)),
        widths=pdf.make_indirect(Array([SPACE, Array([SPACE_ADVANCE])])),
        names=_compressed(pdf, unicode_map(codes).encode("ascii")),
    )
    return {face: _font(pdf, face, shared) for face in sorted(faces)}


def _font(pdf: pikepdf.Pdf, face: Face, shared: _Shared) -> pikepdf.Object:
    name = Name("/" + face.font_name)
    descendant = Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType2,
        BaseFont=name,
        CIDToGIDMap=shared.glyphs,
        CIDSystemInfo=Dictionary(Registry=pikepdf.String("Adobe"), Ordering=pikepdf.String("Identity"), Supplement=0),
        FontDescriptor=pdf.make_indirect(_descriptor(pdf, face)),
        DW=ADVANCE,
        W=shared.widths,
    )
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.Type0,
            BaseFont=name,
            Encoding=Name("/Identity-H"),
            DescendantFonts=Array([pdf.make_indirect(descendant)]),
            ToUnicode=shared.names,
        )
    )


def _descriptor(pdf: pikepdf.Pdf, face: Face) -> Dictionary:
    program = _compressed(pdf, font_program(face))
    program.Length1 = len(font_program(face))
    return Dictionary(
        Type=Name.FontDescriptor,
        FontName=Name("/" + face.font_name),
        Flags=4,  # symbolic
        FontBBox=Array([0, face.descent, ADVANCE, face.ascent]),
        ItalicAngle=0,
        Ascent=face.ascent,
        Descent=face.descent,
        CapHeight=face.ascent,
        StemV=80,
        FontFile2=program,
    )


def _compressed(pdf: pikepdf.Pdf, data: bytes) -> pikepdf.Stream:
    """Return `data` as a stream of `pdf`, as small as Flate makes it."""
    return pdf.make_stream(zlib.compress(data, zlib.Z_BEST_COMPRESSION), Filter=Name.FlateDecode)


def encoded(text: str) -> bytes:
    """Return the codes of `text`; characters beyond the basic plane become U+FFFD."""
    return "".join(char if ord(char) <= LAST_CODE else REPLACEMENT for char in text).encode("utf-16-be")


def unicode_map(codes: Iterable[int]) -> str:
    """Return the CMap that maps codes, and those around them, to the characters of the same number."""
    ranges = [f"<{high:02X}00> <{high:02X}FF> <{high:02X}00>\n" for high in sorted({code >> 8 for code in codes})]
    blocks = [ranges[start : start + MOST_RANGES] for start in range(0, len(ranges), MOST_RANGES)]
    return _HEAD + "".join(f"{len(block)} beginbfrange\n{''.join(block)}endbfrange\n" for block in blocks) + _TAIL


_HEAD = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
"""
_TAIL = """endcmap
CMapName currentdict /CMap defineresource pop
end
end
"""

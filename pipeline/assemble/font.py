"""The font of invisible text: every character of the basic plane, one glyph without any ink.

Codes are UTF-16 code units, two bytes each, so that text extraction needs no table of its own.
"""

import io
from functools import cache

import pikepdf
from fontTools.fontBuilder import FontBuilder
from fontTools.ttLib.tables._g_l_y_f import Glyph
from pikepdf import Array, Dictionary, Name

ADVANCE = 500
"""Width of each character in thousandths of the font size."""
ASCENT, DESCENT = 800, -220
"""What a viewer marks above and beneath the base line when text is selected."""
FONT_NAME = "SohoaGlyphless"
UNITS_PER_EM = 1000
MADE = 3_850_000_000
"""Time stamp of the font, in seconds since 1904: fixed, so that its bytes are."""
LAST_CODE = 0xFFFF
SURROGATES = range(0xD8, 0xE0)
"""High bytes that are no characters."""
REPLACEMENT = "\ufffd"


@cache
def font_program() -> bytes:
    """Return a TrueType font with `.notdef` and one empty glyph; the same bytes every time."""
    builder = FontBuilder(UNITS_PER_EM, isTTF=True)
    builder.setupGlyphOrder([".notdef", "blank"])
    builder.setupCharacterMap({0x20: "blank"})
    builder.setupGlyf({".notdef": Glyph(), "blank": Glyph()})
    builder.setupHorizontalMetrics({".notdef": (ADVANCE, 0), "blank": (ADVANCE, 0)})
    builder.setupHorizontalHeader(ascent=ASCENT, descent=DESCENT)
    builder.setupNameTable({"familyName": FONT_NAME, "styleName": "Regular", "psName": FONT_NAME})
    builder.setupOS2(sTypoAscender=ASCENT, sTypoDescender=DESCENT, usWinAscent=ASCENT, usWinDescent=-DESCENT)
    builder.setupPost()
    builder.updateHead(created=MADE, modified=MADE)
    target = io.BytesIO()
    builder.save(target)
    return target.getvalue()


def add_font(pdf: pikepdf.Pdf) -> pikepdf.Object:
    """Put the font into `pdf` and return it, for the resources of its pages."""
    program = pdf.make_stream(font_program(), Length1=len(font_program()))
    glyphs = pdf.make_stream(b"\x00\x01" * (LAST_CODE + 1))  # each code shows glyph 1
    descriptor = Dictionary(
        Type=Name.FontDescriptor,
        FontName=Name("/" + FONT_NAME),
        Flags=5,  # fixed pitch, symbolic
        FontBBox=Array([0, DESCENT, ADVANCE, ASCENT]),
        ItalicAngle=0,
        Ascent=ASCENT,
        Descent=DESCENT,
        CapHeight=ASCENT,
        StemV=80,
        FontFile2=program,
    )
    descendant = Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType2,
        BaseFont=Name("/" + FONT_NAME),
        CIDToGIDMap=glyphs,
        CIDSystemInfo=Dictionary(Registry=pikepdf.String("Adobe"), Ordering=pikepdf.String("Identity"), Supplement=0),
        FontDescriptor=pdf.make_indirect(descriptor),
        DW=ADVANCE,
    )
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.Type0,
            BaseFont=Name("/" + FONT_NAME),
            Encoding=Name("/Identity-H"),
            DescendantFonts=Array([pdf.make_indirect(descendant)]),
            ToUnicode=pdf.make_stream(unicode_map().encode("ascii")),
        )
    )


def encoded(text: str) -> bytes:
    """Return the codes of `text`; characters beyond the basic plane become U+FFFD."""
    return "".join(char if ord(char) <= LAST_CODE else REPLACEMENT for char in text).encode("utf-16-be")


def unicode_map() -> str:
    """Return the CMap that maps each code to the character of the same number."""
    ranges = [_range_of(high) for high in range(0x100) if high not in SURROGATES]
    blocks = [ranges[start : start + 100] for start in range(0, len(ranges), 100)]
    return _HEAD + "".join(f"{len(block)} beginbfrange\n{''.join(block)}endbfrange\n" for block in blocks) + _TAIL


def _range_of(high: int) -> str:
    """Return the line for 256 codes with the same high byte, without U+0000, U+FFFE and U+FFFF."""
    first = high * 0x100 + (1 if high == 0 else 0)
    last = high * 0x100 + (0xFD if high == 0xFF else 0xFF)
    return f"<{first:04X}> <{last:04X}> <{first:04X}>\n"


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

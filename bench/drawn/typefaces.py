"""The fonts of the drawn pages: families of the machine that have every Vietnamese letter."""

import random
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import ImageFont

from samples.typeface import missing, vietnamese_letters

ROOT = Path("/usr/share/fonts")
ALSO = frozenset("0123456789.,;:()/-+%–“”")


@dataclass(frozen=True)
class Family:
    """A typeface in four cuts, and how often offices use it.

    Attributes:
        name: as people know it.
        cuts: files below `ROOT`: regular, bold, italic, bold italic.
        weight: of the draw among all families.
    """

    name: str
    cuts: tuple[str, str, str, str]
    weight: int


def _cuts(stem: str, regular: str = "-Regular") -> tuple[str, str, str, str]:
    return f"{stem}{regular}.ttf", f"{stem}-Bold.ttf", f"{stem}-Italic.ttf", f"{stem}-BoldItalic.ttf"


def _libertine(*cuts: str) -> tuple[str, str, str, str]:
    regular, bold, italic, both = (f"opentype/linux-libertine/LinLibertine_{cut}.otf" for cut in cuts)
    return regular, bold, italic, both


def _free(name: str) -> tuple[str, str, str, str]:
    stem = f"truetype/freefont/Free{name}"
    slant = "Italic" if name == "Serif" else "Oblique"
    return f"{stem}.ttf", f"{stem}Bold.ttf", f"{stem}{slant}.ttf", f"{stem}Bold{slant}.ttf"


FAMILIES = (
    Family("Liberation Serif", _cuts("truetype/liberation2/LiberationSerif"), 9),
    Family("Free Serif", _free("Serif"), 5),
    Family("Linux Libertine", _libertine("R", "RZ", "RI", "RZI"), 2),
    Family("Charis SIL", _cuts("truetype/charis/CharisSIL"), 2),
    Family("Noto Serif", _cuts("truetype/noto/NotoSerif"), 2),
    Family("DejaVu Serif", _cuts("truetype/dejavu/DejaVuSerif", ""), 1),
    Family("Liberation Sans", _cuts("truetype/liberation2/LiberationSans"), 4),
    Family("Free Sans", _free("Sans"), 2),
    Family("Noto Sans", _cuts("truetype/noto/NotoSans"), 2),
    Family("Open Sans", _cuts("truetype/open-sans/OpenSans"), 1),
    Family("Roboto", _cuts("truetype/roboto/unhinted/RobotoTTF/Roboto"), 1),
)
TYPED = (
    Family("Liberation Serif", FAMILIES[0].cuts, 3),
    Family("Liberation Sans", FAMILIES[6].cuts, 2),
    Family("Liberation Mono", _cuts("truetype/liberation2/LiberationMono"), 2),
    Family("Free Mono", _free("Mono"), 1),
)
"""What forms are filled in with."""


@cache
def installed(families: tuple[Family, ...]) -> tuple[Family, ...]:
    """Return those families of which all four files are there and complete; the first is a must."""
    return tuple(family for family in families if all(_is_complete(cut) for cut in family.cuts))


def _is_complete(cut: str) -> bool:
    path = ROOT / cut
    return path.is_file() and not missing(vietnamese_letters() | ALSO, path) and _are_distinct(path)


def _are_distinct(path: Path) -> bool:
    """Return whether no two letters look the same: Carlito draws Ộ as Ọ."""
    masks = [font(path, 48, 72).getmask(letter) for letter in vietnamese_letters()]
    return len({(mask.size, bytes(mask)) for mask in masks}) == len(masks)


def any_family(rng: random.Random, families: tuple[Family, ...] = FAMILIES) -> Family:
    """Return one of the installed families, common ones more often."""
    there = installed(families)
    return rng.choices(there, [family.weight for family in there])[0]


@dataclass(frozen=True)
class Style:
    """How letters look.

    Attributes:
        size: in points.
        colour: RGB.
    """

    family: Family
    size: float
    bold: bool = False
    italic: bool = False
    colour: tuple[int, int, int] = (22, 22, 26)


@cache
def font(path: Path, size: float, dpi: int) -> ImageFont.FreeTypeFont:
    """Return the font file at `size` points for a picture of `dpi`."""
    return ImageFont.truetype(str(path), size * dpi / 72, layout_engine=ImageFont.Layout.BASIC)


def face(style: Style, dpi: int) -> ImageFont.FreeTypeFont:
    """Return the font of `style` for a picture of `dpi`."""
    return font(ROOT / style.family.cuts[2 * style.italic + style.bold], style.size, dpi)

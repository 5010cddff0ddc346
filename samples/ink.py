"""Marks become pixels: print, rules, seals, signatures."""

import math
import random
from collections.abc import Sequence
from functools import singledispatch

import segno
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from samples.layout import BLACK, Code, Leader, Leaf, Line, Mark, Outline, Rule, Seal, Signature
from samples.typeface import Face, font
from schemas.units import mm_to_px

WHITE = (255, 255, 255)
SEAL_RED = (206, 32, 48)
STAMPED = (Seal, Signature)

Points = list[tuple[float, float]]


def print_leaf(leaf: Leaf, dpi: float) -> Image.Image:
    """Return `leaf` as a clean RGB picture on white."""
    size = (round(mm_to_px(leaf.width, dpi)), round(mm_to_px(leaf.height, dpi)))
    sheet = Image.new("RGB", size, WHITE)
    for mark in leaf.marks:
        put(mark, sheet, dpi)
    return sheet


def print_stamps(leaf: Leaf, dpi: float) -> Image.Image:
    """Return only what soaks through paper: seals and signatures."""
    return print_leaf(Leaf(tuple(m for m in leaf.marks if isinstance(m, STAMPED)), leaf.width, leaf.height), dpi)


@singledispatch
def put(mark: Mark, sheet: Image.Image, dpi: float) -> None:  # noqa: ARG001 - the signature of all its kinds
    """Draw `mark` on `sheet`."""
    raise TypeError(type(mark).__name__)


@put.register
def _(mark: Line, sheet: Image.Image, dpi: float) -> None:
    draw = ImageDraw.Draw(sheet)
    for piece in mark.pieces:
        at = (mm_to_px(mark.x + piece.dx, dpi), mm_to_px(mark.y, dpi))
        draw.text(at, piece.text, fill=piece.colour, font=font(piece.face, piece.size_pt, dpi), anchor="ls")


@put.register
def _(mark: Rule, sheet: Image.Image, dpi: float) -> None:
    ends = [(mm_to_px(x, dpi), mm_to_px(y, dpi)) for x, y in ((mark.x, mark.y), (mark.x + mark.w, mark.y + mark.h))]
    ImageDraw.Draw(sheet).line(ends, fill=BLACK, width=max(1, round(mm_to_px(mark.thick, dpi))))


@put.register
def _(mark: Leader, sheet: Image.Image, dpi: float) -> None:
    draw = ImageDraw.Draw(sheet)
    radius = mm_to_px(0.13, dpi)
    y = mm_to_px(mark.y, dpi)
    for index in range(int(mark.w / 1.05)):
        x = mm_to_px(mark.x + 1.05 * index, dpi)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=BLACK)


@put.register
def _(mark: Outline, sheet: Image.Image, dpi: float) -> None:
    corners = [(mm_to_px(mark.x + x, dpi), mm_to_px(mark.y + y, dpi)) for x, y in mark.corners]
    ImageDraw.Draw(sheet).polygon(corners, outline=BLACK, width=max(1, round(mm_to_px(mark.thick, dpi))))


@put.register
def _(mark: Code, sheet: Image.Image, dpi: float) -> None:
    matrix = segno.make(mark.payload, error="q", micro=False, boost_error=False).matrix
    module = max(1, round(mm_to_px(mark.size, dpi) / len(matrix)))
    left, top = round(mm_to_px(mark.x, dpi)), round(mm_to_px(mark.y, dpi))
    picture = Image.frombytes(
        "L", (len(matrix), len(matrix)), bytes(0 if bit else 255 for row in matrix for bit in row)
    )
    sheet.paste(picture.resize((len(matrix) * module,) * 2, Image.Resampling.NEAREST).convert("RGB"), (left, top))


@put.register
def _(mark: Seal, sheet: Image.Image, dpi: float) -> None:
    radius = mm_to_px(mark.radius, dpi)
    size = round(radius * 2.2)
    disc = _seal_mask(mark, size, radius, dpi).rotate(mark.tilt, Image.Resampling.BICUBIC)
    worn = ImageChops.multiply(disc, _worn(size, random.Random(mark.around)))
    ink = Image.composite(Image.new("RGB", disc.size, SEAL_RED), Image.new("RGB", disc.size, WHITE), worn)
    _press(ink, sheet, (mm_to_px(mark.x, dpi) - size / 2, mm_to_px(mark.y, dpi) - size / 2))


def _press(ink: Image.Image, sheet: Image.Image, at: tuple[float, float]) -> None:
    left, top = round(at[0]), round(at[1])
    region = (left, top, left + ink.width, top + ink.height)
    sheet.paste(ImageChops.multiply(sheet.crop(region), ink), region)


def _worn(size: int, chance: random.Random) -> Image.Image:
    grain = Image.frombytes("L", (32, 32), bytes(chance.randint(150, 255) for _ in range(32 * 32)))
    return grain.resize((size, size), Image.Resampling.BICUBIC)


def _seal_mask(mark: Seal, size: int, radius: float, dpi: float) -> Image.Image:
    mask = Image.new("L", (size, size), 0)
    draw = ImageDraw.Draw(mask)
    for share, thick in ((1.0, 0.75), (0.93, 0.2), (0.6, 0.3)):
        draw.circle((size / 2, size / 2), radius * share, outline=255, width=max(1, round(mm_to_px(thick, dpi))))
    draw.polygon(_star(size / 2, radius * 0.42), fill=255)
    for angle in range(0, 360, 15):
        draw.circle(_polar(size / 2, radius * 0.52, angle), mm_to_px(0.45, dpi), fill=255)
    _write_around(mask, mark, radius, dpi)
    return mask


def _polar(middle: float, distance: float, degrees: float) -> tuple[float, float]:
    turn = math.radians(degrees)
    return middle + distance * math.sin(turn), middle - distance * math.cos(turn)


def _star(middle: float, radius: float) -> Points:
    return [_polar(middle, radius * (1.0 if point % 2 == 0 else 0.4), 36 * point) for point in range(10)]


def _write_around(mask: Image.Image, mark: Seal, radius: float, dpi: float) -> None:
    letters = f"{mark.around} ★ ".replace("★", "*")
    face = font(Face.SANS_BOLD, min(11.0, 430 / len(letters)), dpi)
    for index, letter in enumerate(letters):
        angle = 360 * index / len(letters) - 140
        tile = Image.new("L", (round(radius * 0.5),) * 2, 0)
        ImageDraw.Draw(tile).text((tile.width / 2, tile.height / 2), letter, fill=255, font=face, anchor="mm")
        turned = tile.rotate(-angle, Image.Resampling.BICUBIC)
        x, y = _polar(mask.width / 2, radius * 0.765, angle)
        mask.paste(255, (round(x - tile.width / 2), round(y - tile.height / 2)), turned)


@put.register
def _(mark: Signature, sheet: Image.Image, dpi: float) -> None:
    chance = random.Random(mark.hand)
    stroke = [(mm_to_px(x * mark.w, dpi), mm_to_px(y * mark.h, dpi)) for x, y in _gesture(chance)]
    size = (round(mm_to_px(mark.w * 1.2, dpi)), round(mm_to_px(mark.h * 1.3, dpi)))
    mask = Image.new("L", size, 0)
    draw = ImageDraw.Draw(mask)
    for index, (x, y) in enumerate(stroke):
        nib = mm_to_px(0.24 + 0.14 * math.sin(index / 19), dpi)
        draw.circle((x + size[0] / 2, y + size[1] / 2), nib, fill=235)
    mask = mask.filter(ImageFilter.GaussianBlur(dpi / 500))
    ink = Image.composite(Image.new("RGB", size, mark.colour), Image.new("RGB", size, WHITE), mask)
    _press(ink, sheet, (mm_to_px(mark.x, dpi) - size[0] / 2, mm_to_px(mark.y, dpi) - size[1] / 2))


def _gesture(chance: random.Random) -> Points:
    """Return a pen's way: a capital's loop, letters that get flatter, a flourish back; in shares of the box."""
    capital = ((-0.45, 0.2), (-0.34, -0.42), (-0.24, 0.32), (-0.38, 0.1), (-0.15, -0.1))
    knots: Points = [(x + chance.uniform(-0.06, 0.06), y + chance.uniform(-0.12, 0.12)) for x, y in capital]
    letters = chance.randint(4, 11)
    for index in range(letters):
        swing = chance.uniform(0.04, 0.3) * (1 - index / (letters + 4))
        x = -0.12 + 0.5 * index / letters + chance.uniform(-0.05, 0.02)
        knots.append((x, (swing if index % 2 else -swing) + chance.uniform(-0.05, 0.05)))
    flourish = ((0.46, -0.3), (0.2, 0.24), (-0.35, 0.32), (0.3, 0.3))[: chance.randint(1, 4)]
    knots += [(x + chance.uniform(-0.08, 0.04), y + chance.uniform(-0.12, 0.08)) for x, y in flourish]
    return _smooth([knots[0], *knots, knots[-1]])


def _smooth(knots: Sequence[tuple[float, float]], steps: int = 60) -> Points:
    """Return a Catmull-Rom curve through all but the outer two of `knots`."""
    spans = zip(knots, knots[1:], knots[2:], knots[3:], strict=False)
    return [_between(span, step / steps) for span in spans for step in range(steps)]


def _between(span: Sequence[tuple[float, float]], t: float) -> tuple[float, float]:
    before = (-0.5 * t + t * t - 0.5 * t**3, 1 - 2.5 * t * t + 1.5 * t**3)
    after = (0.5 * t + 2 * t * t - 1.5 * t**3, -0.5 * t * t + 0.5 * t**3)
    weights = (*before, *after)
    return (
        sum(weight * point[0] for weight, point in zip(weights, span, strict=True)),
        sum(weight * point[1] for weight, point in zip(weights, span, strict=True)),
    )

"""Letters and forms with seals, signatures, handwriting, stamps and photos at known places, as a scanner gives them."""

import random
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from pipeline.cleanup import clean
from samples.ink import print_leaf
from samples.layout import Leader, Leaf, Line, Mark, Piece, Seal, Signature
from samples.scanner import Mode, Posture, Scanner, scan
from samples.typeface import Face, font
from schemas.layout import Region, RegionKind
from schemas.page import Page, Scan
from schemas.units import Resolution, mm_to_px

DPI = 200
BLUES = ((28, 52, 150), (52, 60, 132), (44, 40, 120), (30, 84, 176))
STAMP_BLUE = (40, 60, 160)
PRINT = (
    "Căn cứ Luật Tổ chức chính quyền địa phương, Ủy ban nhân dân xã xác nhận nội dung sau đây là đúng",
    "Hộ gia đình đã đăng ký thường trú tại địa phương từ năm 2012, chấp hành tốt chủ trương chính sách",
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM, Độc lập - Tự do - Hạnh phúc, Số: 462/XN-UBND ngày 20/11/2026",
)
Place = tuple[float, float, float, float]
"""Left, top, right, bottom in millimetres."""


@dataclass(frozen=True)
class Truth:
    """What stands where beside print."""

    kind: RegionKind
    place: Place


@dataclass(frozen=True)
class Drawing:
    """A sheet, and what is no print on it."""

    sheet: Image.Image
    truths: tuple[Truth, ...]

    def scanned(self, seed: int, mode: Mode = "RGB", skew: float = 0.0) -> Page:
        """Return the sheet scanned and cleaned."""
        scanner = Scanner(dpi=DPI, mode=mode, shadow_mm=0.5, noise=3.0)
        picture = scan(self.sheet, scanner, Posture(skew=skew), seed)
        pixels = np.asarray(picture.convert("RGB" if mode == "RGB" else "L"), np.uint8)
        return clean(Scan(pixels=pixels, resolution=Resolution(DPI, DPI), bilevel=mode == "1"), False, lambda _: 0)


def draw_letter(chance: random.Random) -> Drawing:
    """Return a letter with a seal and a signature across it and across print."""
    marks, foot = _printed(chance, chance.randint(8, 22))
    x, y = chance.uniform(60, 130), foot + 26
    hand = Signature(x=x + chance.uniform(8, 18), y=y, hand=chance.randint(1, 999), colour=chance.choice(BLUES))
    seal = Seal(x=x, y=y, around="ỦY BAN NHÂN DÂN XÃ TRIỆU PHONG TỈNH QUẢNG TRỊ", tilt=chance.uniform(-9, 9))
    marks += [
        _line(x - 10, y - 16, "KT. CHỦ TỊCH", Face.SERIF_BOLD),
        _line(x - 4, y + 16, "Trương Văn Hoàn", Face.SERIF_BOLD),
    ]
    truths = (Truth(RegionKind.SEAL, _around(x, y, 18, 18)), Truth(RegionKind.SIGNATURE, _around(hand.x, y, 19, 8)))
    return Drawing(print_leaf(Leaf((*marks, seal, hand)), DPI), truths)


def draw_form(chance: random.Random) -> Drawing:
    """Return a form whose gaps a pen filled in."""
    marks, foot = _printed(chance, 4)
    truths: list[Truth] = []
    colour = chance.choice(BLUES)
    for row in range(9):
        y = foot + 11 + 9.5 * row
        marks += [_line(28, y, "Họ, chữ đệm và tên người khai:", Face.SERIF), Leader(x=92, y=y + 0.6, w=98)]
        x = 96.0
        for _ in range(chance.randint(1, 4)):
            wide = chance.uniform(9, 20)
            marks.append(
                Signature(x=x + wide / 2, y=y - 1.6, w=wide, h=4.5, hand=chance.randint(1, 9999), colour=colour)
            )
            truths.append(Truth(RegionKind.HANDWRITING, _around(x + wide / 2, y - 1.6, wide * 0.45, 1.6)))
            x += wide + 3.0
    return Drawing(print_leaf(Leaf(tuple(marks)), DPI), tuple(truths))


def draw_print(chance: random.Random) -> Drawing:
    """Return a page of print alone, in several faces and sizes."""
    marks, foot = _printed(chance, 14)
    for row in range(10):
        face, size = chance.choice(list(Face)), chance.choice((9.0, 11.0, 13.0, 14.0, 18.0))
        marks.append(_line(28, foot + 10 + 8 * row, chance.choice(PRINT)[:45], face, size))
    return Drawing(print_leaf(Leaf(tuple(marks)), DPI), ())


def draw_photo(chance: random.Random) -> Drawing:
    """Return a form with a photograph at its top left."""
    marks, _ = _printed(chance, 20, left=66)
    sheet = print_leaf(Leaf(tuple(marks)), DPI)
    corner = round(mm_to_px(26, DPI))
    sheet.paste(_portrait(chance), (corner, corner))
    return Drawing(sheet, (Truth(RegionKind.PICTURE, (26, 26, 56, 66)),))


def draw_stamp(chance: random.Random) -> Drawing:
    """Return a letter with a printed stamp of blue ink in a frame."""
    marks, foot = _printed(chance, 15)
    sheet = print_leaf(Leaf(tuple(marks)), DPI)
    draw, place = ImageDraw.Draw(sheet), (30.0, foot + 12, 92.0, foot + 36)
    draw.rectangle([mm_to_px(value, DPI) for value in place], outline=STAMP_BLUE, width=4)
    for row, text in enumerate(("CÔNG VĂN ĐẾN", "Số: 1205 Ngày 20/11/2026", "Chuyển: Phòng Tư pháp")):
        at = (mm_to_px(34, DPI), mm_to_px(place[1] + 7 + 6.5 * row, DPI))
        draw.text(at, text, fill=STAMP_BLUE, font=font(Face.SANS_BOLD, 12, DPI), anchor="ls")
    return Drawing(sheet, (Truth(RegionKind.SEAL, place),))


def hits(page: Page, regions: tuple[Region, ...], truth: Truth) -> bool:
    """Whether regions of its kind cover most of what was drawn."""
    per_mm = page.resolution.x / 25.4
    x0, y0, x1, y1 = (round(value * per_mm) for value in truth.place)
    covered = np.zeros((y1 - y0, x1 - x0), np.bool_)
    for region in regions:
        if region.kind is truth.kind:
            box = region.box
            covered[max(0, box.y0 - y0) : max(0, box.y1 - y0), max(0, box.x0 - x0) : max(0, box.x1 - x0)] = True
    return float(covered.mean()) > 0.6


def false_area(
    page: Page, regions: tuple[Region, ...], truths: tuple[Truth, ...], kinds: frozenset[RegionKind]
) -> float:
    """Return the share of the page that regions of these kinds cover where nothing of the kind was drawn."""
    per_mm, mask = page.resolution.x / 25.4, np.zeros(page.image.shape[:2], np.bool_)
    for region in regions:
        if region.kind in kinds:
            mask[region.box.y0 : region.box.y1, region.box.x0 : region.box.x1] = True
    for truth in truths:
        x0, y0, x1, y1 = (round(value * per_mm) for value in truth.place)
        margin = round(4 * per_mm)
        mask[max(0, y0 - margin) : y1 + margin, max(0, x0 - margin) : x1 + margin] = False
    return float(mask.mean())


def _printed(chance: random.Random, lines: int, left: float = 28.0) -> tuple[list[Mark], float]:
    """Return lines of print, and where the last one stands."""
    face = chance.choice((Face.SERIF, Face.SERIF, Face.SERIF_ITALIC, Face.SERIF_BOLD))
    marks: list[Mark] = [
        _line(left, 24 + 6.6 * row, chance.choice(PRINT)[: round((190 - left) / 2.15)], face) for row in range(lines)
    ]
    return marks, 24 + 6.6 * (lines - 1)


def _line(x: float, y: float, text: str, face: Face, size_pt: float = 13.0) -> Line:
    return Line(x=x, y=y, pieces=(Piece(0.0, text, face, size_pt),))


def _around(x: float, y: float, wide: float, high: float) -> Place:
    return x - wide, y - high, x + wide, y + high


def _portrait(chance: random.Random) -> Image.Image:
    """Return a head and shoulders before a light blue ground."""
    wide, high = (round(mm_to_px(value, DPI)) for value in (30, 40))
    photo = Image.new("RGB", (wide, high), (150, 190, 225))
    draw = ImageDraw.Draw(photo)
    draw.ellipse((wide * 0.05, high * 0.68, wide * 0.95, high * 1.5), fill=(60, 60, 80))
    draw.ellipse((wide * 0.28, high * 0.2, wide * 0.72, high * 0.72), fill=(205, 165, 140))
    draw.pieslice((wide * 0.26, high * 0.14, wide * 0.74, high * 0.6), 180, 360, fill=(30, 25, 25))
    grain = np.random.default_rng(chance.randint(0, 9999)).normal(0, 8, (high, wide, 3))
    noisy = np.clip(np.asarray(photo.filter(ImageFilter.GaussianBlur(3))) + grain, 0, 255)
    return Image.fromarray(noisy.astype(np.uint8))

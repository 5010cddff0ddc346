"""What people put on paper by hand: seals, signatures, writing in gaps."""

import math
import random

from PIL import Image, ImageChops, ImageDraw

from bench.drawn.pen import written
from bench.drawn.sheet import Box, Sheet
from bench.drawn.typefaces import FAMILIES, ROOT, font

STAMPED = FAMILIES[0].cuts[1]
REDS = ((208, 24, 40), (190, 30, 60), (222, 52, 48), (170, 28, 44))
BLUES = ((30, 50, 160), (18, 34, 120), (60, 80, 190), (40, 40, 70))


def seal(sheet: Sheet, middle: tuple[float, float], around: str, rng: random.Random) -> None:
    """Press a round red seal of 17 to 19 mm radius over what is there."""
    radius = rng.uniform(16.0, 18.5)
    size = sheet.px(2.1 * radius)
    mask = _disc(sheet, size, radius, around).rotate(rng.uniform(-25, 25), Image.Resampling.BICUBIC)
    mask = ImageChops.multiply(mask, _grain(size, rng, rng.randint(70, 190)))
    _press(sheet, mask, middle, rng.choice(REDS))
    x, y = middle
    sheet.seals.append((x - radius, y - radius, x + radius, y + radius))


def stamp(sheet: Sheet, place: tuple[float, float], word: str, rng: random.Random) -> None:
    """Press a framed red stamp of one word, such as that of urgency; it is not printed text of the page."""
    letters = font(ROOT / STAMPED, 15, sheet.dpi)
    wide, high = round(letters.getlength(word)) + sheet.px(5), sheet.px(9)
    mask = Image.new("L", (wide + 40, wide + 40), 0)
    draw = ImageDraw.Draw(mask)
    top = (mask.height - high) // 2
    draw.rectangle((20, top, 20 + wide, top + high), outline=235, width=sheet.px(0.6))
    draw.text((20 + wide / 2, top + high / 2), word, fill=235, font=letters, anchor="mm")
    mask = mask.rotate(rng.uniform(-6, 6), Image.Resampling.BICUBIC)
    _press(sheet, ImageChops.multiply(mask, _grain(mask.width, rng, 120)), place, rng.choice(REDS))
    half = mask.width / 2 * 25.4 / sheet.dpi
    sheet.seals.append((place[0] - half, place[1] - 7, place[0] + half, place[1] + 7))


def signature(sheet: Sheet, middle: tuple[float, float], rng: random.Random) -> None:
    """Sign with a pen, in blue or in nearly black."""
    size = sheet.px(52)
    points = _gesture(rng, size * rng.uniform(0.5, 0.85), size * rng.uniform(0.18, 0.34))
    mask = _stroke(points, (size, size), rng.uniform(0.22, 0.42) * sheet.dpi / 25.4)
    _press(sheet, mask.rotate(rng.uniform(0, 18), Image.Resampling.BICUBIC), middle, rng.choice(BLUES))
    sheet.hand.append((middle[0] - 22, middle[1] - 10, middle[0] + 22, middle[1] + 10))


def writing(sheet: Sheet, x: float, y: float, text: str, rng: random.Random) -> Box:
    """Write by hand from (x, y) on; return the box."""
    mask = written(text, sheet.dpi, rng)
    end = x + mask.width * 25.4 / sheet.dpi
    _press(sheet, mask, ((x + end) / 2, y - mask.height / 6 * 25.4 / sheet.dpi), rng.choice(BLUES))
    box = (x, y - 7.0, end, y + 3.0)
    sheet.hand.append(box)
    return box


def _gesture(rng: random.Random, wide: float, high: float) -> list[tuple[float, float]]:
    """Return the way of a pen that writes loops from left to right and ends in a flourish."""
    loops, lean = rng.uniform(2.5, 6.0), rng.uniform(0.2, 1.2)
    sizes = [rng.uniform(0.35, 1.3) for _ in range(12)]
    points = []
    for step in range(2000):
        t = step / 2000
        grow = sizes[int(t * 11)] * (1 - t * 11 % 1) + sizes[int(t * 11) + 1] * (t * 11 % 1)
        y = math.sin(2 * math.pi * loops * t) * grow * high
        x = (t - 0.5) * wide + math.cos(2 * math.pi * loops * t) * high * 0.5 + lean * -y * 0.5
        points.append((x, y))
    end = points[-1]
    return points + [(end[0] - wide * 0.9 * k / 600, end[1] + high * math.sin(k / 180)) for k in range(600)]


def _stroke(points: list[tuple[float, float]], size: tuple[int, int], nib: float) -> Image.Image:
    mask = Image.new("L", size, 0)
    draw = ImageDraw.Draw(mask)
    for index, (x, y) in enumerate(points):
        radius = nib * (0.75 + 0.35 * math.sin(index / 60))
        draw.circle((x + size[0] / 2, y + size[1] / 2), radius, fill=235)
    return mask


def _disc(sheet: Sheet, size: int, radius: float, around: str) -> Image.Image:
    mask = Image.new("L", (size, size), 0)
    draw = ImageDraw.Draw(mask)
    middle = size / 2
    for share, thick in ((1.0, 0.8), (0.94, 0.25), (0.62, 0.3)):
        draw.circle((middle, middle), sheet.px(radius * share), outline=255, width=max(1, sheet.px(thick)))
    _star(draw, middle, sheet.px(radius * 0.45))
    letters = font(ROOT / STAMPED, min(9.5, 330 / len(around)), sheet.dpi)
    for index, letter in enumerate(around):
        angle = 2 * math.pi * (index / (len(around) + 2)) - 2.6
        tile = Image.new("L", (sheet.px(5),) * 2, 0)
        ImageDraw.Draw(tile).text((tile.width / 2,) * 2, letter, fill=255, font=letters, anchor="mm")
        tile = tile.rotate(-math.degrees(angle), Image.Resampling.BICUBIC)
        x, y = (middle + sheet.px(radius * 0.78) * turn for turn in (math.sin(angle), -math.cos(angle)))
        mask.paste(255, (round(x - tile.width / 2), round(y - tile.height / 2)), tile)
    return mask


def _star(draw: ImageDraw.ImageDraw, middle: float, radius: float) -> None:
    turns = [(math.pi * k / 5, radius * (1.0 if k % 2 == 0 else 0.4)) for k in range(10)]
    draw.polygon([(middle + r * math.sin(a), middle - r * math.cos(a)) for a, r in turns], fill=255)


def _grain(size: int, rng: random.Random, least: int) -> Image.Image:
    coarse = Image.frombytes("L", (24, 24), bytes(rng.randint(least, 255) for _ in range(24 * 24)))
    return coarse.resize((size, size), Image.Resampling.BICUBIC)


def _press(sheet: Sheet, mask: Image.Image, middle: tuple[float, float], colour: tuple[int, int, int]) -> None:
    """Lay ink over the paper as a dye does: it darkens, and what is printed below stays."""
    white = Image.new("RGB", mask.size, (255, 255, 255))
    ink = Image.composite(Image.new("RGB", mask.size, colour), white, mask)
    left, top = sheet.px(middle[0]) - mask.width // 2, sheet.px(middle[1]) - mask.height // 2
    region = (left, top, left + mask.width, top + mask.height)
    sheet.image.paste(ImageChops.multiply(sheet.image.crop(region), ink), (left, top))

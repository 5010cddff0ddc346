"""What paper, light and scanner do to a printed page, from an office scanner's small faults to a fax or a phone."""

import io
import random
from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]
Mode = Literal["RGB", "L", "1"]
TINTS = ((252, 250, 246), (248, 246, 240), (255, 255, 255), (244, 242, 238))
COLOURED = ((250, 238, 190), (205, 226, 240), (244, 208, 214), (214, 236, 206), (222, 214, 196))


@dataclass(frozen=True, kw_only=True)
class Wear:
    """All that happens to one page.

    Attributes:
        dpi: dots per inch of the scan.
        mode: colour, grey or one bit a pixel.
        skew: degrees by which the page has to be turned counter-clockwise to be straight, in its middle.
        drift: by how much more at the foot than at the head.
        corners: how far a phone's view pulls in the corners, of the page's width.
        curl: how far lines bend, of the page's height.
        through: strength of what shows through from the other side, 0..1.
        faint: how much toner is missing, 0..1.
        breaks: share of the ink that did not stick, in specks.
        edge: depth of shadows along the edges, 0..1.
        light: unevenness of a phone's light, 0..1.
        blur: standard deviation in pixels.
        noise: standard deviation of 255.
        threshold: of one bit a pixel; less makes strokes thinner.
        specks: dots of dust a page.
        quality: of JPEG.
        holes: whether it was punched, and lay on something dark.
    """

    dpi: int = 300
    mode: Mode = "RGB"
    paper: tuple[int, int, int] = TINTS[0]
    skew: float = 0.0
    drift: float = 0.0
    corners: float = 0.0
    curl: float = 0.0
    through: float = 0.0
    faint: float = 0.0
    breaks: float = 0.0
    edge: float = 0.1
    light: float = 0.0
    blur: float = 0.6
    noise: float = 3.0
    threshold: int = 150
    specks: int = 0
    quality: int = 80
    holes: bool = False


def typical(rng: random.Random) -> Wear:
    """An office scanner in daily use."""
    mode: Mode = rng.choices(("RGB", "L", "1"), (50, 15, 35))[0]
    return Wear(
        mode=mode,
        paper=rng.choice(TINTS),
        skew=rng.uniform(-1.5, 1.5),
        drift=rng.uniform(-0.3, 0.3),
        through=rng.uniform(0.04, 0.12) if rng.random() < 0.3 else 0.0,
        edge=rng.uniform(0, 0.35),
        blur=rng.uniform(0.5, 1.0),
        noise=rng.uniform(1.5, 5),
        threshold=rng.randint(130, 170),
        specks=rng.randint(0, 60) if mode == "1" else rng.randint(0, 8),
        quality=rng.randint(75, 85),
        holes=rng.random() < 0.15,
    )


def hard(rng: random.Random) -> Wear:
    """One of the ways in which pages come badly, in colour now and then two, on top of a drifting skew."""
    base = replace(typical(rng), skew=rng.uniform(-2.2, 2.2), drift=rng.uniform(-1.6, 1.6), dpi=200)
    bad = rng.choice((_fax, _faint, _phone, _dark, _coloured, _worn_bits))(base, rng)
    if bad.mode == "1" or rng.random() < 0.65:
        return bad
    return replace(rng.choice((_faint, _dark, _coloured))(bad, rng), mode=bad.mode)


def _fax(base: Wear, rng: random.Random) -> Wear:
    return replace(
        base,
        mode="1",
        breaks=rng.uniform(0.03, 0.11),
        noise=rng.uniform(14, 26),
        blur=rng.uniform(0.7, 1.0),
        threshold=rng.randint(105, 150),
        specks=rng.randint(300, 1500),
    )


def _faint(base: Wear, rng: random.Random) -> Wear:
    return replace(
        base,
        mode=rng.choice(("RGB", "L")),
        faint=rng.uniform(0.4, 0.62),
        breaks=rng.uniform(0.0, 0.06),
        noise=rng.uniform(4, 8),
        quality=rng.randint(45, 70),
    )


def _phone(base: Wear, rng: random.Random) -> Wear:
    return replace(
        base,
        mode="RGB",
        corners=rng.uniform(0.01, 0.035),
        curl=rng.uniform(-0.004, 0.004),
        light=rng.uniform(0.3, 0.6),
        blur=rng.uniform(0.8, 1.2),
        noise=rng.uniform(4, 9),
        quality=rng.randint(40, 60),
    )


def _dark(base: Wear, rng: random.Random) -> Wear:
    return replace(
        base,
        mode=rng.choice(("RGB", "L")),
        edge=rng.uniform(0.5, 0.9),
        through=rng.uniform(0.18, 0.34),
        noise=rng.uniform(5, 10),
        paper=(224, 220, 210),
        quality=rng.randint(40, 55),
    )


def _coloured(base: Wear, rng: random.Random) -> Wear:
    return replace(
        base,
        mode="RGB",
        paper=rng.choice(COLOURED),
        through=rng.uniform(0, 0.2),
        noise=rng.uniform(4, 8),
        blur=rng.uniform(0.8, 1.2),
        quality=rng.randint(40, 50),
    )


def _worn_bits(base: Wear, rng: random.Random) -> Wear:
    return replace(
        base,
        mode="1",
        dpi=rng.choice((200, 300)),
        faint=rng.uniform(0.1, 0.35),
        breaks=rng.uniform(0.03, 0.1),
        through=rng.uniform(0.1, 0.3),
        edge=rng.uniform(0.3, 0.7),
        specks=rng.randint(100, 600),
    )


def worn(printed: Image.Image, behind: Image.Image | None, wear: Wear, seed: int) -> tuple[Pixels, Plane]:
    """Return the scan of a page, and the skew that is left to be straightened all over it.

    Args:
        printed: the page, RGB on white.
        behind: the other side of the sheet, of any size.
        wear: what happens to it.
        seed: of everything that falls by chance.

    Returns:
        RGB or grey pixels; degrees counter-clockwise at 12 x 8 places spread over the scan.
    """
    chance = np.random.default_rng(seed)
    page = _toner(np.asarray(printed), wear, chance)
    if behind is not None and wear.through:
        page = _multiplied(page, _shown_through(behind, page.shape[1::-1], wear.through))
    page = _multiplied(page, np.full((1, 1, 3), wear.paper, np.uint8))
    page = _punched(page, wear) if wear.holes else page
    across, down = _map(page.shape[1], page.shape[0], wear, chance)
    table = (60, 52, 46) if wear.light else wear.paper
    seen = cv2.remap(page, across, down, cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=table)
    soft = cv2.GaussianBlur(_lit(seen.astype(np.uint8), wear, chance), (0, 0), wear.blur)
    return _digitized(soft.astype(np.uint8), wear, chance), _field(down)


def _toner(page: Pixels, wear: Wear, chance: np.random.Generator) -> Pixels:
    """Let ink fade in clouds, and fall off in specks."""
    out = page
    if wear.faint:
        cloud = _cloud(page.shape[:2], chance, 14) * 0.35 + 0.82
        out = (255 - (255 - out.astype(np.float32)) * (1 - wear.faint * cloud)[..., None]).astype(np.uint8)
    if wear.breaks:
        lost = _cloud(page.shape[:2], chance, page.shape[0] // 2) < wear.breaks * 2.2
        out = np.where(lost[..., None], np.uint8(255), out)
    return np.ascontiguousarray(out)


def _punched(page: Pixels, wear: Wear) -> Pixels:
    """Punch two holes of 5.5 mm, 80 mm apart, into the left margin."""
    out, mm = page.copy(), wear.dpi / 25.4
    for y in (page.shape[0] / 2 - 40 * mm, page.shape[0] / 2 + 40 * mm):
        cv2.circle(out, (round(11 * mm), round(y)), round(2.75 * mm), (50, 46, 42), -1, cv2.LINE_AA)
    return out


def _cloud(shape: tuple[int, int], chance: np.random.Generator, grain: int) -> Plane:
    """Return soft noise of 0..1, about `grain` patches from head to foot."""
    small = chance.random((grain, max(2, grain * shape[1] // shape[0])), dtype=np.float32)
    return np.clip(cv2.resize(small, shape[::-1], interpolation=cv2.INTER_CUBIC), 0, 1)


def _multiplied(page: Pixels, by: Pixels) -> Pixels:
    return ((page.astype(np.uint16) * by + 127) // 255).astype(np.uint8)


def _shown_through(behind: Image.Image, size: tuple[int, int], strength: float) -> Pixels:
    """Return the other side as it shows: mirrored, blurred, faint."""
    mirrored = cv2.resize(np.asarray(behind)[:, ::-1], size, interpolation=cv2.INTER_LINEAR)
    soft = cv2.GaussianBlur(mirrored, (0, 0), size[0] / 1400)
    return (255 - (255 - soft.astype(np.float32)) * strength).astype(np.uint8)


def _map(width: int, height: int, wear: Wear, chance: np.random.Generator) -> tuple[Plane, Plane]:
    """Return where each pixel of the scan comes from on the page."""
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    if wear.corners:
        x, y = _seen_aslant(x, y, wear.corners, chance)
    fall = np.tan(np.radians(wear.skew + wear.drift * (y / height - 0.5)))
    down = y - fall * (x - width / 2) + wear.curl * height * np.sin(np.pi * x / width)
    across = x + np.float32(np.tan(np.radians(wear.skew))) * (y - height / 2)
    return across.astype(np.float32), down.astype(np.float32)


def _seen_aslant(x: Plane, y: Plane, pull: float, chance: np.random.Generator) -> tuple[Plane, Plane]:
    height, width = x.shape
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    inward = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)], np.float32)
    seen = corners + inward * chance.uniform(0, 2 * pull, (4, 2)).astype(np.float32) * width
    back = cv2.getPerspectiveTransform(seen.astype(np.float32), corners)
    depth = back[2, 0] * x + back[2, 1] * y + back[2, 2]
    across, down = ((row[0] * x + row[1] * y + row[2]) / depth for row in back[:2])
    return across.astype(np.float32), down.astype(np.float32)


def _field(down: Plane) -> Plane:
    """Return the skew at 12 x 8 places: the direction in which a line of print runs there."""
    rows = np.linspace(40, down.shape[0] - 41, 12).astype(int)[:, None]
    columns = np.linspace(40, down.shape[1] - 41, 8).astype(int)[None, :]
    along = down[rows, columns + 40] - down[rows, columns - 40]
    across = down[rows + 40, columns] - down[rows - 40, columns]
    return np.asarray(np.degrees(np.arctan(-along / across)), np.float32)


def _lit(page: Pixels, wear: Wear, chance: np.random.Generator) -> Pixels:
    """Darken the edges, and let a phone's light fall unevenly with the shadow of a hand."""
    height, width = page.shape[:2]
    light = np.ones((height, width), np.float32)
    if wear.edge:
        reach = width * chance.uniform(0.01, 0.035)
        light -= wear.edge * np.exp(-np.arange(width, dtype=np.float32) / reach)[None, :]
        light -= (
            wear.edge * chance.uniform(0, 0.7) * np.exp(-np.arange(height, dtype=np.float32)[::-1] / reach)[:, None]
        )
    if wear.light:
        slope = np.linspace(0, chance.uniform(-1, 1), width, dtype=np.float32)[None, :]
        light *= 1 - wear.light * (0.4 * _cloud((height, width), chance, 3) + 0.35 * np.abs(slope))
        light *= 1 - wear.light * 0.6 * _shadow((height, width), chance)
    return np.asarray(np.clip(page * light[..., None], 0, 255), np.uint8)


def _shadow(shape: tuple[int, int], chance: np.random.Generator) -> Plane:
    """Return the shadow of something held over the page: 1 within, 0 outside, a soft edge."""
    small = np.zeros((shape[0] // 8, shape[1] // 8), np.float32)
    x, y = chance.uniform(0, small.shape[1]), chance.uniform(0, small.shape[0])
    turn, reach = chance.uniform(0, 2 * np.pi), float(max(small.shape))
    far = [(x + reach * np.cos(turn + a), y + reach * np.sin(turn + a)) for a in (-0.35, 0.35)]
    cv2.fillPoly(small, [np.array([(x, y), *far], np.int32)], 1.0)
    return np.asarray(cv2.resize(cv2.GaussianBlur(small, (0, 0), 9), shape[::-1]), np.float32)


def _digitized(page: Pixels, wear: Wear, chance: np.random.Generator) -> Pixels:
    grey = wear.mode != "RGB"
    flat = cv2.cvtColor(page, cv2.COLOR_RGB2GRAY) if grey else page
    grain = chance.standard_normal(flat.shape[:2], dtype=np.float32) * wear.noise
    noisy = np.clip(flat + (grain if grey else grain[..., None]), 0, 255).astype(np.uint8)
    for x, y, size in chance.random((wear.specks, 3)):
        middle = (int(x * flat.shape[1]), int(y * flat.shape[0]))
        cv2.circle(noisy, middle, int(size**3 * wear.dpi / 75), (30, 30, 30), -1)
    if wear.mode != "1":
        return noisy
    return np.where(noisy > wear.threshold, np.uint8(255), np.uint8(0))


def coded(pixels: Pixels, wear: Wear) -> tuple[bytes, str]:
    """Return the picture as a scanner codes it, CCITT G4 or JPEG with its resolution, and the suffix of such a file."""
    picture, out = Image.fromarray(pixels), io.BytesIO()
    if wear.mode == "1":
        picture.convert("1", dither=Image.Dither.NONE).save(out, "TIFF", compression="group4", dpi=(wear.dpi, wear.dpi))
        return out.getvalue(), ".tif"
    picture.save(out, "JPEG", quality=wear.quality, dpi=(wear.dpi, wear.dpi))
    return out.getvalue(), ".jpg"

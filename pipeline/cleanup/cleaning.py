"""The order of cleaning; each step decides first and acts then."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.cleanup import geometry
from pipeline.cleanup.background import normalise
from pipeline.cleanup.border import find_border, wipe
from pipeline.cleanup.food import make_food
from pipeline.cleanup.glyphs import Glyphs, Mask, find_glyphs, off_edge
from pipeline.cleanup.ink import find_loss
from pipeline.cleanup.orientation import Stance, find_stance, find_turn
from pipeline.cleanup.skew import find_lean, find_skew
from pipeline.cleanup.tone import darkest, lightest, paper_colour, shrink, whole_step
from schemas.page import Page, Pixels, Scan
from schemas.units import Resolution, Turn

WORK_DPI = 125
READING_DPI = 200
FEWEST_GLYPHS = 12
"""A page with fewer letters stays as it lies: nothing on it tells which way is up."""

Upright = Callable[[Pixels], Turn]
"""Returns the clockwise turn that brings a level grey picture of about 200 dpi upright; asked only in doubt."""


@dataclass(frozen=True)
class Sketch:
    """A small picture of the page, upright, on which all decisions are made.

    Attributes:
        pixels: grey or RGB.
        grey: the same with colours dropped out.
        step: pixels of the page per pixel of the sketch.
        dpi: resolution of the sketch.
        paper: sample values of the paper, one per channel.
    """

    pixels: Pixels
    grey: Pixels
    step: int
    dpi: float
    paper: tuple[int, ...]


def clean(scan: Scan, blank: bool, upright: Upright) -> Page:  # noqa: FBT001 - a fact about the page, not a switch
    """Return the page upright and straight, on white paper, and its food for the recognizer.

    The picture keeps the size of the paper, and all its ink: where the guard finds that whitening or
    wiping lost any, the picture is turned and straightened only. A blank page is left as it is.

    Args:
        scan: the page as scanned.
        blank: what the station found: nothing but paper.
        upright: decides the orientation where letters leave a doubt; may raise RecognizerFailed.
    """
    pixels, resolution = geometry.squared(scan)
    if blank:
        return _blank_page(pixels, resolution, bilevel=scan.bilevel)
    sketch = _sketch(pixels, resolution)
    glyphs = find_glyphs(sketch.grey, sketch.dpi)
    turned = _decide_turn(glyphs, pixels, resolution.x, upright)
    pixels, resolution = geometry.turn(pixels, turned), geometry.turn_resolution(resolution, turned)
    sketch = _turn_sketch(sketch, turned)
    image, skew = _restore(pixels, sketch, glyphs.turned(turned), bilevel=scan.bilevel)
    food = make_food(image, resolution.x, bilevel=scan.bilevel)
    return Page(
        image=image,
        resolution=resolution,
        bilevel=scan.bilevel,
        food=food.pixels,
        food_scale=food.scale,
        rules=food.rules,
        turned=turned,
        skew=skew,
        blank=False,
    )


def _blank_page(pixels: Pixels, resolution: Resolution, *, bilevel: bool) -> Page:
    step = whole_step(resolution.x, WORK_DPI)
    height, width = pixels.shape[:2]
    white = np.full((max(1, height // step), max(1, width // step)), 255, np.uint8)
    return Page(
        image=pixels,
        resolution=resolution,
        bilevel=bilevel,
        food=white,
        food_scale=1 / step,
        rules=np.zeros_like(white),
        turned=0,
        skew=0.0,
        blank=True,
    )


def _sketch(pixels: Pixels, resolution: Resolution) -> Sketch:
    step = whole_step(resolution.x, WORK_DPI)
    small = shrink(pixels, step)
    return Sketch(small, lightest(small), step, resolution.x / step, paper_colour(small))


def _turn_sketch(sketch: Sketch, by: Turn) -> Sketch:
    turned, grey = geometry.turn(sketch.pixels, by), geometry.turn(sketch.grey, by)
    return Sketch(turned, grey, sketch.step, sketch.dpi, sketch.paper)


def _decide_turn(glyphs: Glyphs, pixels: Pixels, dpi: float, upright: Upright) -> Turn:
    if glyphs.count < FEWEST_GLYPHS:
        return 0
    stance = find_stance(glyphs)
    turned = find_turn(stance)
    return upright(_levelled(pixels, dpi, stance)) if turned is None else turned


def _levelled(pixels: Pixels, dpi: float, stance: Stance) -> Pixels:
    """Return a grey picture whose lines run along its edges, which way ever: fit to be read."""
    grey = lightest(shrink(pixels, whole_step(dpi, READING_DPI)))
    lean = stance.across if stance.runs_across else stance.down
    matrix = geometry.about_middle(grey.shape[1], grey.shape[0], lean.degrees)
    return geometry.rotate(grey, matrix, paper_colour(grey), bilevel=False)


def _restore(pixels: Pixels, sketch: Sketch, glyphs: Glyphs, *, bilevel: bool) -> tuple[Pixels, float]:
    """Return the picture without border and skew, on white paper, and the skew that was taken out."""
    border = find_border(sketch.grey, max(sketch.paper), sketch.dpi)
    skew = find_skew(find_lean(glyphs), glyphs.count)
    matrix = _plan_rotation(glyphs, skew) if geometry.worth_straightening(skew, bilevel=bilevel) else None
    wiped = pixels if border is None else wipe(pixels, border, sketch.paper)
    straight = _straighten(wiped, matrix, sketch, bilevel=bilevel)
    image = straight if bilevel else normalise(straight, sketch.dpi * sketch.step)
    if image is not pixels and _lost(image, sketch, border, matrix):
        image = _straighten(pixels, matrix, sketch, bilevel=bilevel)
    return image, 0.0 if matrix is None else skew


def _plan_rotation(glyphs: Glyphs, skew: float) -> NDArray[np.float64] | None:
    """Return how the page is straightened; None where its ink would not fit, what hangs on the edge aside."""
    matrix = geometry.plan_rotation(glyphs.mask, skew)
    # The corner of a scanner's lid, as large as a letter, must not keep a page crooked.
    return geometry.plan_rotation(off_edge(glyphs.mask), skew) if matrix is None else matrix


def _straighten(pixels: Pixels, matrix: NDArray[np.float64] | None, sketch: Sketch, *, bilevel: bool) -> Pixels:
    if matrix is None:
        return pixels
    return geometry.rotate(pixels, geometry.enlarge(matrix, sketch.step), sketch.paper, bilevel=bilevel)


def _lost(image: Pixels, sketch: Sketch, border: Mask | None, matrix: NDArray[np.float64] | None) -> bool:
    """Whether ink of the sketch is missing on the finished picture."""
    before, allowed = darkest(sketch.pixels), border
    if matrix is not None:
        before = geometry.rotate(before, matrix, (min(sketch.paper),), bilevel=False)
        allowed = None if border is None else geometry.rotate(border, matrix, (0,), bilevel=True)
    return bool(find_loss(before, darkest(shrink(image, sketch.step)), allowed, sketch.dpi))

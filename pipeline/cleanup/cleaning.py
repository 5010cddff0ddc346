"""The order of cleaning; each step decides first and acts then."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np

from pipeline.cleanup import geometry
from pipeline.cleanup.background import normalise
from pipeline.cleanup.border import find_border, wipe
from pipeline.cleanup.food import make_food
from pipeline.cleanup.glyphs import Glyphs, Mask, find_glyphs
from pipeline.cleanup.ink import find_loss
from pipeline.cleanup.orientation import find_stance, find_turn
from pipeline.cleanup.skew import Lean, find_lean
from pipeline.cleanup.straighten import Course, plan_course, straighten
from pipeline.cleanup.tone import darkest, lightest, paper_colour, shrink, whole_step
from schemas.geometry import Placing, after, turning
from schemas.page import Page, Pixels, Scan
from schemas.units import Resolution, Turn

WORK_DPI = 110
READING_DPI = 200
FEWEST_GLYPHS = 12
"""A page with fewer letters stays as it lies: nothing on it tells which way is up."""
NO_LEAN = Lean(0.0, 1.0, 1.0)
MIDDLE = 127
"""Pixels up to this are black on a picture of one bit."""

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


def clean(scan: Scan, blank: bool, upright: Upright, *, unbend: bool = True) -> Page:  # noqa: FBT001 - a fact, no switch
    """Return the page upright and straight, on white paper, and its food for the recognizer.

    The picture keeps the size of the paper, and all its ink: where the guard finds that whitening or
    wiping lost any, the picture is turned and straightened only. A blank page is left as it is.

    Args:
        scan: the page as scanned.
        blank: what the station found: nothing but paper.
        upright: decides the orientation where letters leave a doubt; may raise RecognizerFailed.
        unbend: also make level what leans differently over the page, which no turn can do.
    """
    pixels, resolution = geometry.squared(scan)
    if blank:
        return _blank_page(pixels, resolution, bilevel=scan.bilevel)
    sketch = _sketch(pixels, resolution)
    glyphs = find_glyphs(sketch.grey, sketch.dpi)
    turned, lean = _decide_turn(glyphs, pixels, resolution.x, upright)
    pixels, resolution = geometry.turn(pixels, turned), geometry.turn_resolution(resolution, turned)
    sketch = _turn_sketch(sketch, turned)
    course = plan_course(glyphs.turned(turned), lean, sketch.dpi, bilevel=scan.bilevel)
    course = course if unbend or course is None else Course(course.matrix, course.skew)
    image, soft = _restore(pixels, sketch, course, bilevel=scan.bilevel)
    food = make_food(soft, resolution.x, bilevel=scan.bilevel)
    return Page(
        image=image,
        resolution=resolution,
        bilevel=scan.bilevel,
        food=food.pixels,
        food_scale=food.scale,
        rules=food.rules,
        turned=turned,
        skew=course.skew if course else 0.0,
        bend=course.spread if course else 0.0,
        blank=False,
        placing=_placing(scan, turned, course, sketch.step),
    )


def _placing(scan: Scan, turned: Turn, course: Course | None, step: int) -> Placing:
    """Return where pixels of the scan come to lie in the picture; where it was bent, all but the bend."""
    height, width = scan.pixels.shape[:2]
    across, down = geometry.squaring(scan)
    squared = (across, 0.0, 0.0, down, 0.0, 0.0)
    upright = after(squared, turning(turned, width * across, height * down))
    return upright if course is None else after(upright, geometry.placing(geometry.enlarge(course.matrix, step)))


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


def _decide_turn(glyphs: Glyphs, pixels: Pixels, dpi: float, upright: Upright) -> tuple[Turn, Lean]:
    """Return the turn that brings the page upright, and the lean of its lines then."""
    if glyphs.count < FEWEST_GLYPHS:
        return 0, NO_LEAN
    stance = find_stance(glyphs)
    found = find_turn(stance)
    turned = upright(_levelled(pixels, dpi, stance.better)) if found is None else found
    seen = (turned in (0, 180)) == stance.runs_across
    return turned, stance.better if seen else find_lean(glyphs.turned(turned))


def _levelled(pixels: Pixels, dpi: float, lean: Lean) -> Pixels:
    """Return a grey picture whose lines run along its edges, which way ever: fit to be read."""
    grey = lightest(shrink(pixels, whole_step(dpi, READING_DPI)))
    height, width = grey.shape
    course = Course(geometry.about_middle(width, height, lean.degrees), lean.degrees)
    return straighten(grey, course, 1, paper_colour(grey), cv2.INTER_LINEAR)


def _restore(pixels: Pixels, sketch: Sketch, course: Course | None, *, bilevel: bool) -> tuple[Pixels, Pixels]:
    """Return the picture without border, level, on white paper; and the same with soft edges, to be read."""
    border = find_border(sketch.grey, max(sketch.paper), sketch.dpi)
    wiped = pixels if border is None else wipe(pixels, border, sketch.paper)
    image, soft = _finished(wiped, sketch, course, bilevel=bilevel)
    if image is not pixels and _lost(image, sketch, border, course):
        return _straightened(pixels, sketch, course, bilevel=bilevel)
    return image, soft


def _finished(pixels: Pixels, sketch: Sketch, course: Course | None, *, bilevel: bool) -> tuple[Pixels, Pixels]:
    image, soft = _straightened(pixels, sketch, course, bilevel=bilevel)
    if bilevel:
        return image, soft
    white = normalise(image, sketch.dpi * sketch.step)
    return white, white


def _straightened(pixels: Pixels, sketch: Sketch, course: Course | None, *, bilevel: bool) -> tuple[Pixels, Pixels]:
    if course is None:
        return pixels, pixels
    if not bilevel:
        level = straighten(pixels, course, sketch.step, sketch.paper, cv2.INTER_CUBIC)
        return level, level
    soft = straighten(pixels, course, sketch.step, sketch.paper, cv2.INTER_LINEAR)
    return cast("Pixels", cv2.threshold(soft, MIDDLE, 255, cv2.THRESH_BINARY)[1]), soft


def _lost(image: Pixels, sketch: Sketch, border: Mask | None, course: Course | None) -> bool:
    """Whether ink of the sketch is missing on the finished picture."""
    before, allowed = darkest(sketch.pixels), border
    if course is not None:
        before = straighten(before, course, 1, (min(sketch.paper),), cv2.INTER_CUBIC)
        allowed = None if border is None else straighten(border, course, 1, (0,), cv2.INTER_NEAREST)
    return bool(find_loss(before, darkest(shrink(image, sketch.step)), allowed, sketch.dpi))

"""Orientation: which way up a page is.

Lines of print show whether text runs across or down: only along them do the feet of the letters
gather. Which end is up shows in the letters: they stand on a common line, while their heads end
at many heights (Vietnamese more than any: capitals, ascenders, marks above marks). Where this is
not clear, None says so and the recognizer is asked.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.cleanup.glyphs import Glyphs
from pipeline.cleanup.skew import Lean, lower_edges, refine_lean, rough_lean, sharpness
from schemas.units import Turn

FEWEST_GLYPHS = 300
ACROSS_MARGIN = 1.5
FEET_MARGIN, HEADS_MARGIN = 1.15, 1.3
"""Worn print may have sharper heads than feet: turning a page over takes more evidence than leaving it."""

QUARTERS: tuple[Turn, ...] = (0, 90, 180, 270)


@dataclass(frozen=True)
class Stance:
    """How print stands on a page.

    Attributes:
        across, down: how well text lines show in the picture as it is, and a quarter turn clockwise.
        better: the better of the two, found to 0.05 degrees.
        feet: sharpness of the letters' feet over that of their heads, along the better of the two.
        count: number of letters seen.
    """

    across: Lean
    down: Lean
    better: Lean
    feet: float
    count: int

    @property
    def runs_across(self) -> bool:
        """Whether lines show better across than down."""
        return self.across.sharpness >= self.down.sharpness


def find_stance(glyphs: Glyphs) -> Stance:
    """Return the evidence for the orientation of `glyphs`."""
    turned = glyphs.turned(90)
    edges, turned_edges = lower_edges(glyphs.mask), lower_edges(turned.mask)
    across, down = rough_lean(edges), rough_lean(turned_edges)
    if across.sharpness >= down.sharpness:
        fine = refine_lean(edges, across)
        return Stance(across, down, fine, feet_over_heads(glyphs.boxes, fine.degrees), glyphs.count)
    fine = refine_lean(turned_edges, down)
    return Stance(across, down, fine, feet_over_heads(turned.boxes, fine.degrees), glyphs.count)


def find_turn(stance: Stance) -> Turn | None:
    """Return the clockwise turn that brings the page upright; None where it is in doubt."""
    if stance.count < FEWEST_GLYPHS:
        return None
    ratio = stance.across.sharpness / stance.down.sharpness
    if 1 / ACROSS_MARGIN < ratio < ACROSS_MARGIN or 1 / HEADS_MARGIN < stance.feet < FEET_MARGIN:
        return None
    first = 0 if stance.runs_across else 1
    return QUARTERS[first if stance.feet > 1 else first + 2]


def feet_over_heads(boxes: NDArray[np.int32], degrees: float) -> float:
    """Return how much better the letters' feet gather on lines than their heads; above 1 for upright print."""
    left, top, width, height = boxes.astype(np.float32).T
    middle = left + width / 2
    feet = sharpness((middle / 2, (top + height) / 2), degrees)
    heads = sharpness((middle / 2, top / 2), degrees)
    return feet / heads

"""The last guard: what the finished page shows is what the cleaned picture showed, stroke by stroke."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pipeline.raster import drift, strokes, tints
from pipeline.raster.tiles import Pair, cut
from schemas.geometry import Box
from schemas.page import Page, Pixels


class LossKind(StrEnum):
    """What became of a place."""

    LOST = "lost"
    GAINED = "gained"
    COLOUR = "colour"
    SHIFTED = "shifted"


@dataclass(frozen=True)
class Loss:
    """A place where the finished page does not show what the cleaned picture shows.

    Attributes:
        kind: what became of it.
        box: where, in pixels of the page.
    """

    kind: LossKind
    box: Box

    def to_json(self) -> dict[str, Any]:
        """Return kind and box."""
        return {"kind": self.kind.value, "box": self.box.as_list()}


def find_losses(rendered: Pixels, page: Page) -> tuple[Loss, ...]:
    """Return the places where ink was lost or gained, changed its colour or moved; none on a faithful page.

    Ink is what stands out from the paper around it, whatever was masked when the page was coded.

    Args:
        rendered: the finished page, RGB or grey, in the size of `page.image`.
        page: what had to be delivered.

    Raises:
        ValueError: the sizes differ.
    """
    if rendered.shape[:2] != page.image.shape[:2]:
        raise ValueError(f"rendered as {rendered.shape[:2]}, but the page is {page.image.shape[:2]}")
    return tuple(_losses(rendered, page.image))


def _losses(rendered: Pixels, image: Pixels) -> Iterator[Loss]:
    for pair in cut(image, rendered):
        for kind, box in _judge(pair):
            yield Loss(kind, pair.on_page(box))
    for box in tints.changed(image, rendered):
        yield Loss(LossKind.COLOUR, box)


def _judge(pair: Pair) -> Iterator[tuple[LossKind, Box]]:
    for view in strokes.look(pair):
        for box in strokes.lost(view):
            yield LossKind.LOST, box
        for box in strokes.gained(view):
            yield LossKind.GAINED, box
    for box in drift.shifted(pair):
        yield LossKind.SHIFTED, box

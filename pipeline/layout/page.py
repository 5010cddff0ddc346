"""The layout of a page: its lines of print in reading order, its tables and its regions."""

import cv2
import numpy as np

from pipeline.layout.crops import crop
from pipeline.layout.ink import Boxes, Ink, find_ink
from pipeline.layout.loose import attach
from pipeline.layout.order import read_order
from pipeline.layout.phrases import Numbers, find_phrases
from schemas.geometry import Box
from schemas.layout import Layout, TextLine
from schemas.page import LEADER, Page, Pixels
from schemas.units import MM_PER_INCH

LEADER_MM = 3.0
"""Shorter rows of dots join nothing."""
RAISED_MM = 2.0
"""Print on a leader stands so much above it."""


def find_layout(page: Page) -> Layout:
    """Return the lines of print of a cleaned page in reading order, its tables and its regions."""
    if page.blank:
        return Layout(())
    mm = page.resolution.x * page.food_scale / MM_PER_INCH
    return Layout(find_lines(page.food, page.rules, mm))


def find_lines(food: Pixels, rules: Pixels, mm: float) -> tuple[TextLine, ...]:
    """Return the lines of print in reading order."""
    ink, phrases = find_phrases(find_ink(food, mm))
    boxes = np.vstack([phrases.boxes, find_leaders(rules, mm)])
    rows = read_order(boxes, np.arange(len(boxes)), mm)
    numbers = np.full(len(boxes) + 1, -1, np.intp)
    for number, row in enumerate(rows):
        numbers[row] = number
    lines = attach(ink, numbers[phrases.owner], len(rows))
    return tuple(cut_lines(food, ink, lines, len(rows)))


def cut_lines(food: Pixels, ink: Ink, lines: Numbers, count: int) -> list[TextLine]:
    """Return the crops of all lines that have ink."""
    order = np.argsort(lines, kind="stable")
    groups = np.split(order, np.searchsorted(lines[order], np.arange(count)))[1:]
    found = []
    for line, group in enumerate(groups):
        if len(group):
            sides = (*ink.boxes[group, :2].min(axis=0).tolist(), *ink.boxes[group, 2:].max(axis=0).tolist())
            found.append(crop(food, ink, lines, line, Box(*sides)))
    return found


def find_leaders(rules: Pixels, mm: float) -> Boxes:
    """Return where lines to write on are, as high as the print on them."""
    dots = cv2.inRange(rules, np.array(LEADER), np.array(LEADER))
    joined = cv2.dilate(dots, np.ones((1, round(LEADER_MM * mm) | 1), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    boxes = np.asarray(stats[1:, :4], np.int32)
    spread = round(LEADER_MM * mm) // 2
    boxes[:, 2:] += boxes[:, :2]
    boxes += np.asarray([spread, -round(RAISED_MM * mm), -spread, 0], np.int32)
    return boxes[boxes[:, 2] - boxes[:, 0] >= LEADER_MM * mm]

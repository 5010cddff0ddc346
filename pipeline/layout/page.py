"""The layout of a page: its lines of print in reading order, its tables and its regions."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter

import cv2
import numpy as np

from pipeline.layout.check_boxes import without_check_boxes
from pipeline.layout.combs import bands_of, is_comb, parted, with_labels
from pipeline.layout.crops import crop, with_strokes
from pipeline.layout.ignored import ink_to_ignore
from pipeline.layout.ink import Boxes, Ink, find_ink
from pipeline.layout.loose import attach
from pipeline.layout.order import TableRow, read_page
from pipeline.layout.phrases import Numbers, Phrases, find_letters, find_phrases, join
from pipeline.layout.regions import find_regions
from pipeline.layout.remains import without_remains
from pipeline.layout.stamps import find_stamps, without_stamps
from pipeline.layout.streaks import without_streaks
from pipeline.layout.tables import find_tables
from schemas.geometry import Box
from schemas.layout import Layout, Region, RegionKind, Table, TextLine
from schemas.page import Page, Pixels
from schemas.units import MM_PER_INCH

RAISED_MM = 2.0
"""Print on a leader stands so much above it."""
LETTER_MM = 1.4
"""Small letters of print are as high."""


def find_layout(page: Page) -> Layout:
    """Return the lines of print of a cleaned page in reading order, its tables and its regions."""
    if page.blank:
        return Layout(())
    drawn, regions = find_tables(page), find_regions(page)
    stamps = find_stamps(page, drawn)
    combs = [table for table in drawn if table not in stamps and is_comb(table, page.resolution.x / MM_PER_INCH)]
    tables = tuple(table for table in drawn if table not in stamps and table not in combs)
    mm = page.resolution.x * page.food_scale / MM_PER_INCH
    ignored = ink_to_ignore(page, regions)
    food = without_streaks(np.asarray(cv2.max(page.food, ignored.ink), np.uint8), mm)
    food = without_stamps(food, [box.scaled(page.food_scale, page.food_scale) for box in stamps.values()], mm)
    rows = [table_rows(table, page.food_scale) for table in tables]
    for table in rows if page.bilevel else ():
        food = without_remains(food, [cell for row in table for cell in row], mm)
    leaders = find_leaders(regions, page.food_scale, mm)
    seals = (Region(RegionKind.SEAL, box) for box in stamps.values())
    framed = [comb.box.scaled(page.food_scale, page.food_scale) for comb in combs]
    lines = find_lines(food, rows, leaders, mm, framed)
    lines = tuple(with_strokes(line, page.food, ignored.disputed) for line in lines)
    return Layout(lines, tables, (*regions, *seals))


def table_rows(table: Table, scale: float) -> list[TableRow]:
    """Return the cells of each row of a table, `scale` times as large."""
    return [[cell.box.scaled(scale, scale) for cell in row] for _, row in groupby(table.cells, attrgetter("row"))]


def find_lines(
    food: Pixels, tables: Sequence[Sequence[TableRow]], leaders: Boxes, mm: float, combs: Sequence[Box] = ()
) -> tuple[TextLine, ...]:
    """Return the lines of print in reading order.

    Args:
        food: grey, black on white, nothing but print.
        tables: the rows of each table.
        leaders: places to write on, as high as the print on them.
        mm: pixels per millimetre.
        combs: boxes in which letters stand far apart and are one phrase.
    """
    cells, bands = [cell for table in tables for row in table for cell in row], bands_of(combs)
    labelled = with_labels(bands, mm)
    ink, phrases = find_phrases(without_check_boxes(find_ink(food, mm)), cells, labelled)
    lines, groups = number_lines(ink, phrases, tables, leaders, bands)
    lost = find_lost(ink, phrases, lines)
    if len(lost):
        phrases = join(ink, find_letters(ink), cells, labelled, lost)
        lines, groups = number_lines(ink, phrases, tables, leaders, bands)
    return tuple(cut_lines(food, ink, lines, groups))


def number_lines(
    ink: Ink, phrases: Phrases, tables: Sequence[Sequence[TableRow]], leaders: Boxes, bands: Boxes
) -> tuple[Numbers, list[int]]:
    """Return the line of each piece of ink, in reading order, -1 for none; and the number of each line's text.

    Args:
        ink: all pieces.
        phrases: what they make up.
        tables: the rows of each table.
        leaders: places to write on, as high as the print on them.
        bands: middles of combs.
    """
    boxes = np.vstack([phrases.boxes, unwritten(leaders, phrases.boxes)])
    places = np.arange(len(phrases.boxes), len(boxes))
    parts = [(group, part) for group, line in enumerate(read_page(boxes, places, tables, ink.mm)) for part in line]
    numbers = np.full(len(boxes) + 1, -1, np.intp)
    for number, (_, part) in enumerate(parts):
        numbers[part] = number
    lines = numbers[phrases.owner]
    letters = np.flatnonzero(lines >= 0)
    found, lines[letters] = np.unique(parted(lines[letters], ink.boxes[letters], bands), return_inverse=True)
    groups = [parts[number][0] for number in (found // (2 * len(bands) + 1)).tolist()]
    return attach(ink, lines, len(groups)), groups


def find_lost(ink: Ink, phrases: Phrases, lines: Numbers) -> Numbers:
    """Return the pieces that were taken for marks, and are as high as letters, and came to stand by no line."""
    marks = phrases.marks
    return marks[(lines[marks] < 0) & (ink.heights[marks] >= LETTER_MM * ink.mm)]


def cut_lines(food: Pixels, ink: Ink, lines: Numbers, groups: Sequence[int]) -> Iterator[TextLine]:
    """Yield the crops of all lines that have ink; `groups` are the numbers of the lines of text they are part of."""
    order = np.argsort(lines, kind="stable")
    pieces = np.split(order, np.searchsorted(lines[order], np.arange(len(groups))))[1:]
    for line, (group, own) in enumerate(zip(groups, pieces, strict=True)):
        if len(own):
            box = box_around(ink.boxes[own])
            yield TextLine(box, *crop(food, ink, lines, line, box), group)


def box_around(boxes: Boxes) -> Box:
    """Return the box around several."""
    return Box(*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist())


def unwritten(leaders: Boxes, phrases: Boxes) -> Boxes:
    """Return those parts of leaders on which nothing is printed."""
    parts = []
    for x0, y0, x1, y1 in leaders.tolist():
        on = phrases[(phrases[:, 1] < y1) & (phrases[:, 3] > y0) & (phrases[:, 0] < x1) & (phrases[:, 2] > x0)]
        starts, ends = [x0, *np.maximum.accumulate(np.sort(on[:, 2])).tolist()], [*np.sort(on[:, 0]).tolist(), x1]
        parts += [(start, y0, end, y1) for start, end in zip(starts, ends, strict=True) if end > start]
    return np.asarray(parts, np.int32).reshape(-1, 4)


def find_leaders(regions: Sequence[Region], scale: float, mm: float) -> Boxes:
    """Return where lines to write on are, `scale` times as large and as high as the print on them."""
    boxes = [region.box.scaled(scale, scale).as_list() for region in regions if region.kind is RegionKind.FILL_IN]
    return np.asarray(boxes, np.int32).reshape(-1, 4) - np.asarray([0, round(RAISED_MM * mm), 0, 0], np.int32)

"""Tables are found with their cells; rules that are no table stay alone."""

import random
from itertools import combinations

import numpy as np
import pytest
from drawn_tables import DPI, DrawnTable, Span, Style, blank_sheet, draw_table, invent_table, scanned
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from pipeline.cleanup import clean
from pipeline.layout.tables import find_tables
from samples.typeface import Face, font
from schemas.geometry import Box
from schemas.layout import Table
from schemas.page import Page, Scan
from schemas.units import Resolution, mm_to_px

STYLES = {
    "plain": Style(),
    "thick": Style(thick=0.7),
    "double frame": Style(double=True),
    "open sides": Style(open_sides=True),
    "broken": Style(gaps=0.25),
    "bent": Style(bend=1.2),
}


def cleaned(picture: Image.Image) -> Page:
    """Return the scan cleaned; its letters stand upright already."""
    bilevel = picture.mode == "1"
    pixels = np.asarray(picture.convert("L" if bilevel else "RGB"), np.uint8)
    return clean(Scan(pixels=pixels, resolution=Resolution(DPI, DPI), bilevel=bilevel), False, lambda _: 0)


def drawn(table: DrawnTable, seed: int, *, bilevel: bool = False, skew: float = 0.0) -> Page:
    """Return a page with that table on it."""
    sheet = blank_sheet()
    draw_table(sheet, table, random.Random(seed))
    return cleaned(scanned(sheet, seed, bilevel=bilevel, skew=skew))


def spans(table: Table) -> set[Span]:
    """Return which fields the cells hold."""
    return {(cell.row, cell.column, cell.rows, cell.columns) for cell in table.cells}


def overlap(one: Box, other: Box) -> int:
    """Return how many pixels two boxes share."""
    wide, high = min(one.x1, other.x1) - max(one.x0, other.x0), min(one.y1, other.y1) - max(one.y0, other.y0)
    return max(0, wide) * max(0, high)


@pytest.mark.parametrize("mode", ["RGB", "1"])
@pytest.mark.parametrize("kind", STYLES)
def test_nearly_all_cells_of_drawn_tables_are_found_and_no_others(kind: str, mode: str) -> None:
    wanted = found = right = 0
    for seed in range(2):
        chance = random.Random(f"{kind}/{seed}")
        table = invent_table(chance, STYLES[kind])
        tables = find_tables(drawn(table, seed, bilevel=mode == "1", skew=chance.uniform(-0.8, 0.8)))
        truth = set(table.spans)
        cells = [spans(each) for each in tables]
        wanted, found = wanted + len(truth), found + sum(len(each) for each in cells)
        right += sum(len(truth & each) for each in cells)
    assert right >= 0.97 * wanted
    assert right >= 0.97 * found


@settings(max_examples=4)
@example(seed=458, kind="thick")
@given(seed=st.integers(0, 10_000), kind=st.sampled_from(sorted(STYLES)))
def test_cells_lie_apart_within_their_table_and_fill_it(seed: int, kind: str) -> None:
    page = drawn(invent_table(random.Random(seed), STYLES[kind]), seed, skew=seed % 5 / 4 - 0.5)
    height, width = page.image.shape[:2]
    for table in find_tables(page):
        boxes = [cell.box for cell in table.cells]
        assert all(overlap(one, other) == 0 for one, other in combinations(boxes, 2))
        assert all(overlap(box, table.box) == box.width * box.height for box in boxes)
        assert sum(box.width * box.height for box in boxes) > 0.8 * table.box.width * table.box.height
        assert table.box.x1 <= width
        assert table.box.y1 <= height


def write(sheet: Image.Image, text: str, at: tuple[float, float], face: Face = Face.SERIF_BOLD) -> None:
    """Write one line, `at` in millimetres."""
    place = (mm_to_px(at[0], DPI), mm_to_px(at[1], DPI))
    ImageDraw.Draw(sheet).text(place, text, fill=(20, 20, 20), font=font(face, 13, DPI), anchor="ls")


def rule(sheet: Image.Image, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Draw a rule, places in millimetres."""
    places = [(mm_to_px(x, DPI), mm_to_px(y, DPI)) for x, y in (start, end)]
    ImageDraw.Draw(sheet).line(places, fill=(20, 20, 20), width=2)


def test_underlines_separators_and_edge_lines_are_no_table() -> None:
    sheet = blank_sheet()
    for row in range(12):
        write(sheet, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", (60, 30 + 14 * row))
        rule(sheet, (70, 32 + 14 * row), (130, 32 + 14 * row))
    rule(sheet, (8, 20), (8, 250))
    assert find_tables(cleaned(scanned(sheet, 1))) == ()


def test_box_for_a_photo_is_a_table_of_one_cell() -> None:
    sheet = blank_sheet()
    for row in range(10):
        write(sheet, "Họ, chữ đệm và tên khai sinh", (70, 30 + 9 * row), Face.SERIF)
    for start, end in (((25, 30), (55, 30)), ((25, 70), (55, 70)), ((25, 30), (25, 70)), ((55, 30), (55, 70))):
        rule(sheet, start, end)
    write(sheet, "Ảnh 3x4", (32, 52))
    (table,) = find_tables(cleaned(scanned(sheet, 2)))
    (cell,) = table.cells
    assert [round(value * 25.4 / DPI) for value in cell.box.as_list()] == pytest.approx([25, 30, 55, 70], abs=1)


def test_two_tables_on_a_page_are_two() -> None:
    sheet, chance = blank_sheet(), random.Random(5)
    upper, lower = invent_table(chance, Style(), top=25.0), invent_table(chance, Style(), top=180.0)
    draw_table(sheet, upper, chance)
    draw_table(sheet, lower, chance)
    found = find_tables(cleaned(scanned(sheet, 5)))
    assert [spans(table) for table in found] == [set(upper.spans), set(lower.spans)]


def test_boxes_one_above_the_other_are_tables_of_their_own() -> None:
    sheet = blank_sheet()
    for top in (60, 70, 80):
        corners = [(mm_to_px(x, DPI), mm_to_px(y, DPI)) for x, y in ((70, top), (190, top + 8))]
        ImageDraw.Draw(sheet).rectangle([*corners[0], *corners[1]], outline=(20, 20, 20), width=2)
        write(sheet, "Khu phố 1, phường Triệu Nghĩa", (72, top + 6))
    assert [len(table.cells) for table in find_tables(cleaned(sheet))] == [1, 1, 1]

"""Places to fill in: dotted leaders, and rules that follow a label on its base line."""

from pipeline.layout.marks import bounds_of, close
from pipeline.layout.rulings import Rulings, Stroke, find_rulings, meet, small_ink, small_marks
from schemas.geometry import Box
from schemas.page import LEADER, Page, Pixels
from schemas.units import MM_PER_INCH

GAP_MM = 3.5
EDGE_MM = 6.0
SHORTEST_LEADER_MM = 5.0
SHORTEST_RULE_MM = 15.0
LABEL_MM = 4.5
"""How far before its rule a label ends, at most."""
FOOT_MM = 1.2
"""How far above or below its rule a label stands, at most."""
LETTER_MM = 4.5
UNDERLINED = 0.45
"""Share of a rule that has print above it where it underlines: more than what stands in a gap."""


def find_fill_ins(page: Page) -> list[Box]:
    """Return lines to write on, in pixels of the page."""
    return [box for box in (*find_leaders(page), *find_ruled(page)) if _off_edge(box, page)]


def _off_edge(box: Box, page: Page) -> bool:
    """Whether a line stands clear of the paper's edge, where scanners draw lines of their own."""
    height, width = page.image.shape[:2]
    edge = EDGE_MM * page.resolution.x / MM_PER_INCH
    return box.x0 < width - edge and box.x1 > edge and box.y0 < height - edge and box.y1 > edge


def find_leaders(page: Page) -> list[Box]:
    """Return dotted and dashed lines."""
    marks, scale = small_marks(page, LEADER)
    if not marks.any():
        return []
    mm = page.resolution.x / scale / MM_PER_INCH
    rows = bounds_of(close(marks, round(GAP_MM * mm), 3))
    return [
        _on_page((x, y, x + width, y + height), scale, page)
        for x, y, width, height in rows
        if width >= SHORTEST_LEADER_MM * mm
    ]


def find_ruled(page: Page) -> list[Box]:
    """Return ruled lines that follow a label; what underlines print or parts it is none."""
    rulings = find_rulings(page)
    rules = [rule for rule in rulings.level if _is_loose(rule, rulings)]
    if not rules:
        return []
    ink = small_ink(page)
    return [
        _on_page((rule.start, rule.at - rule.half - 1, rule.end, rule.at + rule.half + 1), rulings.scale, page)
        for rule in rules
        if _follows_label(rule, ink, rulings.mm) and not _underlines(rule, ink, rulings.mm)
    ]


def _is_loose(rule: Stroke, rulings: Rulings) -> bool:
    """Whether a rule is long enough, and of no table."""
    long = rule.length >= SHORTEST_RULE_MM * rulings.mm
    return long and not any(meet(rule, upright, FOOT_MM * rulings.mm) for upright in rulings.upright)


def _follows_label(rule: Stroke, ink: Pixels, mm: float) -> bool:
    """Whether print ends before the rule, and stands at its height."""
    y, x = round(rule.across(rule.start)), round(rule.start)
    before = slice(max(0, x - round(LABEL_MM * mm)), max(0, x - 1))
    foot = ink[max(0, y - round(FOOT_MM * mm)) : y + round(FOOT_MM * mm), before]
    above = ink[max(0, y - round(LETTER_MM / 2 * mm)) : max(0, y - round(FOOT_MM * mm)), before]
    return bool(foot.any() and above.any())


def _underlines(rule: Stroke, ink: Pixels, mm: float) -> bool:
    y, across = round(rule.at), slice(max(0, round(rule.start)), round(rule.end))
    above = ink[max(0, y - round(LETTER_MM * mm)) : max(0, y - 1), across]
    return bool(above.size) and float(close(above.max(axis=0)[None, :], round(mm), 1).mean()) / 255 >= UNDERLINED


def _on_page(corners: tuple[float, float, float, float], scale: float, page: Page) -> Box:
    height, width = page.image.shape[:2]
    x0, y0, x1, y1 = (round(max(0.0, corner * scale)) for corner in corners)
    return Box(min(x0, width), min(y0, height), min(x1, width), min(y1, height))

"""Pages of nothing but text: dense law, and lists of contents whose dots lead to page numbers."""

import random
from dataclasses import replace

from bench.drawn import ink, words
from bench.drawn.letters import Manner, manner
from bench.drawn.sheet import POINT, Setting, Sheet


def law(sheet: Sheet, rng: random.Random) -> None:
    """A page from the middle of a decree: articles, clauses and points from edge to edge."""
    how = replace(manner(rng), gap=rng.uniform(0.3, 1.6))
    sheet.print(105, 14, [how.run(str(rng.randint(2, 60)))], "center")
    y, article, clause = 24.0, rng.randint(2, 90), 0
    texts = words.paragraphs(rng, 60, 700)
    while y < 280:
        lot = rng.random()
        if lot < 0.06 and y < 250:
            y = _chapter(sheet, rng, how, y + 3)
        elif lot < 0.25 or not clause:
            article, clause = article + 1, 1
            heading = " ".join(next(texts).split()[: rng.randint(4, 14)]).rstrip(".,;:")
            y = sheet.flow([how.run(f"Điều {article}. {heading}", bold=True)], y, how.setting) + how.gap
        else:
            mark = f"{clause}. " if rng.random() < 0.6 else f"{rng.choice('abcdđeghik')}) "
            clause += mark[0].isdigit()
            y = sheet.flow([how.run(mark + next(texts))], y, how.setting) + how.gap


def _chapter(sheet: Sheet, rng: random.Random, how: Manner, y: float) -> float:
    middle = replace(how.setting, indent=0, align="center")
    y = sheet.flow([how.run(f"Chương {rng.choice(('I', 'II', 'III', 'IV', 'V', 'VI'))}", bold=True)], y, middle)
    name = " ".join(next(words.paragraphs(rng, 80, 400)).split()[: rng.randint(4, 10)]).rstrip(".,;:")
    return sheet.flow([how.run(name.upper(), bold=True)], y, middle) + 2


def contents(sheet: Sheet, rng: random.Random) -> None:
    """A list whose entries lead by dots to page numbers."""
    how = manner(rng)
    y = rng.uniform(22, 34)
    sheet.print(
        105,
        y,
        [how.run(rng.choice(("MỤC LỤC", "DANH MỤC TÀI LIỆU TRONG HỒ SƠ", "MỤC LỤC VĂN BẢN")), 1, bold=True)],
        "center",
    )
    y += 12
    page = 1
    texts = words.paragraphs(rng, 40, 110)
    for number in range(1, 40):
        if y > 272:
            break
        y = _entry(sheet, how, f"{number}. {next(texts).rstrip('.;:,')}", page, y) + how.gap
        page += rng.randint(1, 9)


def _entry(sheet: Sheet, how: Manner, text: str, page: int, y: float) -> float:
    """Print an entry; its last line runs in dots up to the page number."""
    left, right = how.setting.left, how.setting.right
    rows = _broken(sheet, how, text)
    step = how.body.size * POINT * how.setting.leading
    for row in rows[:-1]:
        sheet.print(left, y, [how.run(row)])
        y += step
    end = sheet.ink(left, y, how.run(rows[-1]))
    figure = how.run(str(page))
    start = right - sheet.width(figure)
    sheet.dots(end + 1.5, start - 1.5, y - 0.3, 1.15)
    sheet.ink(start, y, figure)
    sheet.note(f"{rows[-1]} {page}")
    return y + step


def _broken(sheet: Sheet, how: Manner, text: str) -> list[str]:
    """Return the text broken into lines that leave room for a page number."""
    rows = [""]
    for word in text.split():
        longer = f"{rows[-1]} {word}".strip()
        if sheet.width(how.run(longer)) > how.setting.right - how.setting.left - 14:
            rows.append(word)
        else:
            rows[-1] = longer
    return rows


def minutes(sheet: Sheet, rng: random.Random) -> None:
    """A page of short minutes, signed by both sides beside each other, much of it empty."""
    how = manner(rng)
    y = rng.uniform(25, 60)
    sheet.print(105, y, [how.run("BIÊN BẢN LÀM VIỆC", 1, bold=True)], "center")
    y += 12
    texts = words.paragraphs(rng, 40, 260)
    for lead in ("Thời gian:", "Địa điểm:", "Thành phần:", "Nội dung:", "Kết luận:")[: rng.randint(3, 5)]:
        runs = [how.run(lead, bold=True, italic=rng.random() < 0.5), how.run(next(texts))]
        y = sheet.flow(runs, y, Setting(how.setting.left, how.setting.right, 0, how.setting.leading)) + 2
    for x, side in ((62, "ĐẠI DIỆN BÊN A"), (152, "ĐẠI DIỆN BÊN B")):
        _signed(sheet, rng, how, side, (x, y + 6))


def _signed(sheet: Sheet, rng: random.Random, how: Manner, side: str, at: tuple[float, float]) -> None:
    x, y = at
    sheet.print(x, y, [how.run(side, bold=True)], "center")
    sheet.print(x, y + 6, [how.run("(Ký, ghi rõ họ tên)", -1, italic=True)], "center")
    ink.signature(sheet, (x + rng.uniform(-5, 5), y + 18), rng)
    if rng.random() < 0.4:
        ink.seal(sheet, (x - 14, y + 17), "CÔNG TY TNHH ★ TỈNH " + rng.choice(words.PROVINCES).upper(), rng)
    sheet.print(x, y + 32, [how.run(words.person(rng).name, bold=True)], "center")

"""What is delivered, in other people's viewers: words found, marked where they stand, and the same picture."""

import json
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import viewers
from command import ROOT, run
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser
from viewers import PER_POINT, Found, Pixels, Place

LETTER = "giay-xac-nhan"
NAMES = (LETTER, "tờ khai", "nằm ngang")
PHRASES, LENGTH = 10, 3
ALIKE, MOST = 0.7, 0.95
"""Boxes that share so much are one; so many of a page's words must be."""
ENDS_PT = 2 * 72 / 300
BESIDE = 4
"""Pixels of a browser by which a mark may be larger than a word: its own margin."""

Require = Callable[[str], str]
Draw = Callable[[Path, float], Pixels]


@dataclass(frozen=True)
class Delivered:
    """A page as it was delivered: words and phrases with their places in points."""

    pdf: Path
    dpi: float
    coding: str
    words: Found
    phrases: tuple[Found, ...]


def frame(stack: str, wanted: Callable[[dict[str, Any]], bool]) -> Image.Image:
    pages = json.loads((ROOT / f"samples/expected/{stack}.json").read_text(encoding="utf-8"))["pages"]
    with Image.open(ROOT / f"samples/pages/{stack}.tif") as image:
        image.seek(next(page for page in pages if wanted(page))["page_no"] - 1)
        return image.copy()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Delivered]:
    """A colour letter, a form of one bit a pixel, a sheet that lay on its side: what `sohoa` makes of them."""
    place = tmp_path_factory.mktemp("viewers")
    form, side = place / "tờ khai.tif", place / "nằm ngang.jpg"
    frame("khai-sinh", lambda page: page["kind"] == "content").save(form, dpi=(300, 300), compression="group4")
    frame("dat-dai", lambda page: bool(page["turned"])).save(side, dpi=(200, 200), quality=92)
    ran = run(
        ["digitize", ROOT / f"samples/loose/{LETTER}.jpg", form, side, "--out", place / "out", "--no-seal", "--json"],
        place,
    )
    assert ran.code == 0, ran.talk
    return {name: read(place / "out", name) for name in NAMES}


def read(out: Path, name: str) -> Delivered:
    (page,) = json.loads((out / f"{name}.json").read_text(encoding="utf-8"))["pages"]
    per_pixel = 72 / page["dpi"]
    lines = [
        [(word["text"], tuple(side * per_pixel for side in word["box"])) for word in line["words"]]
        for line in page["lines"]
    ]
    pdf = (out / f"{name}.pdf").rename(out / f"{NAMES.index(name)}.pdf")  # a name that every program takes
    found = list(phrases(lines))
    spread = found[:: max(1, len(found) // PHRASES)][:PHRASES]
    words = [word for line in lines for word in line]
    return Delivered(pdf, page["dpi"], page["coding"], words, tuple(spread))


def phrases(lines: list[Found]) -> Iterator[Found]:
    """Yield words that stand beside each other and only once on the page, with a letter that English has not."""
    whole = plain(" ".join(word for line in lines for word, _ in line))
    for line in lines:
        for start in range(0, len(line) - LENGTH + 1, LENGTH):
            words = line[start : start + LENGTH]
            text = " ".join(word for word, _ in words)
            bare = all(word.isalpha() for word, _ in words) and not text.isascii()
            if bare and whole.count(plain(text)) == 1 and are_beside([place for _, place in words]):
                yield words


def plain(text: str) -> str:
    """Return a text as a search takes it that looks neither at capitals nor at marks."""
    return "".join(char for char in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(char))


def are_beside(places: list[Place]) -> bool:
    tops, bottoms = [place[1] for place in places], [place[3] for place in places]
    return max(tops) < min(bottoms) and all(left[2] <= right[0] for left, right in pairwise(places))


def likeness(one: Place, other: Place) -> float:
    """Return the intersection of two boxes over their union."""
    across, down = min(one[2], other[2]) - max(one[0], other[0]), min(one[3], other[3]) - max(one[1], other[1])
    shared = max(0.0, across) * max(0.0, down)
    return shared / (area(one) + area(other) - shared)


def area(place: Place) -> float:
    return (place[2] - place[0]) * (place[3] - place[1])


def around(places: list[Place]) -> Place:
    left, top, right, bottom = zip(*places, strict=True)
    return min(left), min(top), max(right), max(bottom)


@pytest.fixture(scope="module")
def browser(require_program: Require) -> Iterator[Browser]:
    with viewers.chromium(require_program("chromium")) as opened:
        yield opened


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("program", "words_of"), [("pdftotext", viewers.poppler_words), ("mutool", viewers.mupdf_words)]
)
def test_the_box_of_a_word_is_that_of_its_ink(
    program: str, words_of: Callable[[Path], Found], name: str, made: dict[str, Delivered], require_program: Require
) -> None:
    require_program(program)
    page = made[name]
    found = words_of(page.pdf)
    nearest = [
        max((place for text, place in found if text == word), key=lambda place: likeness(place, ink), default=None)
        for word, ink in page.words
    ]
    pairs = [(place, ink) for place, (_, ink) in zip(nearest, page.words, strict=True) if place]
    assert len(pairs) >= MOST * len(page.words)
    assert sum(likeness(place, ink) >= ALIKE for place, ink in pairs) >= MOST * len(page.words)
    ends = [max(abs(place[0] - ink[0]), abs(place[2] - ink[2])) for place, ink in pairs]
    assert sum(end <= ENDS_PT for end in ends) >= MOST * len(page.words)


@pytest.mark.parametrize("name", [NAMES[0], NAMES[2]])
def test_chromiums_viewer_finds_ten_phrases_and_marks_them(
    name: str, made: dict[str, Delivered], browser: Browser
) -> None:
    page = made[name]
    assert len(page.phrases) == PHRASES
    texts = [" ".join(word for word, _ in phrase) for phrase in page.phrases]
    marked, inked = viewers.chromium_marks(browser, page.pdf, texts)
    allowed = np.zeros_like(marked)
    for phrase in page.phrases:
        allowed[window(around([place for _, place in phrase]), BESIDE)] = True
        for word, place in phrase:
            assert (marked | inked)[window(place, -1)].mean() > 0.9, word
            assert marked[window(place, -1)].mean() > 0.3, word
    assert marked[~allowed].sum() < 0.02 * marked.sum()


def window(place: Place, more: int) -> tuple[slice, slice]:
    """Return the pixels of a browser at a place and `more` around it."""
    left, top, right, bottom = (round(side * PER_POINT) for side in place)
    return slice(max(0, top - more), bottom + more), slice(max(0, left - more), right + more)


@pytest.mark.parametrize("name", NAMES)
def test_chromiums_engine_marks_words_as_high_as_they_are(name: str, made: dict[str, Delivered]) -> None:
    page = made[name]
    for phrase in page.phrases:
        marks = viewers.pdfium_search(page.pdf, " ".join(word for word, _ in phrase))
        assert likeness(around(marks), around([place for _, place in phrase])) > ALIKE, phrase


@pytest.mark.parametrize("name", NAMES[1:])
def test_pdfjs_finds_ten_phrases_and_marks_them(
    name: str, made: dict[str, Delivered], browser: Browser, require_program: Require
) -> None:
    require_program(str(viewers.PDFJS / "web/viewer.html"))
    page = made[name]
    with viewers.pdfjs(browser, page.pdf) as shown:
        for phrase in page.phrases:
            text, place = " ".join(word for word, _ in phrase), around([place for _, place in phrase])
            marks = viewers.pdfjs_search(shown, text)
            assert "".join(word for word, _ in marks) == text
            left, top, right, bottom = around([mark for _, mark in marks])
            assert left == pytest.approx(place[0], abs=BESIDE)
            assert right == pytest.approx(place[2], abs=BESIDE)
            assert top < (place[1] + place[3]) / 2 < bottom


@pytest.mark.parametrize("options", [(), ("-layout",)])
@pytest.mark.parametrize("name", NAMES)
def test_pdftotext_has_every_phrase(name: str, options: tuple[str, ...], made: dict[str, Delivered]) -> None:
    whole = " ".join(viewers.poppler_text(made[name].pdf, *options).split())
    assert unicodedata.is_normalized("NFC", whole)
    for phrase in made[name].phrases:
        assert " ".join(word for word, _ in phrase) in whole


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("program", "draw"),
    [("mutool", viewers.by_pdfium), ("pdftoppm", viewers.by_poppler), ("gs", viewers.by_ghostscript)],
)
def test_renderers_draw_the_same_page(
    program: str, draw: Draw, name: str, made: dict[str, Delivered], require_program: Require
) -> None:
    """At the page's own resolution, so that none has to choose how to make a picture smaller."""
    require_program(program)
    page = made[name]
    ours, theirs = viewers.by_mupdf(page.pdf, page.dpi), draw(page.pdf, page.dpi)
    assert ours.shape == theirs.shape
    apart = tiles(np.abs(coarse(ours) - coarse(theirs)))
    turned_a_little = page.coding == "scan" and draw is viewers.by_pdfium  # which it lays two pixels aside
    mean, most = (10, 60) if turned_a_little else (2, 12)
    assert apart.mean() < mean
    assert apart.max() < most


def coarse(picture: Pixels) -> NDArray[np.float32]:
    """Return a picture at a quarter: a shift by part of a pixel is no difference."""
    small = cv2.resize(picture, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32)


def tiles(apart: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return means of 16 x 16 pixels."""
    rows, columns = apart.shape[0] // 16, apart.shape[1] // 16
    cut = apart[: rows * 16, : columns * 16].reshape(rows, 16, columns, 16, -1)
    return np.asarray(cut.mean(axis=(1, 3, 4)))

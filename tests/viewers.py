"""Programs of others that show what we deliver and find words in it. Needs no pytest."""

import io
import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from html import unescape
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pypdfium2 as pdfium
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from pipeline.assemble.render import render

Pixels = NDArray[np.uint8]
Place = tuple[float, float, float, float]
"""Left, top, right, bottom in points from the page's upper left corner."""
Found = list[tuple[str, Place]]

PER_POINT = 96 / 72
"""Pixels of a browser at its usual zoom."""
PDFJS = Path("/usr/share/javascript/pdf")
"""Where Debian's libjs-pdf lies."""
WINDOW = {"width": 1560, "height": 1240}
SETTLED_S, PATIENCE_S = 0.3, 20.0
BRIGHT, LARGE, MARKED = 150, 0.3, 20
FIND = """phrase => PDFViewerApplication.eventBus.dispatch("find", {
  type: "", query: phrase, phraseSearch: true, caseSensitive: true, matchDiacritics: true, highlightAll: true})"""
HIGHLIGHTS = """() => {
  const sheet = document.querySelector(".page canvas").getBoundingClientRect();
  return [...document.querySelectorAll(".highlight")].map(mark => {
    const box = mark.getBoundingClientRect();
    const [x, y] = [sheet.left, sheet.top];
    return [mark.textContent, [box.left - x, box.top - y, box.right - x, box.bottom - y]];
  });
}"""


def poppler_words(pdf: Path) -> Found:
    """Return the words of a one-page file as `pdftotext -bbox` finds them."""
    told = _told(["pdftotext", "-bbox", pdf, "-"])
    row = re.compile(r'<word xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)</word>')
    return [
        (unescape(word), (float(x0), float(y0), float(x1), float(y1))) for x0, y0, x1, y1, word in row.findall(told)
    ]


def poppler_text(pdf: Path, *options: str) -> str:
    """Return what `pdftotext` writes."""
    return _told(["pdftotext", *options, pdf, "-"])


def mupdf_words(pdf: Path) -> Found:
    """Return the words of a one-page file as MuPDF's structured text has them."""
    told = _told(["mutool", "draw", "-q", "-F", "stext", pdf])
    found: Found = []
    letters: Found = []
    for quad, letter in re.findall(r'<char quad="(.*?)".*? c="(.*?)"/>', told):
        numbers = [float(number) for number in quad.split()]
        if letter == " ":
            found += _joined(letters)
            letters = []
        else:
            letters.append((unescape(letter), (*numbers[:2], *numbers[6:])))  # type: ignore[arg-type]  # four numbers
    return found + _joined(letters)


def _joined(letters: Found) -> Found:
    if not letters:
        return []
    left, top, right, bottom = zip(*(place for _, place in letters), strict=True)
    return [("".join(letter for letter, _ in letters), (min(left), min(top), max(right), max(bottom)))]


def pdfium_search(pdf: Path, phrase: str) -> list[Place]:
    """Return the rectangles that PDFium, the engine of Chromium's viewer, marks for the first place of a phrase."""
    with pdfium.PdfDocument(pdf) as document:
        page = document[0]
        height, text = page.get_height(), page.get_textpage()
        found = text.search(phrase, match_case=True).get_next()
        if found is None:
            return []
        marks = [text.get_rect(number) for number in range(text.count_rects(*found))]
    return [(left, height - top, right, height - bottom) for left, bottom, right, top in marks]


def _told(command: Sequence[str | Path]) -> str:
    return subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout


def by_pdfium(pdf: Path, dpi: float) -> Pixels:
    """Return the first page as RGB, as Chromium's engine draws it; the other functions: other programs."""
    with pdfium.PdfDocument(pdf) as document:
        width, height = (round(side * dpi / 72) for side in document[0].get_size())
    return render(pdf.read_bytes(), width, height, grey=False)


def by_poppler(pdf: Path, dpi: float) -> Pixels:
    """See `by_pdfium`."""
    return _drawn(lambda target: ["pdftoppm", "-singlefile", "-r", f"{dpi}", pdf, target.with_suffix("")], pdf)


def by_mupdf(pdf: Path, dpi: float) -> Pixels:
    """See `by_pdfium`."""
    return _drawn(lambda target: ["mutool", "draw", "-q", "-r", f"{dpi}", "-c", "rgb", "-o", target, pdf], pdf)


def by_ghostscript(pdf: Path, dpi: float) -> Pixels:
    """See `by_pdfium`."""
    options = ["-q", "-dNOPAUSE", "-dBATCH", "-dSAFER", "-sDEVICE=ppmraw", f"-r{dpi}"]
    return _drawn(lambda target: ["gs", *options, f"-sOutputFile={target}", pdf], pdf)


def _drawn(command: Callable[[Path], Sequence[str | Path]], pdf: Path) -> Pixels:
    target = pdf.with_suffix(".ppm")
    subprocess.run(command(target), check=True, capture_output=True)
    try:
        with Image.open(target) as image:
            return np.asarray(image.convert("RGB"))
    finally:
        target.unlink()


@contextmanager
def chromium(program: str) -> Iterator[Browser]:
    """Run Debian's Chromium without a screen."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


def chromium_marks(browser: Browser, pdf: Path, phrases: Sequence[str]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Let the browser's own viewer find phrases on page 1.

    Returns:
        At `PER_POINT`: what it marks, and what is too dark for its marker to show.
    """
    wanted = "&".join("text=" + quote(phrase, safe="").replace("-", "%2D") for phrase in phrases)
    plain, marked = (_shown(browser, pdf.as_uri() + fragment) for fragment in ("", f"#:~:{wanted}"))
    sheet = plain.min(axis=2) > BRIGHT
    left = np.flatnonzero(sheet.mean(axis=0) > LARGE)[0]
    top = np.flatnonzero(sheet.mean(axis=1) > LARGE)[0]
    changed = np.abs(plain.astype(np.int16) - marked).max(axis=2) > MARKED
    return np.asarray(changed[top:, left:]), np.asarray(~sheet[top:, left:])


def _shown(browser: Browser, url: str) -> Pixels:
    """Return what the window shows when nothing changes any more."""
    page = browser.new_page(viewport=WINDOW)  # type: ignore[arg-type]  # a dictionary is what it takes
    page.goto(url)
    before, now, limit = None, _picture(page), time.monotonic() + PATIENCE_S
    while time.monotonic() < limit and (before is None or not _is_paper(now) or not np.array_equal(before, now)):
        time.sleep(SETTLED_S)
        before, now = now, _picture(page)
    page.close()
    return now


def _picture(page: Page) -> Pixels:
    return np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB"))


def _is_paper(picture: Pixels) -> bool:
    return bool((picture.min(axis=2) > BRIGHT).mean() > LARGE)


@contextmanager
def pdfjs(browser: Browser, pdf: Path) -> Iterator[Page]:
    """Open a file in Debian's pdf.js, the engine of Firefox's viewer."""

    class Files(SimpleHTTPRequestHandler):
        def translate_path(self, path: str) -> str:
            bare = path.partition("?")[0]
            return str(pdf) if bare == "/a.pdf" else str(PDFJS) + bare

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Files) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page = browser.new_page(viewport=WINDOW)  # type: ignore[arg-type]  # a dictionary is what it takes
        page.goto(f"http://127.0.0.1:{server.server_port}/web/viewer.html?file=/a.pdf#zoom=100")
        page.wait_for_selector(".textLayer .endOfContent", state="attached")
        yield page
        page.close()
        server.shutdown()


def pdfjs_search(page: Page, phrase: str) -> Found:
    """Return the pieces of text that pdf.js marks for a phrase; what has been marked before is forgotten."""
    page.evaluate(FIND, phrase)
    page.wait_for_selector(".highlight", state="attached")
    page.wait_for_function(
        "phrase => [...document.querySelectorAll('.highlight')].map(e => e.textContent).join('').includes(phrase)",
        arg=phrase,
    )
    marks = page.evaluate(HIGHLIGHTS)
    return [(text, tuple(side / PER_POINT for side in box)) for text, box in marks]

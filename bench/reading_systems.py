"""The systems whose reading is compared: how each is called, and what it says of each page."""

import json
import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psutil
from measured import RunFailed, Use, run
from PIL import Image
from systems import OCRMYPDF

from bench.reading_pages import Corpus
from bench.reading_told import Field, PageRead, PageTruth, Word

LOOK_S = 0.4
"""Seconds between two looks at the memory in use."""


@dataclass(frozen=True)
class Run:
    """A system's work on a corpus: what it says of each page, what it used, and the largest memory in MB."""

    pages: tuple[PageRead, ...]
    use: Use
    memory_mb: float


@dataclass(frozen=True)
class System:
    """A program to compare: its name, how it reads, which program it needs and what brings it."""

    name: str
    read: Callable[[Corpus, Path, Mapping[str, str]], tuple[tuple[PageRead, ...], Use]]
    program: str
    remedy: str

    @property
    def is_installed(self) -> bool:
        """Whether it can be run."""
        return shutil.which(self.program) is not None

    def watched(self, corpus: Corpus, out: Path, environ: Mapping[str, str]) -> Run:
        """Run the system on a corpus, with an eye on its memory.

        Raises:
            RunFailed: it ended with an error.
        """
        ended, most = threading.Event(), [0.0]
        watcher = threading.Thread(target=_watch, args=(ended, most), daemon=True)
        watcher.start()
        try:
            pages, use = self.read(corpus, out, environ)
        finally:
            ended.set()
            watcher.join()
        return Run(pages, use, most[0])


def _watch(ended: threading.Event, most: list[float]) -> None:
    """Keep the largest sum of memory of all processes below this one; shared pages count once."""
    own = psutil.Process()
    while not ended.wait(LOOK_S):
        most[0] = max(most[0], sum(_share_mb(child.pid) for child in own.children(recursive=True)))


def _share_mb(pid: int) -> float:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0.0
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")) / 1024 if text else 0.0


def systems(ours: Path, peers: Path) -> tuple[System, ...]:
    """Return all systems, our own first.

    Args:
        ours: the program `sohoa`.
        peers: folder of OCRmyPDF's own virtual environment.
    """
    venv = peers / f"ocrmypdf-{OCRMYPDF}"
    peer = str(venv / "bin/ocrmypdf")
    install = f"python3 -m venv {venv} && {venv}/bin/pip install ocrmypdf=={OCRMYPDF}"
    full = ("--deskew", "--clean", "--rotate-pages")
    return (
        System("sohoa", partial(_sohoa, str(ours)), str(ours), "make setup"),
        System("OCRmyPDF", partial(_ocrmypdf, peer, ()), peer, install),
        System("OCRmyPDF full", partial(_ocrmypdf, peer, full), peer, f"{install}; sudo apt-get install unpaper"),
        System("Tesseract psm 3", _tesseract, "tesseract", "sudo apt-get install tesseract-ocr-vie"),
    )


def start(ours: Path, place: Path, environ: Mapping[str, str]) -> Use:
    """Return what our program uses before it sees a page: a sheet of next to nothing is all it gets."""
    sheet = place / "empty.tif"
    Image.new("1", (64, 64), 1).save(sheet, dpi=(100, 100))
    command = [str(ours), "digitize", str(sheet), "--out", str(place / "empty"), "--no-seal"]
    return _lenient(command, environ, place / "log")


def _lenient(command: Sequence[str], environ: Mapping[str, str], log: Path) -> Use:
    """Run our program; where it fails at some pages, the others are done, and it is said."""
    try:
        return run(command, environ, log)
    except RunFailed as error:
        print(error, file=sys.stderr)
        return error.use


def _sohoa(program: str, corpus: Corpus, out: Path, environ: Mapping[str, str]) -> tuple[tuple[PageRead, ...], Use]:
    pictures = [str(page.picture) for page in corpus.pages]
    command = [program, "digitize", *pictures, "--out", str(out), "--no-seal", "--jobs", "1"]
    use = _lenient(command, environ, out / "log")
    return tuple(_told(page, out) for page in corpus.pages), use


def _told(page: PageTruth, out: Path) -> PageRead:
    """Return what NAME.txt and NAME.json say of a document of one page; nothing was read where they are not there."""
    stem = out / page.picture.stem
    if not Path(f"{stem}.json").is_file():
        return PageRead(text="", fields=(), blank=False)
    told = json.loads(Path(f"{stem}.json").read_bytes())
    text = Path(f"{stem}.txt")
    lines = tuple(tuple(map(_word, line["words"])) for line in told["pages"][0]["lines"])
    return PageRead(
        text=text.read_text(encoding="utf-8") if text.is_file() else "",
        lines=lines,
        fields=tuple(_fields(told)),
        blank=told["pages"][0]["blank"],
        turned=told["pages"][0]["turned"],
    )


def _word(word: Mapping[str, Any]) -> Word:
    return word["text"], word["confidence"], word.get("verified", False)


def _fields(told: object) -> Iterator[Field]:
    """Yield every field with a value, wherever in the document it is told."""
    if isinstance(told, list):
        for item in told:
            yield from _fields(item)
    elif isinstance(told, dict):
        if told.get("value") and "verdict" in told:
            yield Field(told["name"], told["value"])
        yield from _fields([item for item in told.values() if isinstance(item, (list, dict))])


def _ocrmypdf(
    program: str, options: Sequence[str], corpus: Corpus, out: Path, environ: Mapping[str, str]
) -> tuple[tuple[PageRead, ...], Use]:
    text = out / "out.txt"
    common = ["-l", "vie", "--jobs", "1", "--pdfa-backend", "internal", "--sidecar", str(text)]
    use = run([program, *common, *options, str(corpus.pdf), str(out / "out.pdf")], environ, out / "log")
    texts = text.read_text(encoding="utf-8").split("\f")[: len(corpus.pages)]
    return tuple(PageRead(text=page, blank=not page.strip()) for page in texts), use


def _tesseract(corpus: Corpus, out: Path, environ: Mapping[str, str]) -> tuple[tuple[PageRead, ...], Use]:
    use, pages = Use(0, 0), []
    for page in corpus.pages:
        stem = out / page.picture.stem
        use += run(["tesseract", str(page.picture), str(stem), "-l", "vie", "--psm", "3"], environ, out / "log")
        text = Path(f"{stem}.txt").read_text(encoding="utf-8")
        pages.append(PageRead(text=text, blank=not text.strip()))
    return tuple(pages), use


def environment(data: Path) -> Mapping[str, str]:
    """Return the environment for all systems: no settings but the readers', one thread a page."""
    kept = ("SOHOA_READERS",)
    names = [name for name in os.environ if not name.startswith("SOHOA_") or name in kept]  # noqa: TID251 - passed on
    inherited = {name: os.environ[name] for name in names}  # noqa: TID251 - passed on
    return inherited | {"OMP_THREAD_LIMIT": "1", "SOHOA_DATA_DIR": str(data)}

"""The systems whose reading is compared, and what each says of each page."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measured import Use
from systems import EmptySheet, Left, System, by_page, installed, systems

from bench.reading_pages import Corpus
from bench.reading_told import Field, PageRead, PageTruth, Word

PEERS = ("OCRmyPDF", "OCRmyPDF full", "Tesseract psm 3")


@dataclass(frozen=True)
class Run:
    """A system's work on a corpus: what it says of each page, what it used, and the largest memory in MB."""

    pages: tuple[PageRead, ...]
    use: Use
    memory_mb: float


@dataclass(frozen=True)
class Reader:
    """A system, and how to learn what it says of the pages of a corpus from what it left in a folder."""

    system: System
    told: Callable[[Corpus, Left, Path], tuple[PageRead, ...]]

    @property
    def name(self) -> str:
        """As in the table."""
        return self.system.name

    def run(self, corpus: Corpus, out: Path, environ: Mapping[str, str]) -> Run:
        """Run the system on a corpus, with an eye on its memory.

        Raises:
            RunFailed: it ended with an error.
        """
        left, memory = self.system.watched(corpus, out, environ)
        return Run(self.told(corpus, left, out), left.use, memory.pss / 2**20)


def readers(ours: Path, peers: Path) -> Iterator[Reader]:
    """Yield the systems that are there, our own first, which reads each page as a document.

    Args:
        ours: the program `sohoa`.
        peers: folder of the peers' own virtual environments.
    """
    yield from (Reader(system, _ours) for system in installed([by_page("sohoa", ours, "--no-seal")], ["sohoa"]))
    yield from (Reader(system, _theirs) for system in installed(systems(ours, peers), PEERS))


def start(ours: Path, place: Path, environ: Mapping[str, str]) -> Use:
    """Return what our program uses before it sees a page: a sheet of next to nothing is all it gets."""
    return by_page("start", ours, "--no-seal").start(EmptySheet(place), place, environ).use


def _ours(corpus: Corpus, _: Left, out: Path) -> tuple[PageRead, ...]:
    return tuple(_told(page, out) for page in corpus.pages)


def _theirs(_: Corpus, left: Left, __: Path) -> tuple[PageRead, ...]:
    return tuple(PageRead(text=text, blank=not text.strip()) for text in left.texts)


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

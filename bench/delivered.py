"""Deliver the same pages with `sohoa` and with its peers in one go: bytes, processor, memory, ink and judges.

    make bench-page PAGE="--pages 4 --only typical --sheet sheet.png"

One page at a time and one thread a page for all. Runs of an earlier call stay in the table until they are made anew.
"""

import argparse
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import cv2
import judges
from corpora import Document
from measured import RunFailed, Use, adopt_orphans, run
from servers import built
from systems import OWN_PROGRAM, PEERS, EmptySheet, Left, System, by_page, environment, installed, systems
from tables import say

from bench.delivered_pages import KEPT, SCANS, kinds
from bench.delivered_parts import parts
from bench.delivered_sheet import Sheet, draw_sheet
from bench.delivered_table import OURS, Delivered, table
from bench.delivered_views import drawn, scan_of
from bench.ink import InkScore, score_ink
from pipeline.sign.archival import judge

BY_PAGE = "sohoa, page by page"
COMPARED = (OURS, BY_PAGE, "OCRmyPDF", "OCRmyPDF -O3", "OCRmyPDF full", "recode_pdf")


def main() -> None:
    """Run what was asked for and print the table in Markdown."""
    stated = _options()
    adopt_orphans()
    cv2.setNumThreads(1)
    chosen = [
        one for one in installed(systems(stated.program, stated.peers), COMPARED) if stated.systems.match(one.name)
    ]
    makers = kinds(stated.pages, stated.scans, held_out=stated.held_out)
    known, sheets = _known(stated.json), []
    with tempfile.TemporaryDirectory(prefix="sohoa-delivered-") as folder:
        bench = Bench(Path(folder), stated)
        for name in filter(stated.only.match, makers):
            document = makers[name]()
            if document is None:
                say(f"left out: {name}; there is no such page")
                continue
            made = list(bench.runs(replace(document, name=name), chosen))
            again = {(one.kind, one.system) for one in made}
            known = [one for one in known if (one.kind, one.system) not in again] + made
            _keep(known, stated.json)
            sheets.append(Sheet(name, document.pictures, _views(name, chosen, document)))
    print(table(known))
    if stated.sheet:
        draw_sheet(sheets, stated.sheet)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Compare what systems make of the same scans.")
    anything = re.compile("")
    parser.add_argument("--pages", type=int, default=4, help="pages of each kind")
    parser.add_argument("--repeats", type=int, default=1, help="runs of each system over each kind")
    parser.add_argument("--held-out", action="store_true", help="drawn pages that nobody looks at while tuning")
    parser.add_argument("--only", type=re.compile, default=anything, help="beginning of the kinds of pages to run")
    parser.add_argument("--systems", type=re.compile, default=anything, help="beginning of the systems to run")
    parser.add_argument("--scans", type=Path, default=SCANS, help="folder of PDF scans of one's own")
    parser.add_argument("--no-ink", action="store_true", help="do not compare ink, which takes seconds a page")
    parser.add_argument("--sheet", type=Path, help="picture of crops side by side")
    parser.add_argument("--json", type=Path, default=KEPT / "last.json", help="file of every single run")
    parser.add_argument("--peers", type=Path, default=PEERS, help="their folder")
    parser.add_argument("--program", type=Path, default=OWN_PROGRAM, help="our program, to measure another version")
    return parser.parse_args()


def _known(file: Path) -> list[Delivered]:
    return [Delivered.from_json(told) for told in json.loads(file.read_bytes())] if file.is_file() else []


def _keep(known: Sequence[Delivered], target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(".part")
    draft.write_text(json.dumps([asdict(one) for one in known], indent=1), encoding="utf-8")
    draft.replace(target)


@dataclass(frozen=True)
class Bench:
    """Runs systems; what they start with is measured once."""

    place: Path
    stated: argparse.Namespace
    _starts: dict[str, Use] = field(default_factory=dict)

    def runs(self, document: Document, chosen: Sequence[System]) -> Iterator[Delivered]:
        """Yield the runs over a kind; systems take turns, so that a slow minute of the machine strikes all alike."""
        came = parts(document.pdf.read_bytes()).picture
        for number in range(self.stated.repeats):
            for system in chosen:
                try:
                    yield self._run(document, system, came, last=number == self.stated.repeats - 1)
                except RunFailed as error:
                    say(f"{document.name}: {system.name}: {error}")

    def _run(self, document: Document, system: System, came: int, *, last: bool) -> Delivered:
        start, out = self._start(system), folder_of(document.name, system.name)
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        left, memory = system.watched(document, out, self._environ)
        sizes = [parts(file.read_bytes()) for file in left.files]
        say(f"{document.name}: {system.name}: {left.size / document.pages / 1000:.1f} KB a page")
        made = Delivered(
            kind=document.name,
            system=system.name,
            pages=document.pages,
            came=came,
            size=left.size,
            picture=sum(one.picture for one in sizes),
            text=sum(one.text for one in sizes),
            cpu_s=left.use.cpu_s,
            wall_s=left.use.wall_s,
            start_cpu_s=start.cpu_s,
            memory_mb=memory.pss / 1e6,
        )
        return self._looked_at(made, document, left) if last else made

    def _looked_at(self, made: Delivered, document: Document, left: Left) -> Delivered:
        inks = () if self.stated.no_ink else tuple(_inks(document.pictures, left.files))
        return replace(made, inks=inks, judged=len(left.files), approved=_approved(left.files))

    def _start(self, system: System) -> Use:
        """Return what a system uses for next to nothing; of ours, unsealed, without keys made for the first time."""
        if system.name not in self._starts:
            ours = system.name in {OURS, BY_PAGE}
            if ours:
                run([system.program, "pki", "init"], self._environ, self.place / "log")
            plain = by_page(system.name, Path(system.program), "--no-seal") if ours else system
            self._starts[system.name] = self._of_nothing(plain)
        return self._starts[system.name]

    def _of_nothing(self, system: System) -> Use:
        with tempfile.TemporaryDirectory(dir=self.place) as out:
            try:
                return system.start(EmptySheet(Path(out)), Path(out), self._environ).use
            except RunFailed as error:
                return error.use

    @property
    def _environ(self) -> dict[str, str]:
        return dict(environment(self.place / "data"))


def folder_of(kind: str, system: str) -> Path:
    """Return where a system leaves its files of a kind of pages."""
    return KEPT / "files" / kind.replace(", ", "-").replace(" ", "-") / system.replace(", ", "-").replace(" ", "-")


def _inks(pictures: Sequence[Path], files: Sequence[Path]) -> Iterator[InkScore]:
    for picture, (file, page_no) in zip(pictures, places(files, len(pictures)), strict=True):
        scan = scan_of(picture)
        yield score_ink(scan, drawn(file, page_no, (scan.shape[1], scan.shape[0])))


def places(files: Sequence[Path], pages: int) -> list[tuple[Path, int]]:
    """Return file and page (1-based) of each page: one file of all, or a file each."""
    return [(file, 1) for file in files] if len(files) == pages else [(files[0], 1 + n) for n in range(pages)]


def _approved(files: Sequence[Path]) -> tuple[int, int]:
    """Return how many files pikepdf and veraPDF take for PDF/A-2b."""
    by_pikepdf = sum(judge(file.read_bytes()).approved is True for file in files)
    java, jars = shutil.which("java"), built.newest("verapdf-*")
    if not (java and jars):
        say("veraPDF was not asked; it comes with: make setup-test")
        return by_pikepdf, 0
    return by_pikepdf, sum(verdict == "PASS" for verdict in judges.verapdf(java, jars, *files).values())


def _views(kind: str, chosen: Sequence[System], document: Document) -> dict[str, list[tuple[Path, int]]]:
    """Return where each system's pages of a kind are."""
    found = {one.name: sorted(folder_of(kind, one.name).glob("*.pdf")) for one in chosen if one.name != BY_PAGE}
    return {name: places(files, document.pages) for name, files in found.items() if files}


if __name__ == "__main__":
    sys.exit(main())

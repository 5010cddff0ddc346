"""The programs that are compared: how each is called on the same sheets, and what it leaves of them."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import img2pdf
from costs import Memory, watched_children
from measured import RunFailed, Use, run
from PIL import Image

OCRMYPDF, RECODE = "17.13.0", "1.5.7"
MUPDF = "1.23.26"
"""Of its time: under later ones archive-pdf-tools leaves masks as Flate, which poppler does not draw."""
OWN_PROGRAM = Path(sys.executable).with_name("sohoa")
PEERS = Path("~/.cache/sohoa/peers").expanduser()
"""Where peers have environments of their own."""
APART = Path(__file__).resolve().parents[1] / "var/peers"
"""Where archive-pdf-tools has one: its licence, the AGPL, goes with nothing else here."""
LOOK_S = 0.4
"""Seconds between two looks at the memory in use."""
LANGUAGE = ("-l", "vie")


class Sheets(Protocol):
    """Pages: in one PDF of nothing but page pictures, and the same pictures as files of their own."""

    @property
    def pdf(self) -> Path:
        """The file."""

    @property
    def pictures(self) -> Sequence[Path]:
        """One file a page."""


@dataclass(frozen=True)
class Left:
    """What a program left.

    Attributes:
        use: processor and clock of all sheets.
        files: PDF files it wrote, of a page each or of all; those it failed at are not there.
        texts: of each page, where it tells the text of a document.
    """

    use: Use
    files: tuple[Path, ...] = ()
    texts: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.stat().st_size for file in self.files)


Start = Callable[[Sheets, Path, Mapping[str, str]], Left]
"""From sheets, an empty folder and the environment to what is left in that folder.

Raises `RunFailed` where the program ended with an error and that is the end of it.
"""


@dataclass(frozen=True)
class System:
    """A program to compare.

    Attributes:
        name: as in the tables.
        start: runs it.
        program: what has to be there.
        remedy: the command that brings it.
    """

    name: str
    start: Start
    program: str
    remedy: str

    @property
    def is_installed(self) -> bool:
        """Whether it can be run."""
        return shutil.which(self.program) is not None

    def watched(self, sheets: Sheets, out: Path, environ: Mapping[str, str]) -> tuple[Left, Memory]:
        """Run it with an eye on its memory.

        Raises:
            RunFailed: it ended with an error.
        """
        with watched_children(LOOK_S) as memory:
            return self.start(sheets, out, environ), memory


def systems(ours: Path, peers: Path) -> tuple[System, ...]:
    """Return all systems, our own first.

    Args:
        ours: the program `sohoa`.
        peers: folder of the peers' own virtual environments.
    """
    venv = peers / f"ocrmypdf-{OCRMYPDF}"
    install = f"python3 -m venv {venv} && {venv}/bin/pip install ocrmypdf=={OCRMYPDF}"
    return (
        System("sohoa", partial(_sohoa, str(ours)), str(ours), "make setup"),
        by_page("sohoa, page by page", ours),
        *(
            System(name, partial(_ocrmypdf, str(venv / "bin/ocrmypdf"), options), str(venv / "bin/ocrmypdf"), install)
            for name, options in (
                ("OCRmyPDF", ()),
                ("OCRmyPDF -O3", ("--optimize", "3")),
                ("OCRmyPDF full", ("--deskew", "--clean", "--rotate-pages")),
            )
        ),
        _archive(APART / f"archive-pdf-tools-{RECODE}"),
        System("Tesseract psm 3", _tesseract, "tesseract", "sudo apt-get install tesseract-ocr-vie"),
    )


def by_page(name: str, ours: Path, *options: str) -> System:
    """Return our own system for sheets that are a document each; where it fails at some, the others are done."""
    return System(name, partial(_sohoa_by_page, str(ours), options), str(ours), "make setup")


def _archive(venv: Path) -> System:
    install = f"python3 -m venv {venv} && {venv}/bin/pip install archive-pdf-tools=={RECODE} PyMuPDF=={MUPDF}"
    program = str(venv / "bin/recode_pdf")
    return System("recode_pdf", partial(_recode, program), program, install)


def installed(known: Sequence[System], names: Collection[str]) -> Iterator[System]:
    """Yield the systems of these names that can be run; say what is missing of the others."""
    for system in known:
        if system.name in names and system.is_installed:
            yield system
        elif system.name in names:
            print(f"left out: {system.name}; it comes with: {system.remedy}", file=sys.stderr)


def environment(data: Path, *kept: str) -> Mapping[str, str]:
    """Return the environment for all systems: no settings of ours but those `kept`, one thread a page."""
    names = [name for name in os.environ if not name.startswith("SOHOA_") or name in kept]  # noqa: TID251 - passed on
    inherited = {name: os.environ[name] for name in names}  # noqa: TID251 - passed on
    return inherited | {"OMP_THREAD_LIMIT": "1", "SOHOA_DATA_DIR": str(data)}


@dataclass(frozen=True)
class EmptySheet:
    """A sheet of next to nothing: what a program uses for it is its start."""

    folder: Path

    @property
    def pictures(self) -> tuple[Path]:
        """A white page of 64 x 64 pixels."""
        sheet = self.folder / "empty.tif"
        Image.new("1", (64, 64), 1).save(sheet, dpi=(100, 100), compression="group4")
        return (sheet,)

    @property
    def pdf(self) -> Path:
        """The same as a PDF."""
        target = self.folder / "empty.pdf"
        target.write_bytes(img2pdf.convert([str(sheet) for sheet in self.pictures]))
        return target


def lenient(command: Sequence[str], environ: Mapping[str, str], log: Path) -> Use:
    """Run a program; where it fails at some pages, the others are done, and it is said."""
    try:
        return run(command, environ, log)
    except RunFailed as error:
        print(error, file=sys.stderr)
        return error.use


def _sohoa(program: str, sheets: Sheets, out: Path, environ: Mapping[str, str]) -> Left:
    use = run([program, "digitize", str(sheets.pdf), "--out", str(out), "--jobs", "1"], environ, out / "log")
    made = out / sheets.pdf.name
    pages = json.loads(made.with_suffix(".json").read_bytes())["pages"]
    texts = tuple("\n".join(line["text"] for line in page["lines"]) for page in pages)
    return Left(use, (made,), texts)


def _sohoa_by_page(program: str, options: Sequence[str], sheets: Sheets, out: Path, environ: Mapping[str, str]) -> Left:
    command = [program, "digitize", *map(str, sheets.pictures), "--out", str(out), "--jobs", "1", *options]
    use = lenient(command, environ, out / "log")
    files = [out / f"{picture.stem}.pdf" for picture in sheets.pictures]
    return Left(use, tuple(file for file in files if file.is_file()))


def _ocrmypdf(program: str, options: Sequence[str], sheets: Sheets, out: Path, environ: Mapping[str, str]) -> Left:
    pdf, text = out / "out.pdf", out / "out.txt"
    common = [*LANGUAGE, "--jobs", "1", "--pdfa-backend", "internal", "--sidecar", str(text)]
    use = run([program, *common, *options, str(sheets.pdf), str(pdf)], environ, out / "log")
    return Left(use, (pdf,), tuple(text.read_text(encoding="utf-8").split("\f")[: len(sheets.pictures)]))


def _recode(program: str, sheets: Sheets, out: Path, environ: Mapping[str, str]) -> Left:
    """Read with Tesseract, then code mixed raster: masks as CCITT G4, for Debian has no jbig2enc, and JPEG 2000."""
    listed, pdf = out / "pages.list", out / "out.pdf"
    listed.write_text("".join(f"{picture}\n" for picture in sheets.pictures), encoding="utf-8")
    use = run(["tesseract", str(listed), str(out / "out"), *LANGUAGE, "hocr"], environ, out / "log")
    coding = ["--mask-compression", "ccitt", "--jpeg2000-implementation", "pillow"]
    source = ["--from-pdf", str(sheets.pdf), "--hocr-file", str(out / "out.hocr")]
    return Left(use + run([program, *source, *coding, "--out-pdf", str(pdf)], environ, out / "log"), (pdf,))


def _tesseract(sheets: Sheets, out: Path, environ: Mapping[str, str]) -> Left:
    use, texts = Use(0, 0), []
    for picture in sheets.pictures:
        stem = out / picture.stem
        use += run(["tesseract", str(picture), str(stem), *LANGUAGE, "--psm", "3"], environ, out / "log")
        texts.append(Path(f"{stem}.txt").read_text(encoding="utf-8"))
    return Left(use, texts=tuple(texts))

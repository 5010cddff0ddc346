"""The systems that are compared: how each is called, and where it leaves text and file."""

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from corpora import Document
from measured import Use, run

OCRMYPDF = "17.13.0"


@dataclass(frozen=True)
class Result:
    """What a system made of a document.

    Attributes:
        use: processor and clock of the whole document.
        size: bytes of the PDF it wrote, None where it wrote none.
        pages: text of each page.
    """

    use: Use
    size: int | None
    pages: tuple[str, ...]


@dataclass(frozen=True)
class System:
    """A program to compare.

    Attributes:
        name: as in the table.
        digitize: from a document, an empty folder and the environment to the result.
        program: what has to be there.
        remedy: the command that brings it.
    """

    name: str
    digitize: Callable[[Document, Path, Mapping[str, str]], Result]
    program: str
    remedy: str

    @property
    def is_installed(self) -> bool:
        """Whether it can be run."""
        return shutil.which(self.program) is not None


def systems(ours: Path, peers: Path) -> tuple[System, ...]:
    """Return all systems, our own first.

    Args:
        ours: the program `sohoa`.
        peers: folder of OCRmyPDF's own virtual environment.
    """
    venv = peers / f"ocrmypdf-{OCRMYPDF}"
    peer = str(venv / "bin" / "ocrmypdf")
    install = f"python3 -m venv {venv} && {venv}/bin/pip install ocrmypdf=={OCRMYPDF}"
    full = ("--deskew", "--clean", "--rotate-pages")
    return (
        System("sohoa", partial(_sohoa, str(ours)), str(ours), "make setup"),
        System("OCRmyPDF", partial(_ocrmypdf, peer, ()), peer, install),
        System("OCRmyPDF full", partial(_ocrmypdf, peer, full), peer, f"{install}; sudo apt-get install unpaper"),
        System("Tesseract psm 3", _tesseract, "tesseract", "sudo apt-get install tesseract-ocr-vie"),
    )


def _sohoa(program: str, document: Document, out: Path, environ: Mapping[str, str]) -> Result:
    command = [program, "digitize", str(document.pdf), "--out", str(out), "--jobs", "1"]
    use = run(command, environ, out / "log")
    stem = document.pdf.stem
    pages = json.loads((out / f"{stem}.json").read_bytes())["pages"]
    texts = tuple("\n".join(line["text"] for line in page["lines"]) for page in pages)
    return Result(use, (out / f"{stem}.pdf").stat().st_size, texts)


def _ocrmypdf(
    program: str, options: tuple[str, ...], document: Document, out: Path, environ: Mapping[str, str]
) -> Result:
    pdf, text = out / "out.pdf", out / "out.txt"
    common = ["-l", "vie", "--jobs", "1", "--pdfa-backend", "internal", "--sidecar", str(text)]
    use = run([program, *common, *options, str(document.pdf), str(pdf)], environ, out / "log")
    pages = text.read_text(encoding="utf-8").split("\f")
    return Result(use, pdf.stat().st_size, tuple(pages[: document.pages]))


def _tesseract(document: Document, out: Path, environ: Mapping[str, str]) -> Result:
    use, pages = Use(0, 0), []
    for picture in document.pictures:
        stem = out / picture.stem
        use += run(["tesseract", str(picture), str(stem), "-l", "vie", "--psm", "3"], environ, out / "log")
        pages.append(Path(f"{stem}.txt").read_text(encoding="utf-8"))
    return Result(use, None, tuple(pages))

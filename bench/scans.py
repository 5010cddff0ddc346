"""What `sohoa digitize` costs on real page images: processor, clock and bytes per page.

    .venv/bin/python bench/scans.py [FOLDER_OF_PDFS] [--jobs N] [--first N]

Each PDF's page images are taken out as a scanner left them (JPEG as it is, one bit as TIFF) and digitized as one
document, sealed. The start of the program is measured apart, with a sheet of nothing.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from measured import Use, adopt_orphans, run
from PIL import Image
from rich.console import Console
from rich.table import Table

SCANS = Path(__file__).resolve().parents[2] / "shared/scans"
SMALLEST_PAGE_PX = 2000


@dataclass(frozen=True)
class Row:
    """One document."""

    name: str
    pages: int
    use: Use
    came: int
    left: int
    confidence: float


def main() -> None:
    """Measure every PDF of a folder and print a table."""
    stated = arguments()
    adopt_orphans()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        digitized(empty_sheet(place), place, stated.jobs)  # makes the development keys, once
        idle = digitized(empty_sheet(place), place, stated.jobs)
        rows = [measure(path, place, stated) for path in sorted(stated.folder.glob("*.pdf"))]
    show(rows, idle)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure sohoa digitize on real page images.")
    parser.add_argument("folder", type=Path, nargs="?", default=SCANS)
    parser.add_argument("--jobs", type=int, default=1, help="pages at once")
    parser.add_argument("--first", type=int, default=4, help="pages of each document")
    return parser.parse_args()


def empty_sheet(place: Path) -> Path:
    """A white page of 64 x 64 pixels: what remains is the start of everything."""
    path = place / "empty.tif"
    Image.new("1", (64, 64), 1).save(path, dpi=(100, 100))
    return path


def measure(pdf: Path, place: Path, stated: argparse.Namespace) -> Row:
    folder = place / pdf.stem
    folder.mkdir()
    take_out(pdf, folder, stated.first)
    use = digitized(folder, place, stated.jobs)
    told = json.loads((place / "log").read_text(encoding="utf-8").splitlines()[-1])
    came = sum(path.stat().st_size for path in folder.iterdir())
    return Row(pdf.stem, told["pages"], use, came, told["size"], told["confidence"] or 0)


def take_out(pdf: Path, folder: Path, first: int) -> None:
    """Leave the images of whole pages in `folder`; of one bit, they come uncompressed."""
    listed = subprocess.run(["pdfimages", "-list", "-l", str(first), pdf], capture_output=True, text=True, check=True)
    subprocess.run(["pdfimages", "-j", "-tiff", "-l", str(first), pdf, folder / "p"], check=True)
    rows = [line.split() for line in listed.stdout.splitlines()[2:]]
    whole = {f"p-{int(row[1]):03d}" for row in rows if row[2] == "image" and int(row[4]) > SMALLEST_PAGE_PX}
    for path in folder.iterdir():
        if path.stem not in whole:
            path.unlink()


def digitized(source: Path, place: Path, jobs: int) -> Use:
    command = [sys.executable, "-m", "workers.cli", "digitize", str(source), "--out", str(place / "out"), "--json"]
    environ = {"PATH": os.environ["PATH"], "SOHOA_DATA_DIR": str(place / "data")}  # noqa: TID251 - no setting of ours
    return run([*command, "--jobs", str(jobs)], environ, place / "log")


def show(rows: list[Row], idle: Use) -> None:
    table = Table("document", "pages", "CPU s/page", "wall s, all", "kB/page in", "kB/page out", "confidence")
    for row in rows:
        table.add_row(
            row.name,
            str(row.pages),
            f"{(row.use.cpu_s - idle.cpu_s) / row.pages:.2f}",
            f"{row.use.wall_s:.1f}",
            f"{row.came / row.pages / 1000:.0f}",
            f"{row.left / row.pages / 1000:.0f}",
            f"{row.confidence:.3f}",
        )
    console = Console(width=110)
    console.print(table)
    console.print(f"start of the program: {idle.cpu_s:.2f} s CPU, {idle.wall_s:.1f} s wall; not in CPU s/page")


if __name__ == "__main__":
    main()

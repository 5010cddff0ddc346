"""Digitize the same pages with `sohoa` and with its peers in one go, and print what each costs and gets wrong.

    .venv/bin/python bench/peers.py [--pages N] [--repeats N] [--scans FOLDER] [--json FILE]

One page at a time and one thread a page for all. Drawn pages have their exact text; scans of one's
own (`--scans`, PDF files of page pictures) are compared by time and bytes only.
"""

import argparse
import json
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from accuracy import Errors, compare
from corpora import DRAWN, SCANNED, Document, drawn, scanned
from measured import RunFailed, adopt_orphans, run
from systems import OWN_PROGRAM, PEERS, Left, System, environment, installed, systems

SEED = 40
OURS = "sohoa"
COMPARED = (OURS, "OCRmyPDF", "OCRmyPDF full", "Tesseract psm 3")
COLUMNS = (
    "pages",
    "system",
    "CPU s/page",
    "wall s/page",
    "KB/page",
    "CER %",
    "flex %",
    "WER %",
    "CPU ours/theirs",
    "KB ours/theirs",
)


@dataclass(frozen=True)
class Score:
    """One run of one system over one document, by page."""

    document: str
    system: str
    pages: int
    cpu_s: float
    wall_s: float
    kilobytes: float | None
    errors: Errors | None


def main() -> None:
    options = _options()
    adopt_orphans()
    chosen = list(installed(systems(OWN_PROGRAM, options.peers), COMPARED))
    with tempfile.TemporaryDirectory(prefix="sohoa-peers-") as folder:
        work = Path(folder)
        documents = list(_documents(options, work / "pages"))
        scores = list(_scores(documents, chosen, options.repeats, work))
    print(table(scores))
    if options.json:
        options.json.write_text(json.dumps([asdict(score) for score in scores], indent=1), encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--pages", type=int, default=6, help="pages of each kind")
    parser.add_argument("--repeats", type=int, default=2, help="runs of each system over each kind")
    parser.add_argument("--seed", type=int, default=SEED, help="of the drawn pages")
    parser.add_argument(
        "--only", type=re.compile, default=re.compile(""), help="beginning of the kinds of pages to run"
    )
    parser.add_argument("--scans", type=Path, help="folder of scanned PDF files without known text")
    parser.add_argument("--peers", type=Path, default=PEERS, help="their folder")
    parser.add_argument("--json", type=Path, help="file for every single run")
    return parser.parse_args()


def _documents(options: argparse.Namespace, folder: Path) -> Iterator[Document]:
    for name in filter(options.only.match, DRAWN):
        yield drawn(name, options.pages, options.seed, folder)
    for name in filter(options.only.match, SCANNED if options.scans else ()):
        document = scanned(name, options.pages, options.scans, folder)
        if document:
            yield document


def _scores(documents: Sequence[Document], chosen: Sequence[System], repeats: int, work: Path) -> Iterator[Score]:
    """Yield the scores; systems take turns, so that a slow minute of the machine strikes all alike."""
    environ = environment(work / "data")
    run([str(OWN_PROGRAM), "pki", "init"], environ, work / "log")  # keys are made once, not once a document
    for document in documents:
        for _ in range(repeats):
            for system in chosen:
                score = _score(document, system, work, environ)
                if score:
                    yield score


def _score(document: Document, system: System, work: Path, environ: Mapping[str, str]) -> Score | None:
    with tempfile.TemporaryDirectory(dir=work) as out:
        try:
            score = scored(document, system.name, system.start(document, Path(out), environ))
        except RunFailed as error:
            print(f"{document.name}: {system.name}: {error}", file=sys.stderr)
            return None
    print(f"{score.document}: {score.system}: {score.cpu_s:.2f} CPU s a page", file=sys.stderr)
    return score


def scored(document: Document, system: str, result: Left) -> Score:
    """Return the result by page."""
    count = document.pages
    pairs = zip(document.truth, result.texts, strict=True) if document.truth else ()
    return Score(
        document=document.name,
        system=system,
        pages=count,
        cpu_s=result.use.cpu_s / count,
        wall_s=result.use.wall_s / count,
        kilobytes=result.size / count / 1000 if result.files else None,
        errors=sum((compare(truth, read) for truth, read in pairs), Errors()) if document.truth else None,
    )


def table(scores: Sequence[Score]) -> str:
    """Return a row for each system and kind of pages: medians over the repeats (least-most), ratios of ours to theirs.

    In Markdown, which a person can read as it is.
    """
    groups: dict[tuple[str, str], list[Score]] = defaultdict(list)
    for score in scores:
        groups[score.document, score.system].append(score)
    rows = [_row(runs, groups.get((document, OURS), [])) for (document, _), runs in groups.items()]
    return "\n".join(f"| {' | '.join(row)} |" for row in [COLUMNS, ["---"] * len(COLUMNS), *rows])


def _row(runs: Sequence[Score], ours: Sequence[Score]) -> tuple[str, ...]:
    first = runs[0]
    errors = first.errors
    rates = [f"{rate:.2f}" for rate in (errors.cer, errors.flex, errors.wer)] if errors else ["", "", ""]
    return (
        f"{first.document} ({first.pages})",
        first.system,
        _spread([one.cpu_s for one in runs]),
        _spread([one.wall_s for one in runs]),
        f"{first.kilobytes:.0f}" if first.kilobytes else "",
        *rates,
        *_ratios(runs, ours),
    )


def _spread(values: Sequence[float]) -> str:
    return f"{median(values):.2f} ({min(values):.2f}-{max(values):.2f})"


def _ratios(runs: Sequence[Score], ours: Sequence[Score]) -> tuple[str, str]:
    if not ours or runs[0].system == ours[0].system:
        return "", ""
    times = [own.cpu_s / theirs.cpu_s for own, theirs in zip(ours, runs, strict=False)]
    mine, yours = ours[0].kilobytes, runs[0].kilobytes
    return _spread(times), f"{mine / yours:.2f}" if mine and yours else ""


if __name__ == "__main__":
    main()

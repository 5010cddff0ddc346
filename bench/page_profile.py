"""Where the milliseconds of a page go, from scan file to checked and sealed PDF/A: in one process, on one thread.

    make profile PROFILE="--pages 8 --only 'drawn colour 300 dpi'"

Processor time; a page of each kind goes through before, which loads what is loaded once.
"""

import argparse
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce, wraps
from importlib import import_module
from pathlib import Path
from typing import Final, TypeVar
from unittest.mock import patch

from corpora import DRAWN, SCANNED, Document, drawn, scanned
from tables import say, table

from pipeline.assemble.document import assemble
from pipeline.station.formats import inspect
from schemas.document import DocumentMetadata
from schemas.settings import Settings, read
from workers.desk import Desk
from workers.page_work import PageTask, Source, make_layers

STAGES: Final[Mapping[str, str]] = {
    "decode": "workers.page_work:scan_of",
    "blank?": "workers.page_work:is_blank",
    "clean": "workers.page_work:clean",
    "· upright and skew": "pipeline.cleanup.cleaning:_decide_turn",
    "· course": "pipeline.cleanup.cleaning:plan_course",
    "· straighten": "pipeline.cleanup.cleaning:_straightened",
    "· whiten": "pipeline.cleanup.cleaning:normalise",
    "· food": "pipeline.cleanup.cleaning:make_food",
    "· is ink lost?": "pipeline.cleanup.cleaning:_lost",
    "layout": "workers.page_work:find_layout",
    "read": "pipeline.ocr.reading:Reading.read",
    "· readers and votes": "pipeline.ocr.reading:Reading._judge",
    "encode": "workers.page_work:encode",
    "look at it": "workers.page_work:see_losses",
    "· draw": "workers.page_work:render",
    "· compare": "workers.page_work:find_losses",
    "assemble": "__main__:assemble",
    "· approve": "pipeline.assemble.document:_approved",
    "seal": "pipeline.sign.seal:PadesSealer.seal",
    "· verify": "pipeline.sign.seal:PadesSealer.verify",
}
"""What is told of: where its caller looks it up. A point marks what is part of the stage above it."""

T = TypeVar("T")
Clocks = Counter[str]


@dataclass(frozen=True)
class Profile:
    """Milliseconds a page by stage, and of all together; kilobytes of its sealed file."""

    kind: str
    pages: int
    stages: Mapping[str, float]
    whole: float
    kilobytes: float


def measure(document: Document, desk: Desk, clocks: Clocks) -> Profile:
    """Return where the time of a document's pages goes; each page is a document of its own, sealed."""
    line = Line(desk)
    files = document.pictures
    line.run(files[0])
    clocks.clear()
    begun = time.process_time()
    sizes = [line.run(file) for file in files]
    whole = time.process_time() - begun
    taken = {name: 1000 * clocks[name] / len(files) for name in STAGES}
    return Profile(document.name, len(files), taken, 1000 * whole / len(files), sum(sizes) / len(files) / 1000)


@contextmanager
def clocked() -> Iterator[Clocks]:
    """Add up what each stage takes."""
    clocks: Clocks = Counter()
    with ExitStack() as stack:
        for name, place in STAGES.items():
            module, path = place.split(":")
            *owners, attribute = path.split(".")
            owner = reduce(getattr, owners, import_module(module))
            stack.enter_context(patch.object(owner, attribute, timed(getattr(owner, attribute), clocks, name)))
        yield clocks


def timed(function: Callable[..., T], clocks: Clocks, name: str) -> Callable[..., T]:
    """Return the same function; the processor time of each call is added to a clock."""

    @wraps(function)
    def run(*args: object, **kwargs: object) -> T:
        begun = time.process_time()
        try:
            return function(*args, **kwargs)
        finally:
            clocks[name] += time.process_time() - begun

    return run


@dataclass(frozen=True)
class Line:
    """The line of one process, without tables."""

    desk: Desk

    def run(self, file: Path) -> int:
        """Make a sealed document of a file of one page; return its bytes."""
        station, reading = self.desk.settings.station, self.desk.settings.read
        source = Source(original=inspect(file.read_bytes(), file.name, station), path=file)
        made = make_layers(PageTask(source=source, page_no=1, station=station, reading=reading))
        draft = assemble([made.layers], DocumentMetadata(title=file.stem, created=datetime(2026, 11, 22, tzinfo=UTC)))
        return len(self.desk.sealer.seal(draft).pdf)


def told(profiles: Sequence[Profile]) -> str:
    """Return the table: a row a stage, a column a kind of pages."""
    head = ["ms a page", *(f"{profile.kind} ({profile.pages})" for profile in profiles)]
    rows = [[name, *(f"{profile.stages[name]:.0f}" for profile in profiles)] for name in STAGES]
    whole = ["**all**", *(f"**{profile.whole:.0f}**" for profile in profiles)]
    size = ["KB a page, sealed alone", *(f"{profile.kilobytes:.0f}" for profile in profiles)]
    return table(head, [*rows, whole, size])


def documents(folder: Path, options: argparse.Namespace) -> Iterator[Document]:
    """Yield the kinds of pages that were asked for, and that are there."""
    wanted = options.only or [*DRAWN, *SCANNED]
    for name in DRAWN:
        if name in wanted:
            yield drawn(name, options.pages, options.seed, folder)
    for name in SCANNED:
        found = scanned(name, options.pages, options.scans, folder) if name in wanted and options.scans else None
        if found:
            yield found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=6, help="pages of each kind")
    parser.add_argument("--only", action="append", help="a kind of pages; again for another")
    parser.add_argument("--scans", type=Path, default=None, help="folder of PDF scans of one's own")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory(prefix="sohoa-profile-") as folder:
        settings: Settings = read({"SOHOA_DATA_DIR": str(Path(folder) / "data")})
        profiles, desk = [], Desk(settings)
        with clocked() as clocks:
            for document in documents(Path(folder), options):
                say(f"{document.name}: {len(document.pictures)} pages")
                profiles.append(measure(document, desk, clocks))
    print(told(profiles))


if __name__ == "__main__":
    main()

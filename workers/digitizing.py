"""`sohoa digitize` without its screen: a file becomes NAME.pdf, NAME.txt and NAME.json.

Pages are worked on in child processes, several at a time; results are written beside the
target and renamed, so that a file that is there is whole.
"""

import json
import os
import re
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.assemble.document import assemble
from pipeline.assemble.text import plain_text
from pipeline.fields.extraction import find_fields
from pipeline.fields.template import library
from pipeline.flow import delivered
from pipeline.station.formats import inspect
from pipeline.station.names import stored_name
from pipeline.station.poppler import read_text_layer
from schemas.document import DocumentMetadata, PageLayers, digest_of
from schemas.errors import (
    CannotWrite,
    DigestMismatch,
    InputError,
    LimitExceeded,
    NotFound,
    UnreadableFile,
    UnsupportedFile,
)
from schemas.settings import Settings, StationSettings
from schemas.text import mean_confidence, verified_share
from workers.desk import Desk, now
from workers.page_work import PageTask, Source, picture_and_layers

AHEAD = 2
"""Pages for each child, one at work and one waiting: as many are begun before their document's turn."""
IMAGES = frozenset({".tif", ".tiff", ".jpg", ".jpeg", ".png"})


@dataclass(frozen=True, kw_only=True)
class Input:
    """One document to be: its name and the files it is made of, each opened once for inspection.

    Attributes:
        name: of the results, as the person wrote it.
        sources: in page order.
        left_out: names of files in the folder that are no page images.
    """

    name: str
    sources: tuple[Source, ...]
    left_out: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The name as it may be shown: one normal form, nothing a terminal would act on."""
        return stored_name(self.name)

    @property
    def pages(self) -> int:
        """Number of pages."""
        return sum(source.original.pages for source in self.sources)

    @property
    def signed(self) -> bool:
        """Whether it is a signed PDF, which leaves with the bytes it came with."""
        return any(source.original.signed for source in self.sources)


@dataclass(frozen=True, kw_only=True)
class ReadPage:
    """A page as read, and its untouched picture where it is blank."""

    layers: PageLayers
    blank_picture: bytes | None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one input.

    Attributes:
        confidence: mean over its words, 0..1; None without words.
        verified: share of its words that need no person, 0..1; None without words.
    """

    name: str
    pages: int
    blanks: int
    confidence: float | None
    verified: float | None
    size: int
    digest: str
    seal: str


def open_input(path: Path, limits: StationSettings) -> Input:
    """Look at a file, or at a folder of page images, which makes one document: page 2 before page 10.

    Raises:
        NotFound: there is nothing there.
        InputError: a file cannot be used, and why.
    """
    if not path.is_dir():
        return Input(name=path.stem, sources=(_source(path, limits),))
    files = sorted((item for item in path.iterdir() if item.is_file() and item.name[0] != "."), key=_in_order)
    pages = [file for file in files if file.suffix.lower() in IMAGES]
    if not pages:
        raise UnsupportedFile(f"Thư mục {path.name!r} không có ảnh trang nào")
    return Input(
        name=path.resolve().name,
        sources=tuple(_source(file, limits) for file in pages),
        left_out=tuple(file.name for file in files if file not in pages),
    )


def _in_order(file: Path) -> list[tuple[int, str]]:
    """Scanners count without leading zeros: numbers within names are compared as numbers."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", file.name) if part]


def _source(path: Path, limits: StationSettings) -> Source:
    try:
        if path.stat().st_size > limits.max_file_bytes:
            raise LimitExceeded(f"Tệp lớn hơn {limits.max_file_bytes} byte")
        return Source(original=inspect(path.read_bytes(), path.name, limits), path=path.absolute())
    except FileNotFoundError as error:
        raise NotFound(f"Không có tệp {path.name!r}") from error
    except OSError as error:
        raise UnreadableFile(f"Không đọc được tệp {path.name!r}: {error.strerror}") from error


class Reading:
    """Pages of inputs on their way through the children; no child stands idle while a document is written."""

    def __init__(self, entries: Sequence[Input], services: Desk, pool: ThreadPoolExecutor) -> None:
        """Prepare; nothing is begun before `pages`."""
        self._next = iter(entries)
        self._services = services
        self._pool = pool
        self._begun: deque[dict[Future[ReadPage], int]] = deque()

    def pages(self) -> Iterator[tuple[int, ReadPage]]:
        """Yield (index, page) of the next input as its pages are finished, in any order; an error ends it alone."""
        self._look_ahead()
        waiting = self._begun[0]
        try:
            while waiting:
                done, _ = wait(waiting, timeout=0.2, return_when=FIRST_COMPLETED)
                self._look_ahead()
                for future in done:
                    yield waiting.pop(future), future.result()
        finally:
            self._begun.popleft()
            for future in waiting:
                future.cancel()

    def _look_ahead(self) -> None:
        """Begin inputs until each child has a page to go on with."""
        while not self._begun or self._left() < AHEAD * self._services.page_workers:
            entry = next(self._next, None)
            if entry is None:
                return
            tasks = enumerate(_tasks(entry, self._services.settings))
            self._begun.append({self._pool.submit(_read_page, task, self._services): index for index, task in tasks})

    def _left(self) -> int:
        return sum(not future.done() for waiting in self._begun for future in waiting)


def _tasks(entry: Input, settings: Settings) -> Iterator[PageTask]:
    for source in entry.sources:
        for page_no in range(1, source.original.pages + 1):
            yield PageTask(source=source, page_no=page_no, station=settings.station, reading=settings.read)


def _read_page(task: PageTask, services: Desk) -> ReadPage:
    try:
        layers, picture = services.children.call(task.reading.page_deadline_s, picture_and_layers, task)
    except InputError as error:
        raise type(error)(f"{task.source.original.name!r}, trang {task.page_no}: {error.message}") from error
    return ReadPage(layers=layers, blank_picture=picture)


def write(entry: Input, pages: Sequence[ReadPage], services: Desk, out: Path, *, seal: bool) -> Outcome:
    """Write what belongs to one input into `out`; the PDF comes last, so that its presence means all is there."""
    layers = [page.layers for page in pages]
    kept = layers if entry.signed else delivered(layers)
    texts = [page.text for page in kept]
    pdf, level = _file(entry, kept, services, seal=seal)
    for page_no, page in enumerate(pages, start=1):
        if page.blank_picture:
            put(out / f"{entry.name}.blank-{page_no:04d}.jpg", page.blank_picture)
    put(out / f"{entry.name}.txt", plain_text(texts).encode())
    put(out / f"{entry.name}.json", _json(entry, layers, level))
    put(out / f"{entry.name}.pdf", pdf)
    return Outcome(
        name=entry.name,
        pages=len(layers),
        blanks=sum(page.blank for page in layers),
        confidence=mean_confidence(texts),
        verified=verified_share(texts),
        size=len(pdf),
        digest=digest_of(pdf),
        seal=level,
    )


def _file(entry: Input, kept: Sequence[PageLayers], services: Desk, *, seal: bool) -> tuple[bytes, str]:
    if entry.signed:
        return _untouched(entry.sources[0]), "kept"
    draft = assemble(kept, DocumentMetadata(title=entry.title, created=now()))
    if not seal:
        return draft.pdf, "none"
    sealed = services.sealer.seal(draft)
    return sealed.pdf, sealed.level.value


def _untouched(source: Source) -> bytes:
    data = source.path.read_bytes() if source.path else b""
    if digest_of(data) != source.original.digest:
        raise DigestMismatch("Tệp đã bị thay đổi trong lúc đang đọc")
    return data


def _json(entry: Input, layers: Sequence[PageLayers], seal: str) -> bytes:
    papers = find_fields([page.text for page in layers], library())
    value: dict[str, Any] = {
        "source": [source.original.digest for source in entry.sources],
        "signed": entry.signed,
        "seal": seal,
        "papers": [
            {"template": paper.template, "pages": [paper.first_page_no, paper.last_page_no]} for paper in papers
        ],
        "fields": [field.to_json() for paper in papers for field in paper.fields],
    }
    if entry.signed:
        value["text_layer"] = read_text_layer(_untouched(entry.sources[0]))
    # A page a line, one after the other: all of them as one tree of text would be the most that is ever in memory.
    members = [f'"{name}": {_text(member)}' for name, member in value.items()]
    pages = ",\n".join(_text(page.to_json()) for page in layers)
    return "{{\n{}\n}}\n".format(",\n".join([*members, f'"pages": [\n{pages}\n]'])).encode()


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def put(path: Path, data: bytes) -> None:
    """Write a file whole or not at all.

    Raises:
        CannotWrite: there is no room, no permission, or the name is too long.
    """
    draft = path.with_name(f".{path.name}.part")
    try:
        with draft.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)
    except OSError as error:
        raise CannotWrite(f"Không ghi được {path.name!r}: {error.strerror}") from error


def make_folder(path: Path) -> None:
    """Make the folder of the results where it is missing.

    Raises:
        CannotWrite: it cannot be made, or something else has its name.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotWrite(f"Không tạo được thư mục {path.name!r}: {error.strerror}") from error


def is_finished(entry: Input, out: Path, *, seal: bool) -> bool:
    """Whether an earlier run wrote everything for the very same input, sealed or not as is asked now."""
    try:
        value = json.loads((out / f"{entry.name}.json").read_bytes())
    except (OSError, ValueError):
        return False
    same = value.get("source") == [source.original.digest for source in entry.sources]
    as_asked = entry.signed or (value.get("seal") != "none") is seal
    return same and as_asked and (out / f"{entry.name}.pdf").is_file()

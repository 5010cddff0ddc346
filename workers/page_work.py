"""What child processes do: look at pages, turn them into layers, assemble documents.

Frozen values go in and out; the original's bytes are fetched here, once for all its pages.
"""

import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import ParamSpec, TypeVar

import cv2
import simplejpeg

from pipeline.assemble.document import assemble, draw_page
from pipeline.assemble.render import render
from pipeline.cleanup.cleaning import clean
from pipeline.fields.extraction import find_fields
from pipeline.fields.guard import conflicts
from pipeline.fields.template import library
from pipeline.flow import PageStages, digitize_page
from pipeline.layout.page import find_layout
from pipeline.ocr.confidence import Jury
from pipeline.ocr.orientation import find_upright
from pipeline.ocr.pytesseract_lines import ENVIRONMENT
from pipeline.ocr.readers import open_readers
from pipeline.ocr.reading import Reading
from pipeline.ports import LineReader, ObjectStore
from pipeline.raster.guard import find_losses
from pipeline.raster.picture import encode, encode_whole
from pipeline.raster.scanned import keep_scan, suffices
from pipeline.station.blank import is_blank
from pipeline.station.findings import find, fingerprint
from pipeline.station.read import read_page
from pipeline.store.objects import open_objects
from schemas.batch import Original, PageFinding
from schemas.document import Coding, Digest, DocumentMetadata, Draft, PageLayers, digest_of
from schemas.dossier import Dossier
from schemas.errors import DigestMismatch, LateCoverSheet, NotFound
from schemas.fields import Conflict, PaperFields
from schemas.geometry import Box
from schemas.page import Page, Scan
from schemas.settings import Picture, Reader, ReadSettings, StationSettings
from schemas.text import PageText, mean_confidence

P = ParamSpec("P")
R = TypeVar("R")
PAGE_VERSION = "3"
"""Raise it when cleaning, reading or encoding change: finished pages are then made anew on reprocessing."""

CAREFUL = 90
"""JPEG quality of a page that lost ink when it was coded more closely."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where the bytes of an original are: a file of this machine, or the object store."""

    original: Original
    objects_url: str = ""
    path: Path | None = None


@dataclass(frozen=True, kw_only=True)
class PageTask:
    """One page (1-based) of an original, and the settings it is worked on with.

    Attributes:
        unseen: nobody could look at it when its batch was cut, so it may be a cover sheet.
    """

    source: Source
    page_no: int
    station: StationSettings
    reading: ReadSettings
    unseen: bool = False


@dataclass(frozen=True, kw_only=True)
class AssembleTask:
    """A document's pages as (picture, layers) digests, and what its file says of itself.

    Attributes:
        dossier: whose owner must stand on it.
        paper_code: mã giấy tờ under which it was handed in.
        released: a person has seen that its owner is right.
    """

    objects_url: str
    layers: tuple[tuple[Digest | None, Digest | None], ...]
    metadata: DocumentMetadata
    dossier: Dossier
    paper_code: str
    released: bool = False


@dataclass(frozen=True, kw_only=True)
class Assembled:
    """What became of a document: its fields, and its draft unless somebody else's name stands on it."""

    papers: tuple[PaperFields, ...]
    conflicts: tuple[Conflict, ...]
    draft: Draft | None
    confidence: float | None


def look_at_page(task: PageTask) -> tuple[PageFinding, bytes | None]:
    """Return what is on a page, and its picture as JPEG where it is blank.

    Raises:
        UnreadableFile: the page is damaged.
        DigestMismatch: the file is not the one that was taken.
    """
    scan = scan_of(task)
    finding = find(scan)
    return finding, picture_of(scan, task.reading.jpeg_quality) if finding.blank else None


def page_digest(task: PageTask) -> str:
    """Return the digest of a page's decoded pixels, as `look_at_page` finds it.

    Raises:
        UnreadableFile: the page is damaged.
        DigestMismatch: the file is not the one that was taken.
    """
    return fingerprint(scan_of(task))


@dataclass(frozen=True)
class MadePage:
    """The layers of a page, and the seconds that each part took."""

    layers: PageLayers
    seconds: dict[str, float]


def make_layers(task: PageTask) -> MadePage:
    """Return the layers of a page: the whole of cleaning, reading and encoding.

    Raises:
        UnreadableFile: the page is damaged.
        LateCoverSheet: it is no page of a document.
        RecognizerFailed: the recognizer ended without a result.
    """
    seconds: dict[str, float] = {}
    scan = clocked(scan_of, seconds, "read")(task)
    if task.unseen:
        check_content(scan)
    return MadePage(digitize_page(scan, watched(page_stages(task.reading), seconds)), seconds)


def check_content(scan: Scan) -> None:
    """Look at a page after all.

    Raises:
        LateCoverSheet: it is a cover sheet, its code good or spoiled: its batch was cut at the wrong places.
    """
    seen = find(scan)
    if seen.cover or seen.rejected:
        raise LateCoverSheet("Trang này là tờ phân cách, nhưng không đọc được vào lúc chia lô")


def watched(stages: PageStages, seconds: dict[str, float]) -> PageStages:
    """Return the same stages; what each takes is added to `seconds`."""
    return PageStages(
        is_blank=clocked(stages.is_blank, seconds, "clean"),
        clean=clocked(stages.clean, seconds, "clean"),
        find_layout=clocked(stages.find_layout, seconds, "layout"),
        read=clocked(stages.read, seconds, "recognise"),
        encode=clocked(stages.encode, seconds, "encode"),
        find_losses=clocked(stages.find_losses, seconds, "inspect"),
        keep=clocked(stages.keep, seconds, "encode"),
        suffices=stages.suffices,
        keeps_all=stages.keeps_all,
    )


def clocked(function: Callable[P, R], seconds: dict[str, float], part: str) -> Callable[P, R]:
    """Return the same function; the time of each call is added to `seconds[part]`."""

    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        begun = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            seconds[part] = seconds.get(part, 0.0) + time.perf_counter() - begun

    return run


def picture_and_layers(task: PageTask) -> tuple[PageLayers, bytes | None]:
    """Return the layers of a page, and its untouched picture as JPEG where it is blank."""
    scan = scan_of(task)
    layers = digitize_page(scan, page_stages(task.reading))
    return layers, picture_of(scan, task.reading.jpeg_quality) if layers.blank else None


def scanned_picture(task: PageTask) -> bytes:
    """Return a page as it was scanned, untouched, as JPEG: for a person who wants to see it.

    Raises:
        UnreadableFile: the page is damaged.
    """
    return picture_of(scan_of(task), task.reading.jpeg_quality)


def assemble_stored(task: AssembleTask) -> Assembled:
    """Return the draft of a document whose pages are all read, with its fields and mean confidence.

    There is no draft where another person than the owner of the dossier stands on a page, unless it was released.

    Raises:
        NotArchival: the validator does not approve the result.
        NotFound: a page has no layers.
    """
    store = opened_store(task.objects_url)
    pages = [_load_layers(store, picture, layers) for picture, layers in task.layers]
    papers = find_fields([page.text for page in pages], library(), task.paper_code)
    against = () if task.released else conflicts(papers, task.dossier, library())
    return Assembled(
        papers=papers,
        conflicts=against,
        draft=None if against else assemble(pages, task.metadata),
        confidence=mean_confidence([page.text for page in pages]),
    )


def scan_of(task: PageTask) -> Scan:
    """Return the decoded page."""
    return read_page(_bytes_of(task.source), task.source.original, task.page_no, task.station)


def picture_of(scan: Scan, quality: int) -> bytes:
    """Return a scan as a JPEG file."""
    grey = scan.pixels.ndim == 2
    pixels = scan.pixels[:, :, None] if grey else scan.pixels
    coded: bytes = simplejpeg.encode_jpeg(pixels.copy(order="C"), quality, "GRAY" if grey else "RGB", "420")
    return coded


@lru_cache(maxsize=1)
def page_stages(reading: ReadSettings) -> PageStages:
    """Return the page stages bound to their tools; built once per process."""
    # One page, one core: threads within a page would only fight the other pages' processes.
    cv2.setNumThreads(1)
    os.environ.update(ENVIRONMENT)  # noqa: TID251 - this child's own; the programs it starts inherit it
    readers, missing = open_readers(reading.readers.names)
    return PageStages(
        is_blank=is_blank,
        clean=partial(
            clean,
            upright=partial(find_upright, reader=quickest(readers)),
            unbend=reading.picture is not Picture.SCAN,
        ),
        find_layout=find_layout,
        read=Reading(readers, Jury.load(), missing).read,
        encode=partial(encode, quality=reading.jpeg_quality),
        find_losses=see_losses,
        keep=partial(keep, quality=reading.jpeg_quality),
        suffices=suffices,
        keeps_all=reading.picture is Picture.SCAN,
    )


def see_losses(layers: PageLayers, page: Page) -> tuple[Box, ...]:
    """Return the places where a mixed page, finished and drawn, does not show what was to be delivered."""
    if layers.coding is not Coding.MIXED:
        return ()
    drawn = render(draw_page(layers), layers.width, layers.height, grey=page.image.ndim == 2)
    return tuple(loss.box for loss in find_losses(drawn, page))


def keep(scan: Scan, page: Page, text: PageText, quality: int) -> PageLayers:
    """Return the page with the scanner's own image, or with the cleaned one where the paper had to be bent straight."""
    return encode_whole(page, text, max(quality, CAREFUL)) if page.bend else keep_scan(scan, page, text)


def quickest(readers: Sequence[LineReader]) -> LineReader:
    """Return who reads a handful of lines of a page whose orientation is in doubt."""
    return next((reader for reader in readers if reader.name == Reader.TRUEOCR), readers[0])


@lru_cache(maxsize=1)
def opened_store(url: str) -> ObjectStore:
    """Return the object store of `url`; opened once per process."""
    return open_objects(url, Path())


@lru_cache(maxsize=1)
def _bytes_of(source: Source) -> bytes:
    if source.path is None:
        return opened_store(source.objects_url).get(source.original.digest)
    data = source.path.read_bytes()
    if digest_of(data) != source.original.digest:
        raise DigestMismatch("Tệp đã bị thay đổi trong lúc đang đọc")
    return data


def _load_layers(store: ObjectStore, picture: Digest | None, layers: Digest | None) -> PageLayers:
    if picture is None or layers is None:
        raise NotFound("Có trang chưa được đọc")
    return PageLayers.from_json(json.loads(store.get(layers)), store.get(picture))

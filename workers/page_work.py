"""What child processes do: look at pages, turn them into layers, assemble documents.

Frozen values go in and out; the original's bytes are fetched here, once for all its pages.
"""

import json
import os
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

import cv2
import simplejpeg

from pipeline.assemble.document import assemble
from pipeline.assemble.picture import encode
from pipeline.cleanup.cleaning import clean
from pipeline.flow import PageStages, digitize_page
from pipeline.ocr.tesseract import ENVIRONMENT, Tesseract
from pipeline.ports import ObjectStore
from pipeline.station.blank import is_blank
from pipeline.station.findings import find
from pipeline.station.read import read_page
from pipeline.store.objects import open_objects
from schemas.batch import Original, PageFinding
from schemas.document import Digest, DocumentMetadata, Draft, PageLayers, digest_of
from schemas.errors import DigestMismatch, NotFound
from schemas.page import Scan
from schemas.settings import ReadSettings, StationSettings
from schemas.text import mean_confidence

PAGE_VERSION = "1"
"""Raise it when cleaning, reading or encoding change: finished pages are then made anew on reprocessing."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where the bytes of an original are: a file of this machine, or the object store."""

    original: Original
    objects_url: str = ""
    path: Path | None = None


@dataclass(frozen=True, kw_only=True)
class PageTask:
    """One page (1-based) of an original, and the settings it is worked on with."""

    source: Source
    page_no: int
    station: StationSettings
    reading: ReadSettings


@dataclass(frozen=True, kw_only=True)
class AssembleTask:
    """A document's pages as (picture, layers) digests, and what its file says of itself."""

    objects_url: str
    layers: tuple[tuple[Digest | None, Digest | None], ...]
    metadata: DocumentMetadata


def look_at_page(task: PageTask) -> tuple[PageFinding, bytes | None]:
    """Return what is on a page, and its picture as JPEG where it is blank.

    Raises:
        UnreadableFile: the page is damaged.
        DigestMismatch: the file is not the one that was taken.
    """
    scan = scan_of(task)
    finding = find(scan)
    return finding, picture_of(scan, task.reading.jpeg_quality) if finding.blank else None


def make_layers(task: PageTask) -> PageLayers:
    """Return the layers of a page: the whole of cleaning, reading and encoding.

    Raises:
        UnreadableFile: the page is damaged.
        RecognizerFailed: the recognizer ended without a result.
    """
    return digitize_page(scan_of(task), page_stages(task.reading))


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


def assemble_stored(task: AssembleTask) -> tuple[Draft, float | None]:
    """Return the draft of a document whose pages are all read, and its mean confidence.

    Raises:
        NotArchival: the validator does not approve the result.
        NotFound: a page has no layers.
    """
    store = opened_store(task.objects_url)
    pages = [_load_layers(store, picture, layers) for picture, layers in task.layers]
    return assemble(pages, task.metadata), mean_confidence([page.text for page in pages])


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
    reader = Tesseract(reading.language, reading.page_deadline_s * 0.8)
    return PageStages(
        is_blank=is_blank,
        clean=partial(clean, upright=reader.upright),
        read=reader.read,
        encode=partial(encode, quality=reading.jpeg_quality),
    )


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

"""Limits that hold before anything is decoded, and the end of waiting."""

from collections.abc import Iterator
from contextlib import contextmanager

from schemas.errors import FileStillWritten, LimitExceeded, UnreadableFile
from schemas.settings import StationSettings

LONGEST_SIDE = 65_000
"""Pixels; a JPEG cannot hold more."""


def check_bytes(size: int, limits: StationSettings) -> None:
    """Raise LimitExceeded where a file of `size` bytes is too large."""
    if size > limits.max_file_bytes:
        raise LimitExceeded(f"Tệp có {size} byte, vượt giới hạn {limits.max_file_bytes} byte")


def check_pages(pages: int, limits: StationSettings) -> None:
    """Raise LimitExceeded where a file has too many pages."""
    if pages > limits.max_pages:
        raise LimitExceeded(f"Tệp có hơn {limits.max_pages} trang")


def check_pixels(width: int, height: int, limits: StationSettings) -> None:
    """Check the size of one page, pixels, as its header states it.

    Raises:
        LimitExceeded: it is larger than allowed.
        UnreadableFile: it has no pixels.
    """
    if width < 1 or height < 1:
        raise UnreadableFile(f"Ảnh có kích thước {width} × {height} điểm")
    if max(width, height) > LONGEST_SIDE:
        raise LimitExceeded(f"Trang có {width} × {height} điểm ảnh, vượt giới hạn {LONGEST_SIDE} điểm mỗi cạnh")
    if width * height > limits.max_page_pixels:
        raise LimitExceeded(f"Trang có {width} × {height} điểm ảnh, vượt giới hạn {limits.max_page_pixels} điểm ảnh")


@contextmanager
def final() -> Iterator[None]:
    """Within the block no file can grow any more: one that looks unfinished is damaged.

    Raises:
        UnreadableFile: in place of FileStillWritten.
    """
    try:
        yield
    except FileStillWritten as error:
        raise UnreadableFile(error.message) from error

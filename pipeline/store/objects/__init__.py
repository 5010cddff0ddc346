"""Objects under their SHA-256: in a folder, or in a bucket of an S3 server."""

from datetime import datetime
from pathlib import Path

from pipeline.ports import ObjectStore
from pipeline.store.objects.address import parse_address
from pipeline.store.objects.clock import time_at
from pipeline.store.objects.folder import FolderObjects, FolderShelf
from pipeline.store.objects.s3 import S3Objects

__all__ = ["FolderObjects", "S3Objects", "clock_of", "open_objects"]


def open_objects(url: str, default_folder: Path) -> ObjectStore:
    """Return the store that `url` names; a server is not asked before the first call.

    Args:
        url: as SOHOA_OBJECTS_URL; empty for `default_folder`.

    Raises:
        SettingsError: `url` cannot be understood.
        ObjectStoreUnavailable: the folder cannot be tidied up.
    """
    place = parse_address(url, default_folder)
    if isinstance(place, Path):
        FolderShelf(place).remove_leftovers()
        return FolderObjects(place)
    return S3Objects(place)


def clock_of(url: str, default_folder: Path) -> datetime | None:
    """Return what time it is at the store that `url` names; None where it is a folder, or tells no time.

    Raises:
        SettingsError: `url` cannot be understood.
        ObjectStoreUnavailable: the server does not answer.
    """
    place = parse_address(url, default_folder)
    return None if isinstance(place, Path) else time_at(place)

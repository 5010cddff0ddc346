"""Objects under their SHA-256: in a folder, or in a bucket of an S3 server."""

from pathlib import Path

from pipeline.ports import ObjectStore
from pipeline.store.objects.address import parse_address
from pipeline.store.objects.folder import FolderObjects, FolderShelf
from pipeline.store.objects.s3 import S3Objects

__all__ = ["FolderObjects", "S3Objects", "open_objects"]


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

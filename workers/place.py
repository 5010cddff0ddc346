"""Where this process is: its settings, its clock, its data folder. The only reader of the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from schemas.errors import SettingsError
from schemas.settings import Settings, read


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of this process.

    Raises:
        SettingsError: an unknown or wrong `SOHOA_*` variable.
    """
    return read(os.environ if environ is None else environ)  # noqa: TID251 - here and nowhere else


def now() -> datetime:
    """Return the present time in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Place:
    """What every call needs."""

    settings: Settings

    @cached_property
    def data_dir(self) -> Path:
        """Folder of everything without a URL of its own; made where it is missing, closed to other users."""
        folder = self.settings.place.data_dir.expanduser().absolute()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(f"Không tạo được thư mục dữ liệu (SOHOA_DATA_DIR): {error.strerror}") from error
        return folder

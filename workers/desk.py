"""What a single call needs of the services: settings, clock, seal, child processes; no tables, queue or receivers.

`workers.bootstrap` adds those. They are apart because their libraries take as long to load as a page
takes to be read, and `sohoa digitize` needs none of them. The only reader of the environment.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from pipeline.ports import Sealer
from pipeline.sign import pki
from pipeline.sign.build import build_sealer
from schemas.errors import SettingsError
from schemas.settings import Mode, Settings, read
from workers.isolation import Children


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
class Desk:
    """What one person at a desk works with; each is built when first asked for, and then kept."""

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

    @cached_property
    def sealer(self) -> Sealer:
        """The agency's seal; in development a PKI of its own is made where no key is set."""
        if self.settings.place.mode is Mode.DEVELOPMENT and not self.settings.seal.key:
            pki.init(self.pki_folder, now())
        return build_sealer(self.settings.seal, self.settings.place.mode, self.pki_folder, now)

    @cached_property
    def pki_folder(self) -> Path:
        """Folder of the development PKI."""
        return self.data_dir / "pki"

    @cached_property
    def children(self) -> Children:
        """Child processes for work on pages."""
        return Children(self.settings.read.page_memory_bytes)

    @property
    def page_workers(self) -> int:
        """Pages worked on at once."""
        return self.settings.jobs.workers or len(os.sched_getaffinity(0))

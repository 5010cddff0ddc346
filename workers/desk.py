"""What a single call needs of the services: seal and child processes; no tables, queue or receivers.

`workers.bootstrap` adds those. They are apart because their libraries take as long to load as a page
takes to be read, and `sohoa digitize` needs none of them.
"""

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pipeline.ports import Sealer
from pipeline.sign import pki
from pipeline.sign.build import build_sealer
from schemas.settings import Mode
from workers.isolation import Children
from workers.place import Place, now, read_settings

__all__ = ["Desk", "now", "read_settings"]


@dataclass(frozen=True)
class Desk(Place):
    """What one person at a desk works with; each is built when first asked for, and then kept."""

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

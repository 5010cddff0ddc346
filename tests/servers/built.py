"""What `make setup-test` built or fetched: it lies in a cache outside of the tree."""

import os
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sohoa"


def newest(pattern: str) -> Path | None:
    """Return the newest file or folder of that name, or None."""
    return max(CACHE.glob(pattern), default=None)

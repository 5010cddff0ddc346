"""Imported by the server that children are forked from: count what objects cost them."""

import os
from pathlib import Path

from parts.clock import Clock
from pipeline.store.objects.keeping import KeptObjects

CLOCK = Clock()
FOLDER = Path(os.environ["BENCH_PARTS_FOLDER"])  # noqa: TID251 - from the parent


def get_clocked(objects: KeptObjects, digest: str) -> bytes:
    with CLOCK.at("store"):
        data = get(objects, digest)
    (FOLDER / f"child-{os.getpid()}").write_text(f"{CLOCK.seconds['store']} {CLOCK.calls['store']}", encoding="ascii")
    return data


get = KeptObjects.get
KeptObjects.get = get_clocked  # type: ignore[method-assign]

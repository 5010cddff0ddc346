"""What is kept of a run that went wrong, so that somebody can understand it without repeating it."""

import json
import re
import shutil
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from chaos.audit import Fault
from chaos.surroundings import Surroundings
from chaos.watch import rows

TABLES = ("batch", "page", "finding", "document", "version", "job", "outbox", "delivery", "step", "original")
BATCH = re.compile(r'"batch": ?"([0-9a-f-]+)"')
NAMES = """\
faults.txt        what is wrong
events.jsonl      who was killed when, at which share of the work
by-batch/         what the workers said of each batch, in order of time
workers/          all that they said, by program
tables/           every table as it was at the end
servers/          what the servers said
sandbox.db        what arrived at the receivers
minio/            the bucket
fed/              the stacks
"""


def keep(folder: Path, around: Surroundings, faults: Sequence[Fault]) -> None:
    """Write down everything that would be gone with the servers, and say what is where."""
    (folder / "faults.txt").write_text("".join(f"{fault.kind}: {fault.what}\n" for fault in faults), encoding="utf-8")
    (folder / "README").write_text(NAMES, encoding="utf-8")
    save_tables(around.database, folder / "tables")
    sort_by_batch(folder / "workers", folder / "by-batch")
    (folder / "servers").mkdir()
    for server in (around.broker, around.minio, around.postgres):
        shutil.copy(server.log, folder / "servers" / f"{server.name}.log")


def save_tables(database: str, folder: Path) -> None:
    """Write each table, a row a line."""
    folder.mkdir()
    for table in TABLES:
        lines = [row for (row,) in rows(database, f"SELECT row_to_json({table})::text FROM {table}")]  # noqa: S608 - one of TABLES
        (folder / f"{table}.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def sort_by_batch(logs: Path, folder: Path) -> None:
    """Write what all workers said of a batch into one file, in order of time."""
    folder.mkdir()
    said: dict[str, list[str]] = defaultdict(list)
    for log in sorted(logs.glob("*.jsonl")):
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
            if found := BATCH.search(line):
                said[found.group(1)].append(line)
    for batch, lines in said.items():
        (folder / f"{batch}.jsonl").write_text("\n".join(sorted(lines, key=time_of)) + "\n", encoding="utf-8")


def time_of(line: str) -> str:
    """Return when a line was logged; one that was cut off in the middle comes first."""
    try:
        return str(json.loads(line).get("timestamp", ""))
    except ValueError:
        return ""

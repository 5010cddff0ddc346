"""Finished steps: the same inputs, stage, version and settings are never computed twice."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from pipeline.store.records.insert import insert_once
from pipeline.store.tables import step


@dataclass(frozen=True, kw_only=True)
class StepKey:
    """What a step's result depends on.

    Attributes:
        inputs: digests (and page numbers) of what went in, in order.
        stage, version: name and version of the code that worked.
        settings: the stage's settings as a frozen dataclass, or None.
    """

    inputs: Sequence[str]
    stage: str
    version: str
    settings: Any = None

    @property
    def digest(self) -> str:
        """SHA-256 over all of it."""
        parts = [list(self.inputs), self.stage, self.version, asdict(self.settings) if self.settings else None]
        return hashlib.sha256(json.dumps(parts, default=str, sort_keys=True).encode()).hexdigest()


def find(tx: sa.Connection, key: StepKey) -> dict[str, Any] | None:
    """Return the outputs of a finished step, None where it was not yet done."""
    outputs: dict[str, Any] | None = tx.execute(
        sa.select(step.c.outputs).where(step.c.key == key.digest)
    ).scalar_one_or_none()
    return outputs


def save(tx: sa.Connection, key: StepKey, outputs: dict[str, Any], now: datetime) -> None:
    """Record the outputs of a step; the first record stays."""
    row = {"key": key.digest, "stage": key.stage, "outputs": outputs, "finished_at": now}
    insert_once(tx, step, row)

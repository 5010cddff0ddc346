"""Jobs, their lanes and states; deliveries and their receipts."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from schemas.document import Digest


class Lane(StrEnum):
    """A queue of its own (làn). Lanes, not priorities: bulk never starves the line."""

    URGENT = "urgent"
    LINE = "line"
    SEAL = "seal"
    DELIVER = "deliver"
    BULK = "bulk"


class JobKind(StrEnum):
    """What a job does."""

    LOOK = "look"
    SPLIT = "split"
    PAGE = "page"
    ASSEMBLE = "assemble"
    SEAL = "seal"
    STAMP = "stamp"
    DELIVER = "deliver"


LANE_OF: Final = {
    JobKind.LOOK: Lane.LINE,
    JobKind.SPLIT: Lane.LINE,
    JobKind.PAGE: Lane.LINE,
    JobKind.ASSEMBLE: Lane.LINE,
    JobKind.SEAL: Lane.SEAL,
    JobKind.STAMP: Lane.SEAL,
    JobKind.DELIVER: Lane.DELIVER,
}


class JobState(StrEnum):
    """State of a job."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    QUARANTINED = "quarantined"


TRANSITIONS: Final = frozenset(
    {
        (JobState.WAITING, JobState.RUNNING),
        (JobState.RUNNING, JobState.DONE),
        (JobState.RUNNING, JobState.WAITING),
        (JobState.RUNNING, JobState.QUARANTINED),
        (JobState.RUNNING, JobState.RUNNING),
        (JobState.WAITING, JobState.QUARANTINED),
        (JobState.QUARANTINED, JobState.WAITING),
        (JobState.DONE, JobState.WAITING),
        (JobState.WAITING, JobState.DONE),
        (JobState.QUARANTINED, JobState.DONE),
    }
)


OWN_LANES: Final = frozenset({Lane.URGENT, Lane.BULK})
"""A batch of these stays in its lane from scan to receipt; any other is worked on in the lane of each kind."""


def lane_of(kind: JobKind, batch_lane: Lane) -> Lane:
    """Return the lane in which a batch's jobs of that kind are worked on."""
    return batch_lane if batch_lane in OWN_LANES else LANE_OF[kind]


@dataclass(frozen=True, kw_only=True)
class NewJob:
    """A job to come.

    Attributes:
        subject: what it works on: ids and digests only.
        batch: the batch it belongs to; the id by which logs follow a page from scan to receipt.
        batch_lane: the lane the batch was given.
        turn: how many jobs of the same batch come before it. Jobs of a lane take turns: a batch of thousands
            of pages does not keep a later one waiting until its last page is read.
    """

    kind: JobKind
    subject: str
    batch: str
    batch_lane: Lane = Lane.LINE
    turn: int = 0

    @property
    def lane(self) -> Lane:
        """Where it is worked on: urgent and bulk batches stay in theirs."""
        return lane_of(self.kind, self.batch_lane)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A leased job.

    Attributes:
        batch, lane: see `NewJob`.
        attempt: the fencing number, counted before the work, from 1.
        charged: those attempts, this one included, that count towards the limit.
    """

    job_id: str
    kind: JobKind
    subject: str
    batch: str
    lane: Lane
    attempt: int
    lease_until: datetime
    charged: int = 0

    def follow(self, kind: JobKind, subject: str, turn: int = 0) -> NewJob:
        """Return a job that follows from this one, of the same batch."""
        return NewJob(kind=kind, subject=subject, batch=self.batch, batch_lane=self.lane, turn=turn)


class Receiver(StrEnum):
    """Where a finished document goes."""

    CITIZEN_STORE = "citizen-store"
    DOSSIER_SYSTEM = "dossier-system"


class DeliveryState(StrEnum):
    """State of a delivery."""

    PENDING = "pending"
    ACCEPTED = "accepted"


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What a receiver answered when it accepted (biên nhận).

    Attributes:
        number: the receiver's own id of the entry.
        received_at: time-zone aware.
        body: the answer as JSON, kept as it came.
    """

    number: str
    received_at: datetime
    body: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class DeliveredPaper:
    """A sealed document as the receivers are told of it.

    Attributes:
        document_id: our own id; also the attachment's id at the receiver.
        component_code: mã giấy tờ.
        digest: of the sealed file.
        link: where the file can be fetched by those who may; holds no personal data.
        sealed_at, digitized_at: time-zone aware.
    """

    document_id: str
    component_code: str
    component_name: str
    notation: str
    digest: Digest
    size: int
    pages: int
    link: str
    sealed_at: datetime
    digitized_at: datetime

"""What one process counts of its own work.

Names and units follow Prometheus' conventions. Labels are of closed sets: lanes, kinds, codes,
receivers; never an id, a name or a number that belongs to a person.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from schemas.jobs import JobKind, Lane, Receiver

JOB_BUCKETS_S = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)
STAGE_BUCKETS_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)


class Meters:
    """Counters and histograms in a registry of their own. May be used from several threads."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self.registry = CollectorRegistry()
        ProcessCollector(namespace="sohoa", registry=self.registry)
        self._job = Histogram(
            "sohoa_job_seconds",
            "Time of an attempt at a job, from claim to settlement.",
            ["kind", "outcome"],
            buckets=JOB_BUCKETS_S,
            registry=self.registry,
        )
        self._stage = Histogram(
            "sohoa_page_stage_seconds",
            "Time of a page in each part of its job.",
            ["stage"],
            buckets=STAGE_BUCKETS_S,
            registry=self.registry,
        )
        self._pages = Counter("sohoa_pages", "Pages that passed a milestone.", ["milestone"], registry=self.registry)
        self._lost = Counter("sohoa_leases_lost", "Leases taken back from the dead.", ["kind"], registry=self.registry)
        self._accepted = Counter(
            "sohoa_deliveries_accepted", "Deliveries with a receipt.", ["receiver"], registry=self.registry
        )
        self._breaker = Gauge(
            "sohoa_breaker_open",
            "Whether this process spares the receiver after failures.",
            ["receiver"],
            registry=self.registry,
        )
        self._threads = Gauge("sohoa_worker_threads", "Worker threads.", ["lane"], registry=self.registry)
        self._busy = Gauge("sohoa_worker_threads_busy", "Those at a job now.", ["lane"], registry=self.registry)

    def hired(self, threads: Mapping[Lane, int]) -> None:
        """Note how many worker threads there are."""
        for lane, number in threads.items():
            self._threads.labels(lane).set(number)
            self._busy.labels(lane).set(0)

    @contextmanager
    def at_job(self, lane: Lane) -> Iterator[None]:
        """Count the calling thread among the busy ones."""
        with self._busy.labels(lane).track_inprogress():
            yield

    def attempted(self, kind: JobKind, outcome: str, seconds: float) -> None:
        """Note an attempt: `done`, `dropped`, or the state that a failed one left its job in."""
        self._job.labels(kind, outcome).observe(seconds)

    def stages(self, seconds: Mapping[str, float]) -> None:
        """Note how long a page was in each part of its job."""
        for stage, taken in seconds.items():
            self._stage.labels(stage).observe(taken)

    def pages(self, milestone: str, number: int) -> None:
        """Note pages `taken`, `read` or `sealed`."""
        self._pages.labels(milestone).inc(number)

    def lease_lost(self, kind: JobKind) -> None:
        """Note that a job was taken back from a worker that died."""
        self._lost.labels(kind).inc()

    def accepted(self, receiver: Receiver) -> None:
        """Note a receipt."""
        self._accepted.labels(receiver).inc()

    def breaker(self, receiver: Receiver, *, is_open: bool) -> None:
        """Note the state of a receiver's breaker."""
        self._breaker.labels(receiver).set(is_open)

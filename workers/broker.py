"""The queue: Dramatiq brokers behind the `Queue` port. Messages carry a job's id and nothing else."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import dramatiq
from dramatiq.brokers.stub import StubBroker

from schemas.errors import SettingsError
from schemas.jobs import Lane


@dataclass(frozen=True)
class DramatiqQueue:
    """Satisfies `Queue`. A job that already waits in this process is not put twice."""

    broker: dramatiq.Broker
    _waiting: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, job_id: str, lane: Lane) -> None:
        """Wake a worker of `lane`; a repeated wake-up while the first one waits does nothing."""
        with self._lock:
            if job_id in self._waiting:
                return
            self._waiting.add(job_id)
        message: dramatiq.Message[None] = dramatiq.Message(
            queue_name=lane, actor_name=actor_name(lane), args=(job_id,), kwargs={}, options={}
        )
        self.broker.enqueue(message)

    def taken(self, job_id: str) -> None:
        """Note that a worker has the message: the job may be put again."""
        with self._lock:
            self._waiting.discard(job_id)


def actor_name(lane: Lane) -> str:
    """Return the name of a lane's actor."""
    return f"work-{lane}"


def open_broker(url: str) -> dramatiq.Broker:
    """Return the broker of `url`: "memory:" is Dramatiq's own in-process broker.

    Raises:
        SettingsError: the URL is of no kind known here.
    """
    if url != "memory:":
        raise SettingsError("SOHOA_BROKER_URL: phiên bản này chỉ có «memory:»")
    # No middleware: time limits, retries and dead letters are the job table's business.
    broker = StubBroker(middleware=[])
    for lane in Lane:
        broker.declare_queue(lane)
    return broker


def register(queue: DramatiqQueue, run: Callable[[str], None]) -> None:
    """Make one actor per lane; each runs one job."""

    def work(job_id: str) -> None:
        queue.taken(job_id)
        run(job_id)

    for lane in Lane:
        dramatiq.actor(broker=queue.broker, actor_name=actor_name(lane), queue_name=lane)(work)


def start_workers(queue: DramatiqQueue, threads: dict[Lane, int]) -> list[dramatiq.Worker]:
    """Start worker threads, each lane with its own, so that none waits for another."""
    workers = [
        dramatiq.Worker(queue.broker, queues={lane}, worker_timeout=200, worker_threads=number)
        for lane, number in threads.items()
    ]
    for worker in workers:
        worker.start()
    return workers

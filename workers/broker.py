"""The queue: Dramatiq's brokers behind the `Queue` port.

A message is a bare wake-up for a lane: whoever takes it asks the job table whose turn it is. So it
does no harm where a broker loses messages, doubles them or delivers them late.

    memory:                                 Dramatiq's StubBroker, in this process
    amqp://user:secret@host:5672/vhost      RabbitMQ; amqps: with TLS; several servers separated by ";"
    redis://:secret@host:6379/0             Redis; rediss: with TLS
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import dramatiq
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker
from redis import Redis

from schemas.errors import QueueUnavailable, SettingsError
from schemas.jobs import Lane
from workers.broker_faults import TROUBLES, explain

MEMORY = "memory:"
NAMESPACE = "sohoa"
"""Prefix of the keys in Redis, so that a server can be shared."""
POLL_MS = 1000
"""How long a consumer waits for a message before it looks around. Redis is asked that often at rest."""
EMBEDDED_POLL_MS = 500
"""There a message is seen at once; this is how long a worker may take to notice that it is to stop."""
ANSWER_S = 10
HEARTBEAT_S = 30
CLOSE_S = 5.0
HEARTBEAT_TIMEOUT_MS = 60_000
DEAD_MESSAGE_TTL_MS = 3_600_000
"""Messages that an actor choked on; nobody replays them, for the job table knows what is to be done."""


@dataclass(frozen=True)
class DramatiqQueue:
    """Satisfies `Queue`."""

    broker: dramatiq.Broker

    @property
    def embedded(self) -> bool:
        """Whether it lives in this process alone."""
        return isinstance(self.broker, StubBroker)

    def wake(self, lane: Lane, times: int = 1) -> None:
        """Wake that many idle workers of `lane`."""
        try:
            for _ in range(times):
                self.broker.enqueue(
                    dramatiq.Message(queue_name=lane, actor_name=actor_name(lane), args=(), kwargs={}, options={})
                )
        except TROUBLES as error:
            raise QueueUnavailable(f"Hàng đợi không dùng được: {explain(error)}") from error

    def ping(self) -> str:
        """Return one line on the state of the queue."""
        if self.embedded:
            return "trong tiến trình"
        # A wake-up too many is harmless, and nothing else proves that the queue takes messages.
        self.wake(Lane.URGENT)
        return f"{type(self.broker).__name__.removesuffix('Broker')} nhận tin"

    def close(self) -> None:
        """Close its connections; a server that does not answer is left alone after a while."""
        closing = threading.Thread(target=self.broker.close, daemon=True)
        closing.start()
        closing.join(CLOSE_S)


def actor_name(lane: Lane) -> str:
    """Return the name of a lane's actor."""
    return f"work-{lane}"


def open_broker(url: str) -> dramatiq.Broker:
    """Return the broker of `url`; no server is asked for anything yet.

    Raises:
        SettingsError: the URL is of no kind known here. The message holds nothing of it: it may hold a secret.
    """
    broker = _broker(url)
    for lane in Lane:
        broker.declare_queue(lane)
    # Nothing is ever delayed by the broker: its consumers of delayed messages would idle for nothing.
    broker.delay_queues.clear()
    return broker


def _broker(url: str) -> dramatiq.Broker:
    # No middleware: time limits, retries and dead letters are the job table's business.
    scheme = url.partition(":")[0]
    try:
        if url == MEMORY:
            return StubBroker(middleware=[])
        if scheme in {"amqp", "amqps"} and urlsplit(url).hostname:
            # Confirmed, or a message to a queue that the server has lost would vanish without a word.
            return RabbitmqBroker(url=patient(url), middleware=[], confirm_delivery=True)
        if scheme in {"redis", "rediss"} and urlsplit(url).hostname:
            return RedisBroker(  # type: ignore[no-untyped-call] # as the library has it
                client=Redis.from_url(url, socket_timeout=ANSWER_S, socket_connect_timeout=ANSWER_S),
                middleware=[],
                namespace=NAMESPACE,
                heartbeat_timeout=HEARTBEAT_TIMEOUT_MS,
                dead_message_ttl=DEAD_MESSAGE_TTL_MS,
            )
    except ValueError as error:
        raise SettingsError("SOHOA_BROKER_URL không hợp lệ: không đọc được địa chỉ") from error
    raise SettingsError("SOHOA_BROKER_URL không hợp lệ: cần «memory:», amqp(s)://… hoặc redis(s)://…")


def patient(url: str) -> str:
    """Return the addresses of RabbitMQ with limits on waiting, where they state none: nobody waits for a frozen server.

    RabbitMQ drops a client, and a client its server, after two missed heartbeats. Consumers send them from threads
    of their own while workers work.
    """
    return ";".join(_patient(one) for one in url.split(";"))


def _patient(url: str) -> str:
    parts = urlsplit(url)
    wanted = {"socket_timeout": ANSWER_S, "blocked_connection_timeout": ANSWER_S, "heartbeat": HEARTBEAT_S}
    return urlunsplit(parts._replace(query=urlencode(wanted | dict(parse_qsl(parts.query)))))


def register(queue: DramatiqQueue, work: Callable[[Lane], None]) -> None:
    """Make one actor per lane."""
    for lane in Lane:
        _register(queue, work, lane)


def _register(queue: DramatiqQueue, work: Callable[[Lane], None], lane: Lane) -> None:
    def work_in_lane() -> None:
        work(lane)

    dramatiq.actor(broker=queue.broker, actor_name=actor_name(lane), queue_name=lane)(work_in_lane)


def start_workers(queue: DramatiqQueue, threads: Mapping[Lane, int]) -> list[dramatiq.Worker]:
    """Start worker threads, each lane with its own, so that none waits for another."""
    workers = []
    poll_ms = EMBEDDED_POLL_MS if queue.embedded else POLL_MS
    for lane, number in threads.items():
        worker = dramatiq.Worker(queue.broker, queues={lane}, worker_timeout=poll_ms, worker_threads=number)
        # No wake-up in stock: one that waits behind busy threads here would be missed by an idle worker elsewhere.
        worker.queue_prefetch = number
        worker.start()
        workers.append(worker)
    return workers


def stop_workers(workers: Iterable[dramatiq.Worker], timeout_ms: int) -> None:
    """Stop all of them at once; return when the jobs at hand are done, or after `timeout_ms`."""
    stopping = [threading.Thread(target=worker.stop, args=(timeout_ms,), daemon=True) for worker in workers]
    for thread in stopping:
        thread.start()
    end = time.monotonic() + timeout_ms / 1000 + CLOSE_S
    for thread in stopping:
        thread.join(max(0.0, end - time.monotonic()))

"""The queue on every broker: wake-ups reach the workers of their lane, also after the broker crashed or lost all."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from servers.ports import free_port
from servers.rabbitmq import RabbitmqServer, running_rabbitmq
from servers.redis import RedisServer, running_redis

from schemas.errors import QueueUnavailable, SettingsError
from schemas.jobs import Lane
from workers import broker
from workers.broker import DramatiqQueue, open_broker

PATIENCE_S = 60.0
Work = Callable[[Lane], None]


@contextmanager
def consuming(url: str, work: Work, threads: dict[Lane, int]) -> Iterator[DramatiqQueue]:
    queue = DramatiqQueue(open_broker(url))
    broker.register(queue, work)
    workers = broker.start_workers(queue, threads)
    try:
        yield queue
    finally:
        broker.stop_workers(workers, 10_000)
        queue.close()


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.05)


def woken_by(queue: DramatiqQueue, seen: list[Lane]) -> None:
    """Wake, as the schedule does, until somebody woke up."""
    before = len(seen)

    def wake_again() -> bool:
        with suppress(QueueUnavailable):
            queue.wake(Lane.LINE)
        time.sleep(0.2)
        return len(seen) > before

    wait_for(wake_again)


def test_a_wake_up_reaches_a_worker_of_its_lane_and_no_other(broker_url: str) -> None:
    seen: list[Lane] = []
    with consuming(broker_url, seen.append, {Lane.LINE: 1, Lane.SEAL: 1}) as queue:
        queue.wake(Lane.URGENT)
        queue.wake(Lane.SEAL)
        queue.wake(Lane.LINE, 2)
        wait_for(lambda: len(seen) == 3)
    assert sorted(seen) == [Lane.LINE, Lane.LINE, Lane.SEAL]


@pytest.mark.parametrize("broker_url", ["rabbitmq", "redis"], indirect=True)
def test_two_programs_share_the_work_and_none_stores_wake_ups_that_another_could_use(broker_url: str) -> None:
    both_at_work = threading.Barrier(2, timeout=PATIENCE_S)

    def work(_lane: Lane) -> None:
        both_at_work.wait()

    with consuming(broker_url, work, {Lane.LINE: 1}) as queue, consuming(broker_url, work, {Lane.LINE: 1}):
        queue.wake(Lane.LINE, 2)
        wait_for(lambda: both_at_work.n_waiting == 0 and not both_at_work.broken)
        # A worker that held both wake-ups would break the barrier.
        time.sleep(0.5)
        assert not both_at_work.broken


def test_a_worker_that_failed_goes_on(broker_url: str) -> None:
    seen: list[Lane] = []

    def work(lane: Lane) -> None:
        seen.append(lane)
        if len(seen) == 1:
            raise ZeroDivisionError

    with consuming(broker_url, work, {Lane.LINE: 1}) as queue:
        queue.wake(Lane.LINE)
        queue.wake(Lane.LINE)
        wait_for(lambda: len(seen) == 2)


@pytest.mark.parametrize("wiped", [False, True])
def test_rabbitmq_may_crash_and_lose_everything(rabbitmq_program: Path, *, wiped: bool) -> None:
    with running_rabbitmq(rabbitmq_program) as server:
        crash_under_consumers(server, wiped=wiped)


def test_redis_may_crash_and_lose_everything(redis_program: Path) -> None:
    with running_redis(redis_program) as server:
        crash_under_consumers(server, wiped=True)


def crash_under_consumers(server: RabbitmqServer | RedisServer, *, wiped: bool) -> None:
    seen: list[Lane] = []
    with consuming(server.url(), seen.append, {Lane.LINE: 1}) as queue:
        woken_by(queue, seen)
        server.kill()
        with pytest.raises(QueueUnavailable):
            queue.wake(Lane.LINE)
        if wiped:
            server.wipe()
        server.start()
        woken_by(queue, seen)
        assert queue.ping()


def test_nobody_there_is_an_outage_and_no_crash() -> None:
    for url in (f"amqp://127.0.0.1:{free_port()}", f"redis://127.0.0.1:{free_port()}/0"):
        queue = DramatiqQueue(open_broker(url))
        with pytest.raises(QueueUnavailable):
            queue.ping()
        queue.close()


@pytest.mark.parametrize("url", ["", "memory", "amqp:", "amqp://", "kafka://h", "redis://h:port/0", "redis://h:0x1"])
def test_a_wrong_url_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        open_broker(url)
    assert "SOHOA_BROKER_URL" in caught.value.message
    assert len(url) < 7 or url not in caught.value.message

"""Stopping: a person who does not want to wait for the jobs at hand is not kept waiting."""

import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest

from pipeline.store import migrate
from pipeline.store.records import jobs
from schemas import settings
from schemas.errors import Interrupted
from schemas.jobs import Claim, JobKind, NewJob
from workers import engine
from workers.actors import run
from workers.bootstrap import Services, now


def again(_number: int, _frame: FrameType | None) -> None:
    raise Interrupted("lần nữa")


@pytest.fixture
def second_signal() -> Iterator[None]:
    """Ctrl-C once more, half a second after the alarm is set."""
    before = signal.signal(signal.SIGALRM, again)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("second_signal")
def test_a_second_signal_ends_the_program_though_a_job_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, end, before = threading.Event(), threading.Event(), set(threading.enumerate())

    def last_long(_claim: Claim, _services: Services) -> None:
        begun.set()
        end.wait()

    monkeypatch.setitem(run.HANDLERS, JobKind.PAGE, last_long)
    services = Services(settings.read({"SOHOA_DATA_DIR": str(tmp_path), "SOHOA_WORKERS": "1"}))
    migrate.upgrade(services.records.engine)
    with services.records.begin() as tx:
        jobs.add(tx, [NewJob(kind=JobKind.PAGE, subject="lo/1", batch="lo")], now())
    with pytest.raises(Interrupted), engine.running(services):
        begun.wait()
        signal.setitimer(signal.ITIMER_REAL, 0.5)
    left = set(threading.enumerate()) - before
    assert all(thread.daemon for thread in left)
    assert "schedule" not in {thread.name for thread in left}
    end.set()
    for thread in left:
        thread.join(20)
        assert not thread.is_alive()

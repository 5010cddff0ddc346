"""A look at a page that was cut short says nothing about the page: it is repeated before the page is given up."""

from pathlib import Path

import pytest
from line_stack import DOSSIER, stack

from pipeline.station.formats import inspect
from pipeline.store import migrate
from pipeline.store.records import batches, dossiers, jobs
from schemas import settings
from schemas.batch import BatchState, Disposition
from schemas.jobs import JobKind, JobState
from workers import isolation
from workers.actors.run import run
from workers.bootstrap import Services, now
from workers.station import receive


@pytest.fixture(scope="module", autouse=True)
def warm() -> None:
    isolation.warm_up()


def test_a_page_is_given_up_only_when_all_attempts_were_cut_short(tmp_path: Path) -> None:
    stated = {
        "SOHOA_DATA_DIR": str(tmp_path),
        "SOHOA_PAGE_DEADLINE_S": "0.001",
        "SOHOA_MAX_ATTEMPTS": "2",
        "SOHOA_BACKOFF_S": "0",
    }
    services = Services(settings.read(stated))
    migrate.upgrade(services.records.engine)
    with services.records.begin() as tx:
        dossiers.save(tx, DOSSIER, now())
    data = stack(DOSSIER)
    batch_id, _ = receive(data, inspect(data, "lo.tif", services.settings.station), services)
    states = []
    for _ in range(2):
        with services.records.begin() as tx:
            job = jobs.find(tx, JobKind.SPLIT, batch_id)
            assert job
        run(job.id, services)
        with services.records.begin() as tx:
            states.append((jobs.show(tx, job.id).state, batches.load(tx, batch_id).state))
    with services.records.begin() as tx:
        places = batches.dispositions(tx, batch_id)
    services.close()
    assert states == [(JobState.WAITING, BatchState.RECEIVED), (JobState.DONE, BatchState.OPEN)]
    assert places == {Disposition.REJECTED: 3}

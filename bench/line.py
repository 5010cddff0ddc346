"""The whole line for a measurement: real servers, receivers and time stamps around it, and what is fed into it."""

import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from chaos.stacks import Stack
from chaos.surroundings import BROKERS, Broker, absent, own_pki, told_to_receivers
from costs import cpu_of
from servers import minio, postgres
from servers.minio import MinioServer, running_minio
from servers.postgres import PostgresServer, running_postgres

from pipeline.station.formats import inspect
from pipeline.store import migrate
from pipeline.store.records import dossiers, jobs
from pipeline.store.tables import job
from schemas.jobs import JobKind, JobState, Lane
from schemas.settings import read
from workers.bootstrap import Services, now
from workers.sandbox.server import spawned
from workers.station import receive

EMBEDDED: Final = "embedded"
KINDS: Final = (*BROKERS, EMBEDDED)
LOOK_S = 0.5


@dataclass(frozen=True)
class Servers:
    """The servers that runs share; each run has a database, a bucket and a queue of its own."""

    postgres: PostgresServer
    minio: MinioServer
    brokers: Mapping[str, Broker]

    def places(self, kind: str, name: str) -> dict[str, str]:
        """Return the settings of a run called `name`; none for the embedded mode."""
        if kind == EMBEDDED:
            return {}
        return {
            "SOHOA_DATABASE_URL": self.postgres.new_database(),
            "SOHOA_OBJECTS_URL": self.minio.url(name),
            "SOHOA_BROKER_URL": self.brokers[kind].new_url(),
        }

    def cpu(self, kind: str) -> dict[str, float]:
        """Return the seconds of processor of each server that a kind of run uses."""
        used = {} if kind == EMBEDDED else {"database": self.postgres, "store": self.minio, "queue": self.brokers[kind]}
        return {name: cpu_of([server.pid]).all for name, server in used.items()}


@contextmanager
def serving(kinds: Iterable[str]) -> Iterator[Servers]:
    """Run PostgreSQL, waiting for the disk at each commit, MinIO, and the brokers among `kinds`."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sohoa-bench-")))
        yield Servers(
            postgres=stack.enter_context(running_postgres(postgres.installed() or absent("PostgreSQL"), fsync=True)),
            minio=stack.enter_context(running_minio(minio.installed() or absent("MinIO"), folder)),
            brokers={kind: stack.enter_context(BROKERS[kind]()) for kind in kinds if kind in BROKERS},
        )


@dataclass(frozen=True)
class Line:
    """One run's tables, store and queue, with the settings that lead there; nobody works yet."""

    kind: str
    folder: Path
    variables: Mapping[str, str]
    services: Services

    def feed(self, stacks: Iterable[Stack], lane: Lane = Lane.LINE) -> list[str]:
        """Register the dossiers of stacks and take the stacks; return their batches."""
        station, limits = self.services, self.services.settings.station
        batches = []
        for stack in stacks:
            with station.records.begin() as tx:
                for dossier in stack.dossiers:
                    dossiers.save(tx, dossier, now())
            source = inspect(stack.data, stack.name, limits)
            batches.append(receive(stack.data, source, station, lane=lane)[0])
        return batches

    def finish(self, batches: Sequence[str], limit_s: float) -> "Passed":
        """Wait until nothing is left to be done for some batches; return how long it took.

        Raises:
            TimeoutError: it takes too long.
            RuntimeError: something went into quarantine.
        """
        end = time.monotonic() + limit_s
        while self.left(batches):
            if time.monotonic() > end:
                raise TimeoutError(f"{self.left(batches)} jobs are not done after {limit_s:g} s")
            time.sleep(LOOK_S)
        return self.passed(batches)

    def left(self, batches: Sequence[str]) -> int:
        """Return how many jobs of some batches are not done."""
        query = sa.select(job.c.state, sa.func.count()).where(job.c.batch_id.in_(batches)).group_by(job.c.state)
        with self.services.records.begin() as tx:
            found = dict(tuple(row) for row in tx.execute(query))
            stuck = [(one.kind, one.error_code, one.error_message) for one in jobs.quarantined(tx)]
        if stuck:
            raise RuntimeError(f"in quarantine: {stuck}")
        return sum(number for state, number in found.items() if state != JobState.DONE)

    def passed(self, batches: Sequence[str]) -> "Passed":
        """Return when the work on batches began, was half done, and ended, as the workers wrote it down."""
        of_these = job.c.batch_id.in_(batches)
        with self.services.records.begin() as tx:
            begun = tx.execute(sa.select(sa.func.min(job.c.created_at)).where(of_these, job.c.kind == JobKind.LOOK))
            read_at = tx.execute(sa.select(sa.func.max(job.c.finished_at)).where(of_these, job.c.kind == JobKind.PAGE))
            ended = tx.execute(sa.select(sa.func.max(job.c.finished_at)).where(of_these))
            return Passed(begun.scalar_one(), read_at.scalar_one(), ended.scalar_one())


@dataclass(frozen=True)
class Passed:
    """When a worker first took something of some batches, had read the last page, and had done the last job."""

    begun: datetime
    read: datetime
    ended: datetime

    @property
    def read_s(self) -> float:
        """Seconds until every page was read."""
        return (self.read - self.begun).total_seconds()

    @property
    def all_s(self) -> float:
        """Seconds until every document was delivered."""
        return (self.ended - self.begun).total_seconds()


@contextmanager
def laid(kind: str, servers: Servers, name: str) -> Iterator[Line]:
    """Lay a line called `name` (letters, digits, hyphens), with receivers and a time-stamping authority."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=f"sohoa-{name}-")))
        data = folder / "data"
        variables = {
            "SOHOA_DATA_DIR": str(data),
            "SOHOA_TSA_URL": stack.enter_context(own_pki(data)),
            **told_to_receivers(stack.enter_context(spawned(folder / "sandbox.db"))),
            **servers.places(kind, name),
        }
        services = Services(read(variables))
        stack.callback(services.close)
        migrate.upgrade(services.records.engine)
        yield Line(kind, folder, variables, services)

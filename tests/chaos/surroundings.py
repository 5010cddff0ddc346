"""The real servers around the workers, on private ports, and the settings that lead to them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from servers import minio, postgres, rabbitmq, redis
from servers.minio import MinioServer, running_minio
from servers.ports import free_port
from servers.postgres import PostgresServer, running_postgres
from servers.rabbitmq import RabbitmqServer, running_rabbitmq
from servers.redis import RedisServer, running_redis

from pipeline.sign import pki
from workers import isolation
from workers.bootstrap import now
from workers.demonstration import await_service
from workers.sandbox.faults import Faults
from workers.sandbox.server import spawned
from workers.sandbox.sessions import Access

Broker = RabbitmqServer | RedisServer
BUCKET: Final = "kho-ho-so"
SHORT_WAITS: Final = {
    "SOHOA_BACKOFF_S": "0.5",
    "SOHOA_BACKOFF_MAX_S": "5",
    "SOHOA_BREAKER_RESET_S": "2",
    "SOHOA_DELIVER_TIMEOUT_S": "5",
    "SOHOA_STABLE_S": "0.2",
}
"""Waits that make minutes of hours; everything else is as an installation has it."""


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """Everything outside of the workers.

    Attributes:
        data: folder that the workers share: the development PKI.
        database: of PostgreSQL, as SOHOA_DATABASE_URL has it.
        sandbox: the receivers' own SQLite file.
    """

    broker: Broker
    minio: MinioServer
    postgres: PostgresServer
    data: Path
    database: str
    sandbox: Path
    variables: Mapping[str, str]


def start_rabbitmq() -> AbstractContextManager[RabbitmqServer]:
    """Start RabbitMQ."""
    return running_rabbitmq(rabbitmq.installed() or absent("RabbitMQ"))


def start_redis() -> AbstractContextManager[RedisServer]:
    """Start Redis."""
    return running_redis(redis.installed() or absent("Redis"))


BROKERS: Final[Mapping[str, Callable[[], AbstractContextManager[Broker]]]] = {
    "rabbitmq": start_rabbitmq,
    "redis": start_redis,
}


def absent(what: str) -> Path:
    """Say that a server is not on this machine."""
    raise FileNotFoundError(f"{what} is missing; run: make setup-test")


@contextmanager
def around(broker: str, folder: Path, faults: Faults) -> Iterator[Surroundings]:
    """Run all of it, with what can be kept below `folder`; nothing is left running."""
    data, sandbox, bucket = folder / "data", folder / "sandbox.db", folder / "minio"
    bucket.mkdir()
    with ExitStack() as stack:
        queue = stack.enter_context(BROKERS[broker]())
        records = stack.enter_context(running_postgres(postgres.installed() or absent("PostgreSQL")))
        objects = stack.enter_context(running_minio(minio.installed() or absent("MinIO"), bucket))
        tsa_url = stack.enter_context(own_pki(data))
        receivers = stack.enter_context(spawned(sandbox, faults))
        places = {
            "SOHOA_DATA_DIR": str(data),
            "SOHOA_DATABASE_URL": records.new_database(),
            "SOHOA_OBJECTS_URL": objects.url(BUCKET),
            "SOHOA_BROKER_URL": queue.url(),
            "SOHOA_TSA_URL": tsa_url,
        }
        yield Surroundings(
            broker=queue,
            minio=objects,
            postgres=records,
            data=data,
            database=places["SOHOA_DATABASE_URL"],
            sandbox=sandbox,
            variables=places | SHORT_WAITS | told_to_receivers(receivers),
        )


@contextmanager
def own_pki(data: Path) -> Iterator[str]:
    """Run a development PKI's services at the port that its certificates name; yield the TSA's address."""
    made = pki.init(data / "pki", now(), port=free_port())
    server = isolation.start_service(pki.serve, made.folder, made.port)
    try:
        await_service(server, made.port)
        yield made.tsa_url
    finally:
        server.terminate()
        server.join(5)


def told_to_receivers(url: str) -> dict[str, str]:
    """Return the settings of both receivers at `url`."""
    account = Access()
    return {
        "SOHOA_DOSSIER_SYSTEM_URL": url,
        "SOHOA_DOSSIER_SYSTEM_USER": account.username,
        "SOHOA_DOSSIER_SYSTEM_PASSWORD": account.password,
        "SOHOA_UNIT_CODE": "000.00.01.H50",
        "SOHOA_CITIZEN_STORE_URL": url,
        "SOHOA_CITIZEN_STORE_TOKEN": account.token,
    }

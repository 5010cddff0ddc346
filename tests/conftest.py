"""Programs and servers that tests need. What is missing skips a test on a laptop and fails it in CI."""

import os
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NoReturn

import judges
import pytest
from hypothesis import HealthCheck, settings
from servers import built, minio, postgres, rabbitmq, redis
from servers.minio import MinioServer, running_minio
from servers.postgres import PostgresServer, running_postgres
from servers.rabbitmq import RabbitmqServer, running_rabbitmq
from servers.redis import RedisServer, running_redis

from pipeline.store import migrate
from pipeline.store.records.connect import Records, open_records

# A slow machine is no failure; in CI the same examples come every time.
settings.register_profile(
    "sohoa", deadline=None, derandomize=bool(os.environ.get("CI")), suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("sohoa")

Verdicts = Callable[..., dict[Path, str]]


def missing(what: str) -> NoReturn:
    """Say that `what` is not there, and what would bring it."""
    message = f"{what} is missing; run: make setup-test"
    if os.environ.get("CI"):
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


@pytest.fixture(scope="session")
def require_program() -> Callable[[str], str]:
    """Return a function from the name of a program, or of a file by its whole path, to where it lies."""

    def find(name: str) -> str:
        path = shutil.which(name) or (name if Path(name).is_file() else None)
        return path or missing(name)

    return find


@pytest.fixture(scope="session")
def minio_program() -> Path:
    """Return the MinIO server that `make setup-test` built."""
    return minio.installed() or missing("the MinIO server")


@pytest.fixture(scope="session")
def minio_server(minio_program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MinioServer]:
    """Return a running server; each test takes buckets of its own."""
    with running_minio(minio_program, tmp_path_factory.mktemp("minio")) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_programs() -> Path:
    """Return the folder of PostgreSQL's programs."""
    return postgres.installed() or missing("PostgreSQL")


@pytest.fixture(scope="session")
def postgres_server(postgres_programs: Path) -> Iterator[PostgresServer]:
    """Return a running server; each test takes a database of its own."""
    with running_postgres(postgres_programs) as server:
        yield server


@pytest.fixture(scope="session")
def rabbitmq_program() -> Path:
    """Return Debian's RabbitMQ server."""
    return rabbitmq.installed() or missing("RabbitMQ")


@pytest.fixture(scope="session")
def rabbitmq_server(rabbitmq_program: Path) -> Iterator[RabbitmqServer]:
    """Return a running server; each test takes a virtual host of its own."""
    with running_rabbitmq(rabbitmq_program) as server:
        yield server


@pytest.fixture(scope="session")
def redis_program() -> Path:
    """Return Debian's Redis server."""
    return redis.installed() or missing("Redis")


@pytest.fixture(scope="session")
def redis_server(redis_program: Path) -> Iterator[RedisServer]:
    """Return a running server; each test takes a database of its own."""
    with running_redis(redis_program) as server:
        yield server


@pytest.fixture(
    params=[
        "memory",
        pytest.param("rabbitmq", marks=pytest.mark.service),
        pytest.param("redis", marks=pytest.mark.service),
    ]
)
def broker_url(request: pytest.FixtureRequest) -> str:
    """Return the URL of an empty broker, of each kind in turn."""
    if request.param == "memory":
        return "memory:"
    server: RabbitmqServer | RedisServer = request.getfixturevalue(f"{request.param}_server")
    return server.new_url()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/sohoa.db"
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return server.new_database()


@pytest.fixture
def records(database_url: str, tmp_path: Path) -> Iterator[Records]:
    """Return an opened database with all its tables, of each kind in turn."""
    opened = open_records(database_url, tmp_path / "unused.db")
    migrate.upgrade(opened.engine)
    yield opened
    opened.engine.dispose()


@pytest.fixture(scope="session")
def verapdf(require_program: Callable[[str], str]) -> Verdicts:
    """Return a function from PDF files to veraPDF's verdict on each, see `judges.verapdf`."""
    return partial(judges.verapdf, require_program("java"), built.newest("verapdf-*") or missing("veraPDF"))

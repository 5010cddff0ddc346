"""The servers that tests start: what a crash, a restart and a wiped disk do to each."""

import io
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pika
import psutil
import psycopg
import pytest
import redis
from minio import Minio
from pika.adapters.blocking_connection import BlockingChannel
from servers.minio import ACCESS_KEY, SECRET_KEY, MinioServer, running_minio
from servers.postgres import PostgresServer, running_postgres
from servers.rabbitmq import RabbitmqServer, running_rabbitmq
from servers.redis import RedisServer, running_redis
from servers.server import Server

pytestmark = pytest.mark.service

TESTS = Path(__file__).parent.parent
BODY = "Trang 7 của hồ sơ 000.00.12.H01".encode()
START_FOR_EVER = """
from servers import {0}
with {0}.running_{0}({0}.installed()):
    input()
"""


# The session's servers are for everybody; those of this module may be killed.
@pytest.fixture(scope="module")
def spare_rabbitmq(rabbitmq_program: Path) -> Iterator[RabbitmqServer]:
    with running_rabbitmq(rabbitmq_program) as server:
        yield server


@pytest.fixture(scope="module")
def spare_redis(redis_program: Path) -> Iterator[RedisServer]:
    with running_redis(redis_program) as server:
        yield server


@pytest.fixture(scope="module")
def spare_postgres(postgres_programs: Path) -> Iterator[PostgresServer]:
    with running_postgres(postgres_programs, fsync=True) as server:
        yield server


@pytest.fixture(scope="module")
def spare_minio(minio_program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MinioServer]:
    with running_minio(minio_program, tmp_path_factory.mktemp("minio")) as server:
        yield server


@pytest.fixture(params=["spare_rabbitmq", "spare_redis", "spare_postgres", "spare_minio"])
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(request.param)
    return found


def below(process: psutil.Process) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        return list(process.children(recursive=True))
    return []


def names(processes: list[psutil.Process]) -> set[str]:
    """Return what those are called that have not ended since they were found."""
    found = set()
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            found.add(process.name())
    return found


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Return those that still do something; the dead wait here and there for someone to take note of them."""
    left = []
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                left.append(process)
    return left


def crash(server: Server) -> None:
    """Kill it, and see that all of it is dead."""
    assert server._process is not None
    main = psutil.Process(server._process.pid)
    processes = [main, *below(main)]
    server.kill()
    assert alive(processes) == []
    assert not server.is_running
    assert not server.answers()


@contextmanager
def channel(url: str) -> Iterator[BlockingChannel]:
    with closing(pika.BlockingConnection(pika.URLParameters(url))) as connection:
        yield connection.channel()


def put(url: str, queue: str) -> None:
    """Put a message into a durable queue; return when the server has confirmed it."""
    with channel(url) as sender:
        sender.confirm_delivery()
        sender.queue_declare(queue, durable=True)
        sender.basic_publish("", queue, BODY, pika.BasicProperties(delivery_mode=2), mandatory=True)


def take(url: str, queue: str) -> bytes | None:
    with channel(url) as receiver:
        receiver.queue_declare(queue, durable=True)
        body: bytes | None = receiver.basic_get(queue, auto_ack=True)[2]
        return body


def plain(url: str) -> str:
    """Return SQLAlchemy's URL as PostgreSQL's own clients want it."""
    return url.replace("+psycopg", "")


class TestEveryServer:
    def test_refuses_a_wipe_and_a_second_start_while_it_runs(self, server: Server) -> None:
        for forbidden in (server.wipe, server.start):
            with pytest.raises(RuntimeError):
                forbidden()
        assert server.answers()

    def test_freezes_and_goes_on(self, server: Server) -> None:
        server.pause()
        assert not server.answers()
        server.resume()
        assert server.answers()


class TestRabbitmq:
    def test_gives_places_apart(self, spare_rabbitmq: RabbitmqServer) -> None:
        first, second = spare_rabbitmq.new_url(), spare_rabbitmq.new_url()
        put(first, "line")
        assert take(second, "line") is None
        assert take(first, "line") == BODY

    def test_keeps_a_confirmed_message_through_a_crash_but_not_on_a_wiped_disk(
        self, spare_rabbitmq: RabbitmqServer
    ) -> None:
        put(spare_rabbitmq.url(), "line")
        put(spare_rabbitmq.url(), "seal")
        crash(spare_rabbitmq)
        spare_rabbitmq.start()
        assert take(spare_rabbitmq.url(), "line") == BODY
        crash(spare_rabbitmq)
        spare_rabbitmq.wipe()
        spare_rabbitmq.start()
        assert take(spare_rabbitmq.url(), "seal") is None


class TestRedis:
    def test_gives_places_apart(self, spare_redis: RedisServer) -> None:
        first, second = (redis.Redis.from_url(spare_redis.new_url()) for _ in range(2))
        with closing(first), closing(second):
            first.set("line", BODY)
            assert second.get("line") is None
            assert first.get("line") == BODY

    def test_forgets_everything_in_a_crash(self, spare_redis: RedisServer) -> None:
        with closing(redis.Redis.from_url(spare_redis.url())) as client:
            client.set("line", BODY)
            assert client.get("line") == BODY
            crash(spare_redis)
            spare_redis.start()
            assert client.get("line") is None


class TestPostgres:
    def test_keeps_what_was_committed_through_a_crash(self, spare_postgres: PostgresServer) -> None:
        url = plain(spare_postgres.new_database())
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE page (digest text)")
            connection.execute("INSERT INTO page VALUES (%s)", [BODY.decode()])
        crash(spare_postgres)
        spare_postgres.start()
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT digest FROM page").fetchall() == [(BODY.decode(),)]

    def test_ends_in_order_though_clients_are_there(self, spare_postgres: PostgresServer) -> None:
        with closing(psycopg.connect(plain(spare_postgres.url()), autocommit=True)) as connection:
            spare_postgres.stop()
            with pytest.raises(psycopg.OperationalError):
                connection.execute("SELECT 1")
        spare_postgres.start()

    @pytest.mark.parametrize("fsync", [True, False])
    def test_waits_for_the_disk_where_it_is_asked_to(self, postgres_programs: Path, *, fsync: bool) -> None:
        with (
            running_postgres(postgres_programs, fsync=fsync) as asked,
            psycopg.connect(plain(asked.url())) as connection,
        ):
            assert connection.execute("SHOW fsync").fetchone() == ("on" if fsync else "off",)


class TestMinio:
    def test_keeps_what_it_confirmed_through_a_crash_but_not_on_a_wiped_disk(self, spare_minio: MinioServer) -> None:
        client = Minio(spare_minio.endpoint, ACCESS_KEY, SECRET_KEY, secure=False, region="us-east-1")
        client.make_bucket("kho-ho-so")
        client.put_object("kho-ho-so", "trang", io.BytesIO(BODY), len(BODY))
        crash(spare_minio)
        spare_minio.start()
        with closing(client.get_object("kho-ho-so", "trang")) as answer:
            assert answer.read() == BODY
        crash(spare_minio)
        spare_minio.wipe()
        spare_minio.start()
        assert not client.bucket_exists("kho-ho-so")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Return a folder that the servers' own users may enter."""
    folder = Path(tempfile.mkdtemp(prefix="sohoa-orphans-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize(("kind", "sign"), [("rabbitmq", "epmd"), ("redis", "redis-server"), ("postgres", "postgres")])
@pytest.mark.usefixtures("rabbitmq_program", "redis_program", "postgres_programs")
def test_a_run_that_is_killed_takes_its_servers_along(kind: str, sign: str, open_folder: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(TESTS), "TMPDIR": str(open_folder)}
    with subprocess.Popen([sys.executable, "-c", START_FOR_EVER.format(kind)], env=environment) as run:
        while sign not in names(below(psutil.Process(run.pid))):
            assert run.poll() is None
            time.sleep(0.02)
        servers = below(psutil.Process(run.pid))
        run.kill()
    deadline = time.monotonic() + 30
    while alive(servers) and time.monotonic() < deadline:
        time.sleep(0.02)
    left = alive(servers)
    for process in left:
        process.kill()
    assert left == []

"""`sohoa doctor` names each service's own fault, at the real servers, and shows no secret."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from servers.minio import MinioServer
from servers.postgres import PostgresServer
from servers.rabbitmq import RabbitmqServer
from servers.redis import RedisServer

from pipeline.store import migrate
from schemas import settings
from schemas.errors import ChecksFailed
from workers.bootstrap import Services
from workers.cli.doctor import Finding, examine, skew
from workers.cli.reach import reach

SECRET = "khong-duoc-lo"
Examine = Callable[..., dict[str, Finding]]


@pytest.fixture
def look(tmp_path: Path) -> Examine:
    """Return a function from settings to the findings that are no good."""

    def run(**stated: str) -> dict[str, Finding]:
        services = Services(settings.read({"SOHOA_DATA_DIR": str(tmp_path / "data")} | stated))
        try:
            found = examine(services)
        finally:
            services.close()
        assert SECRET not in str(found)
        return {item.name: item for item in found if not item.holds}

    return run


def closed_to_strangers(server: PostgresServer) -> None:
    """Ask accounts other than the tests' own for a password."""
    with psycopg.connect(server.url().replace("+psycopg", ""), autocommit=True) as connection:
        row = connection.execute("SHOW hba_file").fetchone()
        assert row
        rules = Path(row[0])
        if "khach" not in rules.read_text(encoding="utf-8"):
            rules.write_text(f"host all khach 127.0.0.1/32 scram-sha-256\n{rules.read_text(encoding='utf-8')}")
            connection.execute("CREATE ROLE khach LOGIN PASSWORD 'dung'")
            connection.execute("SELECT pg_reload_conf()")


@pytest.mark.service
def test_the_databases_faults(look: Examine, postgres_server: PostgresServer) -> None:
    closed_to_strangers(postgres_server)
    place = f"127.0.0.1:{postgres_server.port}"
    wrong = look(SOHOA_DATABASE_URL=f"postgresql+psycopg://khach:{SECRET}@{place}/postgres")
    assert "password authentication failed" in wrong["cơ sở dữ liệu"].detail
    absent = look(SOHOA_DATABASE_URL=f"postgresql+psycopg://khach:dung@{place}/khong-co")
    assert '"khong-co" does not exist' in absent["cơ sở dữ liệu"].detail
    away = look(SOHOA_DATABASE_URL=f"postgresql+psycopg://khach:{SECRET}@127.0.0.1:1/postgres")
    assert "refused" in away["cơ sở dữ liệu"].detail
    assert "SOHOA_DATABASE_URL" in away["cơ sở dữ liệu"].todo
    old = look(SOHOA_DATABASE_URL=postgres_server.new_database())
    assert set(old) == {"bảng"}
    assert "sohoa migrate" in old["bảng"].todo


def test_all_is_well_with_a_new_installation(look: Examine, tmp_path: Path) -> None:
    services = Services(settings.read({"SOHOA_DATA_DIR": str(tmp_path / "data")}))
    migrate.upgrade(services.records.engine)
    services.close()
    assert look() == {}


@pytest.mark.service
def test_rabbitmqs_faults(look: Examine, rabbitmq_server: RabbitmqServer) -> None:
    place = f"127.0.0.1:{rabbitmq_server.port}"
    for url, words in {
        f"amqp://guest:{SECRET}@{place}": "sai tên đăng nhập hoặc mật khẩu",
        f"amqp://guest:guest@{place}/khong-co": "không có vhost đó",
        "amqp://guest:guest@127.0.0.1:1": "không có máy chủ nào lắng nghe",
        "amqp://guest:guest@may-chu.invalid:5672": "không tìm thấy tên máy chủ",
        f"amqps://guest:guest@{place}": "không nói TLS",
        f"redis://{place}/0": "ngắt kết nối",
    }.items():
        assert words in look(SOHOA_BROKER_URL=url)["hàng đợi"].detail, url
    assert "hàng đợi" not in look(SOHOA_BROKER_URL=rabbitmq_server.new_url())


@pytest.mark.service
def test_redis_faults(look: Examine, redis_server: RedisServer) -> None:
    place = f"127.0.0.1:{redis_server.port}"
    for url, words in {
        f"redis://ai:{SECRET}@{place}/0": "sai tên đăng nhập hoặc mật khẩu",
        f"redis://{place}/99999": "số cơ sở dữ liệu sau dấu /",
        "redis://127.0.0.1:1/0": "không có máy chủ nào lắng nghe",
    }.items():
        assert words in look(SOHOA_BROKER_URL=url)["hàng đợi"].detail, url
    assert "hàng đợi" not in look(SOHOA_BROKER_URL=redis_server.new_url())


@pytest.mark.service
def test_the_object_stores_faults(look: Examine, minio_server: MinioServer) -> None:
    refused = look(SOHOA_OBJECTS_URL=f"s3+http://ai:{SECRET}@{minio_server.endpoint}/kho")
    assert "sai khóa truy cập" in refused["kho đối tượng"].detail
    assert "đồng hồ của kho" not in refused
    away = look(SOHOA_OBJECTS_URL=f"s3+http://ai:{SECRET}@127.0.0.1:1/kho")
    assert set(away) == {"kho đối tượng", "bảng"}
    assert set(look(SOHOA_OBJECTS_URL=minio_server.url("kho-kham"))) == {"bảng"}


def test_keys_folders_and_addresses(look: Examine, tmp_path: Path) -> None:
    metrics = tmp_path / "data" / "metrics"
    metrics.parent.mkdir()
    metrics.write_text("không phải thư mục", encoding="utf-8")
    found = look(SOHOA_SEAL_KEY=str(tmp_path / "khong-co.pem"), SOHOA_TSA_URL="http://127.0.0.1:1/tsa")
    assert set(found) == {"thư mục số đo", "bảng", "khóa ký", "dấu thời gian"}
    assert "127.0.0.1:1 không trả lời" in found["dấu thời gian"].detail


def test_clocks_apart_are_named() -> None:
    here = datetime(2026, 11, 22, tzinfo=UTC)
    assert skew(here + timedelta(seconds=4), here) == "lệch 4 giây"
    with pytest.raises(ChecksFailed, match="lệch 90 giây"):
        skew(here - timedelta(seconds=90), here)


@pytest.mark.service
def test_an_address_that_does_not_speak_tls_is_named(minio_server: MinioServer) -> None:
    assert reach(f"http://{minio_server.endpoint}/x", "") == minio_server.endpoint
    with pytest.raises(ChecksFailed, match="không nói TLS"):
        reach(f"https://{minio_server.endpoint}/x", "")
    with pytest.raises(ChecksFailed, match="Không tìm thấy tên máy chủ"):
        reach("https://may-chu.invalid/x", "")

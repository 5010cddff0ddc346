"""The centre's door over real HTTP and TLS, its tables on SQLite and PostgreSQL: what it takes, what it refuses."""

import base64
import hashlib
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from line_stack import stack

from pipeline.station.centre import CentreLine
from pipeline.store import migrate
from pipeline.store.records import batches, jobs, stations
from schemas import settings as stated
from schemas.document import digest_of
from schemas.errors import (
    CentreUnavailable,
    InputError,
    LimitExceeded,
    NotFound,
    SettingsError,
    StationRefused,
    UnreadableFile,
    UnsupportedFile,
    UploadDamaged,
    UploadOutOfStep,
)
from schemas.jobs import JobKind, Lane
from schemas.settings import CentreSettings, Secret
from schemas.upload import MAX_CHUNK_BYTES, Backlog, Manifest, UploadState
from workers import logs
from workers.bootstrap import Services, now
from workers.centre.incoming import Incoming
from workers.centre.server import Address, running

DATA = stack()
TOKEN, OTHER = "sohoa-muoi-bay", "sohoa-muoi-tam"
EVERYWHERE = "0.0.0.0"  # noqa: S104 - refused, or behind TLS
NAME = "Lường Thị Bích Ngọc.tif"

MakeServices = Callable[..., Services]


def offered(data: bytes = DATA, lane: Lane = Lane.LINE) -> Manifest:
    return Manifest(
        digest=digest_of(data),
        size=len(data),
        name=NAME,
        lane=lane,
        page_digests=("", "", ""),
        taken_at=datetime(2026, 11, 22, 1, 0, tzinfo=UTC),
        folder="/quet",
        claim="c",
    )


def line_to(url: str, token: str = TOKEN, ca: str = "") -> CentreLine:
    return CentreLine(CentreSettings(url=url, token=Secret(token), ca=ca, timeout_s=10.0))


def prepared(tmp_path: Path, **more: str) -> Services:
    services = Services(stated.read({"SOHOA_DATA_DIR": str(tmp_path / "centre")} | more))
    migrate.upgrade(services.records.engine)
    with services.records.begin() as tx:
        stations.add(tx, "quay-17", TOKEN, now())
        stations.add(tx, "quay-18", OTHER, now())
    return services


@pytest.fixture
def services(tmp_path: Path, database_url: str) -> Iterator[Services]:
    """The centre, on each kind of database in turn."""
    made = prepared(tmp_path, SOHOA_DATABASE_URL=database_url)
    yield made
    made.close()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Services]:
    """The centre on SQLite, for what does not depend on the database; takes files up to 100 kB."""
    made = prepared(tmp_path, SOHOA_MAX_FILE_BYTES="100000")
    yield made
    made.close()


@pytest.fixture
def url(small: Services) -> Iterator[str]:
    with running(small, Address(port=0)) as address:
        yield address


def incoming_of(services: Services) -> list[Path]:
    return [path for path in (services.data_dir / "incoming").rglob("*") if path.is_file()]


def test_a_file_in_pieces_becomes_one_batch_of_its_station_in_its_lane(services: Services) -> None:
    told = offered(lane=Lane.URGENT)
    with running(services, Address(port=0)) as address, line_to(address) as line:
        assert line.ask(told.digest).state is UploadState.ABSENT
        assert line.offer(told).offset == 0
        assert line.send(told.digest, 0, DATA[:9000]).offset == 9000
        assert line.ask(told.digest).state is UploadState.PARTIAL
    with running(services, Address(port=0)) as address, line_to(address) as line:  # the server was restarted
        assert line.offer(told).offset == 9000
        known = line.send(told.digest, 9000, DATA[9000:])
        assert (known.state, known.total, known.offset) == (UploadState.RECEIVED, 3, len(DATA))
        again = line.send(told.digest, 9000, DATA[9000:])  # its answer was lost, say
        assert again == known == line.offer(told) == line.ask(told.digest)
    assert incoming_of(services) == []
    assert services.objects.get(told.digest) == DATA
    with services.records.begin() as tx:
        (batch,) = batches.listing(tx)
        job = jobs.find(tx, JobKind.SPLIT, known.batch)
    assert (batch.id, batch.station) == (known.batch, "quay-17")
    assert job
    assert job.lane is Lane.URGENT


def test_tokens_are_let_in_revoked_and_replaced(services: Services) -> None:
    with services.records.begin() as tx:
        with pytest.raises(InputError, match="Đã có trạm"):
            stations.add(tx, "quay-17", "khac", now())
        with pytest.raises(InputError, match="Tên trạm"):
            stations.add(tx, "../quầy", "khac", now())
        with pytest.raises(StationRefused):
            stations.admitted(tx, "")
        stations.revoke(tx, "quay-17", now())
        with pytest.raises(NotFound):
            stations.revoke(tx, "quay-17", now())
        with pytest.raises(StationRefused, match="thu hồi"):
            stations.admitted(tx, TOKEN)
        stations.add(tx, "quay-17", "moi", now())
        assert stations.admitted(tx, "moi") == "quay-17"
        with pytest.raises(StationRefused, match="không biết"):
            stations.admitted(tx, TOKEN)
        stations.report(tx, "quay-18", Backlog(files=2, pages=9, oldest_at=now()), now())
        found = {row.name: row for row in stations.listing(tx)}
    assert found["quay-18"].backlog.pages == 9
    assert found["quay-18"].seen_at
    assert found["quay-17"].revoked_at is None


def test_a_station_that_is_revoked_in_the_middle_of_a_file_goes_on_with_a_new_token(small: Services, url: str) -> None:
    told = offered()
    with line_to(url) as line:
        line.offer(told)
        line.send(told.digest, 0, DATA[:5000])
        with small.records.begin() as tx:
            stations.revoke(tx, "quay-17", now())
        for call in (
            lambda: line.send(told.digest, 5000, DATA[5000:]),
            lambda: line.ask(told.digest),
            lambda: line.offer(told),
            lambda: line.report(Backlog()),
        ):
            with pytest.raises(StationRefused, match="thu hồi"):
                call()
        with small.records.begin() as tx:
            stations.add(tx, "quay-17", "moi", now())
    with line_to(url, "moi") as line:
        assert line.offer(told).offset == 5000


def test_a_station_sees_its_own_files_only(small: Services, url: str) -> None:
    told = offered()
    with line_to(url) as mine, line_to(url, OTHER) as other:
        mine.offer(told)
        mine.send(told.digest, 0, DATA[:100])
        assert other.ask(told.digest).state is UploadState.ABSENT
        mine.send(told.digest, 100, DATA[100:])
        assert other.ask(told.digest).state is UploadState.ABSENT
        # Who has the same bytes shows them, and is then told what became of them; the batch stays one.
        assert other.offer(told).offset == 0
        known = other.send(told.digest, 0, DATA)
        assert known.batch == mine.ask(told.digest).batch
        assert other.ask(told.digest) == known
    with small.records.begin() as tx:
        assert [row.station for row in batches.listing(tx)] == ["quay-17"]


def test_what_does_not_fit_is_refused(small: Services, url: str) -> None:
    told = offered()
    with line_to(url) as line:
        with pytest.raises(LimitExceeded):
            line.offer(replace(told, size=100_001))
        with pytest.raises(UploadOutOfStep, match="chưa biết"):
            line.send(told.digest, 0, DATA)
        line.offer(told)
        line.send(told.digest, 0, DATA[:100])
        for offset in (0, 99, 101):
            with pytest.raises(UploadOutOfStep) as caught:
                line.send(told.digest, offset, DATA[100:200])
            assert caught.value.offset == 100
        with pytest.raises(UploadDamaged, match="dài hơn"):
            line.send(told.digest, 100, DATA)
        with pytest.raises(LimitExceeded):
            line.send(told.digest, 100, bytes(MAX_CHUNK_BYTES + 1))
        assert line.ask(told.digest).offset == 100
    assert len(incoming_of(small)) == 2


def test_a_file_that_is_not_what_was_announced_begins_anew(small: Services, url: str) -> None:
    told = offered()
    with line_to(url) as line:
        line.offer(told)
        with pytest.raises(UploadDamaged, match="khác với tệp"):
            line.send(told.digest, 0, bytes(len(DATA)))
        assert line.offer(told).offset == 0
        assert line.send(told.digest, 0, DATA).arrived
    assert incoming_of(small) == []


@pytest.mark.parametrize(
    ("data", "kind"), [(DATA[:9000], UnreadableFile), (b"<html>" * 99, UnsupportedFile)], ids=["cut off", "foreign"]
)
def test_a_file_that_cannot_be_used_is_refused_for_good(
    small: Services, url: str, data: bytes, kind: type[Exception]
) -> None:
    with line_to(url) as line:
        line.offer(offered(data))
        with pytest.raises(kind):
            line.send(digest_of(data), 0, data)
    assert incoming_of(small) == []
    with small.records.begin() as tx:
        assert batches.listing(tx) == []


def send(url: str, chunk: bytes, content_digest: str, token: str = TOKEN) -> httpx.Response:
    place = f"{url}/api/v1/originals/{digest_of(DATA)}?offset=0"
    headers = {"Authorization": f"Bearer {token}", "Content-Digest": content_digest}
    return httpx.patch(place, content=chunk, headers=headers, trust_env=False)


def content_digest(chunk: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(chunk).digest()).decode()}:"


@pytest.mark.parametrize(
    "wrong", ["", "sha-256", "sha-256=::", "sha-256=:eA==:", "md5=:eA==:", content_digest(b"anders")]
)
def test_a_chunk_that_is_not_what_its_digest_says_is_dropped(url: str, wrong: str) -> None:
    with line_to(url) as line:
        line.offer(offered())
        answer = send(url, DATA[:100], wrong)
        assert (answer.status_code, answer.json()["code"]) == (400, "upload-damaged")
        assert line.ask(digest_of(DATA)).offset == 0


def test_a_refusal_says_what_to_do(url: str) -> None:
    answer = send(url, b"", content_digest(b""), token="falsch")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "Bearer"
    told = answer.json()
    assert told["type"] == "urn:sohoa:error:station-refused"
    assert "sohoa station add" in told["hint"]


@pytest.mark.parametrize(
    "change",
    [
        {"lane": "seal"},
        {"lane": "x"},
        {"digest": "../../etc/passwd"},
        {"digest": digest_of(DATA).upper()},
        {"digest": digest_of(DATA) + "\n"},
        {"size": 0},
        {"size": "viele"},
        {"name": ""},
        {"extra": 1},
    ],
    ids=str,
)
def test_an_offer_of_another_form_is_refused(small: Services, url: str, change: dict[str, Any]) -> None:
    told = {"digest": digest_of(DATA), "size": len(DATA), "name": NAME, "lane": "line"} | change
    headers = {"Authorization": f"Bearer {TOKEN}"}
    answer = httpx.post(f"{url}/api/v1/originals", json=told, headers=headers, trust_env=False)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-input")
    assert NAME not in answer.text
    assert incoming_of(small) == []


def test_a_body_without_a_stated_length_is_cut_off_at_the_limit(url: str) -> None:
    given = []

    def endless() -> Iterator[bytes]:
        for _ in range(1000):
            given.append(1_000_000)
            yield bytes(1_000_000)

    place = f"{url}/api/v1/originals/{digest_of(DATA)}?offset=0"
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Digest": content_digest(b"")}
    try:
        status = httpx.patch(place, content=endless(), headers=headers, trust_env=False).status_code
    except (httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError):
        status = 413  # the answer was there before the body was at its end
    assert status == 413
    assert sum(given) < 10 * MAX_CHUNK_BYTES


def test_only_one_request_writes_a_file_at_a_time(small: Services, url: str) -> None:
    told = offered()
    with line_to(url) as line:
        line.offer(told)
        elsewhere = Incoming(small.data_dir / "incoming")  # as another server of this machine
        line.send(told.digest, 0, DATA[:-1])
        elsewhere.append("quay-17", told.digest, len(DATA) - 1, DATA[-1:])
        with elsewhere.whole("quay-17", told.digest) as found:
            assert found
            with pytest.raises(UploadOutOfStep, match="kết nối khác"):
                line.send(told.digest, len(DATA), b"")
        assert line.offer(told).offset == 0  # whoever received it has let go of it


def test_what_nobody_goes_on_sending_is_dropped_after_days(small: Services, url: str) -> None:
    told = offered()
    incoming = Incoming(small.data_dir / "incoming")
    with line_to(url) as line:
        line.offer(told)
        line.send(told.digest, 0, DATA[:100])
        assert incoming.tidy(7.0) == 0
        assert line.ask(told.digest).offset == 100
        place = incoming.folder / "quay-17" / told.digest
        old = time.time() - 8 * 86_400
        for path in (*place.iterdir(), place):
            os.utime(path, (old, old))
        assert incoming.tidy(7.0) == 1
        assert line.ask(told.digest).state is UploadState.ABSENT


def test_a_full_disk_at_the_centre_is_a_line_that_is_down(tmp_path: Path) -> None:
    full = prepared(tmp_path, SOHOA_DISK_RESERVE_BYTES=str(1 << 60))
    with (
        running(full, Address(port=0)) as address,
        line_to(address) as line,
        pytest.raises(CentreUnavailable, match="gần đầy"),
    ):
        line.offer(offered())
    full.close()


def test_health_and_description_need_no_token(url: str) -> None:
    assert httpx.get(f"{url}/api/v1/health", trust_env=False).json() == {"records": "sqlite trả lời"}
    described = httpx.get(f"{url}/api/v1/openapi.json", trust_env=False).json()
    assert set(described["paths"]) == {
        "/api/v1/health",
        "/api/v1/originals",
        "/api/v1/originals/{digest}",
        "/api/v1/stations/self/backlog",
    }


def test_nothing_personal_is_logged(small: Services, capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure(verbose=True)
    with running(small, Address(port=0)) as address, line_to(address) as line:
        line.offer(offered())
        line.send(digest_of(DATA), 0, DATA)
        with line_to(address, "falsch") as stranger, pytest.raises(StationRefused):
            stranger.ask(digest_of(DATA))
    _, talk = capfd.readouterr()
    assert "upload received" in talk
    assert "station refused" in talk
    assert "Ngọc" not in talk
    assert TOKEN not in talk
    assert "falsch" not in talk


garbage = st.one_of(st.binary(max_size=2000), st.just(b"{" * 500), st.just(b'{"digest": null}'), st.just(b"null"))


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["GET", "POST", "PATCH", "PUT", "DELETE", "OPTIONS", "HEAD"]),
    st.sampled_from(
        ["/originals", f"/originals/{'a' * 64}", "/originals/..%2f..", "/stations/self/backlog", "/health", "/x"]
    ),
    st.sampled_from(["", "?offset=0", "?offset=-1", "?offset=99999999999999999999999", "?offset=x&offset=1"]),
    garbage,
)
def test_garbage_is_answered_and_never_a_fault(url: str, method: str, path: str, query: str, body: bytes) -> None:
    headers = {
        "Authorization": f"Bearer {TOKEN}",
        "Content-Digest": content_digest(body),
        "Content-Type": "application/json",
    }
    answer = httpx.request(method, f"{url}/api/v1{path}{query}", content=body, headers=headers, trust_env=False)
    assert answer.status_code < 500
    if answer.status_code >= 400 and method != "HEAD":
        assert answer.json()["code"]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, require_program: Callable[[str], str]) -> tuple[Path, Path]:
    """A certificate for the loopback and its key."""
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = [require_program("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=trung-tam", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*command, *names, "-out", cert, "-keyout", key], check=True, capture_output=True)
    return cert, key


def test_over_tls_only_the_right_authority_is_believed(small: Services, pair: tuple[Path, Path]) -> None:
    cert, key = pair
    with running(small, Address(port=0, cert=cert, key=key)) as address:
        assert address.startswith("https://")
        with line_to(address, ca=str(cert)) as line:
            line.offer(offered())
            assert line.send(digest_of(DATA), 0, DATA).arrived
        with line_to(address) as line, pytest.raises(CentreUnavailable):
            line.ping()


def test_papers_never_go_in_the_clear(pair: tuple[Path, Path], tmp_path: Path) -> None:
    cert, key = pair
    for refused in (
        Address(host=EVERYWHERE),
        Address(host="trung-tam.example"),
        Address(cert=cert),
        Address(cert=cert, key=cert),
        Address(cert=tmp_path / "weg", key=key),
    ):
        with pytest.raises(SettingsError):
            refused.check()
    for allowed in (
        Address(),
        Address(host="::1"),
        Address(host="localhost"),
        Address(host=EVERYWHERE, cert=cert, key=key),
        Address(host=EVERYWHERE, behind_proxy=True),
    ):
        allowed.check()
    for url in ("http://trung-tam.example", "ftp://127.0.0.1", "https://u:p@trung-tam.example", "https://", "x"):
        with pytest.raises(SettingsError, match="SOHOA_CENTRE_URL"):
            line_to(url)
    for token in ("", "hai dòng\n", "tiếng-việt"):
        with pytest.raises(SettingsError, match="SOHOA_STATION_TOKEN"):
            line_to("https://trung-tam.example", token)
    with pytest.raises(SettingsError, match="SOHOA_CENTRE_CA"):
        line_to("https://trung-tam.example", ca=str(tmp_path / "weg"))

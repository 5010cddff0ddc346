"""The database is restarted, refuses, or is slow: an outage is told once, and then work goes on."""

import threading
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from servers import postgres
from servers.postgres import PostgresServer, running_postgres

from pipeline.store.records.connect import Records, open_records
from schemas.errors import RecordsUnavailable, SettingsError

UNUSED = Path("unused")
PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def own_server(postgres_server: PostgresServer) -> Iterator[PostgresServer]:  # noqa: ARG001 - says what is missing
    """A server that nobody else uses: it is killed."""
    with running_postgres(postgres.installed() or UNUSED) as server:
        yield server


@pytest.fixture
def opened(own_server: PostgresServer) -> Iterator[Records]:
    records = open_records(own_server.new_database(), UNUSED)
    with records.begin() as tx:
        tx.execute(sa.text("CREATE TABLE t (a int PRIMARY KEY)"))
        tx.execute(sa.text("INSERT INTO t VALUES (1), (2)"))
    yield records
    records.engine.dispose()


def setting(records: Records, name: str) -> Any:
    with records.begin() as tx:
        return tx.execute(sa.text(f"SHOW {name}")).scalar_one()


@pytest.mark.service
@pytest.mark.parametrize("orderly", [True, False])
def test_a_restarted_server_is_met_by_the_next_transaction(
    own_server: PostgresServer, opened: Records, *, orderly: bool
) -> None:
    with ThreadPoolExecutor(4) as pool:  # several connections lie ready
        list(pool.map(lambda _: opened.ping(), range(16)))
    own_server.stop() if orderly else own_server.kill()
    with pytest.raises(RecordsUnavailable):
        opened.ping()
    own_server.start()
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda _: opened.ping(), range(16)))
    assert set(told) == {"postgresql trả lời"}


@pytest.mark.service
def test_a_server_killed_in_the_middle_of_a_transaction_is_one_outage(
    own_server: PostgresServer, opened: Records
) -> None:
    with pytest.raises(RecordsUnavailable), opened.begin() as tx:
        tx.execute(sa.text("DELETE FROM t"))
        own_server.kill()
        own_server.start()
        tx.execute(sa.text("DELETE FROM t"))
    with opened.begin() as tx:
        assert tx.execute(sa.text("SELECT count(*) FROM t")).scalar_one() == 2


@pytest.mark.service
@pytest.mark.parametrize(
    "statements",
    [
        ("SET LOCAL statement_timeout = 10", "SELECT pg_sleep(60)"),
        ("SELECT pg_terminate_backend(pg_backend_pid())",),
        ("SET LOCAL idle_in_transaction_session_timeout = 10", "SELECT 1"),
        ("SET TRANSACTION READ ONLY", "DELETE FROM t"),  # what a standby says
    ],
)
def test_what_the_server_cuts_short_is_an_outage(statements: tuple[str, ...], opened: Records) -> None:
    with pytest.raises(RecordsUnavailable), opened.begin() as tx:
        for statement in statements:
            tx.execute(sa.text(statement))
            time.sleep(0.3)
    assert opened.ping()


@pytest.mark.service
def test_of_two_in_a_deadlock_one_is_told_of_an_outage_and_the_other_goes_on(opened: Records) -> None:
    both_hold_one = threading.Barrier(2)

    def lock_both(first: int) -> bool:
        with suppress(RecordsUnavailable), opened.begin() as tx:
            for key in (first, 3 - first):
                tx.execute(sa.text("UPDATE t SET a = a WHERE a = :key"), {"key": key})
                if key == first:
                    both_hold_one.wait(PATIENCE_S)
            return True
        return False

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(lock_both, (1, 2))) == [False, True]


@pytest.mark.service
def test_two_that_cannot_both_have_been_first_are_an_outage_for_one(opened: Records) -> None:
    with pytest.raises(RecordsUnavailable), opened.begin() as tx:
        tx.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        tx.execute(sa.text("SELECT * FROM t"))
        with opened.begin() as other:
            other.execute(sa.text("UPDATE t SET a = 9 WHERE a = 2"))
        tx.execute(sa.text("UPDATE t SET a = 8 WHERE a = 2"))


@pytest.mark.service
def test_a_broken_rule_of_the_tables_is_no_outage(opened: Records) -> None:
    with pytest.raises(sa.exc.IntegrityError), opened.begin() as tx:
        tx.execute(sa.text("INSERT INTO t VALUES (1)"))
    with pytest.raises(sa.exc.ProgrammingError), opened.begin() as tx:
        tx.execute(sa.text("SELECT * FROM nothing"))


@pytest.mark.service
def test_connections_carry_a_name_and_limits_unless_the_url_says_otherwise(
    own_server: PostgresServer, opened: Records
) -> None:
    wanted = {"application_name": "sohoa", "statement_timeout": "1min", "lock_timeout": "30s"}
    wanted |= {"idle_in_transaction_session_timeout": "1min"}
    assert {name: setting(opened, name) for name in wanted} == wanted
    url = f"{own_server.url()}?application_name=thu&options=-cstatement_timeout%3D5s"
    other = open_records(url.replace("+psycopg", ""), UNUSED)  # the driver need not be named
    assert (setting(other, "application_name"), setting(other, "statement_timeout")) == ("thu", "5s")
    other.engine.dispose()


@pytest.mark.service
def test_a_program_takes_a_few_connections_however_many_threads_it_has(opened: Records) -> None:
    with ThreadPoolExecutor(30) as pool:
        list(pool.map(lambda _: opened.ping(), range(300)))
    query = sa.text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
    with opened.begin() as tx:
        assert tx.execute(query).scalar_one() <= 10


def test_a_server_that_is_not_there_is_an_outage() -> None:
    records = open_records("postgresql://u:p@127.0.0.1:1/x?connect_timeout=2", UNUSED)
    with pytest.raises(RecordsUnavailable):
        records.ping()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:mat-khau@h:abc/x",
        "postgresql://u:mat-khau@h/x?nonsense=1",
        "postgresql+nosuch://u:mat-khau@h/x",
        "nosuchdb://u:mat-khau@h/x",
        "mat-khau",
    ],
)
def test_a_wrong_url_is_a_matter_of_settings_and_its_password_stays_untold(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        open_records(url, UNUSED)
    assert "mat-khau" not in "".join(traceback.format_exception(caught.value))


def test_an_outage_does_not_tell_the_password() -> None:
    records = open_records("postgresql://u:mat-khau@127.0.0.1:1/x?connect_timeout=2", UNUSED)
    with pytest.raises(RecordsUnavailable) as caught:
        records.ping()
    assert "mat-khau" not in repr(records) + "".join(traceback.format_exception(caught.value))

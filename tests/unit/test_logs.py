"""Logs are JSON lines without personal data; a person at a terminal reads sentences."""

import json
import logging
import re
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from workers import logs

ROOT = Path(__file__).parents[2]
ALARMING = re.compile(r'\b(?:log\.(?:warning|error)|report)\(\s*"([^"]+)"')


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    hook, root = threading.excepthook, logging.getLogger()
    handlers = list(root.handlers)
    yield
    threading.excepthook, root.handlers = hook, handlers
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_only_fields_known_to_be_harmless_are_logged(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(verbose=True)
    structlog.get_logger().info("file taken", batch="b1", name="Nguyễn Thị Ngọc Diễm", pages=3)
    (line,) = lines(capsys)
    assert (line["event"], line["batch"], line["pages"], line["level"]) == ("file taken", "b1", 3, "info")
    assert "Diễm" not in json.dumps(line, ensure_ascii=False)


def test_quiet_unless_asked(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    structlog.get_logger().info("file taken", batch="b1")
    structlog.get_logger().warning("lease lost", job="j1")
    assert [line["event"] for line in lines(capsys)] == ["lease lost"]


def complain(text: str) -> None:
    logging.getLogger("pika.adapters.utils").warning("cannot reach %s", text)


def test_of_what_a_library_says_only_who_and_where_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    logs.configure()  # as after a fork, or in tests: still one line
    complain("amqp://sohoa:bi-mat@may-chu")
    complain("amqp://sohoa:bi-mat@may-chu")
    try:
        int("Nguyễn Thị Ngọc Diễm")
    except ValueError:
        logging.getLogger("dramatiq.worker").exception("Nguyễn Thị Ngọc Diễm")
    logging.getLogger("urllib3").info("GET /kho/1")
    told = lines(capsys)
    assert [(line["library"], line["level"], line.get("exception")) for line in told] == [
        ("pika", "warning", None),
        ("dramatiq", "error", "ValueError"),
    ]
    assert "bi-mat" not in str(told)
    assert "Diễm" not in str(told)


def test_the_same_complaint_is_told_again_after_a_minute() -> None:
    now = [0.0]
    overheard = logs.Overheard(lambda: now[0])
    record = logging.LogRecord("redis", logging.WARNING, "redis.py", 7, "lost", None, None)
    with structlog.testing.capture_logs() as told:
        for now[0] in (0.0, 30.0, 61.0):
            overheard.handle(record)
    assert [line["where"] for line in told] == ["redis:7", "redis:7"]


def test_what_an_outage_repeats_every_second_is_written_once_a_minute() -> None:
    at = 0.0
    seldom = logs.Seldom(clock=lambda: at)

    def passes(event: str, code: str) -> bool:
        try:
            return bool(seldom(None, "warning", {"event": event, "code": code}))
        except structlog.DropEvent:
            return False

    assert passes("schedule waits", "records-unavailable")
    assert passes("schedule waits", "queue-unavailable")
    assert not passes("schedule waits", "records-unavailable")
    assert [passes("job failed", "records-unavailable") for _ in range(2)] == [True, True]
    at = logs.SAME_AGAIN_S + 1
    assert passes("schedule waits", "records-unavailable")


def test_warnings_of_python_and_threads_that_die_are_lines_too(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=True)
        warnings.warn("Nguyễn Thị Ngọc Diễm", RuntimeWarning, stacklevel=1)
    logs.thread_died(threading.ExceptHookArgs((ValueError, ValueError("Diễm"), None, None)))
    told = lines(capsys)
    assert [line["event"] for line in told] == ["library trouble", "thread died"]
    assert "Diễm" not in str(told)


def test_a_person_at_a_terminal_reads_sentences(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    logs.configure()
    structlog.get_logger().warning("job failed", batch="ab" * 16, code="work-killed", attempt=2)
    told = capsys.readouterr().err
    assert "Một việc không thành (lỗi work-killed, lô abababababab, lần 2)" in told


def test_every_warning_has_its_sentence() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "workers").rglob("*.py")]
    events = {event for text in sources if "structlog.get_logger" in text for event in ALARMING.findall(text)}
    assert events == set(logs.SPOKEN)

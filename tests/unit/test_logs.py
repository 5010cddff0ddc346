"""Logs are JSON lines without personal data."""

import json

import pytest
import structlog

from workers import logs


def test_only_fields_known_to_be_harmless_are_logged(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(verbose=True)
    structlog.get_logger().info("file taken", batch="b1", name="Nguyễn Thị Ngọc Diễm", pages=3)
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["batch"], line["pages"], line["level"]) == ("file taken", "b1", 3, "info")
    assert "Diễm" not in json.dumps(line, ensure_ascii=False)


def test_quiet_unless_asked(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    structlog.get_logger().info("file taken", batch="b1")
    structlog.get_logger().warning("lease lost", job="j1")
    assert [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()] == ["lease lost"]

"""Codes and exit codes are an interface: unique, and documented."""

import re
from pathlib import Path

import pytest

from schemas.errors import SohoaError, error_classes

CLASSES = error_classes()


def test_codes_and_exit_codes_are_unique() -> None:
    assert len({kind.code for kind in CLASSES}) == len(CLASSES)
    assert len({kind.exit_code for kind in CLASSES}) == len(CLASSES)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_each_says_what_to_do(kind: type[SohoaError]) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", kind.code)
    assert kind.hint.endswith(".")
    assert 0 < kind.exit_code < 256
    assert 400 <= kind.http < 600
    assert kind.retryable or not kind.outage
    assert kind("x").message == "x"


def test_each_is_in_the_documentation() -> None:
    text = (Path(__file__).parents[2] / "docs" / "errors.md").read_text(encoding="utf-8")
    for kind in CLASSES:
        again = "có" if kind.retryable else "không"
        assert f"| `{kind.code}` | {kind.exit_code} | {kind.http} | {again} | {kind.hint} |" in text

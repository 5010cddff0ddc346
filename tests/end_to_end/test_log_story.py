"""One id leads through the log from scan to receipt, and nothing of the citizen stands there."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from line_stack import DOSSIER, LINES, stack

from pipeline.store import migrate
from pipeline.store.records import dossiers
from schemas import settings
from schemas.document import digest_of
from workers.bootstrap import Services, now
from workers.sandbox.server import running as sandbox_running
from workers.sandbox.sessions import Access

ROOT = Path(__file__).parents[2]
WHOLE_WAY = ["look", "split", "page", "assemble", "seal", "deliver"]


def settings_for(folder: Path, receivers: str) -> dict[str, str]:
    account = Access()
    return {
        "SOHOA_DATA_DIR": str(folder / "data"),
        "SOHOA_STABLE_S": "0.2",
        "SOHOA_WORKERS": "1",
        "SOHOA_DOSSIER_SYSTEM_URL": receivers,
        "SOHOA_DOSSIER_SYSTEM_USER": account.username,
        "SOHOA_DOSSIER_SYSTEM_PASSWORD": account.password,
        "SOHOA_UNIT_CODE": "000.00.01.H50",
        "SOHOA_CITIZEN_STORE_URL": receivers,
        "SOHOA_CITIZEN_STORE_TOKEN": account.token,
    }


@pytest.fixture(scope="module")
def log_text(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return what `sohoa --verbose station watch --drain` writes to standard error on one stack."""
    folder = tmp_path_factory.mktemp("story")
    scans = folder / "quet"
    scans.mkdir()
    (scans / "Lường Thị Bích Ngọc.tif").write_bytes(stack())
    with sandbox_running(folder / "sandbox.db") as receivers:
        stated = settings_for(folder, receivers)
        services = Services(settings.read(stated))
        migrate.upgrade(services.records.engine)
        with services.records.begin() as tx:
            dossiers.save(tx, DOSSIER, now())
        services.close()
        command = [sys.executable, "-m", "workers.cli", "--verbose", "station", "watch", str(scans), "--drain"]
        environ = {name: value for name, value in os.environ.items() if not name.startswith("SOHOA_")} | stated
        ran = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, encoding="utf-8", check=True)
    return ran.stderr


@pytest.fixture(scope="module")
def events(log_text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log_text.splitlines() if line.startswith("{")]


def test_the_batch_tells_the_whole_way_from_scan_to_receipt(events: list[dict[str, Any]]) -> None:
    digest = digest_of(stack())
    story = [line for line in events if digest[:32] in line.get("batch", "")]
    assert story[0]["event"] == "file taken"
    steps = [line["kind"] for line in story if line["event"] == "job done"]
    assert list(dict.fromkeys(sorted(steps, key=WHOLE_WAY.index))) == WHOLE_WAY
    assert len([line for line in story if line["event"] == "document sealed"]) == 1
    receipts = [line["receiver"] for line in story if line["event"] == "receipt kept"]
    assert sorted(receipts) == ["citizen-store", "dossier-system"]


def test_no_line_on_a_job_is_without_its_batch(events: list[dict[str, Any]]) -> None:
    assert len(events) > len(WHOLE_WAY)
    assert [line for line in events if "batch" not in line] == []


def test_nothing_of_the_citizen_stands_in_the_log(events: list[dict[str, Any]]) -> None:
    told = json.dumps(events, ensure_ascii=False)
    assert "Ngọc" not in told
    assert [line for line in LINES if line in told] == []
    assert DOSSIER.owner.identity_no not in told

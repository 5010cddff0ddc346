"""`sohoa doctor`: check every dependency and service, and say what to do."""

import shutil
import socket
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from pipeline.store import migrate
from schemas.errors import ChecksFailed, SohoaError
from workers import bootstrap
from workers.bootstrap import Services
from workers.cli.output import JsonFlag, Output

COLUMNS = {"name": "hạng mục", "holds": "kết quả", "detail": "chi tiết", "todo": "việc cần làm"}
PROGRAMS: Final = {
    "tesseract": "apt-get install tesseract-ocr",
    "pdftoppm": "apt-get install poppler-utils",
    "pdftotext": "apt-get install poppler-utils",
}
MIN_FREE_BYTES = 2_000_000_000


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    name: str
    holds: bool
    detail: str
    todo: str = ""


def doctor(*, as_json: JsonFlag = False) -> None:
    """Kiểm tra chương trình, cơ sở dữ liệu, kho, khóa ký, dấu thời gian, bên nhận; nêu việc cần làm."""
    with bootstrap.opened() as services:
        findings = examine(services)
    rows: list[dict[str, Any]] = [vars(finding) for finding in findings]
    Output(as_json).rows("Khám hệ thống", COLUMNS, rows)
    bad = [finding for finding in findings if not finding.holds]
    if bad:
        raise ChecksFailed(f"{len(bad)} hạng mục chưa ổn")


def examine(services: Services) -> list[Finding]:
    """Look at everything; one fault hides no other."""
    settings = services.settings
    programs = [program(name, todo) for name, todo in PROGRAMS.items()]
    rest = [
        attempt("chữ Việt của tesseract", lambda: language(settings.read.language)),
        attempt("chỗ trống trên đĩa", lambda: disk(services)),
        attempt("cơ sở dữ liệu", lambda: services.records.ping()),  # noqa: PLW0108 - opening it is what may fail
        attempt("bảng", lambda: f"phiên bản {migrate.check(services.records.engine)}"),
        attempt("kho đối tượng", lambda: services.objects.ping()),  # noqa: PLW0108 - opening it is what may fail
        attempt("hàng đợi", lambda: queue(services)),
        attempt("khóa ký", lambda: services.sealer.ping()),  # noqa: PLW0108 - opening it is what may fail
        attempt("dấu thời gian", lambda: reach(settings.seal.tsa_url, "PKI thử nghiệm, trong tiến trình")),
        attempt("kho của công dân", lambda: reach(settings.deliver.citizen_store_url, "không giao")),
        attempt("hệ thống hồ sơ", lambda: reach(settings.deliver.dossier_system_url, "không giao")),
    ]
    return programs + rest


def program(name: str, todo: str) -> Finding:
    """Look for a program on the path."""
    found = shutil.which(name)
    return Finding(name, found is not None, found or "không có", "" if found else todo)


def attempt(name: str, look: Callable[[], str]) -> Finding:
    """Look at one thing; its error says what to do."""
    try:
        return Finding(name, holds=True, detail=look())
    except SohoaError as error:
        return Finding(name, holds=False, detail=f"{error.code}: {error.message}", todo=error.hint)
    except (OSError, subprocess.SubprocessError) as error:
        return Finding(name, holds=False, detail=str(error), todo="Kiểm tra địa chỉ và máy chủ")


def language(code: str) -> str:
    """Return Tesseract's languages.

    Raises:
        ChecksFailed: the one that is set is missing.
    """
    found = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, check=True, timeout=20)
    if code not in found.stdout.split():
        raise ChecksFailed(f"Thiếu dữ liệu {code}: apt-get install tesseract-ocr-{code}")
    return code


def queue(services: Services) -> str:
    """Return where jobs queue."""
    kind = type(services.queue.broker).__name__
    return "trong tiến trình" if kind == "StubBroker" else kind


def disk(services: Services) -> str:
    """Return the free space of the data folder.

    Raises:
        ChecksFailed: it runs low.
    """
    services.data_dir.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(services.data_dir).free
    if free < MIN_FREE_BYTES:
        raise ChecksFailed(f"Chỉ còn {free // 1_000_000} MB: dọn đĩa hoặc chuyển SOHOA_DATA_DIR")
    return f"còn {free // 1_000_000_000} GB"


def reach(url: str, otherwise: str) -> str:
    """Connect to the host of a URL and return its address; `otherwise` where none is set.

    Raises:
        ChecksFailed: nothing answers there.
    """
    if not url:
        return otherwise
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = f"{parts.hostname}:{port}"
    try:
        with socket.create_connection((parts.hostname or "", port), timeout=5):
            return address
    except OSError as error:
        raise ChecksFailed(f"{address} không trả lời: kiểm tra địa chỉ và máy chủ") from error

"""`sohoa doctor`: check every dependency and service, and say what to do."""

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pipeline.ocr.readers import open_reader
from pipeline.station.centre import CentreLine
from pipeline.store import revision
from pipeline.store.objects import clock_of
from pipeline.store.records import figures
from schemas.errors import ChecksFailed, ServiceError, SohoaError
from schemas.settings import CentreSettings, Readers
from workers import bootstrap
from workers.bootstrap import Services, now
from workers.cli.output import JsonFlag, Output
from workers.cli.reach import reach
from workers.metrics import slots

COLUMNS = {"name": "hạng mục", "holds": "kết quả", "detail": "chi tiết", "todo": "việc cần làm"}
PROGRAMS: Final = {
    "tesseract": "apt-get install tesseract-ocr",
    "pdftoppm": "apt-get install poppler-utils",
    "pdftotext": "apt-get install poppler-utils",
}
MIN_FREE_BYTES = 2_000_000_000
MOST_SKEW_S = 5.0
"""Leases and turns are told by clocks of several machines; they forgive seconds, not minutes."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    name: str
    holds: bool
    detail: str
    todo: str = ""


def doctor(*, as_json: JsonFlag = False) -> None:
    """Kiểm tra chương trình, đĩa, cơ sở dữ liệu, kho, hàng đợi, đồng hồ, khóa, bên nhận; nêu việc cần làm."""
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
    looks: dict[str, Callable[[], str]] = {
        "bộ đọc": lambda: readers(settings.read.readers),
        "chỗ trống trên đĩa": lambda: disk(services),
        "thư mục số đo": lambda: metrics_folder(services),
        "cơ sở dữ liệu": lambda: services.records.examine(),  # noqa: PLW0108 - opening it is what may fail
        "bảng": lambda: f"phiên bản {revision.check(services.records.engine)}",
        "đồng hồ của cơ sở dữ liệu": lambda: if_it_answers(database_clock, services),
        "kho đối tượng": lambda: services.objects.ping(),  # noqa: PLW0108 - opening it is what may fail
        "đồng hồ của kho": lambda: if_it_answers(store_clock, services),
        "hàng đợi": lambda: services.queue.ping(),  # noqa: PLW0108 - opening it is what may fail
        "khóa ký": lambda: services.sealer.ping(),  # noqa: PLW0108 - opening it is what may fail
        "dấu thời gian": lambda: reach(settings.seal.tsa_url, "PKI thử nghiệm, trong tiến trình"),
        "kho của công dân": lambda: reach(settings.deliver.citizen_store_url, "không giao"),
        "hệ thống hồ sơ": lambda: reach(settings.deliver.dossier_system_url, "không giao"),
        "trung tâm": lambda: centre(settings.centre),
    }
    return [program(name, todo) for name, todo in PROGRAMS.items()] + [attempt(*look) for look in looks.items()]


def centre(settings: CentreSettings) -> str:
    """Ask the centre, where this machine is a counter's station, whether it knows the station's token."""
    if not settings.url:
        return "không gửi đi đâu: dây chuyền chạy tại đây"
    with CentreLine(settings) as line:
        return line.ping()


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


def readers(wanted: Readers) -> str:
    """Load every reader of the settings, each as the pages' processes do.

    Raises:
        MissingProgram: one cannot be used; pages are read without it.
    """
    return ", ".join(open_reader(name).version for name in wanted.names)


def disk(services: Services) -> str:
    """Return the free space of the data folder.

    Raises:
        ChecksFailed: it runs low.
    """
    free = shutil.disk_usage(services.data_dir).free
    if free < MIN_FREE_BYTES:
        raise ChecksFailed(f"Chỉ còn {free // 1_000_000} MB: dọn đĩa hoặc chuyển SOHOA_DATA_DIR")
    return f"còn {free // 1_000_000_000} GB"


def metrics_folder(services: Services) -> str:
    """Write into the folder of the counts as every worker process does.

    Raises:
        ChecksFailed: it cannot be written.
    """
    try:
        slots.take(services.metrics_folder).release()
    except OSError as error:
        raise ChecksFailed(
            f"{services.metrics_folder} không ghi được ({error.strerror}): sửa quyền của thư mục"
        ) from error
    return f"{services.metrics_folder} ghi được"


def if_it_answers(look: Callable[[Services], str], services: Services) -> str:
    """Return what `look` finds; that its service is away is the finding of another row."""
    try:
        return look(services)
    except ServiceError:
        return "chưa hỏi được"


def database_clock(services: Services) -> str:
    """Return how far the database's clock is from this machine's."""
    with services.records.begin() as tx:
        return skew(figures.clock(tx), now())


def store_clock(services: Services) -> str:
    """Return how far the object server's clock is from this machine's."""
    told = clock_of(services.objects_url, services.data_dir)
    return skew(told, now()) if told else "chung với máy này"


def skew(there: datetime, here: datetime) -> str:
    """Return how far two clocks are apart.

    Raises:
        ChecksFailed: too far.
    """
    apart = abs((there - here).total_seconds())
    if apart > MOST_SKEW_S:
        raise ChecksFailed(f"Đồng hồ lệch {apart:.0f} giây: cho cả hai máy theo một máy chủ giờ (chrony, NTP)")
    return f"lệch {apart:.0f} giây"

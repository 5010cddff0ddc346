"""Logging: one JSON line per event on standard error, ids and digests only.

Names, addresses, numbers of persons, file names and texts never go in: whoever logs passes
ids. `forbid_personal` is the net below that. What libraries say in words of their own may quote
addresses with secrets or a citizen's page: of that only who said it, and where, is kept.

On a terminal a person reads warnings as Vietnamese sentences instead.
"""

import logging
import sys
import threading
import time
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import structlog

ALLOWED = frozenset(
    {
        "event", "level", "timestamp", "job", "kind", "subject", "attempt", "lane", "state", "code", "batch",
        "document", "delivery", "receiver", "station", "page_no", "pages", "digest", "seconds", "exception", "where",
        "number", "library",
    }
)  # fmt: skip

SPOKEN: Final = {
    "file rejected": "Có tệp không dùng được, đã chuyển vào rejected/",
    "job failed": "Một việc không thành",
    "job left to the sweeper": "Cơ sở dữ liệu không trả lời giữa chừng; việc sẽ tự chạy lại",
    "lease lost": "Tiến trình giữ việc đã chết; việc được trả về hàng chờ",
    "library trouble": "Một thư viện báo trục trặc",
    "line down": "Mất đường truyền về trung tâm; tệp được giữ trên máy này",
    "line up": "Đã nối lại với trung tâm",
    "metrics not written": "Không ghi được số đo",
    "pages differ": "Trung tâm thấy trang khác với máy này; tệp được giữ lại",
    "result dropped": "Bỏ kết quả vì nơi khác đã nhận việc này",
    "schedule stumbled": "Lỗi của chương trình trong đồng hồ; vẫn chạy tiếp",
    "schedule waits": "Cơ sở dữ liệu hoặc hàng đợi không trả lời; đang chờ",
    "station refused": "Từ chối một trạm: mã truy cập sai hoặc đã thu hồi",
    "thread died": "Lỗi của chương trình: một luồng đã dừng",
    "unexpected": "Lỗi của chương trình trong một việc; sẽ thử lại",
    "upload refused": "Từ chối một tệp từ trạm",
    "upload stumbled": "Một tệp chưa gửi được; sẽ gửi lại",
    "waiting for a service": "Một dịch vụ chưa trả lời; đang chờ",
    "worker died": "Một tiến trình làm việc đã chết; đang chạy lại",
}
"""Warnings and errors as a person at a terminal reads them."""
LABELS: Final = {
    "code": "lỗi", "batch": "lô", "job": "việc", "kind": "loại", "lane": "làn", "attempt": "lần",
    "receiver": "bên nhận", "station": "trạm", "library": "thư viện", "exception": "ngoại lệ", "where": "tại",
}  # fmt: skip
SAME_AGAIN_S = 60.0
REPEATED: Final = frozenset({"schedule waits", "waiting for a service"})
"""Said once a second for as long as an outage lasts; written down once a minute."""
TALKATIVE: Final = ("dramatiq.broker", "pyhanko", "pyhanko_certvalidator", "pikepdf", "img2pdf", "fontTools")
"""They warn of what is judged and answered for here: several workers at one broker, each page's oddities."""
log = structlog.get_logger()


def configure(*, verbose: bool = False) -> None:
    """Send events to standard error: only warnings and above unless `verbose`."""
    to_a_person = sys.stderr.isatty() and not verbose
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            Seldom(),
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            forbid_personal,
            speak if to_a_person else structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO if verbose else logging.WARNING),
        # Looked up at each event: while a bar is shown, standard error leads above it.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [handler for handler in root.handlers if not isinstance(handler, Overheard)]
    root.addHandler(Overheard())
    logging.captureWarnings(capture=True)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.ERROR)
    threading.excepthook = thread_died


def forbid_personal(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop every field that is not known to be free of personal data; a structlog processor."""
    return {key: value for key, value in event.items() if key in ALLOWED}


@dataclass
class Seldom:
    """A structlog processor that lets one event in a minute through of those that an outage repeats."""

    clock: Callable[[], float] = time.monotonic
    _last: dict[tuple[str, object], float] = field(default_factory=dict)

    def __call__(self, _logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """Drop what was said a moment ago."""
        if event["event"] in REPEATED:
            about, now = (event["event"], event.get("code")), self.clock()
            if now - self._last.get(about, -SAME_AGAIN_S) < SAME_AGAIN_S:
                raise structlog.DropEvent
            self._last[about] = now
        return event


def speak(_logger: object, _method: str, event: MutableMapping[str, Any]) -> str:
    """Say an event as a sentence for a person; a structlog processor, the last one."""
    at = datetime.fromisoformat(event["timestamp"]).astimezone()
    details = ", ".join(f"{word} {str(event[key])[:12]}" for key, word in LABELS.items() if key in event)
    return f"{at:%H:%M:%S} {SPOKEN.get(event['event'], event['event'])}" + (f" ({details})" if details else "")


@dataclass(eq=False)
class Overheard(logging.Handler):
    """Makes events of what libraries complain of; of each library, one of a level in a minute."""

    clock: Callable[[], float] = time.monotonic
    _last: dict[tuple[str, bool], float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Listen to warnings and above."""
        super().__init__(logging.WARNING)

    def emit(self, record: logging.LogRecord) -> None:
        """Say who complains, and where; not in which words."""
        library, failed = record.name.partition(".")[0], record.levelno >= logging.ERROR
        now = self.clock()
        if now - self._last.get((library, failed), -SAME_AGAIN_S) < SAME_AGAIN_S:
            return
        self._last[library, failed] = now
        told = {"library": library, "where": f"{record.module}:{record.lineno}"}
        if record.exc_info and record.exc_info[0]:
            told["exception"] = record.exc_info[0].__name__
        report = log.error if failed else log.warning
        report("library trouble", **told)


def thread_died(args: threading.ExceptHookArgs) -> None:
    """Say that a thread ended by an error, without the text of a traceback: it may quote personal data."""
    last = args.exc_traceback
    while last and last.tb_next:
        last = last.tb_next
    where = f"{last.tb_frame.f_code.co_name}:{last.tb_lineno}" if last else "?"
    log.error("thread died", exception=args.exc_type.__name__, where=where)

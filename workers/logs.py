"""Logging: one JSON line per event on standard error, ids and digests only.

Names, addresses, numbers of persons, file names and texts never go in: whoever logs passes
ids. `forbid_personal` is the net below that.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

ALLOWED = frozenset(
    {
        "event", "level", "timestamp", "job", "kind", "subject", "attempt", "lane", "state", "code", "batch",
        "document", "delivery", "receiver", "page_no", "pages", "digest", "seconds", "exception", "where", "number",
    }
)  # fmt: skip


def configure(*, verbose: bool = False) -> None:
    """Send events to standard error as JSON lines; only warnings and above unless `verbose`."""
    level = logging.INFO if verbose else logging.WARNING
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            forbid_personal,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # Looked up at each event: while a bar is shown, standard error leads above it.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    # These name certificates, files and senders in their messages.
    for name in ("dramatiq", "pyhanko", "pyhanko_certvalidator", "httpx", "urllib3", "pikepdf", "img2pdf"):
        logging.getLogger(name).setLevel(logging.ERROR)


def forbid_personal(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop every field that is not known to be free of personal data; a structlog processor."""
    return {key: value for key, value in event.items() if key in ALLOWED}

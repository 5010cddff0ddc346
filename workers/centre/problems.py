"""Errors as HTTP answers (RFC 9457): the one place that maps them."""

from collections.abc import Iterator
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from schemas.errors import InputError, LimitExceeded, SohoaError, StationRefused, UnexpectedFailure, UploadOutOfStep

MEDIA_TYPE: Final = "application/problem+json"
log = structlog.get_logger()


def install(app: FastAPI) -> None:
    """Let every error of the application end as a problem."""
    app.add_exception_handler(SohoaError, _told)
    app.add_exception_handler(RequestValidationError, _misshapen)
    app.add_exception_handler(HTTPException, _not_so)
    app.add_exception_handler(Exception, _unexpected)


def answer(error: SohoaError, status: int | None = None) -> JSONResponse:
    """Return an error as an answer: code, message and hint, and what else the caller needs to go on."""
    told: dict[str, Any] = {
        "type": f"urn:sohoa:error:{error.code}",
        "status": status or error.http,
        "code": error.code,
        "detail": error.message,
        "hint": error.hint,
    }
    if isinstance(error, UploadOutOfStep):
        told["offset"] = error.offset
    return JSONResponse(told, told["status"], dict(_headers(error)), MEDIA_TYPE)


def _headers(error: SohoaError) -> Iterator[tuple[str, str]]:
    if isinstance(error, StationRefused):
        yield "WWW-Authenticate", "Bearer"
    if isinstance(error, StationRefused | LimitExceeded):
        # The rest of the body is not waited for: it may have no end.
        yield "Connection", "close"


def _told(_request: Request, error: Exception) -> JSONResponse:
    return answer(error if isinstance(error, SohoaError) else UnexpectedFailure(type(error).__name__))


def _misshapen(_request: Request, error: Exception) -> JSONResponse:
    """Answer a request that is not of the agreed form: the caller is at fault, not the file. No value is repeated."""
    found = error.errors() if isinstance(error, RequestValidationError) else []
    places = sorted({".".join(str(part) for part in item["loc"]) for item in found})
    return answer(InputError(f"Yêu cầu không đúng mẫu: {', '.join(places)[:200]}"), 400)


def _not_so(_request: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 400
    return answer(InputError("Không có địa chỉ hoặc cách gọi này"), status)


def _unexpected(_request: Request, error: Exception) -> JSONResponse:
    # No traceback text: it may quote personal data.
    log.error("unexpected", exception=type(error).__name__)
    return answer(UnexpectedFailure("Trung tâm gặp lỗi ngoài dự kiến"))

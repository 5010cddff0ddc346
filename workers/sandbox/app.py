"""The sandbox as a web application: both receivers, the switch for faults, and what arrived."""

import contextlib
import functools
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, FastAPI, Header, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from schemas.errors import SettingsError
from workers.sandbox import audit, dossier_services, sessions, store_services
from workers.sandbox.faults import Dice, Faults
from workers.sandbox.faulty import FaultyReceiver
from workers.sandbox.forms import (
    EntryForm,
    EntryLookUp,
    Envelope,
    Form,
    Login,
    LookUp,
    Progresses,
    StatusChange,
    Sync,
    named_fields,
    wrong_fields,
)
from workers.sandbox.ledger import Call, Ledger, Reply
from workers.sandbox.sessions import Access

Key = Annotated[str, Header(alias="Idempotency-Key", max_length=200)]

SERVICES: Final[Mapping[str, tuple[type[Form], Callable[..., Reply]]]] = {
    "TraCuuHoSo": (LookUp, dossier_services.look_up),
    "DongBoHoSoMC": (Sync, dossier_services.sync),
    "CapNhatTienDoHoSoMC": (Progresses, dossier_services.progress),
}

STORE_STATUS: Final = {"0": 200, "201": 400, "202": 409, "205": 422}
"""The store answers in HTTP as well; the dossier system always with 200."""

PAGE_POLICY: Final = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}


def create_app(database: Path, faults: Faults, access: Access | None = None) -> FastAPI:
    """Return the application over the SQLite file `database`, which is made where it is missing.

    Args:
        faults: what goes wrong from the start; `POST /sandbox/faults` changes it.
        access: what callers have to show; None for the development account.
    """
    ledger, dice, admitted = Ledger(database), Dice(faults), access or Access()

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        ledger.close()

    app = FastAPI(title="Bên nhận giả lập", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.include_router(_dossier_routes(ledger, admitted))
    app.include_router(_store_routes(ledger, admitted))
    app.include_router(_look_routes(ledger, dice))
    app.include_router(_switch_routes(ledger, dice))
    app.add_exception_handler(RequestValidationError, _misshapen)
    app.add_exception_handler(HTTPException, _unreadable)
    app.add_exception_handler(SettingsError, _wrong_switch)
    app.add_middleware(FaultyReceiver, dice=dice, end_sessions=functools.partial(_end_sessions, ledger))
    return app


def _dossier_routes(ledger: Ledger, access: Access) -> APIRouter:
    routes = APIRouter(prefix="/mapi")

    @routes.post("/login")
    def login(form: Login) -> JSONResponse:
        if not access.knows(form.username, form.password):
            return _mapi(Reply(code="102", message="Sai tên đăng nhập hoặc mật khẩu"))
        return _mapi(ledger.answer(Call(service="login", subject="", key="", payload={}), sessions.begin))

    @routes.post("/g")
    def integrate(envelope: Envelope, key: Key = "") -> JSONResponse:
        with ledger.reading() as connection:
            valid = sessions.is_valid(connection, envelope.session, access.session_s)
        if not valid:
            return _mapi(Reply(code="101", message="Phiên làm việc đã hết hạn"))
        return _mapi(_serve(ledger, envelope, key))

    return routes


def _serve(ledger: Ledger, envelope: Envelope, key: str) -> Reply:
    if envelope.service not in SERVICES:
        return Reply(code="204", message="service không được hỗ trợ")
    form, work = SERVICES[envelope.service]
    payload = envelope.model_extra or {}
    try:
        request = form.model_validate(payload)
    except ValidationError as error:
        return Reply(code="201", message=f"Dữ liệu không hợp lệ: {wrong_fields(error)}")
    call = Call(service=envelope.service, subject=_subject(payload), key=key, payload=payload)
    return ledger.answer(call, lambda connection: work(connection, request))


def _store_routes(ledger: Ledger, access: Access) -> APIRouter:
    routes = APIRouter(prefix="/kho")

    @routes.post("/giayto")
    def add(form: EntryForm, key: Key = "", authorization: Annotated[str, Header()] = "") -> JSONResponse:
        if not access.admits(authorization):
            return _kho(Reply(code="103", message="Mã truy cập không hợp lệ"), 401)
        call = Call(service="giayto", subject=form.MaHoSo, key=key, payload=form.model_dump())
        return _kho(ledger.answer(call, lambda connection: store_services.add(connection, form)))

    @routes.post("/tracuu")
    def look_up(form: EntryLookUp, authorization: Annotated[str, Header()] = "") -> JSONResponse:
        if not access.admits(authorization):
            return _kho(Reply(code="103", message="Mã truy cập không hợp lệ"), 401)
        call = Call(service="tracuu", subject=form.MaHoSo, key="", payload=form.model_dump())
        return _kho(ledger.answer(call, lambda connection: store_services.look_up(connection, form)))

    return routes


def _look_routes(ledger: Ledger, dice: Dice) -> APIRouter:
    routes = APIRouter()

    @routes.get("/", response_class=HTMLResponse)
    def page() -> HTMLResponse:
        with ledger.reading() as connection:
            return HTMLResponse(audit.page(connection, dice.faults, dice.seen), headers=PAGE_POLICY)

    @routes.get("/sandbox/entries")
    def entries() -> dict[str, Any]:
        with ledger.reading() as connection:
            return audit.entries(connection)

    @routes.get("/sandbox/faults")
    def faults() -> dict[str, Any]:
        return {"faults": dice.faults.to_json(), "seen": dice.seen}

    return routes


def _switch_routes(ledger: Ledger, dice: Dice) -> APIRouter:
    routes = APIRouter(prefix="/sandbox")

    @routes.post("/faults")
    def switch(values: dict[str, Any]) -> dict[str, Any]:
        dice.switch(dice.faults.changed(values))
        return {"faults": dice.faults.to_json(), "seen": dice.seen}

    @routes.post("/status")
    def move_on(form: StatusChange) -> JSONResponse:
        with ledger.transaction() as connection:
            reply = dossier_services.move_on(connection, form)
        return _mapi(reply)

    return routes


async def _misshapen(request: Request, error: Exception) -> JSONResponse:
    """FastAPI's own answer repeats the input, and with it personal data."""
    names = named_fields(error.errors()) if isinstance(error, RequestValidationError) else "data"
    reply = Reply(code="201", message=f"Dữ liệu không hợp lệ: {names}")
    return _kho(reply) if request.url.path.startswith("/kho/") else _mapi(reply)


async def _unreadable(request: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 400
    reply = Reply(code="201" if status == 400 else str(status), message="Không đọc được yêu cầu")
    return _kho(reply, status) if request.url.path.startswith("/kho/") else _mapi(reply, status)


async def _wrong_switch(_request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"error_code": "201", "message": str(error)}, status_code=422)


def _mapi(reply: Reply, status: int = 200) -> JSONResponse:
    return JSONResponse({"error_code": reply.code, "message": reply.message, **reply.rest}, status_code=status)


def _kho(reply: Reply, status: int | None = None) -> JSONResponse:
    body = {"errorCode": reply.code, "message": reply.message, "signature": "", **reply.rest}
    return JSONResponse(body, status_code=status or STORE_STATUS.get(reply.code, 400))


def _subject(payload: Mapping[str, Any]) -> str:
    """The dossier's code, which is all that the audit keeps of a request."""
    if "mahoso" in payload:
        return str(payload["mahoso"])
    return ",".join(str(form["MaHoSo"]) for form in payload["data"])


def _end_sessions(ledger: Ledger) -> None:
    with ledger.transaction() as connection:
        sessions.end_all(connection)

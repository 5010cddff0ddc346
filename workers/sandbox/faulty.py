"""The layer that lets requests go wrong, outside of the application that does the work."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from workers.sandbox.faults import Dice, Fault

SERVICES: Final = frozenset({"DongBoHoSoMC", "CapNhatTienDoHoSoMC"})
MAX_REQUEST_BYTES: Final = 4 << 20
WEB_PAGE: Final = "<!DOCTYPE html><title>Cổng dịch vụ</title><p>Hệ thống đang được nâng cấp.".encode()
EXISTS: Final = json.dumps(
    {"error_code": "202", "errorCode": "202", "message": "Bản ghi đã tồn tại"}, ensure_ascii=False
).encode()


@dataclass(frozen=True, kw_only=True)
class Ready:
    """An answer that is complete but not yet sent."""

    status: int
    body: bytes
    content_type: bytes = b"application/json"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request whose body was read."""

    app: ASGIApp
    scope: Scope
    body: bytes

    async def work(self) -> Ready:
        """Let the application do its work and return the answer."""
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": self.body, "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        await self.app(self.scope, receive, send)
        body = b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body")
        return Ready(status=sent[0]["status"], body=body)

    @property
    def service(self) -> str:
        """What is asked for: a service of `/mapi/g`, else the path."""
        path: str = self.scope["path"]
        if path != "/mapi/g":
            return path
        try:
            asked = json.loads(self.body)
        except ValueError:
            return path
        return str(asked.get("service", path)) if isinstance(asked, dict) else path


class FaultyReceiver:
    """Lets at most one fault befall each request to a receiver."""

    def __init__(self, app: ASGIApp, dice: Dice, end_sessions: Callable[[], None]) -> None:
        """Stand in front of `app`; `end_sessions` makes every session invalid."""
        self._app = app
        self._dice = dice
        self._end_sessions = end_sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        concerned = scope["type"] == "http" and scope["path"].startswith(("/mapi/", "/kho/"))
        fault = self._dice.roll() if concerned else None
        if fault is None:
            await self._app(scope, receive, send)
            return
        asked = Asked(app=self._app, scope=scope, body=await _whole_body(receive))
        await self._spoil(fault, asked, send)

    async def _spoil(self, fault: Fault, asked: Asked, send: Send) -> None:
        if not _fits(fault, asked.service):
            await _send(send, await asked.work())
            return
        self._dice.count(fault)
        if fault is Fault.DROP:
            await _hang_up(send, await asked.work())
            return
        await _send(send, await self._spoilt(fault, asked))

    async def _spoilt(self, fault: Fault, asked: Asked) -> Ready:
        match fault:
            case Fault.SLOW:
                ready = await asked.work()
                await asyncio.sleep(self._dice.faults.slow_s)
                return ready
            case Fault.DUPLICATE:
                return await self._twice(asked)
            case Fault.SESSION:
                self._end_sessions()
                return await asked.work()
            case Fault.HTML:
                return Ready(status=200, body=WEB_PAGE, content_type=b"text/html; charset=utf-8")
            case _:
                return await self._after_or_instead(fault, asked)

    async def _twice(self, asked: Asked) -> Ready:
        first = await asked.work()
        if self._dice.heads():
            return Ready(status=first.status, body=first.body * 2)
        return await asked.work()

    async def _after_or_instead(self, fault: Fault, asked: Asked) -> Ready:
        # a progress line cannot be looked up, so "exists" is never a lie there
        if self._dice.heads() or (fault is Fault.EXISTS and asked.service == "CapNhatTienDoHoSoMC"):
            ready = await asked.work()
            if b'"0"' not in ready.body:
                return ready
        if fault is Fault.EXISTS:
            return Ready(status=200, body=EXISTS)
        return Ready(status=500, body=b"Internal Server Error", content_type=b"text/plain")


def _fits(fault: Fault, service: str) -> bool:
    """Some faults make sense for some requests only."""
    if fault is Fault.EXISTS:
        return service in SERVICES or service == "/kho/giayto"
    return fault is not Fault.SESSION or not service.startswith("/")


async def _whole_body(receive: Receive) -> bytes:
    body = bytearray()
    more = True
    while more and len(body) <= MAX_REQUEST_BYTES:
        message: Any = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(body)


async def _send(send: Send, ready: Ready) -> None:
    await _start(send, ready)
    await send({"type": "http.response.body", "body": ready.body})


async def _hang_up(send: Send, ready: Ready) -> None:
    """Announce a body and never send it: the server then closes the connection."""
    await _start(send, ready)


async def _start(send: Send, ready: Ready) -> None:
    headers = [(b"content-type", ready.content_type), (b"content-length", str(len(ready.body)).encode())]
    await send({"type": "http.response.start", "status": ready.status, "headers": headers})

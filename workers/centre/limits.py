"""No request is read further than it may be long, whoever sends it."""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from schemas.errors import LimitExceeded
from schemas.upload import MAX_CHUNK_BYTES
from workers.centre import problems

MAX_JSON_BYTES: Final = 16 * 1024
CHUNK_METHOD: Final = "PATCH"


class TooLong(Exception):
    """More bytes come than were announced or are allowed."""


class BoundedBodies:
    """ASGI middleware: refuses what is announced as too long, and cuts off what turns out to be."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand before `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on as far as it may go."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        longest = MAX_CHUNK_BYTES if scope["method"] == CHUNK_METHOD else MAX_JSON_BYTES
        refusal = problems.answer(LimitExceeded(f"Yêu cầu dài hơn {longest} byte"))
        if announced(scope) > longest:
            await refusal(scope, receive, send)
            return
        try:
            await self._app(scope, _counted(receive, longest), send)
        except TooLong:
            await refusal(scope, receive, send)


def announced(scope: Scope) -> int:
    """Return the length that a request states, 0 where it states none."""
    stated = dict(scope["headers"]).get(b"content-length", b"0")
    return int(stated) if stated.isdigit() else 0


def _counted(receive: Receive, longest: int) -> Receive:
    total = 0

    async def counted() -> Message:
        nonlocal total
        message = await receive()
        total += len(message.get("body", b""))
        if total > longest:
            raise TooLong
        return message

    return counted

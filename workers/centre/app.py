"""The centre's door as a web application: each end point parses, calls one verb of `Door`, and answers."""

import asyncio
import base64
import binascii
import contextlib
import hashlib
from collections.abc import AsyncIterator
from typing import Annotated, Final, Literal

import structlog
from fastapi import APIRouter, Depends, FastAPI, Header, Path, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from schemas.document import Digest
from schemas.errors import StationRefused, UploadDamaged
from schemas.jobs import Lane
from schemas.upload import Backlog, Upload
from workers.centre import problems
from workers.centre.door import Door
from workers.centre.incoming import Offer
from workers.centre.limits import BoundedBodies

API: Final = "/api/v1"
CHUNK_DEADLINE_S: Final = 600.0
"""A chunk that takes longer comes over a line that is as good as down."""
TIDY_EVERY_S: Final = 3600.0
RAW_BODY: Final = {"requestBody": {"required": True, "content": {"application/octet-stream": {}}}}
DIGEST: Final = r"^[0-9a-f]{64}$"
log = structlog.get_logger()

DigestPath = Annotated[str, Path(pattern=DIGEST, description="SHA-256 of the whole file")]
Offset = Annotated[int, Query(ge=0, description="where the chunk begins: what the centre has so far")]
ContentDigest = Annotated[str, Header(max_length=200, description="RFC 9530, sha-256, of the chunk")]
Token = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]


class Form(BaseModel):
    """What a station sends as JSON; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class OfferForm(Form):
    """A file to come. Its name may hold personal data and therefore stands here only, never in an address."""

    digest: str = Field(pattern=DIGEST)
    size: int = Field(ge=1)
    name: str = Field(min_length=1, max_length=1000)
    lane: Literal["urgent", "line", "bulk"] = "line"


class BacklogForm(Form):
    """What a station still holds."""

    files: int = Field(ge=0, le=10_000_000)
    pages: int = Field(ge=0, le=1_000_000_000)
    oldest_at: AwareDatetime | None = None


def _door(request: Request) -> Door:
    found: Door = request.app.state.door
    return found


TheDoor = Annotated[Door, Depends(_door)]


def _station(token: Token, door: TheDoor) -> str:
    """Return who asks; nobody else gets any further."""
    try:
        return door.admit(token.credentials if token else "")
    except StationRefused as error:
        log.warning("station refused", code=error.code)
        raise


Station = Annotated[str, Depends(_station)]
routes = APIRouter(prefix=API)


@routes.get("/health")
def health(door: TheDoor) -> dict[str, str]:
    """Whether the centre takes files; needs no token."""
    return {"records": door.services.records.ping()}


@routes.post("/originals")
def offer(form: OfferForm, station: Station, door: TheDoor) -> Upload:
    """Announce a file, or ask how to go on with it: the answer says from which byte on."""
    told = Offer(digest=Digest(form.digest), size=form.size, name=form.name, lane=Lane(form.lane))
    return door.offer(station, told)


async def _chunk(request: Request, content_digest: ContentDigest) -> bytes:
    """Return the body, once it has come whole and is what its digest says.

    Raises:
        UploadDamaged: it is not.
    """
    try:
        async with asyncio.timeout(CHUNK_DEADLINE_S):
            body = await request.body()
    except (ClientDisconnect, TimeoutError) as error:
        raise UploadDamaged("Đường truyền đứt giữa chừng") from error
    if hashlib.sha256(body).digest() != _stated(content_digest):
        raise UploadDamaged("Phần tệp nhận được khác với phần trạm đã gửi")
    return body


def _stated(content_digest: str) -> bytes:
    """Return the SHA-256 of a Content-Digest header (RFC 9530), b"" where it states none."""
    for item in content_digest.split(","):
        name, _, value = item.strip().partition("=")
        if name == "sha-256" and value.startswith(":") and value.endswith(":"):
            with contextlib.suppress(binascii.Error):
                return base64.b64decode(value.strip(":"), validate=True)
    return b""


Chunk = Annotated[bytes, Depends(_chunk)]


# Parameters are asked for in their order: nothing is read of a body before the station is known.
@routes.patch("/originals/{digest}", openapi_extra=RAW_BODY)
async def append(station: Station, digest: DigestPath, offset: Offset, chunk: Chunk, door: TheDoor) -> Upload:
    """Send the next chunk as the raw body; with the last one the file is received."""
    return await run_in_threadpool(door.append, station, Digest(digest), offset, chunk)


@routes.get("/originals/{digest}")
def ask(digest: DigestPath, station: Station, door: TheDoor) -> Upload:
    """Ask what became of a file: how much has come, its batch, and each page that was looked at."""
    return door.ask(station, Digest(digest))


@routes.post("/stations/self/backlog")
def report(form: BacklogForm, station: Station, door: TheDoor) -> dict[str, str]:
    """Report what the station still holds."""
    door.report(station, Backlog(files=form.files, pages=form.pages, oldest_at=form.oldest_at))
    return {"station": station}


def create_app(door: Door) -> FastAPI:
    """Return the application over `door`."""

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        tidying = asyncio.create_task(_tidy(door))
        yield
        tidying.cancel()

    app = FastAPI(
        title="Sổ Hóa",
        version="1",
        docs_url=None,  # its page would load scripts from elsewhere
        redoc_url=None,
        openapi_url=f"{API}/openapi.json",
        lifespan=lifespan,
    )
    app.state.door = door
    app.include_router(routes)
    problems.install(app)
    app.add_middleware(BoundedBodies)
    return app


async def _tidy(door: Door) -> None:
    while True:
        days = door.services.settings.centre.abandoned_days
        dropped = await run_in_threadpool(door.incoming.tidy, days)
        if dropped:
            log.info("uploads dropped", number=dropped)
        await asyncio.sleep(TIDY_EVERY_S)

"""Sends what waits on this station's disk to the centre, for as long as it takes; a thread of its own.

It sends one file at a time, goes on where the centre says, and lets go of a file only when the centre has
acknowledged every page. A line that is down costs pauses, doubled each time; a file that the centre stumbles
over waits its own pauses, so that the others go on.
"""

import math
import queue
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog

from pipeline.station.centre import CentreLine
from pipeline.station.hot_folder import give_back
from pipeline.station.spool import Spool
from pipeline.station.upload import CHUNK_BYTES, Await, Keep, LetGo, Send, backlog, in_turn, next_step, pause
from schemas.document import Digest
from schemas.errors import (
    InputError,
    IntegrityError,
    Interrupted,
    SohoaError,
    UnexpectedFailure,
    UploadDamaged,
    UploadOutOfStep,
)
from schemas.upload import Backlog, Manifest, Upload
from workers.desk import now

IDLE_S: Final = 0.5
REPORT_S: Final = 30.0
CHANGED_S: Final = 2.0
LONGEST_ASK_S: Final = 5.0
"""Between two questions about a file that the centre still works on; longer where many wait: one a second for all."""
LOOK_AGAIN_S: Final = 600.0
MOST_STALLS: Final = 3
STOP_S: Final = 10.0
FILE_FAULTS: Final = (UnexpectedFailure, UploadDamaged, UploadOutOfStep, IntegrityError)
"""What concerns one file; every other error concerns the line to the centre."""
log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class News:
    """Something for the screen.

    Attributes:
        manifest: the file that it is about, None where it is about the line.
        upload: the last that the centre said of the file.
        error: what went wrong, None where nothing did.
        wrong_pages: those whose pixels differ.
    """

    manifest: Manifest | None = None
    upload: Upload | None = None
    error: SohoaError | None = None
    wrong_pages: tuple[int, ...] = ()


@dataclass
class Turn:
    """What is remembered of one file while this program runs; all of it may be lost.

    Attributes:
        due: when it is looked at again, by the monotonic clock.
        failures, asks: in a row.
        arrived: the centre has all of it.
        acknowledged: number of pages.
        told: what the screen was told of it last.
    """

    due: float = 0.0
    failures: int = 0
    asks: int = 0
    arrived: bool = False
    acknowledged: int = 0
    told: str = ""


@dataclass
class Uploader:
    """One station's sender.

    Attributes:
        down_since: since when the centre has not answered, None while it does.
        news: for the screen; read by another thread.
    """

    spool: Spool
    line: CentreLine
    longest_pause_s: float
    chunk_bytes: int = CHUNK_BYTES
    down_since: datetime | None = None
    news: "queue.SimpleQueue[News]" = field(default_factory=queue.SimpleQueue)
    _stop: threading.Event = field(default_factory=threading.Event)
    _turns: dict[Digest, Turn] = field(default_factory=dict)
    _failures: int = 0
    _reported: Backlog | None = None
    _reported_at: float = -math.inf

    @contextmanager
    def running(self) -> Iterator[None]:
        """Send for as long as the block runs."""
        thread = threading.Thread(target=self._run, name="uploader", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            # A chunk that is under way on a slow line is not waited for: it is sent again.
            thread.join(STOP_S)

    def acknowledged(self) -> int:
        """Return how many pages of what waits the centre has acknowledged."""
        return sum(turn.acknowledged for turn in list(self._turns.values()))

    def _run(self) -> None:
        while not self._stop.is_set():
            with self.spool.sending() as mine:
                while mine and not self._stop.is_set():
                    self._stop.wait(self._round())
                if mine and self.down_since is None:
                    self._take_leave()
            self._stop.wait(IDLE_S)

    def _take_leave(self) -> None:
        """Leave the centre with the last numbers, not with those of half a minute ago."""
        self._reported_at = -math.inf
        with suppress(SohoaError):
            self._report()

    def _round(self) -> float:
        """Do all that is due; return how long to rest then."""
        try:
            self._report()
            while not self._stop.is_set() and (manifest := self._next()):
                self._advance(manifest)
                self._report()
        except Interrupted:
            return 0.0
        except SohoaError as error:
            return self._line_failed(error)
        except Exception as error:  # noqa: BLE001 - edge of a thread: it must go on, whatever it was
            log.error("unexpected", exception=type(error).__name__)  # noqa: TRY400 - a traceback may quote names
            return self._line_failed(UnexpectedFailure(type(error).__name__))
        return IDLE_S

    def _next(self) -> Manifest | None:
        waiting = in_turn(self.spool.waiting())
        self._turns = {manifest.digest: self._turns.get(manifest.digest, Turn()) for manifest in waiting}
        due = (manifest for manifest in waiting if self._turns[manifest.digest].due <= time.monotonic())
        return next(due, None)

    def _advance(self, manifest: Manifest) -> None:
        turn = self._turns[manifest.digest]
        try:
            self._settle(manifest, turn, self._sent(manifest, turn))
            turn.failures = 0
        except FILE_FAULTS as error:
            self._file_failed(manifest, turn, error)
        except InputError as error:
            self._refuse(manifest, turn, error)
        self._line_answers()

    def _sent(self, manifest: Manifest, turn: Turn) -> Upload:
        """Send what the centre lacks of a file; return what it says when it has all."""
        known = self.line.ask(manifest.digest) if turn.arrived else self.line.offer(manifest)
        stalls = 0
        while isinstance(step := next_step(manifest, known, self.chunk_bytes), Send):
            if self._stop.is_set():
                raise Interrupted("Đang dừng")
            after = self._send(manifest, step)
            stalls = 0 if after.arrived or after.offset > known.offset else stalls + 1
            if stalls > MOST_STALLS:
                raise UploadOutOfStep("Gửi mà trung tâm không nhận thêm được byte nào", after.offset)
            known = after
            self._line_answers()
            self._report()
        return known

    def _send(self, manifest: Manifest, step: Send) -> Upload:
        chunk = self.spool.chunk(manifest, step.offset, step.length)
        try:
            return self.line.send(manifest.digest, step.offset, chunk)
        except UploadOutOfStep:
            return self.line.offer(manifest)

    def _settle(self, manifest: Manifest, turn: Turn, known: Upload) -> None:
        """Let go of a file whose pages are all acknowledged; else ask again later."""
        turn.arrived = True
        match next_step(manifest, known):
            case LetGo():
                self.spool.remove(manifest)
                log.info("file acknowledged", batch=known.batch, digest=manifest.digest, pages=manifest.pages)
                self.news.put(News(manifest=manifest, upload=known))
            case Keep(page_nos):
                turn.due = time.monotonic() + LOOK_AGAIN_S
                if turn.told != "differs":
                    turn.told = "differs"
                    log.error("pages differ", batch=known.batch, digest=manifest.digest, number=len(page_nos))
                    self.news.put(News(manifest=manifest, upload=known, wrong_pages=page_nos))
            case Await(pages):
                turn.asks = 1 if pages > turn.acknowledged else turn.asks + 1
                turn.acknowledged = pages
                turn.due = time.monotonic() + pause(turn.asks, max(LONGEST_ASK_S, len(self._turns)), random.random)

    def _refuse(self, manifest: Manifest, turn: Turn, error: InputError) -> None:
        """Give a file that the centre will never take back to the counter."""
        try:
            give_back(manifest, self.spool.path(manifest), error)
        except OSError as trouble:
            text = f"{error.message}; không trả được tệp về {manifest.folder}: {trouble.strerror}"
            self._file_failed(manifest, turn, UnexpectedFailure(text))
            return
        self.spool.remove(manifest)
        log.warning("file rejected", code=error.code, digest=manifest.digest)
        self.news.put(News(manifest=manifest, error=error))

    def _file_failed(self, manifest: Manifest, turn: Turn, error: SohoaError) -> None:
        turn.failures += 1
        turn.due = time.monotonic() + pause(turn.failures, self.longest_pause_s, random.random)
        if turn.told != error.code:
            turn.told = error.code
            log.warning("upload stumbled", digest=manifest.digest, code=error.code)
            self.news.put(News(manifest=manifest, error=error))

    def _line_failed(self, error: SohoaError) -> float:
        self._failures += 1
        if self.down_since is None:
            self.down_since = now()
            log.warning("line down", code=error.code)
            self.news.put(News(error=error))
        return pause(self._failures, self.longest_pause_s, random.random)

    def _line_answers(self) -> None:
        self._failures = 0
        if self.down_since is not None:
            self.down_since = None
            log.warning("line up")
            self.news.put(News())

    def _report(self) -> None:
        since = time.monotonic() - self._reported_at
        if since < CHANGED_S:
            return
        held = backlog(self.spool.waiting())
        if held == self._reported and since < REPORT_S:
            return
        self.line.report(held)
        self._reported, self._reported_at = held, time.monotonic()
        self._line_answers()

"""What the centre does with what stations send: let them in, gather a file, receive it whole, acknowledge its pages."""

import threading
from dataclasses import dataclass, field

import structlog

from pipeline.station.formats import inspect
from pipeline.station.limits import check_bytes
from pipeline.store.records import receipts, stations
from schemas.document import Digest
from schemas.errors import InputError
from schemas.upload import Backlog, Upload, UploadState
from workers.bootstrap import Services, now
from workers.centre.incoming import Incoming, Offer
from workers.station import receive

WHOLE_AT_ONCE = 2
"""Files that one server holds in memory at once while it hashes and keeps them."""
log = structlog.get_logger()


@dataclass(frozen=True)
class Door:
    """The centre as stations see it. Every method may be called from any thread, and by any station for its own."""

    services: Services
    incoming: Incoming
    _turns: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(WHOLE_AT_ONCE))

    def admit(self, token: str) -> str:
        """Return the name of the station that shows `token`.

        Raises:
            StationRefused: it belongs to none, or to one that was revoked.
        """
        with self.services.records.begin() as tx:
            return stations.admitted(tx, token)

    def offer(self, station: str, offer: Offer) -> Upload:
        """Say what is here of a file that a station has.

        Raises:
            LimitExceeded: it is larger than any that is taken.
            CannotWrite: there is no room for it at present.
        """
        check_bytes(offer.size, self.services.settings.station)
        return self._received(station, offer.digest) or _partial(offer.digest, self.incoming.begin(station, offer))

    def append(self, station: str, digest: Digest, offset: int, chunk: bytes) -> Upload:
        """Take a chunk; with the last one the file is received: original, batch and jobs at once.

        Raises:
            UploadOutOfStep, UploadDamaged: see `Incoming`.
            InputError: the file cannot be used; it is dropped, for good.
        """
        known = self._received(station, digest)
        if known:
            return known
        present = self.incoming.append(station, digest, offset, chunk)
        with self._turns:
            return self._finish(station, digest) or _partial(digest, present)

    def ask(self, station: str, digest: Digest) -> Upload:
        """Return what is known of a file that this station sent."""
        known = self._received(station, digest)
        if known:
            return known
        present = self.incoming.present(station, digest)
        return Upload(digest=digest, state=UploadState.ABSENT) if present is None else _partial(digest, present)

    def report(self, station: str, backlog: Backlog) -> None:
        """Note what a station still holds."""
        with self.services.records.begin() as tx:
            stations.report(tx, station, backlog, now())

    def _finish(self, station: str, digest: Digest) -> Upload | None:
        with self.incoming.whole(station, digest) as found:
            if found is None:
                return None
            self._receive(station, *found)
        return self._received(station, digest)

    def _receive(self, station: str, data: bytes, offer: Offer) -> None:
        try:
            source = inspect(data, offer.name, self.services.settings.station)
        except InputError as error:
            self.incoming.drop(station, offer.digest)
            log.warning("upload refused", station=station, digest=offer.digest, code=error.code)
            raise
        batch_id, _ = receive(data, source, self.services, station=station, lane=offer.lane)
        # Who sent the same bytes after another station has no batch of its own, but may ask for this one.
        self.services.objects.put_once(_proof(station, offer.digest), batch_id.encode(), "text/plain")
        log.info("upload received", station=station, batch=batch_id, digest=source.digest, pages=source.pages)

    def _received(self, station: str, digest: Digest) -> Upload | None:
        with self.services.records.begin() as tx:
            found = receipts.of_original(tx, digest)
        if found is None:
            return None
        mine = found.station == station or self.services.objects.get_named(_proof(station, digest)) is not None
        return found.upload if mine else None


def _partial(digest: Digest, offset: int) -> Upload:
    return Upload(digest=digest, state=UploadState.PARTIAL, offset=offset)


def _proof(station: str, digest: Digest) -> str:
    return f"uploads/{station}/{digest}"

"""The promise of `ports.ObjectStore`, kept once for every kind of shelf the bytes may lie on."""

from typing import Protocol

from pipeline.store.objects.keys import named_key, object_key, unwrap, wrap
from schemas.document import Digest, digest_of
from schemas.errors import DigestMismatch, NotFound


class Shelf(Protocol):
    """Where bytes lie under keys. Every method may raise `ObjectStoreUnavailable`."""

    def add(self, key: str, data: bytes, media_type: str) -> None:
        """Keep `data` under `key` unless something is kept there; on return it survives a power failure."""
        ...

    def read(self, key: str) -> bytes | None:
        """Return what is kept under `key`, None where nothing is."""
        ...

    def read_first(self, key: str) -> bytes | None:
        """Return what was kept first under `key`, should two writers ever have passed `add` at once."""
        ...

    def digest(self, key: str) -> Digest | None:
        """Return the digest of what is kept under `key`, read piece by piece, None where nothing is."""
        ...

    def has(self, key: str) -> bool:
        """Whether something is kept under `key`."""
        ...

    def ping(self) -> str:
        """Return one line on the state of the shelf."""
        ...


class KeptObjects:
    """An `ObjectStore` on a shelf.

    What is kept under a name is written in one piece, its digest before it: a crash leaves all
    of it or nothing, never bytes (a seal, for example) that nobody knows of.
    """

    def __init__(self, shelf: Shelf) -> None:
        """Keep everything on `shelf`; nothing is touched before the first call."""
        self._shelf = shelf

    def put(self, data: bytes, media_type: str) -> Digest:
        """Keep `data`, read it back, hash it, and return its digest."""
        digest = digest_of(data)
        key = object_key(digest)
        self._shelf.add(key, data, media_type)
        _check(digest, self._shelf.digest(key))
        return digest

    def put_once(self, name: str, data: bytes, media_type: str) -> bytes:
        """Keep `data` under `name` unless something is kept there; return what is kept there."""
        kept = self.get_named(name)
        if kept is not None:
            return kept
        self._shelf.add(named_key(name), wrap(data), media_type)
        kept = self.get_named(name)
        if kept is None:
            raise DigestMismatch(f"Kho đối tượng không giữ được nội dung dưới tên «{name}».")
        return kept

    def get_named(self, name: str) -> bytes | None:
        """Return what `put_once` kept under `name`, None where nothing is."""
        kept = self._shelf.read_first(named_key(name))
        return None if kept is None else unwrap(kept, name)

    def get(self, digest: Digest) -> bytes:
        """Return the bytes kept under `digest`, hashed again."""
        data = self._shelf.read(object_key(digest))
        if data is None:
            raise NotFound(f"Kho đối tượng không có tệp {digest}.")
        _check(digest, digest_of(data))
        return data

    def exists(self, digest: Digest) -> bool:
        """Whether something is kept under `digest`."""
        return self._shelf.has(object_key(digest))

    def ping(self) -> str:
        """Return one line on the state of the store."""
        return self._shelf.ping()


def _check(wanted: Digest, found: Digest | None) -> None:
    if found is None:
        raise DigestMismatch(f"Tệp {wanted} đã mất khỏi kho đối tượng.")
    if found != wanted:
        raise DigestMismatch(f"Tệp {wanted} trong kho đối tượng đã bị thay đổi: mã băm đọc lại là {found}.")

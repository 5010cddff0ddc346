"""Under which key a thing lies: the same in every store, so that one can be copied into another.

    ab/cd/abcd…       the bytes whose SHA-256 is abcd…
    named/seals/x=    what is kept under the name "seals/x", its digest before it

Folders never end in "=", names always do: "a" and "a/b" can both be kept in a file system.
"""

import re

from schemas.document import Digest, digest_of
from schemas.errors import DigestMismatch, NotFound

DIGEST = re.compile(r"[0-9a-f]{64}")
NAME = re.compile(r"(?=.{1,200}\Z)[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")


def object_key(digest: Digest) -> str:
    """Return the key of the bytes with that digest.

    Raises:
        NotFound: it is no digest, so nothing can be kept under it.
    """
    if not DIGEST.fullmatch(digest):
        raise NotFound("Mã băm không hợp lệ: cần 64 chữ số thập lục phân viết thường.")
    return f"{digest[:2]}/{digest[2:4]}/{digest}"


def named_key(name: str) -> str:
    """Return the key of what is kept once under `name`.

    Raises:
        ValueError: `name` is not as `ObjectStore.put_once` asks; a fault of the program.
    """
    if not NAME.fullmatch(name):
        raise ValueError(f"not a name for an object: {name!r}")
    return f"named/{name}="


def wrap(data: bytes) -> bytes:
    """Return what is kept under a name: the digest of the bytes in a line, then the bytes."""
    return f"{digest_of(data)}\n".encode() + data


def unwrap(kept: bytes, name: str) -> bytes:
    """Return the bytes that `wrap` was given.

    Raises:
        DigestMismatch: `kept` is not what was written.
    """
    digest, _, data = kept.partition(b"\n")
    if digest != digest_of(data).encode():
        raise DigestMismatch(f"Nội dung ghi dưới tên «{name}» trong kho đối tượng đã hỏng.")
    return data

"""File names as they are kept: one normal form, nothing a terminal or a file system would act on."""

import unicodedata

from schemas.text import nfc

MAX_NAME_BYTES = 255
NAMELESS = "khong-ten"
UNSAFE = frozenset('/\\:*?"<>|')


def stored_name(name: str, max_bytes: int = MAX_NAME_BYTES) -> str:
    """Return `name` as it may be kept and shown.

    NFC; bytes that were no UTF-8, control, format and separator characters become "_" or U+FFFD;
    no leading dash, dot or blank; at most `max_bytes` bytes of UTF-8, the extension kept.
    """
    readable = nfc(name.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))
    plain = "".join("_" if _is_unsafe(char) else char for char in readable).strip()
    tame = f"_{plain[1:]}" if plain.startswith(("-", ".")) else plain
    return shortened(tame or NAMELESS, max_bytes)


def shortened(name: str, max_bytes: int) -> str:
    """Return `name` within `max_bytes` bytes of UTF-8; the stem gives way before the extension."""
    if len(name.encode()) <= max_bytes:
        return name
    stem, dot, extension = name.rpartition(".")
    tail = f"{dot}{extension}" if stem and len(extension.encode()) <= 10 else ""
    room = max_bytes - len(tail.encode())
    kept = (stem if tail else name).encode()[:room].decode("utf-8", "ignore")
    return kept + tail


def _is_unsafe(char: str) -> bool:
    return char in UNSAFE or unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}

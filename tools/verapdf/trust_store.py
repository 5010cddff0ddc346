#!/usr/bin/env python3
"""Gives Java the trust anchors that SSL_CERT_FILE gives all other programs.

    trust_store.py BUNDLE.pem STORE.jks

Java reads neither SSL_CERT_FILE nor PEM; behind an office's own proxy Maven would trust nobody.
"""

import hashlib
import ssl
import struct
import sys
from pathlib import Path

PASSWORD = "changeit"  # noqa: S105 - Java's customary one: it guards public certificates against nothing
END = "-----END CERTIFICATE-----"
TRUSTED_CERTIFICATE = 2
FORMAT_VERSION = 2


def read_certificates(bundle: str) -> list[bytes]:
    """Return the certificates of a PEM bundle in DER."""
    blocks = [part[part.find("-----BEGIN CERTIFICATE-----") :] + END for part in bundle.split(END)[:-1]]
    return [ssl.PEM_cert_to_DER_cert(block) for block in blocks]


def build_store(certificates: list[bytes]) -> bytes:
    """Return a Java key store (JKS) of trusted certificates."""
    entries = b"".join(_entry(f"ca-{number}", der) for number, der in enumerate(certificates))
    body = struct.pack(">III", 0xFEEDFEED, FORMAT_VERSION, len(certificates)) + entries
    seal = hashlib.sha1(PASSWORD.encode("utf-16-be") + b"Mighty Aphrodite" + body)  # noqa: S324 - the format says so
    return body + seal.digest()


def _entry(alias: str, der: bytes) -> bytes:
    head = struct.pack(">I", TRUSTED_CERTIFICATE) + _text(alias) + struct.pack(">Q", 0) + _text("X.509")
    return head + struct.pack(">I", len(der)) + der


def _text(text: str) -> bytes:
    return struct.pack(">H", len(text)) + text.encode()


if __name__ == "__main__":
    Path(sys.argv[2]).write_bytes(build_store(read_certificates(Path(sys.argv[1]).read_text(encoding="utf-8"))))

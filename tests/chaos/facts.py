"""What an outsider finds after a run: tables by SQL, objects from the bucket itself, the receivers' own database."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import receivers_books
from minio import Minio
from servers.minio import ACCESS_KEY, SECRET_KEY, MinioServer

from chaos.surroundings import BUCKET, Surroundings
from chaos.watch import rows

SIGNED = re.compile(rb"/ByteRange")
NAMED = "named/"
SEALS = "named/sealed/"
PAGES = """
SELECT batch.original_digest, page.page_no, page.disposition, document.dossier_code, document.component_code,
       page.position
FROM page JOIN batch ON batch.id = page.batch_id LEFT JOIN document ON document.id = page.document_id
"""
VERSIONS = """
SELECT document.dossier_code, document.component_code, document.page_count, version.version_no, version.digest,
       version.level
FROM version JOIN document ON document.id = version.document_id ORDER BY 1, 2, 4
"""
KEPT = """
SELECT digest FROM original UNION SELECT draft_digest FROM document UNION SELECT digest FROM version
UNION SELECT picture_digest FROM page UNION SELECT layers_digest FROM page
"""
DELIVERIES = """
SELECT receiver, dossier_code, state, receipt ->> 'number' FROM delivery ORDER BY accepted_at NULLS LAST
"""
IN_TURN = """
SELECT count(*) FROM delivery AS first JOIN delivery AS second
ON first.receiver = second.receiver AND first.dossier_code = second.dossier_code
AND first.sequence < second.sequence AND first.accepted_at > second.accepted_at
"""
UNFINISHED = """
SELECT kind, state, subject, attempt, error_code FROM job WHERE state <> 'done' ORDER BY created_at
"""


@dataclass(frozen=True)
class Version:
    """A sealed version as the tables have it."""

    dossier: str
    component: str
    pages: int
    number: int
    digest: str
    level: str


@dataclass(frozen=True, kw_only=True)
class Objects:
    """What lies in the bucket.

    Attributes:
        spoilt: keys whose bytes are not those that the key or the first line promises.
        rewritten: keys under which more than one version lies.
        digests: of all whole objects under their digest.
        signed: digests of all signed PDFs, those kept under a name included.
        seals: number of names under which a seal is kept.
    """

    spoilt: list[str]
    rewritten: list[str]
    digests: set[str]
    signed: set[str]
    seals: int


@dataclass(frozen=True, kw_only=True)
class Facts:
    """All that was found; `pages` are tuples of original's digest, page, disposition, dossier, component, position."""

    pages: set[tuple[Any, ...]]
    batches: Counter[str]
    versions: list[Version]
    kept: set[str]
    deliveries: list[tuple[Any, ...]]
    out_of_turn: int
    unfinished: list[tuple[Any, ...]]
    outbox: int
    objects: Objects
    papers: dict[str, Counter[receivers_books.Paper]]
    hashes: set[str]


def gather(around: Surroundings) -> Facts:
    """Ask the database, the bucket and the receivers' book, past all of our own code."""
    database = around.database
    ((out_of_turn,),) = rows(database, IN_TURN)
    ((outbox,),) = rows(database, "SELECT count(*) FROM outbox")
    return Facts(
        pages=set(rows(database, PAGES)),
        batches=Counter(state for (state,) in rows(database, "SELECT state FROM batch")),
        versions=[Version(*row) for row in rows(database, VERSIONS)],
        kept={digest for (digest,) in rows(database, KEPT) if digest},
        deliveries=rows(database, DELIVERIES),
        out_of_turn=out_of_turn,
        unfinished=rows(database, UNFINISHED),
        outbox=outbox,
        objects=look_into(bucket_of(around.minio)),
        papers=receivers_books.papers(around.sandbox),
        hashes={found for (found,) in receivers_books.query(around.sandbox, "SELECT hash_tep_tin FROM store_entry")},
    )


def bucket_of(server: MinioServer) -> Minio:
    """Return a client of the server's own kind, not ours."""
    return Minio(server.endpoint, ACCESS_KEY, SECRET_KEY, secure=False, region="us-east-1")


def look_into(client: Minio) -> Objects:
    """Read and hash every version of every object."""
    spoilt, digests, signed = [], set(), set()
    times: Counter[str] = Counter()
    for key, data in contents(client):
        times[key] += 1
        promised, body = data.split(b"\n", 1) if key.startswith(NAMED) else (key.rpartition("/")[2].encode(), data)
        digest = hashlib.sha256(body).hexdigest()
        if digest.encode() != promised:
            spoilt.append(key)
        elif not key.startswith(NAMED):
            digests.add(digest)
        if SIGNED.search(body):
            signed.add(digest)
    return Objects(
        spoilt=spoilt,
        rewritten=[key for key, number in times.items() if number > 1],
        digests=digests,
        signed=signed,
        seals=sum(key.startswith(SEALS) for key in times),
    )


def contents(client: Minio) -> Iterator[tuple[str, bytes]]:
    """Yield key and bytes of every version in the bucket."""
    for item in client.list_objects(BUCKET, recursive=True, include_version=True):
        with closing(client.get_object(BUCKET, item.object_name, version_id=item.version_id)) as answer:
            yield item.object_name, answer.read()
            answer.release_conn()


def save_delivered(around: Surroundings, versions: list[Version], folder: Path) -> list[Path]:
    """Write the sealed versions as they lie in the bucket; return their places, in order."""
    folder.mkdir(exist_ok=True)
    client = bucket_of(around.minio)
    for version in versions:
        key = f"{version.digest[:2]}/{version.digest[2:4]}/{version.digest}"
        client.fget_object(BUCKET, key, str(folder / f"{version.digest}.pdf"))
    return [folder / f"{version.digest}.pdf" for version in versions]

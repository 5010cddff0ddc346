"""Why a document is held: the words on its pages beside those of its dossier, for a person who decides."""

import json
from dataclasses import dataclass
from typing import Any

from pipeline.fields.extraction import FIELDS_VERSION
from pipeline.fields.guard import conflicts
from pipeline.fields.pictures import picture_of_places
from pipeline.fields.template import library
from pipeline.store.records import documents, dossiers, held
from pipeline.store.records.documents import PageRow
from schemas.dossier import Dossier
from schemas.errors import NotFound
from schemas.fields import SPOKEN, Conflict, FieldKind, PaperFields
from workers.bootstrap import Services

CONFLICT_COLUMNS = {
    "page_no": "trang",
    "what": "mục",
    "printed": "trên giấy",
    "owner": "chủ hồ sơ",
    "confidence": "tin cậy",
}
PICTURE_DEADLINE_S = 60.0


@dataclass(frozen=True)
class Found:
    """The places of a document that do not name its owner."""

    document_id: str
    dossier: Dossier
    pages: tuple[PageRow, ...]
    conflicts: tuple[Conflict, ...]


def conflicts_of(document_id: str, services: Services) -> Found:
    """Return what stands on a document against its owner.

    Raises:
        NotFound: it was not read yet, or nothing stands against it.
    """
    with services.migrated_records.begin() as tx:
        row = documents.load(tx, documents.resolve(tx, document_id))
        dossier = dossiers.load(tx, row.dossier_code)
        pages = tuple(documents.pages(tx, row.id))
        digest = held.fields_digest(tx, row.id, FIELDS_VERSION)
    papers = [PaperFields.from_json(item) for item in json.loads(services.objects.get(digest))] if digest else []
    found = conflicts(papers, dossier, library())
    if not found:
        raise NotFound(f"Không thấy chỗ nào của văn bản {row.id[:12]} khác chủ hồ sơ")
    return Found(row.id, dossier, pages, found)


def conflict_row(found: Found, conflict: Conflict) -> dict[str, Any]:
    """Return a place, what is printed there, and what intake registered."""
    field, owner = conflict.field, found.dossier.owner
    known = {FieldKind.IDENTITY_NO: owner.identity_no, FieldKind.DOSSIER_CODE: found.dossier.code}
    return {
        "document": found.document_id,
        "page_no": field.page_no,
        "what": SPOKEN[field.kind],
        "field": field.kind,
        "role": field.role,
        "printed": field.value,
        "owner": known.get(field.kind, owner.name),
        "box": field.box.as_list(),
        "confidence": round(field.confidence, 4),
        "verified": field.verified,
    }


def pictured(found: Found, services: Services) -> bytes:
    """Return a JPEG file that shows these places on their pages; drawn in a child, as all pictures are decoded."""
    digests = [(found.pages[item.field.page_no - 1].picture_digest, item.field.box) for item in found.conflicts]
    places = [(services.objects.get(digest), box) for digest, box in digests if digest]
    return services.children.call(PICTURE_DEADLINE_S, picture_of_places, places)

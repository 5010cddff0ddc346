"""One document from its pages' layers to an approved, unsealed PDF/A; held where somebody else's name stands on it."""

import json

from pipeline.fields.extraction import FIELDS_VERSION
from pipeline.store.records import documents, dossiers, held, jobs, steps
from pipeline.store.records.documents import DocumentRow
from pipeline.store.records.steps import StepKey
from schemas.document import DocumentMetadata
from schemas.dossier import Dossier
from schemas.errors import BadDossier, OtherOwner
from schemas.fields import Conflict, PaperFields
from schemas.jobs import Claim, JobKind
from workers.bootstrap import Services, now
from workers.page_work import AssembleTask, assemble_stored


def assemble_document(claim: Claim, services: Services) -> None:
    """Assemble the draft and let it be sealed.

    Raises:
        OtherOwner: where the owner of the dossier should stand, somebody else does.
    """
    with services.records.begin() as tx:
        row = documents.load(tx, claim.subject)
        dossier = dossiers.load(tx, row.dossier_code)
        pages = documents.pages(tx, row.id)
        released = held.is_released(tx, row.id, pages)
    task = AssembleTask(
        objects_url=services.objects_url,
        layers=tuple((place.picture_digest, place.layers_digest) for place in pages),
        metadata=metadata_of(row, dossier),
        dossier=dossier,
        paper_code=row.component_code,
        released=released,
    )
    deadline_s = services.lane_reading[claim.lane].page_deadline_s + 2 * len(pages)
    made = services.lane_children[claim.lane].call(deadline_s, assemble_stored, task)
    keep_fields(held.fields_key(row.id, pages, FIELDS_VERSION), made.papers, services)
    if made.draft is None:
        raise OtherOwner(reason_of(made.conflicts))
    digest = services.objects.put(made.draft.pdf, "application/pdf")
    with services.records.begin() as tx:
        documents.save_draft(tx, row.id, digest, made.confidence)
        jobs.finish(tx, claim, now(), [claim.follow(JobKind.SEAL, row.id)])


def keep_fields(key: StepKey, papers: tuple[PaperFields, ...], services: Services) -> None:
    """Keep what the papers of a document say, whether or not it goes on."""
    text = json.dumps([paper.to_json() for paper in papers], ensure_ascii=False, sort_keys=True).encode()
    digest = services.objects.put(text, "application/json")
    with services.records.begin() as tx:
        steps.save(tx, key, {"fields": digest}, now())


def reason_of(conflicts: tuple[Conflict, ...]) -> str:
    """Return why a document is held: where on its pages, without a name."""
    places = dict.fromkeys(conflict.place for conflict in conflicts)
    return f"Không phải chủ hồ sơ: {'; '.join(places)}"


def metadata_of(row: DocumentRow, dossier: Dossier) -> DocumentMetadata:
    """Return what the file says of itself.

    Raises:
        BadDossier: the dossier lost that component since the batch was split.
    """
    component = dossier.component(row.component_code)
    if component is None:
        raise BadDossier(f"Hồ sơ {row.dossier_code} không còn thành phần {row.component_code}")
    return DocumentMetadata(title=component.name, dossier_code=dossier.code, created=row.created_at)

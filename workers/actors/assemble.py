"""One document from its pages' layers to an approved, unsealed PDF/A."""

from pipeline.store.records import documents, dossiers, jobs
from pipeline.store.records.documents import DocumentRow
from schemas.document import DocumentMetadata
from schemas.dossier import Dossier
from schemas.errors import BadDossier
from schemas.jobs import Claim, JobKind
from workers.bootstrap import Services, now
from workers.page_work import AssembleTask, assemble_stored


def assemble_document(claim: Claim, services: Services) -> None:
    """Assemble the draft and let it be sealed."""
    with services.records.begin() as tx:
        row = documents.load(tx, claim.subject)
        dossier = dossiers.load(tx, row.dossier_code)
        pages = documents.pages(tx, row.id)
    task = AssembleTask(
        objects_url=services.objects_url,
        layers=tuple((place.picture_digest, place.layers_digest) for place in pages),
        metadata=metadata_of(row, dossier),
    )
    deadline_s = services.lane_reading[claim.lane].page_deadline_s + 2 * len(pages)
    draft, confidence = services.lane_children[claim.lane].call(deadline_s, assemble_stored, task)
    digest = services.objects.put(draft.pdf, "application/pdf")
    with services.records.begin() as tx:
        documents.save_draft(tx, row.id, digest, confidence)
        jobs.finish(tx, claim, now(), [claim.follow(JobKind.SEAL, row.id)])


def metadata_of(row: DocumentRow, dossier: Dossier) -> DocumentMetadata:
    """Return what the file says of itself.

    Raises:
        BadDossier: the dossier lost that component since the batch was split.
    """
    component = dossier.component(row.component_code)
    if component is None:
        raise BadDossier(f"Hồ sơ {row.dossier_code} không còn thành phần {row.component_code}")
    return DocumentMetadata(title=component.name, dossier_code=dossier.code, created=row.created_at)

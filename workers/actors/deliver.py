"""Hand one sealed version to one receiver and keep the receipt."""

import sqlalchemy as sa
import structlog

from pipeline.store.records import deliveries, documents, dossiers, jobs
from pipeline.store.records.deliveries import DeliveryRow
from pipeline.store.records.documents import DocumentRow, VersionRow
from schemas.dossier import Dossier
from schemas.errors import BadDossier
from schemas.jobs import Claim, DeliveredPaper, Receipt, Receiver
from workers.bootstrap import Services, now

log = structlog.get_logger()


def deliver_paper(claim: Claim, services: Services) -> None:
    """Deliver; the same idempotency key at every attempt makes repeating harmless."""
    with services.records.begin() as tx:
        place = deliveries.load(tx, claim.subject)
        dossier = dossiers.load(tx, place.dossier_code)
        papers = papers_up_to(tx, place, dossier, services)
    receipt = hand_over(place, dossier, papers, services)
    with services.records.begin() as tx:
        following = deliveries.accept(tx, place, receipt, now())
        jobs.finish(tx, claim, now(), following)
    services.meters.accepted(place.receiver)
    log.info("receipt kept", delivery=place.id, receiver=place.receiver, document=place.document_id)


def hand_over(place: DeliveryRow, dossier: Dossier, papers: list[DeliveredPaper], services: Services) -> Receipt:
    """Call the receiver: the citizen's store gets the paper, the dossier system the dossier with all so far."""
    try:
        if place.receiver is Receiver.CITIZEN_STORE:
            return services.citizen_store.deliver(dossier, papers[-1], place.key)
        return services.dossier_system.deliver(dossier, papers, place.key)
    finally:
        note_breaker(place.receiver, services)


def note_breaker(receiver: Receiver, services: Services) -> None:
    """Show whether a receiver is spared after this call."""
    client = services.citizen_store if receiver is Receiver.CITIZEN_STORE else services.dossier_system
    services.meters.breaker(receiver, is_open=client.spared)


def papers_up_to(tx: sa.Connection, place: DeliveryRow, dossier: Dossier, services: Services) -> list[DeliveredPaper]:
    """Return the papers of the deliveries to this receiver up to this one, which comes last.

    A repeated attempt says the same, whatever was sealed in the meantime.
    """
    before = deliveries.up_to(tx, place)
    newest = {item.document_id: item for item in before}
    newest.pop(place.document_id, None)
    ordered = [*newest.values(), place]
    return [paper(tx, item, dossier, services.settings.deliver.link_base) for item in ordered]


def paper(tx: sa.Connection, place: DeliveryRow, dossier: Dossier, link_base: str) -> DeliveredPaper:
    """Return a version as receivers are told of it."""
    row = documents.load(tx, place.document_id)
    version = next(item for item in documents.versions(tx, row.id) if item.version_no == place.version_no)
    return describe(row, version, dossier, link_base)


def describe(row: DocumentRow, version: VersionRow, dossier: Dossier, link_base: str) -> DeliveredPaper:
    """Join what the tables know of a sealed version.

    Raises:
        BadDossier: the dossier lost that component.
    """
    component = dossier.component(row.component_code)
    if component is None:
        raise BadDossier(f"Hồ sơ {row.dossier_code} không còn thành phần {row.component_code}")
    return DeliveredPaper(
        document_id=row.id,
        component_code=component.code,
        component_name=component.name,
        notation=component.notation,
        digest=version.digest,
        size=version.size,
        pages=row.page_count,
        link=f"{link_base}/{version.digest}.pdf",
        sealed_at=version.sealed_at,
        digitized_at=row.created_at,
    )

"""One page through clean, read and encode: one job, one process, one decode."""

import json

from pipeline.store.records import batches, documents, findings, jobs, steps
from pipeline.store.records.documents import PageRow
from schemas.batch import Batch
from schemas.document import Digest, PageLayers
from schemas.jobs import Claim, JobKind
from workers.bootstrap import Services, now
from workers.page_work import PAGE_VERSION, MadePage, PageTask, Source, clocked, make_layers


def work_page(claim: Claim, services: Services) -> None:
    """Make the page's layers, or find those already made, and record them."""
    batch_id, _, page_no = claim.subject.rpartition("/")
    with services.records.begin() as tx:
        batch = batches.load(tx, batch_id)
        document_id, place = documents.page_of(tx, batch_id, int(page_no))
        unseen = findings.was_unreadable(tx, batch_id, place.page_no)
        key = step_key(batch, place, services)
        known = steps.find(tx, key)
    outputs = known or keep(make(task_of(batch, place, claim, services, unseen=unseen), claim, services), services)
    with services.records.begin() as tx:
        steps.save(tx, key, outputs, now())
        documents.save_layers(tx, place, Digest(outputs["picture"]), Digest(outputs["layers"]))
        ready = documents.all_read(tx, document_id)
        follow = [claim.follow(JobKind.ASSEMBLE, document_id)] if ready else []
        jobs.finish(tx, claim, now(), follow)
    services.meters.pages("read", 1)


def step_key(batch: Batch, place: PageRow, services: Services) -> steps.StepKey:
    """Return what the layers of a page depend on."""
    return steps.StepKey(
        inputs=(batch.original.digest, str(place.page_no)),
        stage="page",
        version=PAGE_VERSION,
        settings=services.settings.read,
    )


def task_of(batch: Batch, place: PageRow, claim: Claim, services: Services, *, unseen: bool) -> PageTask:
    """Return what is to be done."""
    return PageTask(
        source=Source(original=batch.original, objects_url=services.objects_url),
        page_no=place.page_no,
        station=services.settings.station,
        reading=services.lane_reading[claim.lane],
        unseen=unseen,
    )


def make(task: PageTask, claim: Claim, services: Services) -> MadePage:
    """Work on the page in this thread's child process."""
    return services.lane_children[claim.lane].call(task.reading.page_deadline_s, make_layers, task)


def keep(made: MadePage, services: Services) -> dict[str, str]:
    """Store picture and text; return their digests."""
    seconds = dict(made.seconds)
    digests = clocked(store, seconds, "store")(made.layers, services)
    services.meters.stages(seconds)
    return digests


def store(layers: PageLayers, services: Services) -> dict[str, str]:
    """Put picture and text into the object store."""
    text = json.dumps(layers.to_json(), ensure_ascii=False, sort_keys=True).encode()
    media_type = "image/jpeg" if layers.coding == "jpeg" else "image/tiff"
    return {
        "picture": services.objects.put(layers.picture, media_type),
        "layers": services.objects.put(text, "application/json"),
    }

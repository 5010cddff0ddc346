"""Judge what was found against what was fed: lost, doubled, sealed twice, stuck, or wrong otherwise."""

import hashlib
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import judges
import pikepdf
from servers import built

from chaos.facts import Facts, Version
from chaos.stacks import Stack
from schemas.document import SealLevel
from schemas.settings import read
from workers.bootstrap import Services

RECEIVERS = ("citizen-store", "dossier-system")


class Kind(StrEnum):
    """What a fault amounts to."""

    LOST = "lost"
    DOUBLED = "doubled"
    SEALED_TWICE = "sealed twice"
    STUCK = "stuck"
    WRONG = "wrong"


@dataclass(frozen=True)
class Fault:
    """One thing that is not as it must be; codes, digests and numbers only."""

    kind: Kind
    what: str


@dataclass(frozen=True)
class Truth:
    """What must come out of the stacks that were fed."""

    stacks: Sequence[Stack]
    pages: set[tuple[Any, ...]] = field(default_factory=set)
    papers: Counter[tuple[str, str]] = field(default_factory=Counter)


def truth_of(stacks: Sequence[Stack]) -> Truth:
    """Return where every page must be, and how many pages each paper has."""
    truth = Truth(stacks)
    for stack in stacks:
        digest = hashlib.sha256(stack.data).hexdigest()
        for place in stack.places:
            truth.pages.add((digest, *vars(place).values()))
            if place.dossier and place.component:
                truth.papers[place.dossier, place.component] += 1
    return truth


def judge(truth: Truth, facts: Facts) -> list[Fault]:
    """Return all faults that tables, bucket and receivers' book show."""
    return [*ledger(truth, facts), *documents(truth, facts), *objects(facts), *deliveries(truth, facts), *stuck(facts)]


def ledger(truth: Truth, facts: Facts) -> Iterator[Fault]:
    """Every page must be in exactly the place where it belongs."""
    placed = {page[:2] for page in facts.pages}
    for page in sorted(truth.pages - facts.pages, key=str):
        yield Fault(Kind.WRONG if page[:2] in placed else Kind.LOST, f"page {page} is not in its place")
    for page in sorted(facts.pages - truth.pages, key=str):
        yield Fault(Kind.WRONG, f"page {page} is in a place where it does not belong")
    if facts.batches.total() > len(truth.stacks):
        yield Fault(Kind.DOUBLED, f"{facts.batches.total()} batches of {len(truth.stacks)} stacks")


def documents(truth: Truth, facts: Facts) -> Iterator[Fault]:
    """Every paper must be one document with all its pages, sealed once."""
    firsts = Counter((version.dossier, version.component) for version in facts.versions if version.number == 1)
    yield from compared(truth.papers, firsts, "sealed document")
    for version in facts.versions:
        if version.pages != truth.papers[version.dossier, version.component]:
            yield Fault(Kind.WRONG, f"{version} has another number of pages")
        if version.number > 1 and not was_unstamped(version, facts.versions):
            yield Fault(Kind.SEALED_TWICE, f"{version} follows one that needed no stamp")
    for digest in sorted(facts.objects.signed - {version.digest for version in facts.versions}):
        yield Fault(Kind.SEALED_TWICE, f"signed file {digest} is no version")
    if facts.objects.seals > firsts.total():
        yield Fault(Kind.SEALED_TWICE, f"{facts.objects.seals} seals kept for {firsts.total()} documents")


def was_unstamped(version: Version, versions: Sequence[Version]) -> bool:
    """Whether the version before had no time stamp: then a further one is right."""
    return any(
        (other.dossier, other.component, other.number, other.level)
        == (version.dossier, version.component, version.number - 1, SealLevel.B_B)
        for other in versions
    )


def objects(facts: Facts) -> Iterator[Fault]:
    """Everything that the tables name must lie in the bucket, whole, and written once."""
    for digest in sorted(facts.kept - facts.objects.digests):
        yield Fault(Kind.LOST, f"object {digest} is not in the bucket")
    for key in facts.objects.spoilt:
        yield Fault(Kind.LOST, f"object {key} is not what it was")
    for key in facts.objects.rewritten:
        yield Fault(Kind.DOUBLED, f"object {key} was written more than once")


def deliveries(truth: Truth, facts: Facts) -> Iterator[Fault]:
    """Both receivers must have each paper once, in turn, and their receipts must be on file."""
    for receiver in RECEIVERS:
        yield from compared(Counter(list(truth.papers)), facts.papers[receiver], f"paper at the {receiver}")
        receipts = [number for name, _, _, number in facts.deliveries if name == receiver]
        if None in receipts or len(set(receipts)) != len(receipts):
            yield Fault(Kind.WRONG, f"receipts of the {receiver} are missing or not each another")
    if facts.hashes != {version.digest for version in facts.versions if version.number == 1}:
        yield Fault(Kind.WRONG, "the citizen's store knows other files than were sealed")
    if facts.out_of_turn:
        yield Fault(Kind.WRONG, f"{facts.out_of_turn} deliveries overtook an earlier one")


def compared(wanted: Mapping[tuple[str, str], int], found: Counter[tuple[str, str]], what: str) -> Iterator[Fault]:
    """Yield what is missing, there twice, or not wanted."""
    for paper in sorted(wanted.keys() | found.keys()):
        if paper not in wanted:
            yield Fault(Kind.WRONG, f"{what} {paper} was never fed")
        elif found[paper] == 0:
            yield Fault(Kind.LOST, f"{what} {paper} is missing")
        elif found[paper] > 1:
            yield Fault(Kind.DOUBLED, f"{what} {paper} is there {found[paper]} times")


def stuck(facts: Facts) -> Iterator[Fault]:
    """Nothing may wait, run or be in quarantine; every batch is closed, every delivery accepted."""
    for job in facts.unfinished:
        yield Fault(Kind.STUCK, f"job {job}")
    if facts.outbox:
        yield Fault(Kind.STUCK, f"{facts.outbox} rows in the outbox")
    for state, number in facts.batches.items():
        if state != "closed":
            yield Fault(Kind.STUCK, f"{number} batches {state}")
    waiting = sum(state != "accepted" for _, _, state, _ in facts.deliveries)
    if waiting:
        yield Fault(Kind.STUCK, f"{waiting} deliveries not accepted")


def judge_files(versions: Sequence[Version], files: Sequence[Path], variables: Mapping[str, str]) -> list[Fault]:
    """Look at every sealed file: what it says it is, and whether two programs hold its seal for valid."""
    services = Services(read(variables))
    pdfsig = shutil.which("pdfsig")
    faults = []
    for version, file in zip(versions, files, strict=True):
        faults += [Fault(Kind.WRONG, f"{version}: {trouble}") for trouble in content(version, file)]
        if not services.sealer.verify(file.read_bytes()).holds:
            faults.append(Fault(Kind.WRONG, f"{version}: our verifier refuses it"))
        if pdfsig is None or not judges.pdfsig_approves(pdfsig, file):
            faults.append(Fault(Kind.WRONG, f"{version}: pdfsig refuses it"))
    services.close()
    return faults


def content(version: Version, file: Path) -> Iterator[str]:
    """Yield what a file says otherwise than the tables."""
    with pikepdf.open(file) as pdf, pdf.open_metadata() as metadata:
        if version.dossier not in str(metadata["dc:identifier"]):
            yield "it is of another dossier"
        if len(pdf.pages) != version.pages:
            yield f"it has {len(pdf.pages)} pages"


def judge_archival(files: Sequence[Path]) -> list[Fault]:
    """Let veraPDF look at the files."""
    java, jars = shutil.which("java"), built.newest("verapdf-*")
    if java is None or jars is None:
        return [Fault(Kind.WRONG, "veraPDF is missing; run: make setup-test")]
    verdicts = judges.verapdf(java, jars, *files)
    return [Fault(Kind.WRONG, f"{file.stem}: not PDF/A") for file, verdict in verdicts.items() if verdict != "PASS"]

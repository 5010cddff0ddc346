"""One broker's trial: feed, storm, audit; what is left of it is kept where anything is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from chaos import audit, evidence, facts, stacks, storm
from chaos.audit import Fault, Kind
from chaos.facts import Facts
from chaos.stacks import Stack
from chaos.storm import Passed, Tell, Wanted
from chaos.surroundings import Surroundings, around
from workers.sandbox.faults import Faults


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a trial."""

    wanted: Wanted
    passed: Passed
    documents: int
    faults: list[Fault]

    def row(self) -> dict[str, str]:
        """Return the figures by name."""
        return {
            "broker": self.wanted.broker,
            "pages in": str(self.wanted.pages),
            "documents out": str(self.documents),
            **{kind: str(sum(fault.kind is kind for fault in self.faults)) for kind in Kind},
            "kills": str(self.passed.kills),
            "outages": str(self.passed.outages),
            "longest stop": f"{max(self.passed.stops):.0f} s",
            "minutes": f"{self.passed.seconds / 60:.1f}",
            "seed": str(self.wanted.seed),
        }


def attempt(wanted: Wanted, folder: Path, tell: Tell, *, archival: bool) -> Outcome:
    """Run one trial with all its files below `folder`, which must not exist.

    Args:
        wanted: what the run is to be.
        folder: where everything is kept.
        tell: is given a line now and then.
        archival: let veraPDF judge as well, which takes a second or more per file.
    """
    folder.mkdir(parents=True)
    drawn = stacks.draw(wanted.pages, wanted.seed)
    with around(wanted.broker, folder, Faults.everything(wanted.faults, seed=wanted.seed)) as surroundings:
        passed = storm.run(wanted, drawn, surroundings, folder, tell)
        tell("audit")
        found = facts.gather(surroundings)
        faults = [Fault(Kind.STUCK, what) for what in passed.stuck] + audit.judge(audit.truth_of(drawn), found)
        faults += judge_files(found, surroundings, folder, archival=archival)
        if faults:
            evidence.keep(folder, surroundings, faults)
            save(drawn, folder / "fed")
    return Outcome(wanted=wanted, passed=passed, documents=delivered(found), faults=faults)


def judge_files(found: Facts, surroundings: Surroundings, folder: Path, *, archival: bool) -> list[Fault]:
    """Let other programs look at every sealed file."""
    there = [version for version in found.versions if version.digest in found.objects.digests]
    files = facts.save_delivered(surroundings, there, folder / "delivered")
    faults = audit.judge_files(there, files, surroundings.variables)
    return faults + (audit.judge_archival(files) if archival and files else [])


def delivered(found: Facts) -> int:
    """Return how many papers both receivers have."""
    first, second = (set(found.papers[receiver]) for receiver in audit.RECEIVERS)
    return len(first & second)


def save(drawn: Sequence[Stack], folder: Path) -> None:
    """Write the stacks as they were fed."""
    folder.mkdir()
    for stack in drawn:
        (folder / stack.name).write_bytes(stack.data)

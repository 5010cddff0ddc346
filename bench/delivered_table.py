"""Delivered pages as a table in Markdown: bytes, processor, memory, ink and judges, beside those of the peers."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from bench.ink import InkScore

OURS, DEFAULT, SMALL, FULL = "sohoa", "OCRmyPDF", "OCRmyPDF -O3", "OCRmyPDF full"
RIVALS = (DEFAULT, SMALL, FULL)
HEAD = (
    "pages",
    "system",
    "KB/page",
    "picture + text + rest",
    "less the scan",
    "of default, -O3",
    "CPU s/page",
    "without start",
    "of default, full",
    "wall s/page",
    "MB",
    "ink matched %",
    "gained",
    "ΔE",
    "shift px",
    "PDF/A-2b: pikepdf, veraPDF",
)


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """One run of one system over the pages of a kind; bytes and seconds of all pages together.

    Attributes:
        came: bytes of the scanner's own pictures.
        size: of the files, of which `picture` and `text` are parts.
        start_cpu_s: of the program without a page.
        memory_mb: the most that all its processes held at one moment, shared pages counted once.
        inks: of each page that was looked at, in the last run only.
        judged, approved: files, and those of them that pikepdf and veraPDF take for PDF/A-2b.
    """

    kind: str
    system: str
    pages: int
    came: int
    size: int
    picture: int
    text: int
    cpu_s: float
    wall_s: float
    start_cpu_s: float
    memory_mb: float
    inks: tuple[InkScore, ...] = ()
    judged: int = 0
    approved: tuple[int, int] = (0, 0)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "Delivered":
        """Read back what `dataclasses.asdict` told."""
        inks = tuple(InkScore(**ink) for ink in told["inks"])
        return cls(**{**told, "inks": inks, "approved": tuple(told["approved"])})


@dataclass
class Group:
    """The runs of a system over a kind of pages, and those of its rivals."""

    runs: list[Delivered] = field(default_factory=list)

    def of(self, value: Callable[[Delivered], float], digits: int = 2) -> str:
        """Return the median by page, with the least and the most."""
        return spread([value(run) / run.pages for run in self.runs], digits)


def table(runs: Sequence[Delivered]) -> str:
    """Return a row for each kind and system."""
    groups: dict[tuple[str, str], Group] = defaultdict(Group)
    for run in runs:
        groups[run.kind, run.system].runs.append(run)
    rows = [row(group, {name: groups[kind, name] for name in RIVALS if (kind, name) in groups})
            for (kind, _), group in list(groups.items())]  # fmt: skip
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [HEAD, ["---"] * len(HEAD), *rows])


def row(group: Group, rivals: Mapping[str, Group]) -> tuple[str, ...]:
    """Return the cells of a system."""
    last = group.runs[-1]
    rest = last.size - last.picture - last.text
    return (
        f"{last.kind} ({last.pages})",
        last.system,
        group.of(lambda run: run.size / 1000, 1),
        " + ".join(f"{part / last.pages / 1000:.1f}" for part in (last.picture, last.text, rest)),
        f"{(last.size - last.came) / last.pages / 1000:+.1f}",
        ratios(group, [rivals.get(DEFAULT), rivals.get(SMALL)], lambda run: run.size),
        group.of(lambda run: run.cpu_s),
        group.of(lambda run: run.cpu_s - run.start_cpu_s),
        ratios(group, [rivals.get(DEFAULT), rivals.get(FULL)], lambda run: run.cpu_s),
        group.of(lambda run: run.wall_s),
        f"{max(run.memory_mb for run in group.runs):.0f}",
        *inks(last.inks),
        f"{last.approved[0]}, {last.approved[1]} of {last.judged}" if last.judged else "",
    )


def ratios(group: Group, rivals: Sequence[Group | None], value: Callable[[Delivered], float]) -> str:
    """Return what a system takes of what each rival takes, run by run."""
    return ", ".join(_ratio(group, rival, value) if rival and rival is not group else "-" for rival in rivals)


def _ratio(group: Group, rival: Group, value: Callable[[Delivered], float]) -> str:
    pairs = zip(group.runs, rival.runs, strict=False)
    return spread([value(one) / one.pages * other.pages / value(other) for one, other in pairs])


def inks(scores: Sequence[InkScore]) -> tuple[str, str, str, str]:
    """Return pieces of ink matched, over all pages and on the worst; gained, a page; ΔE and shift."""
    if not scores:
        return "", "", "", ""
    pieces = sum(score.pieces for score in scores)
    matched = sum(score.matched * score.pieces for score in scores) / pieces if pieces else 1.0
    colours = [score.delta_e for score in scores if score.delta_e is not None]
    return (
        f"{100 * matched:.2f} (worst {100 * min(score.matched for score in scores):.2f})",
        spread([score.gained for score in scores], 0),
        spread(colours, 1) if colours else "",
        spread([score.shift for score in scores], 1),
    )


def spread(values: Sequence[float], digits: int = 2) -> str:
    """Return the median with the least and the most; one value alone where they are the same."""
    middle, least, most = (f"{value:.{digits}f}" for value in (median(values), min(values), max(values)))
    return middle if least == most else f"{middle} ({least}-{most})"

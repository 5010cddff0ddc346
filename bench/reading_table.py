"""Measured reading as tables in Markdown, which a person can read as they are."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from bench.reading_scores import BINS, Score

OURS, RIVAL = "sohoa", "OCRmyPDF"
COLUMNS = (
    "pages",
    "system",
    "flex %",
    "CER %",
    "WER %",
    "diacritics %",
    "lost, turned wrongly",
    "verified lines %",
    "of them exact %",
    "ECE %",
    "fields: recall, precision %",
    "blank found, false, invented",
    "CPU s/page",
    "without start",
    "wall s/page",
    "MB",
    "CPU / OCRmyPDF's",
)


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One run of one system over one corpus; seconds of all its pages together.

    Attributes:
        asked: pages that were asked for; `pages` are those that were there.
        start_cpu_s: of the program without a page; 0 where it was not measured.
    """

    corpus: str
    system: str
    asked: int
    pages: int
    score: Score
    cpu_s: float
    wall_s: float
    memory_mb: float
    repeat: int = 0
    start_cpu_s: float = 0.0


def table(runs: Sequence[Measured]) -> str:
    """Return a row for each corpus and system: text of the last run, costs as median (least-most) over all."""
    groups: dict[tuple[str, str], list[Measured]] = defaultdict(list)
    for one in runs:
        groups[one.corpus, one.system].append(one)
    rows = [_row(group, groups.get((corpus, RIVAL), [])) for (corpus, _), group in sorted(groups.items(), key=_place)]
    return "\n".join(f"| {' | '.join(row)} |" for row in [COLUMNS, ["---"] * len(COLUMNS), *rows])


def _place(item: tuple[tuple[str, str], list[Measured]]) -> tuple[str, bool, str]:
    corpus, system = item[0]
    return corpus, system != OURS, system


def _row(group: Sequence[Measured], rival: Sequence[Measured]) -> tuple[str, ...]:
    last = group[-1]
    got = last.score
    return (
        f"{last.corpus} ({last.pages})",
        last.system,
        *_texts(got),
        _share(got.verified, got.lines) if got.lines else "",
        _share(got.exact, got.verified) if got.lines else "",
        "" if got.calibration_error is None else f"{got.calibration_error:.2f}",
        f"{_share(got.found, got.wanted)}, {_share(got.found, got.found + got.false)}" if got.wanted else "",
        _blanks(got),
        _spread([one.cpu_s / one.pages for one in group]),
        _spread([(one.cpu_s - one.start_cpu_s) / one.pages for one in group]) if last.start_cpu_s else "",
        _spread([one.wall_s / one.pages for one in group]),
        f"{max(one.memory_mb for one in group):.0f}",
        _ratio(group, rival),
    )


def _texts(got: Score) -> list[str]:
    if not got.printed:
        return [""] * 5
    errors = got.errors
    return [*(f"{rate:.2f}" for rate in (errors.flex, errors.cer, errors.wer, errors.dia)), f"{got.lost}, {got.askew}"]


def _blanks(got: Score) -> str:
    if got.blanks:
        return f"{got.blanks_found} of {got.blanks}, {got.called_blank}, {got.invented}"
    return f"-, {got.called_blank}, -"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}" if whole else "-"


def _spread(values: Sequence[float]) -> str:
    if len(values) == 1:
        return f"{values[0]:.2f}"
    return f"{median(values):.2f} ({min(values):.2f}-{max(values):.2f})"


def _ratio(group: Sequence[Measured], rival: Sequence[Measured]) -> str:
    """Return the ratio of processor seconds, run by run, the program's start apart where it is known; and with it."""
    if not rival or group[0].system == RIVAL:
        return ""
    pairs = list(zip(group, rival, strict=False))
    whole = _spread([one.cpu_s / other.cpu_s for one, other in pairs])
    if not group[-1].start_cpu_s:
        return whole
    return f"{_spread([(one.cpu_s - one.start_cpu_s) / other.cpu_s for one, other in pairs])}; with start {whole}"


def curve(runs: Sequence[Measured]) -> str:
    """Return how often words of each confidence are right, over all pages that were read by words."""
    parts = defaultdict(list)
    for one in runs:
        if one.score.bins:
            parts[one.corpus].append(one.score)
    return "\n".join(line for corpus, scores in parts.items() for line in _curve(corpus, scores[-1]))


def _curve(corpus: str, got: Score) -> Iterator[str]:
    yield f"\nReliability, {corpus}:\n\n| said to be right % | words | right % |\n| --- | --- | --- |"
    for number in range(BINS):
        words, certain, right = got.bins.get(number, (0, 0.0, 0))
        if words:
            yield f"| {100 * certain / words:.1f} | {words} | {100 * right / words:.1f} |"

"""Fits how readings are voted on and how sure the result is; `pipeline/ocr/data/weights.json` comes from here.

    PYTHONPATH=. .venv/bin/python bench/calibrate.py gather var/readings.jsonl --typical 60 --hard 60
    PYTHONPATH=. .venv/bin/python bench/calibrate.py fit var/readings.jsonl --write

Pages are drawn from every tenth document of the corpus: the table that comes along has not seen them
(`make language-model`). Every third page is never fitted to; the figures printed are of those.
"""

import argparse
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise, product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from bench.drawn import DEVELOPMENT, pages
from bench.readings import KnownLine, drawn_lines, plain, scanned_lines
from pipeline.ocr.alignment import Spot, align
from pipeline.ocr.confidence import DOUBTFUL, OF_ONE_KIN, Jury
from pipeline.ocr.evidence import AGREED, ALONE, DECIDED, RESTORED, features_of_restored, manner_of
from pipeline.ocr.ink import Spacing, spaced
from pipeline.ocr.language import STEPS, Language
from pipeline.ocr.marks import restored
from pipeline.ocr.readers import open_readers
from pipeline.ocr.syllable import is_possible
from pipeline.ocr.voting import FIXED, MOST_OF_LANGUAGE, Candidate, candidates_of, kinds_of, neighbours
from schemas.settings import Reader
from schemas.text import LineReading

WEIGHTS = Path(__file__).parents[1] / "pipeline" / "ocr" / "data" / "weights.json"
SETS = (
    ("tessnet",),
    ("trueocr",),
    ("tessfast",),
    ("tessnet", "trueocr"),
    ("tessnet", "trueocr", "tessfast"),
)
"""Sets of readers that lines are read by."""
SAME_READER = {"tesserocr": "tessnet", "pytesseract": "tessnet", "asterocr": "tessfast"}
"""Whose weights others take: the same network behind another door; who is asked rarely, those of the least trusted."""
SCANS = Path(__file__).resolve().parents[2] / "shared" / "scans"
BINS = (0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 1.01)
VERIFIED = {AGREED: 0.93, DECIDED: 0.9, OF_ONE_KIN: 0.99}
"""From which probability words need no person; with one reader none ever does without."""
UNSEEN = 3
"""Every so many pages are not fitted to."""
RIDGE_VOTES, RIDGE_ODDS = 0.3, 0.5
Vector = NDArray[np.float64]


def is_unseen(line: KnownLine) -> bool:
    """Whether the line's page is one of those that figures are taken from."""
    return zlib.crc32(f"line {line.page}".encode()) % UNSEEN == 0


def exact_words(words: Sequence[str], truth: Sequence[str]) -> list[bool]:
    """Return which words are printed so, where they are."""
    exact = [False] * len(words)
    for step in Levenshtein.opcodes([plain(word) for word in words], truth):
        if step.tag == "equal":
            exact[step.src_start : step.src_end] = [True] * (step.src_end - step.src_start)
    return exact


def exact_spots(line: KnownLine, readings: Sequence[LineReading], spots: Sequence[Spot]) -> list[list[bool]]:
    """Return of each spot which readers have there exactly what is printed."""
    exact = [exact_words([word.text for word in reading.words], line.truth) for reading in readings]
    begun = [0] * len(readings)
    found = []
    for spot in spots:
        row = []
        for place, words in enumerate(spot.readings):
            end = begun[place] + len(words)
            row.append(bool(words) and all(exact[place][begun[place] : end]))
            begun[place] = end
        found.append(row)
    return found


# how votes are weighed -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Dispute:
    """A spot with several candidates: what speaks for each by name, and which is printed."""

    features: list[dict[str, float]]
    right: int


def disputes(line: KnownLine, names: Sequence[str], language: Language) -> Iterator[Dispute]:
    """Yield the spots of a line on which readers differ and one of them is right."""
    spacing = Spacing.of(line.ink, [line.readings[name] for name in names])
    readings = [spaced(line.readings[name], spacing) for name in names]
    spots = align(readings)
    kinds = kinds_of(spots)
    candidates = [candidates_of(spot) for spot in spots]
    likeliest = [max(some, key=lambda one: len(one.readers)).texts for some in candidates]
    for place, exact in enumerate(exact_spots(line, readings, spots)):
        some = candidates[place]
        right = _right_candidate([any(exact[reader] for reader in one.readers) for one in some], some)
        if len(some) > 1 and right is not None:
            costs = [language.cost_between(*_around(likeliest, place, one.texts)) for one in some]
            least = min(costs)
            told = [
                _votes(names, one, kinds[place])
                | _speech(one, kinds[place], cost - least)
                | {"parting": spacing.parting(one.words), "sign": float(sum(map(spacing.sign_seen, one.words)))}
                for one, cost in zip(some, costs, strict=True)
            ]
            yield Dispute(told, right)


def _around(texts: Sequence[tuple[str, ...]], place: int, words: tuple[str, ...]) -> tuple[Any, ...]:
    before, after = neighbours(texts, place)
    return before, words, after


def _right_candidate(exact: Sequence[bool], candidates: Sequence[Candidate]) -> int | None:
    """Return which candidate is printed: of several the one of most words; none at all, if that is a candidate."""
    found = [place for place, right in enumerate(exact) if right]
    if found:
        return max(found, key=lambda place: len(candidates[place].words))
    return next((place for place, one in enumerate(candidates) if not one.words), None)


def _votes(names: Sequence[str], candidate: Candidate, kind: str) -> dict[str, float]:
    told: dict[str, float] = {}
    for place, surety in zip(candidate.readers, candidate.surety, strict=True):
        told |= {f"trust {names[place]} {kind}": 1.0, f"surety {names[place]}": surety}
    return told


def _speech(candidate: Candidate, kind: str, dearer: int) -> dict[str, float]:
    if kind in FIXED:
        return {}
    return {
        "language": -min(dearer, MOST_OF_LANGUAGE) / STEPS,
        "impossible": float(any(not is_possible(text) for text in candidate.texts)),
    }


def fit_votes(found: Sequence[Dispute]) -> dict[str, Any]:
    """Return weights under which the printed candidates are the likeliest (a conditional logit)."""
    names = sorted({name for dispute in found for told in dispute.features for name in told})
    tables = [(_matrix(dispute.features, names), dispute.right) for dispute in found]
    weights = dict(zip(names, _newton(lambda at: _vote_slopes(tables, at), len(names), RIDGE_VOTES), strict=True))
    readers = {name.split()[1] for name in names if name.startswith("trust")}
    return {
        "trust": {
            reader: {
                name.split()[2]: round(float(value), 3)
                for name, value in weights.items()
                if name.startswith(f"trust {reader} ")
            }
            for reader in sorted(readers)
        },
        "surety": {reader: round(float(weights[f"surety {reader}"]), 3) for reader in sorted(readers)},
        "language": round(float(weights["language"]), 3),
        "impossible": round(float(weights["impossible"]), 3),
        "parting": round(float(weights["parting"]), 3),
        "sign": round(float(weights["sign"]), 3),
    }


def _vote_slopes(tables: Sequence[tuple[Vector, int]], at: Vector) -> tuple[Vector, Vector]:
    """Return gradient and curvature of the log likelihood."""
    slope, bend = np.zeros(len(at)), np.zeros((len(at), len(at)))
    for table, right in tables:
        odds = table @ at
        chance = np.exp(odds - odds.max())
        chance /= chance.sum()
        mean = chance @ table
        slope += table[right] - mean
        bend += (table * chance[:, None]).T @ table - np.outer(mean, mean)
    return slope, bend


def _matrix(told: Sequence[Mapping[str, float]], names: Sequence[str]) -> Vector:
    return np.array([[features.get(name, 0.0) for name in names] for features in told])


def _newton(slopes: Callable[[Vector], tuple[Vector, Vector]], size: int, ridge: float) -> Vector:
    """Return where a penalised likelihood is greatest."""
    at = np.zeros(size)
    for _ in range(100):
        slope, bend = slopes(at)
        step = np.linalg.solve(bend + ridge * np.eye(size), slope - ridge * at)
        at += np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-4:
            break
    return at


# how sure a word is --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Told:
    """What is known of one word, how it came about, whether it is printed so, and in which line it stands."""

    manner: str
    features: dict[str, float]
    exact: bool
    line: int


def told_words(lines: Sequence[KnownLine], names: Sequence[str], jury: Jury) -> Iterator[Told]:
    """Yield every word of every line as it is decided."""
    for number, line in enumerate(lines):
        choices, told = jury.told({name: line.readings[name] for name in names}, line.ink)
        exact = iter(exact_words([text for choice in choices for text in choice.candidate.texts], line.truth))
        for choice, features in zip(choices, told, strict=True):
            for _ in choice.candidate.words:
                yield Told(manner_of(choice), features, next(exact), number)


def told_restored(lines: Sequence[KnownLine], names: Sequence[str], jury: Jury) -> Iterator[Told]:
    """Yield every word whose marks would be restored."""
    for number, line in enumerate(lines):
        words = jury.without_marks({name: line.readings[name] for name in names}, line.ink)
        texts = [word.text for word in words]
        for place, word in enumerate(words):
            found = restored(texts, place, jury.language) if word.probability < DOUBTFUL else None
            if found is not None:
                exact = exact_words([*texts[:place], found[0], *texts[place + 1 :]], line.truth)[place]
                yield Told(RESTORED, features_of_restored(*found, word.probability), exact, number)


def fit_odds(found: Sequence[Told]) -> dict[str, float]:
    """Return the weights of a logistic regression: features to whether the word is exact."""
    names = sorted({name for told in found for name in told.features})
    table = _matrix([told.features for told in found], names)
    exact = np.array([told.exact for told in found], float)

    def slopes(at: Vector) -> tuple[Vector, Vector]:
        chance = 1 / (1 + np.exp(-np.clip(table @ at, -30, 30)))
        return table.T @ (exact - chance), (table * (chance * (1 - chance))[:, None]).T @ table

    weights = _newton(slopes, len(names), RIDGE_ODDS)
    return {name: round(float(value), 3) for name, value in zip(names, weights, strict=True) if abs(value) > 0.0005}


def expected_error(chances: Vector, exact: NDArray[np.bool_]) -> float:
    """Return the expected calibration error over ten bins of equal width, 0..1."""
    places = np.minimum((chances * 10).astype(int), 9)
    parts = [places == place for place in range(10)]
    return float(sum(abs(chances[part].sum() - exact[part].sum()) for part in parts) / max(1, len(chances)))


# commands ------------------------------------------------------------------------------------------------------------


def gather(stated: argparse.Namespace) -> None:
    """Read pages by every reader and write down each line with its truth."""
    readers, missing = open_readers([Reader.TESSNET, Reader.TRUEOCR, Reader.TESSFAST])
    print("without", ", ".join(missing) or "none")
    lines: list[Iterable[KnownLine]] = [scanned_lines(stated.scans, readers)]
    for level in ("typical", "hard"):
        lines += [drawn_lines(page, readers) for page in pages(level, getattr(stated, level), stated.seed)]
    with stated.lines.open("w", encoding="utf-8") as out:
        out.writelines(f"{line.to_json()}\n" for line in chain.from_iterable(lines))


def fit(stated: argparse.Namespace) -> None:
    """Fit to two thirds of the pages and show the figures of the rest."""
    language = Language.load(stated.language)
    found = [KnownLine.from_json(text) for text in stated.lines.read_text(encoding="utf-8").splitlines()]
    seen = [line for line in found if not is_unseen(line)]
    weights = fitted(seen, language)
    jury = Jury.from_json(weights, language)
    for names in SETS:
        show(names, having(found, names), jury)
    if stated.write:
        WEIGHTS.write_text(f"{json.dumps(weights, ensure_ascii=False, indent=1, sort_keys=True)}\n", encoding="utf-8")


def fitted(lines: Sequence[KnownLine], language: Language) -> dict[str, Any]:
    """Return the weights of votes and of confidence, as `weights.json` holds them."""
    sets = [names for names in SETS if len(names) > 1]
    voting = fit_votes(
        [one for names in sets for line in having(lines, names) for one in disputes(line, names, language)]
    )
    jury = Jury.from_json({"voting": voting, "confidence": {"weights": {}, "verified": {}}}, language)
    told = [one for names in SETS for one in told_words(having(lines, names), names, jury)]
    odds = {manner: fit_odds([one for one in told if one.manner == manner]) for manner in (ALONE, AGREED, DECIDED)}
    jury = Jury.from_json({"voting": voting, "confidence": {"weights": odds, "verified": {}}}, language)
    odds[RESTORED] = fit_odds([one for names in SETS for one in told_restored(having(lines, names), names, jury)])
    for other, same in SAME_READER.items():
        for table in (voting["trust"], voting["surety"]):
            table[other] = table[same]
        for manner, known in product((ALONE, AGREED, DECIDED), ("sure", "by")):
            odds[manner][f"{known}-{other}"] = odds[manner].get(f"{known}-{same}", 0.0)
    return {"voting": voting, "confidence": {"weights": odds, "verified": VERIFIED}}


def having(lines: Sequence[KnownLine], names: Sequence[str]) -> list[KnownLine]:
    """Return the lines that all of these readers have read."""
    return [line for line in lines if set(names) <= line.readings.keys()]


def show(names: Sequence[str], lines: Sequence[KnownLine], jury: Jury) -> None:
    """Print the figures of the lines that were not fitted to."""
    unseen = [line for line in lines if is_unseen(line)]
    if not unseen:
        return
    judged = [jury.judge({name: line.readings[name] for name in names}, line.ink) for line in unseen]
    exact = [exact_words([word.text for word in words], line.truth) for words, line in zip(judged, unseen, strict=True)]
    chances = np.array([word.probability for words in judged for word in words])
    right = np.array([one for row in exact for one in row])
    wrong = sum(_wrong([word.text for word in words], line) for words, line in zip(judged, unseen, strict=True))
    sure = [
        tuple(plain(word.text) for word in words) == line.truth
        for words, line in zip(judged, unseen, strict=True)
        if words and all(word.verified for word in words)
    ]
    print(
        f"{' + '.join(names)}: {len(unseen)} lines, {wrong / sum(len(line.truth) for line in unseen):.2%} words wrong, "
        f"calibration error {expected_error(chances, right):.2%}, "
        f"{len(sure) / len(unseen):.1%} of lines verified, {sum(sure) / max(1, len(sure)):.2%} of them exact"
    )
    for low, high in pairwise(BINS):
        part = (chances >= low) & (chances < high)
        if part.any():
            print(f"  said {chances[part].mean():.4f}, exact {right[part].mean():.4f} of {part.sum()} words")


def _wrong(words: Sequence[str], line: KnownLine) -> int:
    return Levenshtein.distance([plain(word) for word in words], line.truth)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    reading = commands.add_parser("gather", help="read pages, write down each line with its truth")
    reading.add_argument("--scans", type=Path, default=SCANS)
    reading.add_argument("--typical", type=int, default=30, help="drawn pages")
    reading.add_argument("--hard", type=int, default=30, help="drawn pages")
    reading.add_argument("--seed", type=int, default=DEVELOPMENT, help="of the first page")
    reading.set_defaults(run=gather)
    fitting = commands.add_parser("fit", help="fit to such lines")
    fitting.add_argument("--language", type=Path, help="another table than the one that comes along")
    fitting.add_argument("--write", action="store_true", help=f"to {WEIGHTS.name}")
    fitting.set_defaults(run=fit)
    for command in (reading, fitting):
        command.add_argument("lines", type=Path)
    stated = parser.parse_args()
    stated.run(stated)


if __name__ == "__main__":
    main()

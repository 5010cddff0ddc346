"""Several readings of one line made into one: agreement, and where there is none, what speaks for each reading.

What readers saw is chosen among, nothing else is ever written. Where words differ in digits, codes or names, the
language model has no say: there the surest reader wins.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.ocr.alignment import Spot, Words, align
from pipeline.ocr.ink import Spacing
from pipeline.ocr.kinds import is_proper, kind_of_difference, names_in, same_signs
from pipeline.ocr.language import STEPS, Language
from pipeline.ocr.syllable import is_possible
from schemas.text import LineReading

NAME = "name"
"""The kind of difference in a person's name."""
FIXED = (NAME, "fixed")
"""Kinds in which the language has no say."""
UNDISPUTED, MISSING = "none", "missing"
IMPROPER = -3.0
"""Log odds of a reading where another one is a date of the calendar, or built as a citizen's number."""
SWEEPS = 2
MOST_OF_LANGUAGE = 10 * STEPS
"""What is dearer by more is a rare word or a wrong one; how much more says nothing."""


@dataclass(frozen=True)
class Candidate:
    """One of the texts that stand for a spot.

    Attributes:
        words: of the first of the readers who read it so; none: nothing is there.
        readers: who read it so, by their places among the readings.
        surety: of each of these readers, the least over its words.
    """

    words: Words
    readers: tuple[int, ...]
    surety: tuple[float, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """The text of each word."""
        return tuple(word.text for word in self.words)


@dataclass(frozen=True)
class Choice:
    """A spot of the line, decided.

    Attributes:
        candidate: that was chosen.
        kind: in what the readings differed, "none" where they did not.
        lead: by how much it was better than the next, log odds; 0 where there was no other.
        of: how many readers read the line.
    """

    candidate: Candidate
    kind: str
    lead: float
    of: int


@dataclass(frozen=True, kw_only=True)
class Weights:
    """What speaks for a candidate, in log odds.

    Attributes:
        trust: of each reader by the kind of difference.
        surety: for each reader's own certainty of 1 against 0.
        language: for each natural logarithm that the candidate is likelier between its neighbours.
        impossible: that one of its words is impossible.
        parting: for each usual space by which the ink speaks for the candidate's spaces.
        sign: for each word whose last sign the ink shows, and against each where it shows another.
    """

    trust: Mapping[str, Mapping[str, float]]
    surety: Mapping[str, float]
    language: float
    impossible: float
    parting: float
    sign: float


@dataclass(frozen=True, eq=False)
class Ballot:
    """Who reads the line, and by what it is decided."""

    readers: tuple[str, ...]
    language: Language
    weights: Weights
    spacing: Spacing

    def evidence(self, candidate: Candidate, kind: str) -> float:
        """Return what speaks for a candidate by itself, whatever its neighbours are."""
        score = self.weights.parting * self.spacing.parting(candidate.words)
        score += self.weights.sign * sum(map(self.spacing.sign_seen, candidate.words))
        for place, surety in zip(candidate.readers, candidate.surety, strict=True):
            reader = self.readers[place]
            score += self.weights.trust.get(reader, {}).get(kind, 0.0)
            score += self.weights.surety.get(reader, 1.0) * surety
        if kind not in FIXED:
            score += self.weights.impossible * any(not is_possible(text) for text in candidate.texts)
        return score

    def scores(self, spot: "Disputed", before: str | None, after: str | None) -> list[float]:
        """Return what speaks for each candidate of a spot between these neighbours."""
        if spot.kind in FIXED:
            return spot.evidence
        costs = [self.language.cost_between(before, candidate.texts, after) for candidate in spot.candidates]
        least = min(costs)
        return [
            evidence - self.weights.language * min(cost - least, MOST_OF_LANGUAGE) / STEPS
            for evidence, cost in zip(spot.evidence, costs, strict=True)
        ]


@dataclass(frozen=True, eq=False)
class Disputed:
    """A spot with its candidates, what speaks for each of them by itself, and in what they differ."""

    candidates: list[Candidate]
    evidence: list[float]
    kind: str


def vote(
    readings: Mapping[str, LineReading], language: Language, weights: Weights, spacing: Spacing
) -> tuple[Choice, ...]:
    """Return the spots of the line from left to right, each decided.

    Args:
        readings: by the reader's name, the one that knows places and signs best first.
    """
    spots = align([*readings.values()])
    ballot = Ballot(tuple(readings), language, weights, spacing)
    candidates = [candidates_of(spot) for spot in spots]
    disputed = [_disputed(*each, ballot) for each in zip(candidates, kinds_of(spots), strict=True)]
    return _decided(disputed, ballot)


def _disputed(candidates: list[Candidate], kind: str, ballot: Ballot) -> Disputed:
    """Return a spot with what speaks for each of its candidates."""
    evidence = [0.0] if len(candidates) == 1 else [ballot.evidence(candidate, kind) for candidate in candidates]
    proper = [any(map(is_proper, candidate.texts)) for candidate in candidates]
    if any(proper):
        evidence = [score + IMPROPER * (not good) for score, good in zip(evidence, proper, strict=True)]
    return Disputed(candidates, evidence, kind)


def _decided(spots: list[Disputed], ballot: Ballot) -> tuple[Choice, ...]:
    """Choose at every spot what fits best between its neighbours as they are chosen by then."""
    chosen = [spot.evidence.index(max(spot.evidence)) for spot in spots]
    scores = [spot.evidence for spot in spots]
    open_spots = [place for place, spot in enumerate(spots) if len(spot.candidates) > 1]
    for _ in range(SWEEPS):
        for place in open_spots:
            texts = [spot.candidates[choice].texts for spot, choice in zip(spots, chosen, strict=True)]
            scores[place] = ballot.scores(spots[place], *neighbours(texts, place))
            chosen[place] = scores[place].index(max(scores[place]))
    return tuple(
        Choice(spot.candidates[choice], spot.kind, _lead(found), len(ballot.readers))
        for spot, choice, found in zip(spots, chosen, scores, strict=True)
    )


def _lead(scores: list[float]) -> float:
    """Return by how much the best is better than the next."""
    if len(scores) == 1:
        return 0.0
    next_best, best = sorted(scores)[-2:]
    return best - next_best


def neighbours(texts: Sequence[tuple[str, ...]], place: int) -> tuple[str | None, str | None]:
    """Return the words before and after a spot, None at the ends of the line; spots may be empty."""
    before = next((words[-1] for words in reversed(texts[:place]) if words), None)
    after = next((words[0] for words in texts[place + 1 :] if words), None)
    return before, after


def candidates_of(spot: Spot) -> list[Candidate]:
    """Return the different texts of a spot; readings that differ in the kind of a dash or quote are one."""
    groups: dict[str, list[int]] = {}
    for place, text in enumerate(spot.texts):
        groups.setdefault(same_signs(text), []).append(place)
    return [_candidate(spot, places) for places in groups.values()]


def _candidate(spot: Spot, places: list[int]) -> Candidate:
    sureties = (min((word.confidence for word in spot.readings[place]), default=0.0) for place in places)
    return Candidate(spot.readings[places[0]], tuple(places), tuple(sureties))


def kinds_of(spots: Sequence[Spot]) -> list[str]:
    """Return in what the readings of each spot differ; who is called what is no matter of language."""
    texts = [sorted({same_signs(text) for text in spot.texts}) for spot in spots]
    return [
        UNDISPUTED if len(forms) == 1 else (NAME if name and "" not in forms else kind_of_difference(forms))
        for forms, name in zip(texts, _names(spots), strict=True)
    ]


def _names(spots: Sequence[Spot]) -> list[bool]:
    """Return which spots belong to a person's name by any of the readings."""
    lines = zip(*(spot.texts for spot in spots), strict=True)
    return [any(marks) for marks in zip(*(names_in(line) for line in lines), strict=True)]

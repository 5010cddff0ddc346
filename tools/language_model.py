#!/usr/bin/env python3
"""Builds the table of `pipeline.ocr.language` out of official texts.

    .venv/bin/python tools/language_model.py CORPUS [--out FILE] [--leave-out K/N]

CORPUS is UTF-8 text, may be packed by xz, a form feed between documents. The same corpus yields the same bytes.
`--leave-out 0/10` leaves out every tenth document, for measuring on texts that the table has not seen.
"""

import argparse
import lzma
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.ocr.language import CODE, NUMBER, STEPS, UNKNOWN, token_of
from pipeline.ocr.syllable import is_possible

OUT = Path(__file__).parents[1] / "pipeline" / "ocr" / "data" / "language.npz"
CLASSES = (UNKNOWN, NUMBER, CODE)
LEAST_WORDS = 3
LEAST_PAIRS = 1
"""Rarer words and pairs are left to backing off."""
DISCOUNT = 0.75
VIETNAMESE = 0.4
"""Share of words with letters beyond ASCII in a line of Vietnamese; other languages count for nothing."""
Pair = tuple[str, str]


def documents(corpus: Path, leave_out: tuple[int, int] | None = None) -> list[str]:
    """Return the documents of `corpus` but every n-th, from the k-th on."""
    data = corpus.read_bytes()
    text = lzma.decompress(data) if corpus.suffix == ".xz" else data
    found = unicodedata.normalize("NFC", text.decode()).split("\f")
    if leave_out is None:
        return found
    kept, every = leave_out
    return [document for number, document in enumerate(found) if number % every != kept]


def sentences(found: Iterable[str]) -> Iterator[list[str]]:
    """Yield the tokens of each Vietnamese line; punctuation alone is no token."""
    for document in found:
        lines = [words for line in document.splitlines() if (words := line.split())]
        vietnamese = [words for words in lines if _is_vietnamese(words)]
        if len(vietnamese) < len(lines) / 2:
            continue
        for words in vietnamese:
            yield [token for word in words if (token := token_of(word)) != CODE or any(map(str.isalpha, word))]


def _is_vietnamese(words: list[str]) -> bool:
    """Whether enough of the words have letters beyond ASCII."""
    return sum(not word.isascii() for word in words) >= VIETNAMESE * len(words)


def count(lines: Iterable[list[str]]) -> tuple[Counter[str], Counter[Pair]]:
    """Return how often tokens and pairs of tokens occur, rare and impossible tokens as unknown ones."""
    kept = [*lines]
    words = Counter(token for line in kept for token in line)
    known = {token for token, times in words.items() if times >= LEAST_WORDS and is_possible(token)} | {*CLASSES}
    pairs: Counter[Pair] = Counter()
    for line in kept:
        pairs.update(pairwise(token if token in known else UNKNOWN for token in line))
    singles: Counter[str] = Counter()
    for token, times in words.items():
        singles[token if token in known else UNKNOWN] += times
    return singles, pairs


def table(singles: Counter[str], pairs: Counter[Pair]) -> dict[str, NDArray[np.uint8 | np.uint16]]:
    """Return the arrays of the model: absolute discounting, interpolated with the single tokens."""
    tokens = [*CLASSES, *sorted(singles.keys() - {*CLASSES})]
    whole = sum(singles.values()) + len(tokens)
    share = {token: (singles[token] + 1) / whole for token in tokens}
    starts: Counter[str] = Counter()
    followers: dict[str, list[tuple[str, int]]] = {token: [] for token in tokens}
    for (before, token), times in pairs.items():
        starts[before] += times
        if times >= LEAST_PAIRS:
            followers[before].append((token, times))
    numbers = {token: number for number, token in enumerate(tokens)}
    backing_off, rows = [], []
    for before in tokens:
        kept = sorted((numbers[token], times) for token, times in followers[before])
        begun = starts[before] or 1
        rest = 1 - sum(times - DISCOUNT for _, times in kept) / begun
        backing_off.append(rest)
        rows.append([(n, (times - DISCOUNT) / begun + rest * share[tokens[n]]) for n, times in kept])
    return {
        "tokens": np.frombuffer("\n".join(tokens).encode(), np.uint8),
        "single": _costs([share[token] for token in tokens]),
        "backing_off": _costs(backing_off),
        "counts": np.array([0, *map(len, rows)], np.uint16),
        "followers": np.array([number for row in rows for number, _ in row], np.uint16),
        "costs": _costs([chance for row in rows for _, chance in row]),
    }


def _costs(chances: list[float]) -> NDArray[np.uint8]:
    """Return the costs of probabilities in whole steps."""
    return np.clip(np.rint(-STEPS * np.log(np.array(chances))), 0, 255).astype(np.uint8)


def build(corpus: Path, out: Path, leave_out: tuple[int, int] | None = None) -> None:
    """Write the table of `corpus` to `out`."""
    singles, pairs = count(sentences(documents(corpus, leave_out)))
    np.savez_compressed(out, **table(singles, pairs))


def main() -> None:
    """Read the command line and build."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--leave-out", type=lambda text: tuple(map(int, text.split("/"))), metavar="K/N")
    given = parser.parse_args()
    build(given.corpus, given.out, given.leave_out)


if __name__ == "__main__":
    main()

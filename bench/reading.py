"""Read the same pages with `sohoa` and with its peers in one go, and print how well and at what cost.

    make bench-reading READING="--pages 8 --repeats 2"

One page at a time and one thread a page for all. A run that was broken off goes on with `--resume`.
"""

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from measured import RunFailed, Use, adopt_orphans
from systems import OWN_PROGRAM, PEERS, environment

from bench.accuracy import Errors
from bench.reading_pages import Corpus, corpora
from bench.reading_scores import Score, score
from bench.reading_systems import Reader, Run, readers, start
from bench.reading_table import OURS, Measured, curve, table

KEPT = Path(__file__).resolve().parents[1] / "var/bench/reading"
QUICK = 2


def main() -> None:
    """Run what was asked for and print tables in Markdown."""
    stated = _options()
    adopt_orphans()
    chosen = [one for one in readers(stated.program, stated.peers) if stated.systems.match(one.name)]
    kept = _kept(stated)
    with tempfile.TemporaryDirectory(prefix="sohoa-reading-") as folder:
        for one in _runs(stated, chosen, Path(folder), [(m.corpus, m.system, m.repeat) for m in kept]):
            kept.append(one)
            _keep(kept, stated.json)
    print(table(kept))
    print(curve(kept))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Compare how well systems read the same pages.")
    parser.add_argument("--pages", type=int, default=10, help="pages of each corpus")
    parser.add_argument("--repeats", type=int, default=1, help="runs of each system over each corpus")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} pages of each corpus")
    parser.add_argument("--held-out", action="store_true", help="pages that nobody looks at while tuning")
    parser.add_argument("--only", type=re.compile, default=re.compile(""), help="beginning of the corpora to run")
    parser.add_argument("--systems", type=re.compile, default=re.compile(""), help="beginning of the systems to run")
    parser.add_argument("--resume", action="store_true", help="keep the runs of FILE, add those that are missing")
    parser.add_argument("--again", type=re.compile, help="with --resume: beginning of the systems to run again")
    parser.add_argument("--json", type=Path, default=KEPT / "last.json", help="file of every single run")
    parser.add_argument("--texts", type=Path, default=KEPT / "texts", help="folder for what each system read")
    parser.add_argument("--peers", type=Path, default=PEERS, help="their folder")
    parser.add_argument("--program", type=Path, default=OWN_PROGRAM, help="our program, to measure another version")
    stated = parser.parse_args()
    stated.pages = QUICK if stated.quick else stated.pages
    return stated


def _kept(stated: argparse.Namespace) -> list[Measured]:
    """Return the runs of an earlier call that still count: of as many pages, by systems not to be run again."""
    if not (stated.resume and stated.json.is_file()):
        return []
    runs = [_from_json(item) for item in json.loads(stated.json.read_text(encoding="utf-8"))]
    again = stated.again or re.compile("(?!)")
    return [one for one in runs if one.asked == stated.pages and not again.match(one.system)]


def _keep(kept: Sequence[Measured], target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(".part")
    draft.write_text(json.dumps([asdict(one) for one in kept], indent=1), encoding="utf-8")
    draft.replace(target)


def _from_json(item: Mapping[str, object]) -> Measured:
    counts = dict(item["score"])  # type: ignore[call-overload]
    counts["errors"] = Errors(**counts["errors"])
    counts["bins"] = {int(number): tuple(values) for number, values in counts["bins"].items()}
    return Measured(**{**item, "score": Score(**counts)})  # type: ignore[arg-type]


def _runs(
    stated: argparse.Namespace, chosen: Sequence[Reader], place: Path, done: Sequence[tuple[str, str, int]]
) -> Iterator[Measured]:
    """Yield the runs that are missing; systems take turns, so that a slow minute of the machine strikes all alike."""
    environ = environment(place / "data", "SOHOA_READERS")
    makers = corpora(stated.pages, held_out=stated.held_out)
    idle = Use(0, 0)
    for name in filter(stated.only.match, makers):
        turns = [(number, one) for number in range(stated.repeats) for one in chosen]
        missing = [(number, one) for number, one in turns if (name, one.name, number) not in done]
        corpus = makers[name]() if missing else None
        if corpus and not corpus.pages:
            print(f"left out: {name}; there is no such page", file=sys.stderr)
            continue
        for number, system in missing:
            if system.name == OURS and not idle.cpu_s:
                start(stated.program, place, environ)  # whatever is made only once
                idle = start(stated.program, place, environ)
            measured = corpus and _measured(corpus, system, stated, environ)
            if measured:
                yield replace(measured, repeat=number, start_cpu_s=idle.cpu_s if system.name == OURS else 0.0)


def _measured(
    corpus: Corpus, system: Reader, stated: argparse.Namespace, environ: Mapping[str, str]
) -> Measured | None:
    with tempfile.TemporaryDirectory(prefix="sohoa-read-") as out:
        try:
            done = system.run(corpus, Path(out), environ)
        except (RunFailed, OSError) as error:
            print(f"{corpus.name}: {system.name}: {error}", file=sys.stderr)
            return None
    _leave(done, corpus, stated.texts / corpus.name.replace(", ", "-") / system.name)
    scores = [score(truth, read) for truth, read in zip(corpus.pages, done.pages, strict=True)]
    _tell(corpus, system, scores)
    return Measured(
        corpus=corpus.name,
        system=system.name,
        asked=stated.pages,
        pages=len(corpus.pages),
        score=sum(scores, Score()),
        cpu_s=done.use.cpu_s,
        wall_s=done.use.wall_s,
        memory_mb=done.memory_mb,
    )


def _tell(corpus: Corpus, system: Reader, scores: Sequence[Score]) -> None:
    """Say how it went, page by page."""
    print(f"{corpus.name}: {system.name}", file=sys.stderr)
    for page, one in zip(corpus.pages, scores, strict=True):
        errors = one.errors
        told = f"flex {errors.flex:.2f} CER {errors.cer:.2f}" if page.lines else f"invented {one.invented}"
        print(f"   {page.picture.stem}: {told}", file=sys.stderr)


def _leave(done: Run, corpus: Corpus, folder: Path) -> None:
    """Leave what was read, beside the truth in `var/bench/reading/pages`, for those who ask why."""
    folder.mkdir(parents=True, exist_ok=True)
    for page, read in zip(corpus.pages, done.pages, strict=True):
        (folder / f"{page.picture.stem}.txt").write_text(read.text, encoding="utf-8")


if __name__ == "__main__":
    main()

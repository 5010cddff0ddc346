"""Give the same batch to 1, 2 and 4 worker processes on each broker, and to the embedded mode.

    PYTHONPATH=tests .venv/bin/python bench/scale.py [--pages N] [--repeats N] [--minutes N] [--json FILE]

Prints pages per minute, processor seconds and memory as Markdown. Runs that FILE holds are not
repeated: called again it goes on where the minutes were over.
"""

import argparse
import json
import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import stacks_drawn
from chaos.stacks import Stack
from costs import watched
from hands import working
from line import EMBEDDED, KINDS, Servers, laid, serving
from tables import say, spread, table

from workers import isolation

SEED = 4
RUN_LIMIT_S = 900.0
WORKERS = (1, 2, 4)
HEAD = (
    "mode",
    "workers",
    "pages/min",
    "× 1 worker",
    "cores busy: workers",
    "servers",
    "CPU s/page: pages",
    "parents",
    "servers",
    "RSS MB",
    "PSS MB",
)


@dataclass(frozen=True)
class Way:
    """A way of working on the batch: worker processes, and pages that each works on at once.

    Attributes:
        pinned: each process has one core. Else one worker reads on one while it seals, and servers work, on others.
    """

    kind: str
    processes: int
    pages_at_once: int = 1
    pinned: bool = False

    @property
    def workers(self) -> int:
        """Pages that are worked on at once by all together."""
        return self.processes * self.pages_at_once


@dataclass(frozen=True, kw_only=True)
class Score:
    """One run: seconds of clock and of processor, and bytes.

    Attributes:
        read_s, all_s: until the last page was read, and until the last document was delivered.
        below_s: of the children that work on pages.
        own_s: of the processes that claim, seal and deliver.
        servers_s: by database, store, queue.
    """

    way: Way
    repeat: int
    pages: int
    read_s: float
    all_s: float
    below_s: float
    own_s: float
    servers_s: Mapping[str, float]
    rss: int
    pss: int

    @property
    def pace(self) -> float:
        """Pages per minute."""
        return self.pages / self.all_s * 60


def main() -> None:
    options = _options()
    isolation.warm_up()
    options.json.parent.mkdir(parents=True, exist_ok=True)
    stacks = stacks_drawn.draw(options.pages, options.seed)
    wanted = [
        (way, repeat) for repeat in range(options.repeats) for way in ways(options.only or KINDS, pinned=options.pin)
    ]
    known = kept(options.json, sum(len(stack.places) for stack in stacks))
    missing = [one for one in wanted if one not in {(score.way, score.repeat) for score in known}]
    if missing:
        known += measure(missing, stacks, options)
    print(table(HEAD, rows(known, os.cpu_count() or 1)))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--pages", type=int, default=60, help="of the batch: cover sheets and blank backs included")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=11.0, help="after these no further run is begun")
    parser.add_argument("--only", action="append", choices=KINDS, help="repeatable; default: each")
    parser.add_argument("--pin", action="store_true", help="each worker process on one core; not embedded")
    parser.add_argument("--seed", type=int, default=SEED, help="of the drawn pages")
    parser.add_argument("--json", type=Path, default=stacks_drawn.KEPT / "scale.jsonl", help="file of single runs")
    return parser.parse_args()


def ways(kinds: Sequence[str], *, pinned: bool) -> list[Way]:
    """Return all that is to be measured."""
    brokers = [Way(kind, number, pinned=pinned) for kind in kinds if kind != EMBEDDED for number in WORKERS]
    embedded = [Way(EMBEDDED, 1, number) for number in WORKERS[:2] if EMBEDDED in kinds and not pinned]
    return [*brokers, *embedded]


def kept(file: Path, pages: int) -> list[Score]:
    """Return the runs over that many pages that a file holds."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    scores = [Score(**(row | {"way": Way(**row["way"])})) for row in map(json.loads, lines)]
    return [score for score in scores if score.pages == pages]


def measure(missing: Iterable[tuple[Way, int]], stacks: Sequence[Stack], options: argparse.Namespace) -> list[Score]:
    """Make the runs for which there is time, and write each down at once."""
    scores = []
    with serving({way.kind for way, _ in missing}) as servers, options.json.open("a", encoding="utf-8") as file:
        end = time.monotonic() + options.minutes * 60
        for way, repeat in missing:
            if time.monotonic() > end:
                say("time is over; call again to go on")
                break
            scores.append(run(way, repeat, stacks, servers))
            file.write(json.dumps(asdict(scores[-1])) + "\n")
            file.flush()
            say(f"{way}: {scores[-1].pace:.1f} pages/min")
    return scores


def run(way: Way, repeat: int, stacks: Sequence[Stack], servers: Servers) -> Score:
    """Measure one way once; what comes before all workers are ready does not count."""
    with (
        laid(way.kind, servers, f"run-{time.time_ns()}") as line,
        working(line, way.processes, way.pages_at_once) as hands,
    ):
        if way.pinned:
            hands.pin()
        hands.make_ready(line)
        before, served = hands.cpu(), servers.cpu(way.kind)
        with watched([hands.root.pid]) as memory:
            passed = line.finish(line.feed(stacks), RUN_LIMIT_S)
        used = hands.cpu() - before
        serving_s = {name: after - served[name] for name, after in servers.cpu(way.kind).items()}
    return Score(
        way=way,
        repeat=repeat,
        pages=sum(len(stack.places) for stack in stacks),
        read_s=passed.read_s,
        all_s=passed.all_s,
        below_s=used.below,
        own_s=used.own,
        servers_s=serving_s,
        rss=memory.rss,
        pss=memory.pss,
    )


def rows(scores: Sequence[Score], cores: int) -> list[list[str]]:
    """Return a row for each way: medians over its runs (least-most)."""
    found: dict[Way, list[Score]] = defaultdict(list)
    for score in scores:
        found[score.way].append(score)
    return [row(runs, found.get(replace(way, processes=1, pages_at_once=1), []), cores) for way, runs in found.items()]


def row(runs: Sequence[Score], single: Sequence[Score], cores: int) -> list[str]:
    """Return the cells of a way; runs of the same repeat are compared with each other."""
    way = runs[0].way
    alone = {score.repeat: score.pace for score in single}
    speedups = [score.pace / alone[score.repeat] for score in runs if score.repeat in alone]

    def of(value: Callable[[Score], float], digits: int = 2) -> str:
        return spread([value(score) for score in runs], digits)

    return [
        f"{way.kind}, a core each" if way.pinned else way.kind,
        str(way.workers) if way.pages_at_once == 1 else f"{way.processes}, {way.pages_at_once} pages at once",
        of(lambda one: one.pace, 1),
        spread(speedups) if speedups and way.workers > 1 else "",
        of(lambda one: (one.below_s + one.own_s) / one.all_s / cores),
        of(lambda one: sum(one.servers_s.values()) / one.all_s / cores),
        of(lambda one: one.below_s / one.pages),
        of(lambda one: one.own_s / one.pages, 3),
        of(lambda one: sum(one.servers_s.values()) / one.pages, 3),
        of(lambda one: one.rss / 1e6, 0),
        of(lambda one: one.pss / 1e6, 0),
    ]


if __name__ == "__main__":
    main()

"""Say which part of a page's processor seconds goes to queue, database and store.

    PYTHONPATH=tests .venv/bin/python bench/overhead.py [--pages N] [--only KIND]

One worker process with a clock at each edge (`bench/parts`), one page at a time; servers from outside.
Thread clocks, not clocks on the wall: what the edges cost stands beside what the page costs in one run.
"""

import argparse
import json
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import stacks_drawn
from chaos.stacks import Stack
from hands import Hands, working
from line import KINDS, Servers, laid, serving
from tables import table

from workers import isolation

SEED = 4
RUN_LIMIT_S = 900.0
WRITE_LIMIT_S = 30.0
HEAD = "part, in ms of processor a page"
OVERHEAD = ("database", "store", "queue", "to and from children", "rest of the worker process", "store, in children")
SERVERS = ("database server", "store server", "queue server")


def main() -> None:
    options = _options()
    isolation.warm_up()
    stacks = stacks_drawn.draw(options.pages, options.seed)
    with serving(options.only or KINDS) as servers:
        found = {kind: measure(kind, stacks, servers) for kind in options.only or KINDS}
    print(table((HEAD, *found), rows_of(found)))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--pages", type=int, default=60, help="of the batch: cover sheets and blank backs included")
    parser.add_argument("--only", action="append", choices=KINDS, help="repeatable; default: each")
    parser.add_argument("--seed", type=int, default=SEED, help="of the drawn pages")
    return parser.parse_args()


def measure(kind: str, stacks: Sequence[Stack], servers: Servers) -> dict[str, float]:
    """Return seconds of processor a page, by part."""
    with laid(kind, servers, f"parts-{time.time_ns()}") as line:
        folder = line.folder / "parts"
        folder.mkdir()
        program = ("-m", "parts", str(folder))
        with working(line, 1, 1, program) as hands:
            hands.make_ready(line)
            before = reading(hands, folder, servers.cpu(kind))
            line.finish(line.feed(stacks), RUN_LIMIT_S)
            after = reading(hands, folder, servers.cpu(kind))
    pages = sum(len(stack.places) for stack in stacks)
    return {part: (after[part] - before.get(part, 0.0)) / pages for part in after}


def reading(hands: Hands, folder: Path, served: Mapping[str, float]) -> dict[str, float]:
    """Return what every part has cost so far; calls are counted under `calls: …`."""
    told = written(hands, folder)
    parts = Counter(told["parts"])
    parts["queue"] += told["threads"].get("consumers", 0.0)
    rest = told["process"] - sum(parts.values())
    children = [file.read_text(encoding="ascii").split() for file in folder.glob("child-*")]
    in_children = sum(float(seconds) for seconds, _ in children)
    return {
        **parts,
        "rest of the worker process": rest,
        "store, in children": in_children,
        "page": hands.cpu().below - in_children,
        **{f"{name} server": seconds for name, seconds in served.items()},
        **{f"calls: {part}": number for part, number in told["calls"].items()},
        "calls: store, in children": sum(float(calls) for _, calls in children),
    }


def written(hands: Hands, folder: Path) -> dict[str, Any]:
    """Let the worker write down its clocks.

    Raises:
        TimeoutError: it does not.
    """
    target = folder / f"{len(list(folder.glob('*.json')))}.json"
    os.kill(hands.workers()[0].pid, signal.SIGUSR1)
    end = time.monotonic() + WRITE_LIMIT_S
    while not target.exists():
        if time.monotonic() > end:
            raise TimeoutError("the worker does not write its clocks")
        time.sleep(0.05)
    found: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
    return found


def rows_of(found: Mapping[str, Mapping[str, float]]) -> Iterator[list[str]]:
    """Yield the rows: parts, then sums as shares of what the page itself costs."""
    for part in dict.fromkeys(part for costs in found.values() for part in costs):
        scale = 1 if part.startswith("calls") else 1000
        yield [part, *(f"{costs.get(part, 0.0) * scale:.1f}" for costs in found.values())]
    for name, parts in {"overhead, of the page": OVERHEAD, "with the servers": OVERHEAD + SERVERS}.items():
        shares = [sum(costs.get(part, 0.0) for part in parts) / costs["page"] for costs in found.values()]
        yield [name, *(f"{share:.1%}" for share in shares)]


if __name__ == "__main__":
    main()

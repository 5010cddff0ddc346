"""`make chaos`: kill workers and servers under a batch of pages, and count what became of it.

    PYTHONPATH=tests .venv/bin/python -m chaos --pages 200 --workers 3 --kills 20 --broker rabbitmq --broker redis

Ends with 1 where anything is lost, doubled, sealed twice, stuck or wrong; what is needed to
understand it is then kept, and its place is printed.
"""

import argparse
import random
import shutil
import sys
from collections.abc import Sequence

from chaos.programs import ROOT
from chaos.storm import Wanted
from chaos.surroundings import BROKERS
from chaos.trial import Outcome, attempt
from workers import logs

KEPT = ROOT / "var" / "chaos"


def main() -> None:
    """Run the trials and print a row for each."""
    stated = arguments()
    logs.configure()
    say(f"seed {stated.seed}")
    outcomes = [one(stated, broker) for broker in stated.broker or list(BROKERS)]
    sys.stdout.write(table([outcome.row() for outcome in outcomes]))
    sys.exit(any(outcome.faults for outcome in outcomes))


def arguments() -> argparse.Namespace:
    """Return what the command line states."""
    parser = argparse.ArgumentParser(prog="chaos", description="Kill workers and servers under a batch; audit it.")
    parser.add_argument("--pages", type=int, default=200, help="pages of all stacks together")
    parser.add_argument("--workers", type=int, default=3, help="worker processes")
    parser.add_argument("--kills", type=int, default=20, help="workers killed at random moments")
    parser.add_argument("--broker", action="append", choices=list(BROKERS), help="repeatable; default: each")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6), help="of all chance")
    parser.add_argument("--faults", type=float, default=0.04, help="chance of each fault of the receivers")
    parser.add_argument("--limit-minutes", type=float, default=60.0, help="per broker; what is left is stuck")
    parser.add_argument("--keep", action="store_true", help="keep everything of a good run, too")
    return parser.parse_args()


def one(stated: argparse.Namespace, broker: str) -> Outcome:
    """Try one broker, and say what is wrong and where it is kept."""
    wanted = Wanted(
        broker=broker,
        pages=stated.pages,
        workers=stated.workers,
        kills=stated.kills,
        seed=stated.seed,
        faults=stated.faults,
        limit_s=stated.limit_minutes * 60,
    )
    folder = KEPT / f"{broker}-{stated.seed}"
    shutil.rmtree(folder, ignore_errors=True)
    outcome = attempt(wanted, folder, say, archival=True)
    for fault in outcome.faults:
        say(f"{fault.kind}: {fault.what}")
    if outcome.faults:
        say(f"kept: {folder}, see its README")
    elif not stated.keep:
        shutil.rmtree(folder)
    return outcome


def say(text: str) -> None:
    """Tell whoever watches."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def table(found: Sequence[dict[str, str]]) -> str:
    """Return rows as a table that documents can hold."""
    lines = [list(found[0]), ["---"] * len(found[0]), *(list(row.values()) for row in found)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    main()

"""Let `sohoa work` stand idle, and count what it costs: processor, messages, commands and transactions a second.

    PYTHONPATH=tests .venv/bin/python bench/idle.py [--seconds N] [--processes N] [--only KIND]

All lanes and default settings, after a few pages were worked on: every connection and child is there.
"""

import argparse
import time
from collections.abc import Mapping
from dataclasses import dataclass

import psycopg
from costs import Cpu, cpu_of
from hands import Hands, working
from line import EMBEDDED, KINDS, Line, Servers, laid, serving
from redis import Redis
from servers.rabbitmq import RabbitmqServer
from tables import say, table

from workers import isolation

CALM_S = 10.0
MESSAGES = """
Sum = fun(Name) -> lists:sum([maps:get(Name, C, 0) || {_, C} <- maps:to_list(rabbit_global_counters:overview())]) end,
Sum(messages_received_total).
"""
TRANSACTIONS = "SELECT sum(xact_commit + xact_rollback) FROM pg_stat_database WHERE datname = %s"
HEAD = (
    "mode",
    "% of a core: each worker",
    "its children",
    "its supervisor",
    "servers",
    "messages/s",
    "commands/s at Redis",
    "transactions/s",
)


@dataclass(frozen=True)
class Reading:
    """What counters stand at."""

    at: float
    workers: list[Cpu]
    hands: Cpu
    servers: Mapping[str, float]
    counted: Mapping[str, float]


def main() -> None:
    options = _options()
    isolation.warm_up()
    with serving(options.only or KINDS) as servers:
        rows = [measure(kind, servers, options) for kind in options.only or KINDS]
    print(table(HEAD, rows))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=45.0)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--pages-at-once", type=int, default=1)
    parser.add_argument("--only", action="append", choices=KINDS, help="repeatable; default: each")
    return parser.parse_args()


def measure(kind: str, servers: Servers, options: argparse.Namespace) -> list[str]:
    """Return the cells of a kind of line; the embedded one has one process, which works as much alone."""
    processes = 1 if kind == EMBEDDED else options.processes
    pages_at_once = options.processes * options.pages_at_once // processes
    with laid(kind, servers, f"idle-{time.time_ns()}") as line, working(line, processes, pages_at_once) as hands:
        hands.make_ready(line)
        time.sleep(CALM_S)
        before = reading(line, hands, servers)
        time.sleep(options.seconds)
        return row(kind, before, reading(line, hands, servers))


def reading(line: Line, hands: Hands, servers: Servers) -> Reading:
    """Read all counters."""
    return Reading(
        at=time.monotonic(),
        workers=[cpu_of([worker.pid]) for worker in hands.workers()],
        hands=hands.cpu(),
        servers=servers.cpu(line.kind),
        counted=counted(line, servers),
    )


def counted(line: Line, servers: Servers) -> dict[str, float]:
    """Return what the servers counted so far."""
    if line.kind == EMBEDDED:
        return {}
    broker = servers.brokers[line.kind]
    queue = messages(broker) if isinstance(broker, RabbitmqServer) else commands(line)
    url = line.variables["SOHOA_DATABASE_URL"].replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(TRANSACTIONS, (url.rpartition("/")[2],)).fetchone()
    return queue | {"transactions": float(row[0]) if row else 0.0}


def messages(broker: RabbitmqServer) -> dict[str, float]:
    """Return the messages that RabbitMQ was given."""
    return {"messages": int(broker.evaluate(MESSAGES).removeprefix("{ok, ").removesuffix("}"))}


def commands(line: Line) -> dict[str, float]:
    """Return the commands that Redis has worked on, and what Dramatiq calls messages among them."""
    with Redis.from_url(line.variables["SOHOA_BROKER_URL"]) as client:
        stats = client.info("commandstats")
        total = client.info("stats")["total_commands_processed"]
    return {"commands": total, "messages": stats.get("cmdstat_rpush", {}).get("calls", 0)}


def row(kind: str, before: Reading, after: Reading) -> list[str]:
    """Return the cells of a row: what was added a second."""
    seconds = after.at - before.at
    each = [now - then for now, then in zip(after.workers, before.workers, strict=True)]
    supervisor = (after.hands - before.hands).all - sum(cost.all for cost in each)
    serving_s = sum(after.servers.values()) - sum(before.servers.values())
    rates = {name: (after.counted[name] - before.counted[name]) / seconds for name in after.counted}
    say(f"{kind}: {each} in {seconds:.0f} s, {rates}")
    return [
        kind,
        ", ".join(f"{cost.own / seconds:.2%}" for cost in each),
        ", ".join(f"{cost.below / seconds:.2%}" for cost in each),
        f"{supervisor / seconds:.2%}" if len(each) > 1 else "",
        f"{serving_s / seconds:.2%}",
        *(f"{rates[name]:.1f}" if name in rates else "" for name in ("messages", "commands", "transactions")),
    ]


if __name__ == "__main__":
    main()

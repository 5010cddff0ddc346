"""What is to go wrong, and when: drawn from a seed before anything starts."""

import random
from dataclasses import dataclass
from enum import StrEnum


class Target(StrEnum):
    """Whom a blow hits."""

    WORKER = "worker"
    SUPERVISOR = "supervisor"
    BROKER = "broker"
    MINIO = "minio"
    POSTGRES = "postgres"


SERVERS = (Target.BROKER, Target.MINIO, Target.POSTGRES)
KILLS_BETWEEN = (0.01, 0.95)
OUTAGES_BETWEEN = (0.1, 0.8)
"""Shares of all the work, so that every blow hits the line at work, however fast the machine is."""
LONGEST_DELAY_S = 2.0
DOWN_S = (2.0, 7.0)
SUPERVISORS_SHARE = 0.2


@dataclass(frozen=True, kw_only=True)
class Blow:
    """One `kill -9`.

    Attributes:
        at: share of all the work that is done by then.
        delay_s: how much later than that, so that it is not always the end of a job.
        down_s: after how many seconds a server is started again; 0 for workers, which are not waited for.
        and_stop: a program is asked to stop while the server is down.
    """

    at: float
    target: Target
    delay_s: float
    down_s: float = 0.0
    and_stop: bool = False


def plan(kills: int, seed: int) -> list[Blow]:
    """Return the blows of a run in their order: `kills` of workers, and one of each server, one of them with a stop."""
    dice = random.Random(seed)
    stopped = dice.choice(SERVERS)
    blows = [
        Blow(
            at=dice.uniform(*KILLS_BETWEEN),
            target=Target.SUPERVISOR if dice.random() < SUPERVISORS_SHARE else Target.WORKER,
            delay_s=dice.uniform(0, LONGEST_DELAY_S),
        )
        for _ in range(kills)
    ]
    outages = [
        Blow(
            at=dice.uniform(*OUTAGES_BETWEEN),
            target=server,
            delay_s=dice.uniform(0, LONGEST_DELAY_S),
            down_s=dice.uniform(*DOWN_S),
            and_stop=server is stopped,
        )
        for server in SERVERS
    ]
    return sorted([*blows, *outages], key=lambda blow: blow.at)

"""The run itself: stacks come in, workers and servers are killed and come back, until nothing is left to do."""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from servers.server import Server

from chaos import watch
from chaos.feeder import feeding, register
from chaos.plan import SERVERS, Blow, Target, plan
from chaos.programs import STOP_LIMIT_S, Programs, employ
from chaos.stacks import Stack
from chaos.surroundings import Surroundings
from chaos.watch import Seen

TICK_S = 0.1
LOOK_EVERY_S = 0.5
TELL_EVERY_S = 5.0
PATIENCE_S = 240.0
"""Nothing moves for that long: whatever is left is stuck."""
Tell = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a run is to be.

    Attributes:
        faults: chance of each fault of the receivers, per request.
        limit_s: the run is broken off after that, and what is left counts as stuck.
    """

    broker: str
    pages: int
    workers: int
    kills: int
    seed: int
    faults: float = 0.04
    limit_s: float = 3600.0


@dataclass(frozen=True, kw_only=True)
class Passed:
    """How a run went.

    Attributes:
        kills: workers and supervisors killed.
        outages: servers killed and started again.
        stops: seconds that programs took to stop when they were asked to, in outages and at the end.
        exits: exit codes of programs that ended by themselves.
        stuck: what did not end, in words.
    """

    seconds: float
    kills: int
    outages: int
    stops: list[float]
    exits: list[int]
    stuck: list[str]


@dataclass
class Storm:
    """One run under way."""

    around: Surroundings
    programs: Programs
    blows: list[Blow]
    goal: Seen
    dice: random.Random
    events: Path
    tell: Tell
    began: float = field(default_factory=time.monotonic)
    seen: Seen = field(default_factory=Seen)
    moved: float = field(default_factory=time.monotonic)
    struck: Counter[Target] = field(default_factory=Counter)
    down: dict[Target, float] = field(default_factory=dict)
    raised: float | None = None

    @property
    def kills(self) -> int:
        """How many workers and supervisors were killed."""
        return self.struck[Target.WORKER] + self.struck[Target.SUPERVISOR]

    @property
    def share(self) -> float:
        """How much of all the work is done."""
        return self.seen.steps / self.goal.steps

    def go_on(self) -> None:
        """Do what is due now."""
        self.programs.look_after()
        for target in [target for target, until in self.down.items() if time.monotonic() >= until]:
            self.bring_back(target)
        if self.blows and self.share >= self.blows[0].at and self.raised is None:
            self.raised = time.monotonic() + self.blows[0].delay_s
        if self.raised is not None and time.monotonic() >= self.raised:
            self.raised = None
            self.strike(self.blows.pop(0))

    def strike(self, blow: Blow) -> None:
        """Kill what the blow is meant for."""
        if blow.target in SERVERS:
            self.server(blow.target).kill()
            self.down[blow.target] = time.monotonic() + blow.down_s
            if blow.and_stop:
                self.programs.ask_one_to_stop(self.dice)
            pid = None
        else:
            pid = self.programs.kill(blow.target, self.dice)
            if pid is None:  # all of that kind are just being started: a little later
                self.blows.insert(0, blow)
                return
        self.struck[blow.target] += 1
        self.note("kill", target=blow.target, pid=pid)

    def bring_back(self, target: Target) -> None:
        """Start a server again; the broker has lost everything."""
        del self.down[target]
        server = self.server(target)
        if target is Target.BROKER:
            server.wipe()
        server.start()
        self.note("back", target=target)

    def server(self, target: Target) -> Server:
        """Return the server that a blow is meant for."""
        return {
            Target.BROKER: self.around.broker,
            Target.MINIO: self.around.minio,
            Target.POSTGRES: self.around.postgres,
        }[target]

    def look(self) -> None:
        """Ask the database how far things are."""
        seen = watch.look(self.around.database)
        if seen and seen != self.seen:
            self.seen, self.moved = seen, time.monotonic()

    def is_over(self, feeder: threading.Thread) -> bool:
        """Whether everything came in, was done, and was struck."""
        under_way = feeder.is_alive() or self.blows or self.down or self.seen.unfinished
        return not under_way and self.seen.batches >= self.goal.batches

    def at(self) -> float:
        """Return the seconds since the beginning."""
        return time.monotonic() - self.began

    def note(self, event: str, **more: object) -> None:
        """Write down what was done to whom."""
        line = {"seconds": round(self.at(), 2), "event": event, "share": round(self.share, 3), **more}
        with self.events.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def show(self) -> None:
        """Say how far things are."""
        now = f"{self.at() // 60:02.0f}:{self.at() % 60:02.0f}"
        seen, goal = self.seen, self.goal
        parts = [
            f"{self.share:4.0%}",
            f"looked at {seen.looked_at}/{goal.looked_at}",
            f"read {seen.read}/{goal.read}",
            f"sealed {seen.sealed}/{goal.sealed}",
            f"accepted {seen.accepted}/{goal.accepted}",
            f"kills {self.kills}",
            f"down: {', '.join(self.down) or '-'}",
        ]
        self.tell(f"{now} {type(self.around.broker).name} {'  '.join(parts)}")


def run(wanted: Wanted, stacks: Sequence[Stack], around: Surroundings, folder: Path, tell: Tell) -> Passed:
    """Let the storm pass over the line, and stop everything."""
    register(stacks, around.variables)
    storm = Storm(
        around=around,
        programs=employ(wanted.workers, around.variables, folder / "workers"),
        blows=plan(wanted.kills, wanted.seed),
        goal=watch.wanted(stacks),
        dice=random.Random(wanted.seed),
        events=folder / "events.jsonl",
        tell=tell,
    )
    try:
        with feeding(stacks, folder / "scanner", around.variables) as feeder:
            stuck = [] if pass_over(storm, feeder, wanted.limit_s) else ["the run did not come to its end"]
        seconds = storm.at()
        left = storm.programs.stop()
    finally:
        storm.programs.kill_left()
    storm.note("over", stops=storm.programs.stops, exits=storm.programs.exits)
    stuck += [f"process {pid} did not end" for pid in left]
    stuck += [f"a program took {took:.0f} s to stop" for took in storm.programs.stops if took > STOP_LIMIT_S]
    return Passed(
        seconds=seconds,
        kills=storm.kills,
        outages=sum(storm.struck[server] for server in SERVERS),
        stops=storm.programs.stops,
        exits=storm.programs.exits,
        stuck=stuck,
    )


def pass_over(storm: Storm, feeder: threading.Thread, limit_s: float) -> bool:
    """Go on until all is over; False where it takes too long or nothing moves any more."""
    next_look = next_word = 0.0
    while storm.at() < limit_s and time.monotonic() - storm.moved < PATIENCE_S:
        storm.go_on()
        if time.monotonic() >= next_look:
            storm.look()
            next_look = time.monotonic() + LOOK_EVERY_S
            if storm.is_over(feeder):
                storm.show()
                return True
        if time.monotonic() >= next_word:
            storm.show()
            next_word = time.monotonic() + TELL_EVERY_S
        time.sleep(TICK_S)
    for target in list(storm.down):
        storm.bring_back(target)
    return False

"""A short storm over each broker; `make chaos` is the long one."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from chaos.audit import truth_of
from chaos.plan import SERVERS
from chaos.stacks import draw
from chaos.storm import Wanted
from chaos.trial import attempt

SHORT = Wanted(broker="", pages=16, workers=2, kills=3, seed=20261122, faults=0.02, limit_s=400)


@pytest.mark.service
@pytest.mark.usefixtures("minio_program", "postgres_programs", "rabbitmq_program", "redis_program")
@pytest.mark.parametrize("broker", ["rabbitmq", "redis"])
def test_nothing_is_lost_doubled_sealed_twice_or_stuck(
    broker: str, tmp_path: Path, require_program: Callable[[str], str]
) -> None:
    require_program("pdfsig")
    outcome = attempt(replace(SHORT, broker=broker), tmp_path / broker, lambda _: None, archival=False)
    assert outcome.faults == []
    assert outcome.documents == len(truth_of(draw(SHORT.pages, SHORT.seed)).papers)
    assert (outcome.passed.kills, outcome.passed.outages) == (SHORT.kills, len(SERVERS))

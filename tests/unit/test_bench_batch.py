"""What is seen of a long stack is told rightly: which cores idled when, and whose memory grew."""

import pytest

from bench.batch_seen import Watched, share, spent_since, stretch, thirds, told

BUSY = [(n / 10, min(2, n // 20)) for n in range(60)] + [(6 + n / 10, 2 if n % 9 else 1) for n in range(300)]
TAIL = [(36 + n / 10, 2 if n == 49 else 1) for n in range(100)]


def test_a_tail_in_which_one_core_idles_is_told_from_the_middle() -> None:
    found = stretch([*BUSY, *TAIL], cores=2)

    assert found.seconds == pytest.approx((4, 32, 9.5), abs=2)
    assert found.shares[1] == pytest.approx(0.95, abs=0.01)
    assert found.shares[2] == pytest.approx(0.505, abs=0.05)


def test_more_than_all_cores_are_not_in_use() -> None:
    assert share([(0.0, 5), (0.1, 1)], cores=2) == 0.75


def test_memory_is_compared_by_thirds() -> None:
    samples = [(float(n), size) for n, size in enumerate([100_000_000] * 3 + [400_000_000] + [200_000_000] * 5)]

    assert thirds(samples) == (100, 200, 400)


def test_processes_that_lived_for_half_the_run_are_told() -> None:
    seen = Watched(busy=[*BUSY, *TAIL], spent=[(float(n), 1.5 * n) for n in range(46)])
    seen.memory["child 7"] = [(float(n), 300_000_000) for n in range(40)]
    seen.memory["other 8"] = [(1.0, 5_000_000)]

    text = told(seen, pages=30, cores=2)

    assert "| child 7 | 300 | 300 | 300 |" in text
    assert "other 8" not in text
    assert "| CPU s/page | 2.25 |" in text


def test_seconds_of_the_tail_are_those_since_it_began() -> None:
    assert spent_since([(0.0, 1.0), (1.0, 3.0), (2.0, 4.5)], 1.4) == 1.5

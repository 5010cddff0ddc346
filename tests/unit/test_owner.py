"""Owners of leases: a dead process on this machine is known to be dead; of others nothing is known."""

import subprocess
import sys

from workers.owner import is_dead, own_name


def test_this_process_lives() -> None:
    assert not is_dead(own_name())


def test_an_ended_process_is_dead() -> None:
    code = "from workers.owner import own_name; print(own_name())"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert is_dead(ended)


def test_another_start_time_means_another_process() -> None:
    place, _, _ = own_name().rpartition("/")
    assert is_dead(f"{place}/1")


def test_of_other_machines_nothing_is_known() -> None:
    assert not is_dead("elsewhere/0a1b2c3d/4026531836/1/1")

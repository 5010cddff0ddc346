"""Child processes: results and errors come back; what hangs, dies or eats memory is killed and replaced."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from schemas.errors import UnexpectedFailure, UnreadableFile, WorkKilled
from workers import isolation
from workers.isolation import Child, Children

MEMORY = 2_000_000_000
LONG_S = 60.0


@pytest.fixture(scope="module", autouse=True)
def warm() -> None:
    isolation.warm_up()


@pytest.fixture
def child() -> Iterator[Child]:
    made = Child(MEMORY)
    yield made
    made.kill()


def add(left: int, right: int) -> int:
    return left + right


def own_pid() -> int:
    return os.getpid()


def refuse() -> None:
    raise UnreadableFile("hỏng")


def stumble() -> None:
    raise KeyError("a citizen's name")


def crash() -> None:
    ctypes.string_at(0)


def hang(note: str) -> None:
    subprocess.run(["sh", "-c", f"echo $$ > '{note}'; sleep 600"], check=False)


def devour() -> int:
    return int(np.ones(MEMORY, np.uint8).sum())


def test_a_child_answers_and_is_kept(child: Child) -> None:
    assert child.call(LONG_S, add, 2, right=3) == 5
    assert child.call(LONG_S, own_pid) == child.call(LONG_S, own_pid) != os.getpid()


def test_errors_of_ours_come_back_and_others_without_their_words(child: Child) -> None:
    with pytest.raises(UnreadableFile, match="hỏng"):
        child.call(LONG_S, refuse)
    with pytest.raises(UnexpectedFailure) as caught:
        child.call(LONG_S, stumble)
    assert "KeyError" in caught.value.message
    assert "citizen" not in caught.value.message


@pytest.mark.parametrize("work", [crash, devour])
def test_a_crash_or_too_much_memory_ends_the_attempt_only(child: Child, work: Callable[[], object]) -> None:
    with pytest.raises(WorkKilled):
        child.call(LONG_S, work)
    assert child.call(LONG_S, add, 1, 1) == 2


def test_what_overruns_its_deadline_is_killed_with_all_it_started(child: Child, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    child.call(LONG_S, add, 1, 1)
    with pytest.raises(WorkKilled):
        child.call(2.0, hang, str(note))
    grandchild = int(note.read_text())
    assert comes_to_an_end(grandchild)
    assert child.call(LONG_S, add, 1, 1) == 2


def comes_to_an_end(pid: int) -> bool:
    for _ in range(100):
        if gone(pid):
            return True
        time.sleep(0.1)
    return False


def gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


def test_a_killed_child_is_replaced(child: Child) -> None:
    os.kill(child.call(LONG_S, own_pid), signal.SIGKILL)
    with pytest.raises(WorkKilled):
        child.call(LONG_S, time.sleep, 5)
    assert child.call(LONG_S, add, 1, 1) == 2


def test_each_thread_has_its_own_child_and_all_end() -> None:
    children = Children(MEMORY)
    pid = children.call(LONG_S, own_pid)
    assert children.call(LONG_S, own_pid) == pid
    children.close()
    assert comes_to_an_end(pid)


def test_stopping_ends_the_work_of_other_threads(tmp_path: Path) -> None:
    children, note = Children(MEMORY), tmp_path / "pid"
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(children.call, LONG_S, hang, str(note))
        while not note.exists() or not note.read_text():
            time.sleep(0.05)
        children.close()
        with pytest.raises(WorkKilled):
            waiting.result(timeout=20)
        with pytest.raises(WorkKilled, match="đang dừng"):
            pool.submit(children.call, LONG_S, own_pid).result(timeout=20)
    assert comes_to_an_end(int(note.read_text()))


ABANDONED = """
import operator, time
from workers import isolation
child = isolation.Child(0)
child.call(60, operator.add, 1, 1)
process = child._process
child._pipe.send((time.sleep, (0.3,), {}))
child._pipe.close()
process.join()
print(process.exitcode)
"""


def test_a_child_whose_parent_is_gone_before_its_answer_leaves_without_a_word() -> None:
    done = subprocess.run([sys.executable, "-c", ABANDONED], capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == ("0", "")

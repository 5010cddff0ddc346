"""`sohoa digitize` keeps its children at work: the next document's pages are begun before the last one is done."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from schemas.batch import Original
from schemas.document import digest_of
from schemas.errors import UnreadableFile
from schemas.settings import Settings, read
from workers.digitizing import Input, Reading
from workers.page_work import PageTask, Source

Work = Callable[[PageTask], object]
PATIENCE_S = 20.0


@dataclass(frozen=True)
class Services:
    """As many children as are asked for, each doing the same."""

    work: Work
    page_workers: int
    settings: Settings

    @property
    def children(self) -> "Services":
        return self

    def call(self, _deadline_s: float, _function: object, task: PageTask) -> tuple[object, None]:
        return self.work(task), None


def document(name: str, pages: int = 1) -> Input:
    data = name.encode()
    original = Original(
        digest=digest_of(data), name=f"{name}.tif", media_type="image/tiff", size=len(data), pages=pages
    )
    return Input(name=name, sources=(Source(original=original),))


def reading(entries: Sequence[Input], work: Work, workers: int, pool: ThreadPoolExecutor) -> Reading:
    services: Any = Services(work, workers, read({}))
    return Reading(entries, services, pool)


def test_documents_of_one_page_keep_two_children_at_work() -> None:
    both = threading.Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        line = reading([document("a"), document("b")], lambda _: both.wait(PATIENCE_S), 2, pool)

        found = [[index for index, _ in line.pages()] for _ in range(2)]

    assert found == [[0], [0]]


def test_while_a_document_is_written_the_next_one_is_read() -> None:
    begun = {name: threading.Event() for name in "abcde"}
    with ThreadPoolExecutor(1) as pool:
        line = reading(
            [document(name) for name in begun], lambda task: begun[task.source.original.name[0]].set(), 1, pool
        )

        assert len(list(line.pages())) == 1
        assert begun["b"].wait(PATIENCE_S)
        assert not begun["e"].wait(0.2)
        for _ in "bcde":
            assert len(list(line.pages())) == 1


def test_a_page_that_fails_ends_its_own_document_alone() -> None:
    def work(task: PageTask) -> Any:
        if task.source.original.name == "a.tif" and task.page_no == 2:
            raise UnreadableFile("hỏng")
        return task.page_no

    with ThreadPoolExecutor(2) as pool:
        line = reading([document("a", pages=3), document("b", pages=3)], work, 2, pool)

        with pytest.raises(UnreadableFile, match="trang 2"):
            list(line.pages())
        assert sorted(index for index, _ in line.pages()) == [0, 1, 2]

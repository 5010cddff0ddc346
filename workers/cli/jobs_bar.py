"""A bar over the jobs of the line, for the commands that work on them."""

import time

from rich.console import Console

from pipeline.store.records import batches, jobs
from workers.bootstrap import Services
from workers.progress import Bar

LOOK_EVERY_S = 1.0


class JobsBar:
    """Shows pages done out of those at hand; begins anew with the work that comes after a rest."""

    def __init__(self, services: Services, console: Console) -> None:
        """Watch the pages and jobs of `services`."""
        self._services = services
        self._bar = Bar("trang", console)
        self._before: int | None = None
        self._stuck = 0
        self._next_look = 0.0

    def show(self) -> None:
        """Look, at most once a second and only where somebody sees it."""
        if not self._bar.console.is_terminal or time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + LOOK_EVERY_S
        with self._services.records.begin() as tx:
            pages, left = batches.page_count(tx), jobs.unfinished(tx)
        if not left:
            self.close()
            self._stuck = pages.scanned - pages.settled
            return
        if self._before is None:
            self._before = pages.settled
        done = pages.settled - self._before
        total = pages.scanned - self._stuck - self._before
        self._bar.show(done, max(done, total), f"· {left} việc chưa xong")

    def close(self) -> None:
        """Take the bar away."""
        self._bar.close()
        self._before = None

"""Progress on standard error: pages, rate and time left on anything longer than two seconds."""

import time
from dataclasses import dataclass

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

QUIET_S = 2.0


class RateColumn(ProgressColumn):
    """Items per minute."""

    def render(self, task: Task) -> Text:
        """Return the present rate, or a dash before there is one."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed * 60:.0f}/phút" if speed else "–", style="cyan")


@dataclass
class Bar:
    """A bar that appears only after two seconds and only on a terminal."""

    label: str
    console: Console
    _progress: Progress | None = None
    _started: float = 0.0

    def show(self, done: int, total: int) -> None:
        """Show how far the work is."""
        if not self.console.is_terminal:
            return
        self._started = self._started or time.monotonic()
        if self._progress is None and time.monotonic() - self._started >= QUIET_S:
            self._progress = _columns(self.console)
            self._progress.start()
            self._progress.add_task(self.label, total=total)
        if self._progress:
            self._progress.update(self._progress.task_ids[0], completed=done, total=total)

    def close(self) -> None:
        """Take the bar away."""
        if self._progress:
            self._progress.stop()


def _columns(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        RateColumn(),
        TimeElapsedColumn(),
        TextColumn("còn"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )

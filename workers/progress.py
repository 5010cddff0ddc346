"""Progress on standard error: pages, rate and time left on anything longer than two seconds."""

import time
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn
from rich.text import Text

QUIET_S = 2.0


def pace(done: int, elapsed_s: float) -> str:
    """Return how many are done a minute, over the whole time; a dash before there is one."""
    return f"{done / elapsed_s * 60:.0f}/phút" if done and elapsed_s > 0 else "–/phút"


def time_left(done: int, total: int, elapsed_s: float) -> str:
    """Return how long the rest will take at that pace."""
    if not done or elapsed_s <= 0:
        return "đang tính"
    seconds = round((total - done) * elapsed_s / done)
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


class PaceColumn(ProgressColumn):
    """Rate and time left, over the whole time: totals that grow while one looks do not upset them."""

    def render(self, task: Task) -> Text:
        """Return both, or only the rate where nothing is left."""
        done, total, elapsed = int(task.completed), int(task.total or 0), task.elapsed or 0.0
        rest = f" · còn {time_left(done, total, elapsed)}" if done < total else ""
        return Text(pace(done, elapsed) + rest, style="cyan")


@dataclass
class Bar:
    """A bar that appears only after two seconds and only on a terminal."""

    label: str
    console: Console
    _progress: Progress | None = None
    _started: float = 0.0

    def show(self, done: int, total: int, note: str = "") -> None:
        """Show how far the work is; `note` says what else is under way."""
        if not self.console.is_terminal:
            return
        self._started = self._started or time.monotonic()
        if self._progress is None and time.monotonic() - self._started >= QUIET_S:
            self._progress = _columns(self.console)
            self._progress.start()
            task = self._progress.add_task(self.label, total=total, note=note)
            # What was done before the bar appeared counts towards the rate, and so does its time.
            self._progress.tasks[task].start_time = self._progress.get_time() - (time.monotonic() - self._started)
        if self._progress:
            self._progress.update(self._progress.task_ids[0], completed=done, total=total, note=note)

    def close(self) -> None:
        """Take the bar away; the next `show` begins anew."""
        if self._progress:
            self._progress.stop()
        self._progress, self._started = None, 0.0


def _columns(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(24),
        MofNCompleteColumn(),
        PaceColumn(),
        TextColumn("{task.fields[note]}", markup=False),
        console=console,
        transient=True,
    )

"""`sohoa station watch` at a counter, which uploads to the centre; `sohoa station backlog`."""

import queue
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.station.centre import CentreLine
from pipeline.station.hot_folder import watching
from pipeline.station.upload import backlog as sum_of
from pipeline.station.upload import in_turn
from schemas.jobs import Lane
from schemas.upload import Backlog, Manifest, UploadState
from workers.cli.output import JsonFlag, Output, shown
from workers.counter import Counter, spool_of
from workers.desk import Desk, read_settings
from workers.progress import Bar
from workers.uploader import News, Uploader
from workers.watcher import Taken

LOOK_EVERY_S = 0.5
COLUMNS = {"name": "tệp", "pages": "trang", "lane": "làn", "taken_at": "nhận lúc", "digest": "SHA-256"}


@dataclass
class Screen:
    """What a person at the counter sees: files taken, files acknowledged, what still waits, how the line is."""

    output: Output
    bar: Bar
    _done: int = 0
    _full: bool = False

    def show(self, uploader: Uploader) -> None:
        """Show how much waits, since when, and whether the centre answers."""
        held = sum_of(uploader.spool.waiting())
        if not held.files and uploader.down_since is None:
            self.bar.close()
            self._done = 0
            return
        acknowledged = uploader.acknowledged()
        self.bar.show(self._done + acknowledged, self._done + held.pages, note(held, uploader.down_since))

    def tell_all(self, uploader: Uploader) -> None:
        """Tell what the uploader has to say."""
        while True:
            try:
                news = uploader.news.get_nowait()
            except queue.Empty:
                return
            if news.manifest and news.error is None and not news.wrong_pages:
                self._done += news.manifest.pages
            self.output.told(told_of(news, uploader), row_of_news(news))

    def tell_full(self, counter: Counter) -> None:
        """Say once that the disk is full, and once that it no longer is."""
        if self._full == (counter.full is not None):
            return
        self._full = counter.full is not None
        full = counter.full
        text = f"! {full.message}\n  → {full.hint}" if full else "✓ Đĩa đã có chỗ, nhận tệp tiếp."
        self.output.told(text, {"disk_full": self._full})


def watch(folder: Path, lane: Lane, *, drain: bool, output: Output) -> None:
    """Take files until stopped, or with `drain` until the centre has acknowledged every page."""
    with opened(folder, lane) as (counter, uploader), closing(Bar("trang", output.talk)) as bar:
        screen = Screen(output, bar)
        while not (look(counter, uploader, screen) and drain):
            time.sleep(LOOK_EVERY_S)


@contextmanager
def opened(folder: Path, lane: Lane) -> Iterator[tuple[Counter, Uploader]]:
    """Yield what takes and what sends, both at work until the block ends."""
    desk = Desk(read_settings())
    settings = desk.settings.centre
    spool = spool_of(desk)
    with CentreLine(settings) as line, closing(desk.children), watching(folder) as hot_folder:
        uploader = Uploader(spool, line, settings.pause_max_s)
        with uploader.running():
            yield Counter(desk, hot_folder, spool, lane), uploader


def look(counter: Counter, uploader: Uploader, screen: Screen) -> bool:
    """Take what is ready and tell what happened; True where nothing is left to take or to send."""
    for taken in counter.take_all():
        tell_taken(taken, screen.output)
        screen.show(uploader)
    for name in counter.watcher.unfinished():
        text = f"… {name!r}: chưa trọn vẹn, đang đợi máy quét ghi nốt; đợi lâu mà vẫn vậy thì sẽ bị từ chối"
        screen.output.told(text, {"unfinished": name})
    screen.tell_full(counter)
    empty = not counter.hot_folder.look() and counter.full is None and not counter.spool.waiting()
    screen.tell_all(uploader)
    screen.show(uploader)
    return empty


def tell_taken(taken: Taken, output: Output) -> None:
    """Show what became of a file at this station."""
    if taken.trouble:
        text = f"✗ {taken.name!r}: {taken.trouble} (tệp nằm ở thư mục rejected)\n  → {taken.hint}"
    else:
        again = " (đang đợi gửi từ trước)" if taken.repeated else ""
        text = f"• {taken.name!r}: {taken.pages} trang, lô {taken.batch_id[:12]}, đợi gửi về trung tâm{again}"
    output.told(text, vars(taken))


def told_of(news: News, uploader: Uploader) -> str:
    """Return news as a person is told it."""
    if news.manifest is None:
        held = sum_of(uploader.spool.waiting())
        if news.error is None:
            return f"✓ Đã nối lại với trung tâm; {amount(held)}."
        return f"! {news.error.message}; {amount(held)}, tự gửi khi nối lại được.\n  → {news.error.hint}"
    name = f"{news.manifest.name!r}"
    if news.wrong_pages:
        pages = ", ".join(map(str, news.wrong_pages))
        return (
            f"✗ {name}: trang {pages} ở trung tâm khác với trang trạm đọc được; tệp được giữ lại ở trạm."
            f"\n  → Báo quản trị viên: hai bên phải cùng phiên bản. Mã lô {news.manifest.digest[:12]}."
        )
    if news.error is not None:
        return f"✗ {name}: {news.error.message}\n  → {news.error.hint}"
    return acknowledged(news)


def acknowledged(news: News) -> str:
    """Return that every page of a file has arrived, and what the ledger says of them."""
    if news.manifest is None or news.upload is None:
        return ""
    told = f"Lô {news.upload.batch[:12]}, {news.manifest.name!r}: trung tâm đã nhận đủ {news.manifest.pages} trang"
    reasons = "".join(f"\n  • {problem}" for problem in news.upload.problems)
    if news.upload.state is UploadState.OPEN:
        return f"! {told}, nhưng sổ trang chưa cân:{reasons}"
    return f"! {told}; sổ trang cân, nhưng:{reasons}" if reasons else f"✓ {told}."


def row_of_news(news: News) -> dict[str, Any]:
    """Return news as a machine is told it."""
    if news.manifest is None:
        return {"line": "up" if news.error is None else "down", "code": news.error.code if news.error else None}
    row: dict[str, Any] = {"file": news.manifest.name, "digest": news.manifest.digest, "pages": news.manifest.pages}
    if news.wrong_pages:
        return row | {"state": "differs", "page_nos": news.wrong_pages}
    if news.error:
        return row | {"state": "failed", "code": news.error.code, "trouble": news.error.message}
    upload = news.upload
    return row | {"state": "acknowledged", "batch": upload.batch if upload else "", "ledger": upload and upload.state}


def note(held: Backlog, down_since: datetime | None) -> str:
    """Return what stands beside the bar."""
    line = "đường truyền thông" if down_since is None else f"MẤT LIÊN LẠC từ {shown(down_since)}"
    return f"· {amount(held)} · {line}"


def amount(held: Backlog) -> str:
    """Return how much waits, and since when."""
    if not held.files:
        return "không còn tệp nào đợi"
    return f"{held.files} tệp ({held.pages} trang) đợi ở trạm, lâu nhất từ {shown(held.oldest_at)}"


def backlog(*, as_json: JsonFlag = False) -> None:
    """Liệt kê những tệp còn đợi trên đĩa của trạm này: chưa gửi xong, hoặc trung tâm chưa xác nhận đủ trang."""
    waiting = in_turn(spool_of(Desk(read_settings())).waiting())
    output = Output(as_json)
    output.rows("Tệp đợi gửi", COLUMNS, [row_of(manifest) for manifest in waiting])
    output.add(f"Cộng: {amount(sum_of(waiting))}.")


def row_of(manifest: Manifest) -> dict[str, Any]:
    """Return a file as a row."""
    return {
        "name": manifest.name,
        "pages": manifest.pages,
        "lane": manifest.lane,
        "taken_at": manifest.taken_at,
        "digest": manifest.digest[:12],
        "bytes": manifest.size,
        "folder": manifest.folder,
    }

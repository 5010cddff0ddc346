"""`sohoa status`: how the line stands."""

from collections.abc import Sequence
from typing import Any, Final

from pipeline.store.records import aside, batches, held, jobs
from pipeline.store.records.aside import StuckPage
from pipeline.store.records.batches import BatchRow
from pipeline.store.records.held import HeldDocument
from schemas.batch import BatchState, Disposition
from schemas.errors import OtherOwner
from schemas.jobs import JobState, Lane
from workers import tables
from workers.cli.output import JsonFlag, Output
from workers.cli.words import Sum, word

WAYS_ON: Final = (
    "Nạp hồ sơ còn thiếu rồi «sohoa station recheck», hoặc quét lại cả xấp thành tệp mới rồi «sohoa station set-aside»."
)
WAY_ON_WITHOUT_A_PAGE: Final = (
    "Gác văn bản thiếu trang lại bằng «sohoa documents set-aside» (xem «sohoa status»), rồi quét lại đúng các tờ ấy."
)


def status(*, as_json: JsonFlag = False) -> None:
    """Cho biết mỗi làn có bao nhiêu việc, trang đi về đâu, trang nào không đọc được, lô nào còn mở và vì sao."""
    output = Output(as_json)
    with tables.opened_migrated() as records, records.begin() as tx:
        numbers = jobs.counts(tx)
        places = batches.dispositions(tx)
        listed = batches.listing(tx, (BatchState.RECEIVED, BatchState.OPEN))
        stuck = aside.stuck_pages(tx)
        others = held.listing(tx)
    lanes = [lane_row(lane, numbers) for lane in Lane]
    output.rows("Việc theo làn", LANE_COLUMNS, lanes)
    output.rows("Trang", {"place": "nơi đến", "pages": "số trang"}, page_rows(places))
    if stuck:
        output.rows("Trang không đọc được", STUCK_COLUMNS, [stuck_row(place) for place in stuck])
        output.add(f"  → {WAY_ON_WITHOUT_A_PAGE}")
    if others:
        output.rows("Văn bản bị giữ vì chủ hồ sơ", HELD_COLUMNS, [held_row(row) for row in others])
        output.add(f"  → {OtherOwner.hint}")
    show_batches("Lô chưa khép", listed, output)


LANE_COLUMNS = {
    "lane": "làn",
    "waiting": "chờ",
    "running": "đang làm",
    "done": "xong",
    "quarantined": "cách ly",
}
BATCH_COLUMNS = {
    "batch": "lô",
    "station": "quầy",
    "taken_at": "lúc nhận",
    "pages": "trang",
    "state": "tình trạng",
}


STUCK_COLUMNS = {
    "stack": "lô",
    "page_no": "trang",
    "document": "văn bản",
    "dossier": "hồ sơ",
    "job": "việc bị cách ly",
    "reason": "lý do",
}


def stuck_row(place: StuckPage) -> dict[str, Any]:
    """Return a page that keeps its document waiting."""
    return {
        "stack": place.batch_id[:12],
        "page_no": place.page_no,
        "document": place.document_id[:12],
        "dossier": place.dossier_code,
        "job": place.job_id[:12],
        "reason": place.reason,
    }


HELD_COLUMNS = {"held": "văn bản", "dossier": "hồ sơ", "stack": "lô", "reason": "lý do"}


def held_row(row: HeldDocument) -> dict[str, Any]:
    """Return a document on which somebody else stands than the owner of its dossier."""
    return {
        "held": row.document_id[:12],
        "dossier": row.dossier_code,
        "stack": row.batch_id[:12],
        "reason": row.reason,
    }


def lane_row(lane: Lane, numbers: dict[tuple[Lane, JobState], int]) -> dict[str, Any]:
    """Return one lane's counts."""
    return {"lane": lane} | {state.value: numbers.get((lane, state), 0) for state in JobState}


def page_rows(places: dict[Disposition, int]) -> list[dict[str, Any]]:
    """Return where pages went; what is scanned equals their sum."""
    rows: list[dict[str, Any]] = [{"place": place, "pages": places.get(place, 0)} for place in Disposition]
    return [*rows, {"place": Sum.SCANNED, "pages": sum(places.values())}]


def show_batches(title: str, rows: Sequence[BatchRow], output: Output) -> None:
    """Print batches; below the table, where there is room, why those are open that are."""
    output.rows(title, BATCH_COLUMNS, [batch_row(row) for row in rows])
    for row in rows:
        if row.state is BatchState.OPEN:
            output.add(outcome(row))


def outcome(row: BatchRow) -> str:
    """Return what a person at the counter has to know of a balanced batch."""
    reasons = "".join(f"\n  • {problem}" for problem in row.problems)
    if row.state is BatchState.CLOSED:
        rest = f"; văn bản khác vẫn được giao:{reasons}\n  → {WAY_ON_WITHOUT_A_PAGE}" if reasons else "."
        return f"{'!' if reasons else '✓'} Lô {row.id[:12]}: sổ trang cân, {row.pages} trang{rest}"
    way = f"\n  → {WAYS_ON}" if row.state is BatchState.OPEN else ""
    return f"! Lô {row.id[:12]} {word(row.state)}, chưa làm gì từ lô này:{reasons}{way}"


def batch_row(row: BatchRow) -> dict[str, Any]:
    """Return a batch as a row."""
    return {
        "batch": row.id[:12],
        "station": row.station,
        "pages": row.pages,
        "state": row.state,
        "taken_at": row.taken_at,
        "problems": "; ".join(row.problems),
    }

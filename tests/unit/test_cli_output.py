"""Tables for people: words for every code, codes in one piece, nothing taken for markup; the bar above them."""

import io
from enum import StrEnum
from itertools import pairwise

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from schemas import batch, jobs
from schemas.document import SealLevel
from workers import logs, progress
from workers.cli.output import Output, shown, unbroken
from workers.cli.words import WORDS, word
from workers.progress import Bar, pace, time_left

CODE = "H50.116-20261120-0000123"
KINDS = [kind for module in (batch, jobs) for kind in vars(module).values() if isinstance(kind, type)]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if issubclass(kind, StrEnum) and kind is not StrEnum])
def test_every_code_that_a_table_may_show_has_a_word_of_its_own(kind: type[StrEnum]) -> None:
    assert set(WORDS[kind]) == set(kind)
    assert len(set(WORDS[kind].values())) == len(kind)


def test_a_code_that_is_a_name_stays_as_it_is() -> None:
    assert word(SealLevel.B_T) == "B-T"
    assert shown(batch.BatchState.OPEN) == "còn mở"


def printed(width: int, rows: list[dict[str, object]]) -> str:
    console = Console(file=io.StringIO(), width=width)
    Output(out=console).rows("Bảng", {"id": "mã", "dossier": "hồ sơ", "why": "lý do", "none": "không"}, rows)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_codes_stand_in_one_piece_and_sentences_give_way() -> None:
    told = printed(60, [{"id": "0" * 12, "dossier": CODE, "why": "Tệp TIFF thiếu dữ liệu ở cuối " * 3, "none": None}])
    assert CODE in told
    assert "0" * 12 in told
    assert "không" not in told, "a column without a value is left out"


def test_one_column_may_hold_several_fields_line_by_line() -> None:
    console = Console(file=io.StringIO(), width=60)
    rows: list[dict[str, object]] = [{"dossier": CODE, "held": True}, {"dossier": CODE, "held": None}]
    Output(out=console).rows("Bảng", {"dossier\nheld": "hồ sơ\nđối chiếu"}, rows)
    assert isinstance(console.file, io.StringIO)
    lines = [line.strip("│┃ \n") for line in console.file.getvalue().splitlines() if line[0] in "│┃"]
    assert lines == ["hồ sơ", "đối chiếu", CODE, "đạt", CODE, "–"]


@pytest.mark.parametrize("width", [24, 30, 40, 60, 80])
def test_no_character_is_lost_on_a_narrow_screen(width: int) -> None:
    cells = printed(width, [{"id": "0123456789ab", "dossier": CODE, "why": "x"}]).splitlines()
    columns = zip(*(line.split("│")[1:-1] for line in cells if line.startswith("│")), strict=True)
    assert ["".join(part.strip() for part in column) for column in columns] == ["0123456789ab", CODE, "x"]


@given(st.dictionaries(st.text("ab", min_size=1), st.lists(st.text("xy ", max_size=30), min_size=2, max_size=4)))
def test_what_stands_in_one_piece_has_room(columns: dict[str, list[str]]) -> None:
    before: set[str] = set()
    for narrow, wide in pairwise((20, 60, 100, 400)):
        kept = unbroken(columns, narrow)
        assert sum(max(map(len, columns[name])) + 3 for name in kept) <= narrow or not kept
        assert kept <= unbroken(columns, wide)
        assert before <= kept
        before = kept


def test_names_of_files_are_no_markup() -> None:
    assert "[/b] [red]" in printed(80, [{"id": "[/b] [red]", "dossier": CODE, "why": ""}])


def test_no_rows_are_said_in_words() -> None:
    assert printed(80, []) == "Bảng: không có.\n"


def test_rate_and_time_left_are_those_of_the_whole_time() -> None:
    assert (pace(0, 5.0), time_left(0, 9, 5.0)) == ("–/phút", "đang tính")
    assert (pace(30, 60.0), time_left(30, 90, 60.0)) == ("30/phút", "0:02:00")
    assert time_left(1, 7201, 1.0) == "2:00:00"


def test_the_bar_shows_pages_rate_and_time_left_and_keeps_log_lines_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "QUIET_S", 0.0)
    console = Console(file=io.StringIO(), force_terminal=True, width=100)
    bar = Bar("trang", console)
    bar.show(3, 12, "· 9 việc chưa xong")
    logs.configure()
    structlog.get_logger().warning("file rejected", code="bad-input")
    bar.show(6, 14, "· 8 việc chưa xong")
    bar.close()
    assert isinstance(console.file, io.StringIO)
    told = console.file.getvalue()
    assert "6/14" in told
    assert "/phút · còn" in told
    assert "8 việc chưa xong" in told
    assert '"code": "bad-input"' in told, "the line goes above the bar, not into it"


def test_no_bar_where_nobody_looks() -> None:
    console = Console(file=io.StringIO(), width=100)
    bar = Bar("trang", console)
    bar.show(1, 2)
    bar.close()
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue() == ""

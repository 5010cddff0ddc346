"""The table of syllable pairs: how it is built, what it knows, and that the one that comes along is such a table."""

import lzma
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.ocr.language import CODE, NUMBER, Language, token_of

BUILDER = Path(__file__).parents[2] / "tools" / "language_model.py"
TEXT = """
Nghị định này quy định chi tiết việc thi hành một số điều của Luật
Nghị định này có hiệu lực thi hành từ ngày 01 tháng 01 năm 2025
Quyết định này có hiệu lực thi hành kể từ ngày ký ban hành
"""
ENGLISH = "This Decree takes effect on the day of its signing\n" * 20


def build(corpus: Path, out: Path, *options: str) -> Path:
    environment = {"PYTHONPATH": str(BUILDER.parents[1])}
    subprocess.run([sys.executable, BUILDER, corpus, "--out", out, *options], check=True, env=environment)
    return out


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("corpus") / "texts.txt.xz"
    path.write_bytes(lzma.compress("\f".join([TEXT * 4, ENGLISH, "Công báo số 7\n" * 9]).encode()))
    return path


def test_what_follows_often_costs_little(small: Path, tmp_path: Path) -> None:
    table = Language.load(build(small, tmp_path / "table.npz"))
    assert table.cost("hiệu", "lực") < table.cost("hiệu", "ký") < table.cost("hiệu", "lưc")
    assert table.cost_between("thi", ("hành",), "từ") < table.cost_between("thi", ("hãnh",), "từ")
    assert table.cost(None, "định") < table.cost(None, "tháng") < table.cost(None, "chưa")


def test_other_languages_and_rare_words_are_not_learned(small: Path, tmp_path: Path) -> None:
    table = Language.load(build(small, tmp_path / "table.npz"))
    assert table.knows("Nghị")
    assert not table.knows("Decree")


def test_the_same_texts_make_the_same_bytes(small: Path, tmp_path: Path) -> None:
    one, other = (build(small, tmp_path / name).read_bytes() for name in ("one.npz", "other.npz"))
    assert one == other


def test_documents_can_be_left_out(small: Path, tmp_path: Path) -> None:
    table = Language.load(build(small, tmp_path / "table.npz", "--leave-out", "2/3"))
    assert table.knows("Nghị")
    assert not table.knows("báo")


def test_rivals_have_the_same_letters_and_other_marks(small: Path, tmp_path: Path) -> None:
    table = Language.load(build(small, tmp_path / "table.npz"))
    assert table.nearest_rival("quy", "đình", "chi") == (table.cost_between("quy", ("định",), "chi"), "định")
    assert table.nearest_rival("quy", "định", "chi") is None


@pytest.mark.parametrize(
    ("word", "token"),
    [("Định,", "định"), ("01/2025", NUMBER), ("TT-BTC", CODE), ("(“Luật”)", "luật"), ("m2", NUMBER), ("...", CODE)],
)
def test_words_as_the_table_knows_them(word: str, token: str) -> None:
    assert token_of(word) == token


def test_the_table_that_comes_along_knows_official_vietnamese() -> None:
    table = Language.load()
    assert table.cost_between("sửa", ("đổi,",), "bổ") < table.cost_between("sửa", ("đỗi,",), "bổ")
    assert table.cost_between("bổ", ("sung",), "một") < table.cost_between("bố", ("sung",), "một")
    rival = table.nearest_rival("SỬA", "ĐỐI", "BỔ")
    assert rival is not None
    assert rival.cost < table.cost_between("SỬA", ("ĐỐI",), "BỔ")

"""What is delivered is measured rightly: bytes by part, ratios to peers, places that are shown."""

import io
from dataclasses import replace

import numpy as np
import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from bench.delivered_parts import parts
from bench.delivered_sheet import best, blue, faint, red
from bench.delivered_table import HEAD, Delivered, Group, inks, ratios, row, table
from bench.ink import InkScore

RUN = Delivered(
    kind="typical, colour",
    system="sohoa",
    pages=2,
    came=1_000_000,
    size=160_000,
    picture=120_000,
    text=20_000,
    cpu_s=6.0,
    wall_s=8.0,
    start_cpu_s=2.0,
    memory_mb=300,
)
PEER = replace(RUN, system="OCRmyPDF", size=1_440_000, cpu_s=12.0)


def test_every_byte_belongs_to_one_part() -> None:
    pdf = pikepdf.new()
    pdf.add_blank_page()
    page = pdf.pages[0]
    mask = pdf.make_stream(b"m" * 300, Type=Name.XObject, Subtype=Name.Image)
    page.add_resource(pdf.make_stream(b"i" * 5000, Type=Name.XObject, Subtype=Name.Image, SMask=mask), Name.XObject)
    page.add_resource(pdf.make_stream(b"f" * 70, Type=Name.XObject, Subtype=Name.Form), Name.XObject)
    descriptor = pdf.make_indirect(Dictionary(Type=Name.FontDescriptor, FontFile2=pdf.make_stream(b"t" * 1100)))
    page.add_resource(Dictionary(Type=Name.Font, FontDescriptor=descriptor), Name.Font)
    page.obj.Contents = Array([pdf.make_stream(b"q" * 40), pdf.make_stream(b"Q" * 2)])
    pdf.Root.Metadata = pdf.make_stream(b"x" * 900, Type=Name.Metadata)
    target = io.BytesIO()
    pdf.save(target, compress_streams=False)

    found = parts(target.getvalue())

    assert (found.picture, found.text) == (5300, 1212)
    assert found.picture + found.text + found.rest == len(target.getvalue())


def test_a_page_with_nothing_on_it_has_no_picture() -> None:
    pdf, target = pikepdf.new(), io.BytesIO()
    pdf.add_blank_page()
    pdf.save(target)

    assert parts(target.getvalue()).picture == 0


def test_ratios_are_by_page_and_run_by_run() -> None:
    ours = Group([RUN, replace(RUN, size=320_000)])
    theirs = Group([replace(PEER, pages=4, size=2_880_000), PEER])

    assert ratios(ours, [theirs, None], lambda run: run.size) == "0.17 (0.11-0.22), -"


def test_nothing_is_compared_with_itself() -> None:
    peer = Group([PEER])

    assert ratios(peer, [peer], lambda run: run.size) == "-"


def test_a_row_tells_bytes_and_seconds_of_a_page() -> None:
    told = dict(zip(HEAD, row(Group([RUN]), {"OCRmyPDF": Group([PEER])}), strict=True))

    assert told["KB/page"] == "80.0"
    assert told["picture + text + rest"] == "60.0 + 10.0 + 10.0"
    assert told["less the scan"] == "-420.0"
    assert told["of default, -O3"] == "0.11, -"
    assert (told["CPU s/page"], told["without start"], told["of default, full"]) == ("3.00", "2.00", "0.50, -")


def test_each_system_has_a_row_beside_its_rivals_of_the_same_pages() -> None:
    other = replace(RUN, kind="real, colour")

    lines = table([RUN, PEER, other]).splitlines()[2:]

    assert ["0.11" in line for line in lines] == [True, False, False]


def test_ink_is_counted_over_all_pages_and_the_worst_is_told() -> None:
    score = InkScore(pieces=900, matched=1.0, gained=0, delta_e=None, shift=0.0, turn=0.0)

    told = inks([score, replace(score, pieces=100, matched=0.9, gained=4, delta_e=2.5, shift=1.0)])

    assert told == ("99.00 (worst 90.00)", "2 (0-4)", "2.5", "0.5 (0.0-1.0)")


def test_runs_are_read_back_as_they_were_written() -> None:
    told = {**vars(RUN), "inks": [vars(InkScore(1, 1.0, 0, None, 0.0, 0.0))], "approved": [1, 1]}

    assert Delivered.from_json(told) == replace(RUN, inks=(InkScore(1, 1.0, 0, None, 0.0, 0.0),), approved=(1, 1))


@pytest.mark.parametrize(("colour", "told"), [((200, 30, 40), red), ((40, 50, 160), blue)])
def test_a_crop_shows_where_most_of_a_colour_is(colour: tuple[int, int, int], told: type) -> None:
    scan = np.full((900, 1200, 3), 250, np.uint8)
    scan[500:560, 700:800] = colour

    amount, window = best(told(scan))

    assert amount == 60 * 100
    assert window.x <= 700
    assert window.x + window.width >= 800
    assert window.y <= 500
    assert window.y + window.height >= 560


def test_pale_strokes_are_shown_and_dark_ones_are_not() -> None:
    scan = np.full((600, 900), 245, np.uint8)
    scan[100:104, 100:300] = 210
    scan[400:404, 500:700] = 20

    _, window = best(faint(scan))

    assert window.y < 100 < window.y + window.height
    assert not faint(scan)[380:430].any()

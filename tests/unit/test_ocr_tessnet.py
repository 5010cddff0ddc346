"""Tesseract's file of weights, the network built from it, and what it reads beside Tesseract itself."""

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from pipeline.ocr.models import TESSDATA
from pipeline.ocr.onnx import Model
from pipeline.ocr.tesserocr_lines import TesserocrLines
from pipeline.ocr.tessnet import graph
from pipeline.ocr.tessnet.binary import Cursor
from pipeline.ocr.tessnet.layers import Backwards, Chain, Dense, Downwards, Input, Lstm, Pool, Window, read_layer
from pipeline.ocr.tessnet.onnx_file import message
from pipeline.ocr.tessnet.picture import levels, picture_of
from pipeline.ocr.tessnet.traineddata import Part, load, parse
from pipeline.ocr.tessnet_lines import MOST_AT_ONCE, MOST_STEPS, TessnetLines, batches, together
from samples.typeface import Face, font_path
from schemas.errors import MissingProgram
from schemas.page import Pixels

FILE = TESSDATA / "vie.traineddata"
DATA = FILE.read_bytes()
LINES = [
    "Cộng hòa xã hội chủ nghĩa Việt Nam",
    "Độc lập - Tự do - Hạnh phúc",
    "Ủy ban nhân dân xã Hòa Bình, huyện Châu Thành",
    "Ngày 15 tháng 11 năm 2024, số 1234/QĐ-UBND",
    "Điều 3. Quyết định này có hiệu lực kể từ ngày ký.",
]


@pytest.fixture(scope="module")
def reader() -> TessnetLines:
    return TessnetLines()


def drawn(text: str, face: Face = Face.SERIF, size: int = 34) -> Pixels:
    font = ImageFont.truetype(str(font_path(face)), size)
    x0, y0, x1, y1 = (round(edge) for edge in font.getbbox(text))
    picture = Image.new("L", (x1 - x0 + 12, y1 - y0 + 12), 255)
    ImageDraw.Draw(picture).text((6 - x0, 6 - y0), text, font=font, fill=10)
    return np.asarray(picture)


def part(place: Part) -> bytes:
    """Return the bytes of one part of the file."""
    (count,) = struct.unpack_from("<I", DATA)
    starts = struct.unpack_from(f"<{count}q", DATA, 4)
    ends = sorted(start for start in starts if start > starts[place]) or [len(DATA)]
    return DATA[starts[place] : ends[0]]


def with_parts(parts: dict[int, bytes]) -> bytes:
    """Return a file of these parts."""
    count = max(parts) + 1
    table, body = [-1] * count, b""
    for place in sorted(parts):
        table[place] = 4 + 8 * count + len(body)
        body += parts[place]
    return struct.pack(f"<I{count}q", count, *table) + body


WHOLE = {int(place): part(place) for place in Part}


class TestFile:
    def test_the_committed_model_is_the_one_it_says(self) -> None:
        model = load(FILE)
        assert isinstance(model.network, Chain)
        kinds = [type(layer) for layer in model.network.parts]
        assert kinds == [Input, Chain, Pool, Downwards, Lstm, Backwards, Lstm, Dense]
        assert model.version == "4.00.00alpha"
        assert model.alphabet[0] == " "
        assert model.alphabet[model.null] == ""
        assert set("aăâđơưẫýĐƯỸ0123456789/%") <= set(model.alphabet)

    def test_weights_are_whole_numbers_with_a_scale_for_each_output(self) -> None:
        network = load(FILE).network
        assert isinstance(network, Chain)
        last = network.parts[-1]
        assert isinstance(last, Dense)
        kept, scales = last.weights.kept, last.weights.scales
        assert kept.dtype == np.int8
        assert np.abs(kept.astype(int)).max(axis=1).tolist() == [127] * len(kept)
        assert (scales > 0).all()

    def test_parts_put_together_anew_say_the_same(self) -> None:
        assert parse(with_parts(WHOLE)).alphabet == parse(DATA).alphabet

    @pytest.mark.parametrize("place", [Part.NETWORK, Part.CHARACTERS, Part.CODES])
    def test_a_missing_part_is_named(self, place: Part) -> None:
        with pytest.raises(MissingProgram, match=place.name):
            parse(with_parts({key: data for key, data in WHOLE.items() if key != place}))

    @settings(max_examples=60, deadline=None)
    @given(st.integers(0, len(DATA) - 2500))
    def test_a_file_cut_short_is_refused(self, length: int) -> None:
        with pytest.raises(MissingProgram):
            parse(DATA[:length])

    @given(st.binary(max_size=400))
    def test_any_bytes_are_refused(self, data: bytes) -> None:
        with pytest.raises(MissingProgram):
            parse(data)

    @settings(max_examples=150, deadline=None)
    @given(st.sampled_from(sorted(WHOLE)), st.floats(0, 1), st.binary(min_size=1, max_size=12))
    def test_garbled_bytes_are_refused_or_read_never_worse(self, place: int, where: float, garbage: bytes) -> None:
        data = WHOLE[place]
        at = int(where * min(len(data), 3000))
        garbled = data[:at] + garbage + data[at + len(garbage) :]
        try:
            model = parse(with_parts({**WHOLE, place: garbled}))
            graph.build(model.network)
        except MissingProgram as error:
            assert "traineddata" in str(error)  # noqa: PT017 - both ends are right

    def test_layers_within_layers_end_somewhere(self) -> None:
        head = b"\0" + struct.pack("<I", 6) + b"Series" + b"\0\0" + struct.pack("<iiiiI", 0, 1, 1, 0, 0)
        with pytest.raises(MissingProgram, match="lồng nhau"):
            read_layer(Cursor((head + struct.pack("<I", 1)) * 1000))

    def test_a_float_model_is_brought_to_whole_numbers(self) -> None:
        weights = np.array([[0.5, -1.0, 0.25], [0, 0, 0]])
        head = b"\0" + struct.pack("<I", 4) + b"Tanh" + b"\0\0" + struct.pack("<iiiiI", 0, 2, 2, 6, 0)
        table = b"\x80" + struct.pack("<IId", 2, 3, 0.0) + weights.tobytes()
        layer = read_layer(Cursor(head + table))
        assert isinstance(layer, Dense)
        assert layer.weights.kept.tolist() == [[64, -127, 32], [0, 0, 0]]
        assert np.abs(layer.weights.values - weights).max() < 0.005


class TestNetwork:
    def test_a_message_is_numbered_fields(self) -> None:
        assert message((1, 300), (2, "ab"), (3, b"")) == b"\x08\xac\x02\x12\x02ab\x1a\x00"

    def test_each_step_has_chances_that_add_up(self) -> None:
        net = graph.build(load(FILE).network)
        assert (net.height, net.step, net.outputs) == (36, 3, 269)
        pictures = np.random.default_rng(3).uniform(-1, 1, (2, 1, 36, 91)).astype(np.float32)
        steps = np.array([30, 17], np.int32)
        (chances,) = Model(net.onnx).run([graph.CHANCES], {graph.PICTURES: pictures, graph.STEPS: steps})
        assert chances.shape == (30, 2, 269)
        assert np.allclose(chances.sum(axis=2), 1, atol=1e-4)

    def test_a_line_is_read_the_same_alone_and_beside_longer_ones(self, reader: TessnetLines) -> None:
        crops = [drawn(text) for text in LINES]
        assert reader.read_lines(crops) == [reader.read_lines([crop])[0] for crop in crops]

    def test_a_network_that_reads_no_lines_is_refused(self) -> None:
        for layer in (Input(36, 1), Chain((Input(36, 3),)), Chain((Input(36, 1), Window(1, 1))), Pool(3, 3)):
            with pytest.raises(MissingProgram):
                graph.build(layer)


class TestReading:
    @pytest.mark.parametrize("face", [Face.SERIF, Face.SANS])
    def test_clean_print_is_read_as_tesseract_reads_it(self, reader: TessnetLines, face: Face) -> None:
        crops = [drawn(text, face) for text in LINES]
        theirs = [reading.text for reading in TesserocrLines().read_lines(crops)]
        assert [reading.text for reading in reader.read_lines(crops)] == theirs == LINES

    def test_what_stands_far_apart_is_read_apart_and_in_its_place(self, reader: TessnetLines) -> None:
        left, right = drawn("Nơi nhận:"), drawn("CHỦ TỊCH")
        crop = np.full((60, 1600), 255, np.uint8)
        crop[: left.shape[0], : left.shape[1]] = left
        crop[: right.shape[0], -right.shape[1] :] = right
        (reading,) = reader.read_lines([crop])
        assert reading.text == "Nơi nhận: CHỦ TỊCH"
        assert reading.words[1].end < left.shape[1]
        assert reading.words[2].start > 1600 - right.shape[1]

    def test_a_line_as_long_as_ten_is_read(self, reader: TessnetLines) -> None:
        text = " ".join(LINES[:3] * 4)
        (reading,) = reader.read_lines([drawn(text, size=28)])
        assert reading.text == text
        assert list(reading.words) == sorted(reading.words, key=lambda word: word.start)

    def test_a_damaged_model_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(MissingProgram, match="traineddata"):
            TessnetLines(tmp_path)
        (tmp_path / "vie.traineddata").write_bytes(DATA[:5000])
        with pytest.raises(MissingProgram, match="hỏng"):
            TessnetLines(tmp_path)


class TestPicture:
    def test_black_is_minus_one_and_white_one_however_pale_the_print(self) -> None:
        crop = np.full((72, 400), 230, np.uint8)
        crop[20:50, 10:390:20] = crop[20:50, 11:390:20] = crop[20:50, 12:390:20] = crop[20:50, 13:390:20] = 150
        picture = picture_of(crop, 36)
        assert picture.shape == (36, 200)
        assert picture.min() == -1
        assert picture.max() == 1

    def test_without_extremes_black_and_white_are_those_of_paper(self) -> None:
        assert levels(np.full(50, 128, np.float32)) == (0.0, 255.0)
        assert levels(np.zeros(1, np.float32)) == (0.0, 255.0)

    @given(st.integers(1, 90), st.integers(1, 300), st.integers(0, 2**32 - 1))
    def test_any_crop_becomes_a_picture(self, rows: int, columns: int, seed: int) -> None:
        crop = np.random.default_rng(seed).integers(0, 256, (rows, columns)).astype(np.uint8)
        picture = picture_of(crop, 36)
        assert picture.shape[0] == 36
        assert picture.dtype == np.float32
        assert np.isfinite(picture).all()
        assert np.abs(picture).max() <= 1


class TestBatches:
    @given(st.lists(st.integers(1, 9000), max_size=60))
    def test_every_line_is_in_one_batch_and_no_batch_is_too_large(self, lengths: list[int]) -> None:
        found = batches(lengths)
        assert sorted(place for batch in found for place in batch) == list(range(len(lengths)))
        for batch in found:
            longest = max(lengths[place] for place in batch)
            assert len(batch) <= MOST_AT_ONCE
            assert len(batch) == 1 or len(batch) * longest <= MOST_STEPS

    @given(st.lists(st.booleans(), min_size=1, max_size=200).filter(any), st.floats(1, 30))
    def test_runs_hold_all_ink_and_no_wide_gap(self, inked: list[bool], far: float) -> None:
        ink = np.array(inked)
        runs = together(ink, far)
        assert sum(ink[start:end].sum() for start, end in runs) == ink.sum()
        assert all(ink[start] and ink[end - 1] for start, end in runs)
        assert all(np.diff(np.flatnonzero(ink[start:end])).max(initial=0) <= far for start, end in runs)

"""What the station sees on drawn pages: blanks, cover sheets, sheets scanned twice."""

import io
from dataclasses import replace

import cv2
import numpy as np
import pytest
import segno
from PIL import Image, ImageDraw, ImageFont

from pipeline.station.blank import is_blank
from pipeline.station.findings import find, fingerprint, unreadable
from pipeline.station.likeness import difference, likeness, twins
from pipeline.station.reduce import for_looking
from pipeline.station.separators import find_cover
from schemas.dossier import CoverSheet
from schemas.errors import BadCoverSheet, UnreadableFile
from schemas.page import Pixels, Scan
from schemas.units import Resolution

DPI = 150
WIDTH, HEIGHT = 1240, 1754
COVER = CoverSheet(dossier_code="H26.7.12-250101-000123", component_code="KQ.G15.000123", index=2, total=3)
FONT = ImageFont.load_default(24)


def paper(noise: float = 2.0, level: int = 245, seed: int = 1) -> Pixels:
    clean = np.full((HEIGHT, WIDTH, 3), level, np.float32)
    return np.clip(clean + np.random.default_rng(seed).normal(0, noise, clean.shape), 0, 255).astype(np.uint8)


def scan(pixels: Pixels, dpi: float = DPI, *, bilevel: bool = False) -> Scan:
    return Scan(pixels=pixels, resolution=Resolution(dpi, dpi), bilevel=bilevel)


def written(text: str, at: tuple[int, int], size: int = 24, colour: str = "#202020") -> Pixels:
    image = Image.fromarray(paper())
    ImageDraw.Draw(image).text(at, text, fill=colour, font=ImageFont.load_default(size))
    return np.array(image)


def with_seal(share: float, *, seed: int = 5) -> Pixels:
    """Draw a round red seal of 36 mm of whose ink only `share` came through."""
    stamp = Image.new("L", (WIDTH, HEIGHT), 0)
    draw = ImageDraw.Draw(stamp)
    for radius, width in ((106, 5), (98, 2), (64, 3)):
        draw.ellipse((420 - radius, 1360 - radius, 420 + radius, 1360 + radius), outline=255, width=width)
    for turn in range(0, 360, 15):
        x, y = 420 + 81 * np.cos(np.radians(turn)), 1360 + 81 * np.sin(np.radians(turn))
        draw.text((x - 8, y - 12), "A", fill=255, font=FONT)
    draw.regular_polygon((420, 1360, 40), 5, fill=255)
    blots = cv2.GaussianBlur(np.random.default_rng(seed).random((HEIGHT, WIDTH), np.float32), (0, 0), 3)
    inked = (np.asarray(stamp) > 128) & (blots > np.quantile(blots, 1 - share))
    page = paper()
    page[inked] = (190, 20, 45)
    return page


def test_plain_paper_is_blank_whatever_its_tone() -> None:
    assert is_blank(scan(paper()))
    assert is_blank(scan(paper(noise=6, level=215)))
    assert is_blank(scan(np.full((HEIGHT, WIDTH), 255, np.uint8), bilevel=True))


def test_shadows_specks_streaks_and_holes_are_not_content() -> None:
    page = paper()
    shadow = np.clip(np.linspace(0.45, 1.6, WIDTH), 0, 1)[None, :, None]
    page = (page * shadow).astype(np.uint8)
    page[:, :30] = 20
    for x, y in np.random.default_rng(2).integers(80, 1200, (60, 2)):
        page[y : y + 3, x : x + 3] = 40
    page[:, 700:702] = 90
    for y in (600, 1072):
        cv2.circle(page, (70, y), 18, (15, 15, 15), -1)
    assert is_blank(scan(page))


def test_a_page_number_or_a_short_note_is_content() -> None:
    assert not is_blank(scan(written("2", (610, 1640), size=25)))
    assert not is_blank(scan(written("1", (610, 90), size=25)))
    assert not is_blank(scan(written("da xem", (300, 800), size=30, colour="#3040a0")))
    assert not is_blank(scan(written("da xem", (300, 800), size=30, colour="#c02020")))
    bilevel = np.where(written("2", (610, 1640), size=25)[..., 0] > 128, 255, 0).astype(np.uint8)
    assert not is_blank(scan(bilevel, bilevel=True))


def test_print_that_shines_through_is_not_content() -> None:
    page = paper().astype(np.int16)
    text = written("\n".join(["Cong hoa xa hoi chu nghia Viet Nam " * 2] * 20), (120, 200), colour="black")
    page[text[:, ::-1, 0] < 100] -= 22
    assert is_blank(scan(np.clip(page, 0, 255).astype(np.uint8)))


def test_the_blots_of_a_seal_from_the_other_side_are_not_content_but_a_seal_is() -> None:
    assert is_blank(scan(with_seal(0.22)))
    assert not is_blank(scan(with_seal(1.0)))


def test_writing_beside_or_over_the_blots_is_content() -> None:
    page = with_seal(0.22)
    cv2.putText(page, "Nguyen", (350, 1370), cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, 2.0, (30, 30, 120), 5)
    assert not is_blank(scan(page))


def test_a_grey_ring_of_blots_is_a_seal_from_the_other_side_but_a_drawn_circle_is_not() -> None:
    grey = np.ascontiguousarray(with_seal(0.22)[..., 1])
    assert is_blank(scan(grey))
    drawn = np.ascontiguousarray(paper()[..., 1])
    cv2.circle(drawn, (420, 1360), 100, (60,), 4)
    assert not is_blank(scan(drawn))


def test_a_fold_is_not_content_but_a_short_line_is() -> None:
    page = paper()
    page[870:873] = 180
    page[870:873, 200:260] = page[870:873, 700:730] = paper()[0, 0]
    assert is_blank(scan(page))
    page = paper()
    page[870:873, 300:600] = 180
    assert not is_blank(scan(page))


def folded(depth: float) -> Pixels:
    """A fold that falls by half a degree, dark here and there and faint between."""
    x = np.arange(WIDTH, dtype=np.float32)
    away = np.arange(HEIGHT, dtype=np.float32)[:, None] - (870 + 0.009 * x)
    shade = depth * (0.25 + 0.75 * (np.sin(x / 45) > 0.4)) * np.exp(-((away / 1.8) ** 2))
    return np.asarray(paper(noise=1) * (1 - shade[..., None]), np.uint8)


def test_a_fold_that_is_dark_only_here_and_there_is_not_content_but_a_number_on_it_is() -> None:
    page = folded(0.25)
    assert is_blank(scan(page))
    numbered = Image.fromarray(page)
    ImageDraw.Draw(numbered).text((610, 862), "27", fill="#202020", font=FONT)
    assert not is_blank(scan(np.array(numbered)))


def test_a_staple_and_a_lid_that_lies_askew_are_not_content_but_a_stroke_elsewhere_is() -> None:
    page = paper()
    page[np.arange(WIDTH)[None] < 26 + 0.006 * np.arange(HEIGHT)[:, None]] = 25
    cv2.line(page, (70, 60), (118, 92), (120, 120, 125), 2, cv2.LINE_AA)
    assert is_blank(scan(page))
    cv2.line(page, (600, 700), (648, 732), (120, 120, 125), 2, cv2.LINE_AA)
    assert not is_blank(scan(page))


def test_a_badly_pressed_seal_on_one_bit_is_content() -> None:
    assert not is_blank(one_bit((with_seal(0.5)[..., 1] < 128).astype(np.uint8)))


def test_faint_sharp_print_is_content_but_soft_print_of_the_same_depth_is_not() -> None:
    line = written("Kem theo Quyet dinh so 12", (300, 800), size=28, colour="black")[..., 0].astype(np.float32)
    sharp = np.full((HEIGHT, WIDTH), 240, np.float32) - 0.22 * (255 - line)
    soft = np.full((HEIGHT, WIDTH), 240, np.float32) - 0.22 * (255 - cv2.GaussianBlur(line, (0, 0), 3))
    assert not is_blank(scan(sharp.astype(np.uint8)))
    assert is_blank(scan(soft.astype(np.uint8)))


def test_a_pale_red_seal_shines_through() -> None:
    drawn = np.zeros((HEIGHT, WIDTH), np.float32)
    cv2.circle(drawn, (420, 1360), 110, 1.0, 6)
    ring = np.asarray(cv2.GaussianBlur(drawn, (0, 0), 2)[..., None], np.float32)
    assert is_blank(scan((paper() * (1 - 0.22 * ring * (0.1, 0.8, 0.7))).astype(np.uint8)))
    assert not is_blank(scan((paper() * (1 - 0.7 * ring * (0.1, 0.8, 0.7))).astype(np.uint8)))


def test_a_photograph_or_an_open_lid_is_not_blank() -> None:
    assert not is_blank(scan(np.full((HEIGHT, WIDTH, 3), 30, np.uint8)))
    page = paper()
    page[300:1000, 300:900] = 70
    assert not is_blank(scan(page))


@pytest.mark.parametrize("size", [(1, 1), (3, 900), (40, 40)])
def test_tiny_pictures_are_looked_at_without_harm(size: tuple[int, int]) -> None:
    assert find(scan(np.full(size, 255, np.uint8))).blank


def cover_page(
    payload: str, *, module: int = 5, angle: float = 0.0, quarter: int = 0, top_left: bool = False
) -> Pixels:
    file = io.BytesIO()
    segno.make(payload, error="m", micro=False).save(file, kind="png", scale=module, border=4)
    code = np.array(Image.open(file).convert("RGB"))
    page = written("TO PHAN CACH HO SO", (400, 1200), size=40)
    y, x = (60, 60) if top_left else (500, 450)
    page[y : y + code.shape[0], x : x + code.shape[1]] = code
    turn = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), angle, 1)
    page = np.asarray(cv2.warpAffine(page, turn, (WIDTH, HEIGHT), borderValue=(245, 245, 245)), np.uint8)
    return np.rot90(page, quarter)


@pytest.mark.parametrize("quarter", range(4))
@pytest.mark.parametrize("angle", [-7, 0, 12])
def test_cover_sheets_are_read_in_any_direction(quarter: int, angle: float) -> None:
    assert find_cover(scan(cover_page(COVER.payload, quarter=quarter, angle=angle))) == COVER


def test_cover_sheets_are_read_at_any_resolution_and_in_black_and_white() -> None:
    page = cover_page(COVER.payload, angle=3)
    large = cv2.resize(page, (WIDTH * 2, HEIGHT * 2), interpolation=cv2.INTER_CUBIC)
    bilevel = np.where(large[..., 1] > 128, 255, 0).astype(np.uint8)
    assert find_cover(scan(bilevel, 300, bilevel=True)) == COVER
    assert find_cover(for_looking(scan(np.asarray(large, np.uint8), 300))) == COVER
    small = cv2.resize(bilevel, (WIDTH * 4 // 3, HEIGHT * 4 // 3), interpolation=cv2.INTER_AREA)
    assert find_cover(scan(np.where(small > 128, 255, 0).astype(np.uint8), 200, bilevel=True)) == COVER


def test_codes_of_others_are_left_alone() -> None:
    slip = scan(cover_page("https://dichvucong.gov.vn/tra-cuu?ma=H26", module=3, top_left=True))
    assert find_cover(slip) is None
    found = find(slip)
    assert (found.cover, found.blank, found.rejected) == (None, False, "")


def test_a_spoiled_code_is_rejected_not_taken_for_a_page() -> None:
    spoiled = scan(cover_page("SOHOA1;HS=H26.7-250101-0001;TP=A;TT=4/3"))
    with pytest.raises(BadCoverSheet):
        find_cover(spoiled)
    assert "4 trên 3" in find(spoiled).rejected


def test_two_codes_that_disagree() -> None:
    page = cover_page(COVER.payload)
    page[900:1100] = 245
    other = cover_page(replace(COVER, index=1).payload, top_left=True)
    page[:400, :400] = other[:400, :400]
    with pytest.raises(BadCoverSheet):
        find_cover(scan(page))


def test_findings_of_a_cover_a_blank_and_a_page() -> None:
    assert find(scan(cover_page(COVER.payload))).cover == COVER
    blank = find(replace(scan(paper()), page_no=7))
    assert (blank.page_no, blank.blank, blank.likeness) == (7, True, "")
    page = find(scan(form(1)))
    assert not page.blank
    assert page.likeness
    assert len(page.fingerprint) == 64
    assert unreadable(3, UnreadableFile("Ảnh hỏng")).unreadable == "Ảnh hỏng"


def test_fingerprints_tell_shapes_apart() -> None:
    page = np.zeros((10, 20), np.uint8)
    assert fingerprint(scan(page)) == fingerprint(scan(page.copy()))
    assert fingerprint(scan(page)) != fingerprint(scan(page.T))


SYLLABLES = ["dang", "ky", "khai", "sinh", "ho", "va", "ten", "so", "ngay", "noi", "cap", "thuong", "tru"]


def form(seed: int, *, printed: int = 7) -> Pixels:
    """Draw a form whose print depends on `printed` and whose ten entries depend on `seed`."""
    image = Image.fromarray(paper(seed=seed))
    draw = ImageDraw.Draw(image)
    label, entry = np.random.default_rng(printed), np.random.default_rng(1000 + seed)
    for line in range(22):
        draw.text((120, 150 + 62 * line), " ".join(label.choice(SYLLABLES, 5)), fill="black", font=FONT)
        if line % 2:
            name = " ".join(entry.choice(SYLLABLES, int(entry.integers(2, 6)))).title()
            draw.text((600, 150 + 62 * line), name, fill="#202080", font=FONT)
    return np.array(image)


def scanned_again(page: Pixels, seed: int) -> Pixels:
    chance = np.random.default_rng(seed)
    matrix = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), chance.uniform(-1, 1), chance.uniform(0.998, 1.002))
    matrix = matrix + np.pad(chance.uniform(-15, 15, (2, 1)), ((0, 0), (2, 0)))
    moved = cv2.warpAffine(page, matrix, (WIDTH, HEIGHT), borderValue=(245, 245, 245))
    lit = moved * chance.uniform(0.94, 1.02) + chance.normal(0, 5, moved.shape)
    return np.asarray(np.clip(lit, 0, 255), np.uint8)


def test_a_sheet_scanned_twice_is_told_from_another_filling_of_its_form() -> None:
    pages = [form(1), form(2), form(3, printed=8), scanned_again(form(2), 4), scanned_again(form(1), 5)]
    likenesses = [likeness(scan(page)) for page in pages]
    assert twins(likenesses) == {3: 1, 4: 0}
    assert difference(likenesses[0], likenesses[0]) == 0
    assert difference(likenesses[0], likenesses[1]) > 0.7
    assert max(len(value) for value in likenesses) < 12_000


def test_pages_without_likeness_have_no_twins() -> None:
    assert likeness(scan(paper(noise=0))) == ""
    assert twins(["", ""]) == {}
    assert twins([]) == {}


def one_bit(strokes: Pixels) -> Scan:
    return scan(np.where(strokes, np.uint8(0), np.uint8(255)), bilevel=True)


def test_a_dotted_scrap_of_print_on_one_bit_is_no_content_and_a_stroke_is() -> None:
    stroke = np.zeros((HEIGHT, WIDTH), np.uint8)
    stroke[400:416, 300:303] = 1
    scrap = stroke.copy()
    scrap[403::4] = 0
    assert not is_blank(one_bit(stroke))
    assert is_blank(one_bit(scrap))


def test_print_that_shines_through_everywhere_is_no_content_and_print_beside_it_is() -> None:
    image = Image.fromarray(paper())
    pen = ImageDraw.Draw(image)
    for y in range(100, HEIGHT - 100, 40):
        pen.text((100, y), "Quy trinh bo nhiem can bo xa phuong nam 2025 " * 2, fill="#CDCDCD", font=FONT)
    through = np.asarray(cv2.GaussianBlur(np.asarray(image), (0, 0), 1.2), np.uint8)
    assert is_blank(scan(through))
    printed = Image.fromarray(through)
    ImageDraw.Draw(printed).text((600, 1650), "2", fill="#505050", font=FONT)
    assert not is_blank(scan(np.asarray(printed)))

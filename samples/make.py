"""Draw the samples: `python -m samples.make [--out DIR] [--seed N]`. See samples/README.md."""

import argparse
import json
import random
import sys
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

from samples.batches import Batch, DrawnPage, draw_batch, draw_loose
from samples.cases import Case, Procedure, Scene, invent_case
from samples.files import WRITERS
from samples.papers_birth import BIRTH
from samples.papers_business import BUSINESS
from samples.papers_land import LAND
from samples.papers_residence import RESIDENCE, statement
from samples.people import PLACES, invent_person
from samples.scanner import Scanner

SEED = 20261120
DAY = date(2026, 11, 20)
PROCEDURES = (BIRTH, LAND, BUSINESS, RESIDENCE)
BILEVEL = Scanner(dpi=300, mode="1", noise=5.0)
YELLOWED = Scanner(dpi=200, paper=(247, 243, 230), quality=72)
GREYISH = Scanner(dpi=200, paper=(240, 240, 238), noise=1.5, quality=72)
FINE = Scanner(dpi=300, noise=1.5, quality=75)


def owned_case(procedure: Procedure, owner: tuple[str, int, bool], seed: int, serial: int) -> Case:
    """Return a dossier of the invented `owner` (name, year of birth, female)."""
    name, born_in, female = owner
    place = PLACES[(serial + 1) % len(PLACES)]
    luck = f"{seed}/{serial}"
    person = invent_person(place, random.Random(luck), born_in, female=female, name=name)
    return invent_case(procedure, Scene(owner=person, place=place, day=DAY, luck=luck), serial)


def any_case(seed: int, serial: int) -> Case:
    """Return a dossier of anybody for anything; for stacks of any size."""
    chance = random.Random(f"{seed}/any/{serial}")
    owner = ("", chance.randint(1960, 2004), chance.random() < 0.5)
    procedure = chance.choice(PROCEDURES)
    # A form about a mother needs one.
    return owned_case(procedure, (*owner[:2], True) if procedure is BIRTH else owner, seed, serial)


def committed_batches(seed: int) -> dict[str, Batch]:
    """Return the batches of the repository by file name."""
    birth = owned_case(BIRTH, ("Nguyễn Thị Ngọc Diễm", 1994, True), seed, 123)
    land = owned_case(LAND, ("Trương Đỗ Phước Hậu", 1978, False), seed, 124)
    shop = owned_case(BUSINESS, ("Đặng Vũ Khôi Nguyên", 2001, False), seed, 125)
    homes = (
        owned_case(RESIDENCE, ("Lương Thị Hồng Hạnh", 1988, True), seed, 126),
        owned_case(RESIDENCE, ("Huỳnh Ngọc Sỹ Đường", 1983, False), seed, 127),
    )
    return {
        "khai-sinh.tif": Batch(name="khai-sinh", cases=(birth,), scanner=BILEVEL, duplex=True),
        "dat-dai.tif": Batch(name="dat-dai", cases=(land,), scanner=YELLOWED),
        "ho-kinh-doanh.pdf": Batch(name="ho-kinh-doanh", cases=(shop,), scanner=GREYISH, turns={5: 180}),
        "cu-tru.tif": Batch(name="cu-tru", cases=homes, scanner=GREYISH, duplex=True, soaked=frozenset({8})),
    }


def loose_letter(seed: int) -> DrawnPage:
    """Return the one page that belongs to no dossier, for `sohoa digitize`."""
    place = PLACES[2]
    owner = invent_person(place, random.Random(seed), 1957, female=True, name="Phan Thị Tuyết Nhường")
    leaf = statement(Scene(owner=owner, place=place, day=DAY, luck=f"{seed}/loose"))[0]
    return draw_loose(leaf, FINE, seed)


def save(pages: Iterable[DrawnPage], scanner: Scanner, target: Path, expected: Path) -> None:
    """Write the scan to `target` and the truth about it to `expected`."""
    drawn = list(pages)
    WRITERS[target.suffix]([page.image for page in drawn], scanner, target)
    truth = {
        "file": f"{target.parent.name}/{target.name}",
        "dpi": scanner.dpi,
        "mode": scanner.mode,
        "pages": [page.truth.to_json() for page in drawn],
    }
    write_json(truth, expected)


def write_json(value: object, path: Path) -> None:
    """Write JSON that people can read and git can compare."""
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1, default=_plain) + "\n", encoding="utf-8")


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def dossier_rows(batches: Iterable[Batch]) -> list[dict[str, Any]]:
    """Return the dossiers of all batches, keys named as the fields of `Dossier`."""
    return [asdict(case.dossier) for batch in batches for case in batch.cases]


def make(out: Path, seed: int) -> None:
    """Draw everything into `out`."""
    for name in ("pages", "loose", "expected"):
        (out / name).mkdir(parents=True, exist_ok=True)
    batches = committed_batches(seed)
    write_json(dossier_rows(batches.values()), out / "dossiers.json")
    for name, batch in batches.items():
        save(draw_batch(batch, seed), batch.scanner, out / "pages" / name, out / "expected" / f"{batch.name}.json")
        sys.stderr.write(f"{name}\n")
    save([loose_letter(seed)], FINE, out / "loose" / "giay-xac-nhan.jpg", out / "expected" / "giay-xac-nhan.json")


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Vẽ lại các bản quét mẫu")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="thư mục đích")
    parser.add_argument("--seed", type=int, default=SEED, help="số khởi đầu của mọi lựa chọn ngẫu nhiên")
    options = parser.parse_args()
    make(options.out, options.seed)


if __name__ == "__main__":
    main()

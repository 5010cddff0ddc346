"""Draw pages into a folder, each with its truth: `PYTHONPATH=. .venv/bin/python -m bench.drawn OUT --level hard`."""

import argparse
import json
from itertools import chain
from pathlib import Path

from bench.drawn import DEVELOPMENT, LEVELS, DrawnPage, blanks, pages


def main() -> None:
    """Write NAME.tif or NAME.jpg, NAME.txt (printed lines) and NAME.json (the rest of the truth)."""
    parser = argparse.ArgumentParser(description="Draw pages with their truth.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--level", choices=LEVELS, default=LEVELS[0])
    parser.add_argument("--pages", type=int, default=10)
    parser.add_argument("--blanks", type=int, default=0, help="blank backs besides")
    parser.add_argument("--seed", type=int, default=DEVELOPMENT, help="of the first page")
    stated = parser.parse_args()
    stated.out.mkdir(parents=True, exist_ok=True)
    for page in chain(pages(stated.level, stated.pages, stated.seed), blanks(stated.blanks, stated.seed)):
        save(page, stated.out)
        print(page.name, len(page.lines), "lines")


def save(page: DrawnPage, folder: Path) -> Path:
    """Leave a page and its truth in a folder; return the picture's path."""
    picture = folder / f"{page.name}{page.suffix}"
    picture.write_bytes(page.data)
    picture.with_suffix(".txt").write_text("".join(f"{line}\n" for line in page.lines), encoding="utf-8")
    told = {
        "fields": page.fields, "also": page.also,
        "turned": page.turned, "skews": page.skews.round(3).tolist(), "hand": page.hand,
        "seals": page.seals, "dpi": page.wear.dpi,
    }  # fmt: skip
    picture.with_suffix(".truth.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    return picture


if __name__ == "__main__":
    main()

"""README's commands do what README says: each `$ ` line of a console block is run, its output compared."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
VARIES = [
    (re.compile(r"\b[0-9a-f]{64}\b"), "DIGEST"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d|Z)"), "TIME"),
    (re.compile(r"\b[01]\.\d{3}\b"), "CONFIDENCE"),
    (re.compile(r"\b\d{5,9}\b"), "BYTES"),
    (re.compile(r"[━─]{2,}|  +"), " "),
]
"""What may differ from one run, or one version of the reader, to the next; and the widths that follow from it."""


@dataclass(frozen=True)
class Example:
    """A command and what it prints, both streams together."""

    command: str
    output: str


def examples() -> list[Example]:
    found = []
    for block in BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8")):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found.append(Example(command, output))
    return found


def settled(output: str) -> list[str]:
    """Return the lines without what may differ."""
    for varying, name in VARIES:
        output = varying.sub(name, output)
    return [line.strip() for line in output.splitlines() if line.strip()]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder that looks like a clone that was set up, so that nothing is written into this one."""
    shutil.copytree(ROOT / "samples" / "loose", tmp_path / "clone" / "samples" / "loose")
    (tmp_path / "clone" / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / "clone" / ".venv" / "bin" / "sohoa").symlink_to(Path(sys.executable).with_name("sohoa"))
    return tmp_path / "clone"


def test_the_readme_shows_what_happens(clone: Path, tmp_path: Path, require_program: Callable[[str], str]) -> None:
    for program in ("tesseract", "pdftotext", "bash"):
        require_program(program)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SOHOA_")}
    environment["SOHOA_DATA_DIR"] = str(tmp_path / "data")
    shown = examples()
    assert [example.command.split()[1] for example in shown if "sohoa" in example.command] == ["digitize", "verify"]
    for example in shown:
        done = subprocess.run(
            [require_program("bash"), "-o", "pipefail", "-c", example.command],
            cwd=clone, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=300, check=False,
        )  # fmt: skip
        assert (done.returncode, settled(done.stdout)) == (0, settled(example.output)), example.command
    assert sorted(path.name for path in (clone / "var" / "thu").iterdir()) == [
        "checks.txt",
        "giay-xac-nhan.json",
        "giay-xac-nhan.pdf",
        "giay-xac-nhan.txt",
    ]

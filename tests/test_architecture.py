"""The rules of the house that no linter holds: size, direction, and what must not stand in the tree."""

import ast
import re
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("schemas", "pipeline", "workers", "samples")
MEDIAN_LINES = 8
MOST_LINES = 50
LONGEST_FILE = 400
PRIVATE_PATH = re.compile(rb"(?<![\w.])/(?:home|root|work)/[\w.]")
# spelt in halves, so that this file passes its own test
REGISTRIES = re.compile(
    b"|".join(
        re.escape(first + second)
        for first, second in [
            (b"pypi", b".org"),
            (b"files.python", b"hosted.org"),
            (b"proxy.golang", b".org"),
            (b"repo.maven", b".apache.org"),
            (b"repo1.maven", b".org"),
            (b"deb.debian", b".org"),
            (b"registry.npm", b"js.org"),
        ]
    )
)
PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)(\[[a-z0-9,_-]+\])?==[^ ]+( ; .+)? \\$")
FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef


def tracked_files() -> list[Path]:
    """Return the files of the repository, or all that lie here where there is no git."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("no git repository here")
    listed = subprocess.run([git, "-C", ROOT, "ls-files", "-z"], capture_output=True, check=True).stdout
    return [path for name in listed.split(b"\0") if name and (path := ROOT / name.decode()).is_file()]


def modules() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def body_lines(function: FUNCTION) -> int:
    """Return the lines of a function's body, its docstring left out."""
    first, *others = function.body
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    body = others if is_docstring else [first]
    if not body or body[-1].end_lineno is None:
        return 0
    return body[-1].end_lineno - body[0].lineno + 1


def functions() -> Iterator[tuple[str, FUNCTION]]:
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, FUNCTION):
                yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", node


def test_functions_are_short() -> None:
    lengths = {place: body_lines(function) for place, function in functions()}
    assert statistics.median(lengths.values()) <= MEDIAN_LINES
    assert {place: length for place, length in lengths.items() if length > MOST_LINES} == {}


def test_files_are_short() -> None:
    lines = {str(path.relative_to(ROOT)): path.read_bytes().count(b"\n") for path in modules()}
    assert {path: count for path, count in lines.items() if count > LONGEST_FILE} == {}


def test_no_import_contract_is_broken() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_modules_are_named_for_what_they_do() -> None:
    drawers = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}
    assert [str(path) for path in modules() if drawers & set(path.with_suffix("").parts)] == []


def test_nothing_names_a_place_of_one_machine_or_registry() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match.group().decode()}"
        for path in tracked_files()
        for pattern in (PRIVATE_PATH, REGISTRIES)
        for match in pattern.finditer(path.read_bytes())
    ]
    assert found == []


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-run.lock"])
def test_the_lock_pins_every_package_by_hash_and_names_no_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*(-i|--(extra-)?index-url|--find-links)\b", text, re.MULTILINE)
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    pinned = [(line, following) for line, following in pairwise(lines) if not line.startswith(" ")]
    assert pinned
    assert [line for line, _ in pinned if not PINNED.match(line)] == []
    assert [line for line, following in pinned if "--hash=sha256:" not in following] == []


def test_the_image_runs_the_versions_that_are_tested() -> None:
    def pinned(name: str) -> set[str]:
        text = (ROOT / name).read_text(encoding="utf-8")
        return {line.split()[0] for line in text.splitlines() if PINNED.match(line)}

    assert pinned("requirements-run.lock") < pinned("requirements.lock")

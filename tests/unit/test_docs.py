"""The documents say what the program is: commands, modules, events, packages, links. Drift fails here."""

import json
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

from workers.cli import app

ROOT = Path(__file__).parents[2]
LOG_EVENT = re.compile(r'\b(?:log\.\w+|report)\(\s*"([^"]+)"')
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
MENTIONED = re.compile(r"`((?:schemas|pipeline|workers|samples|tests|tools|docs)/[^`\s]*)`")
COMMAND = re.compile(r"(?<!\.venv/bin/)\bsohoa ([a-z]+(?: [a-z]+(?:-[a-z]+)*)?)")
ADR_PARTS = ["Context", "Options", "Decision", "Consequences"]
ADR_LINES = 60
ADRS = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))


def documents() -> list[Path]:
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")), ROOT / "samples" / "README.md"]


def place_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def commands() -> Iterator[tuple[str, list[str]]]:
    """Yield each command without the program's name, and its options."""
    return options_below("", typer.main.get_command(app))


def options_below(path: str, found: Any) -> Iterator[tuple[str, list[str]]]:
    if isinstance(found, TyperGroup):
        context = typer.Context(found)
        for name in found.list_commands(context):
            yield from options_below(f"{path} {name}".strip(), found.get_command(context, name))
        return
    options = [item for item in found.params if item.param_type_name == "option" and not item.hidden]
    yield path, [name for item in options for name in (*item.opts, *item.secondary_opts)]


def rows_of(table: str, first: str) -> list[str]:
    return [line for line in read(table).splitlines() if line.startswith(f"| `{first}")]


def test_every_command_and_option_is_described_and_no_other() -> None:
    described = {}
    for row in rows_of("docs/commands.md", "sohoa "):
        name, options = row.split(" | ")[:2]
        described[name.split("`")[1].removeprefix("sohoa ")] = sorted(re.findall(r"--[a-z-]+", options))
    assert described == {path: sorted(options) for path, options in commands()}


@pytest.mark.parametrize("path", documents(), ids=place_of)
def test_documents_name_only_commands_that_exist(path: Path) -> None:
    known = {name for name, _ in commands()} | {name.split()[0] for name, _ in commands()}
    code = re.findall(r"`([^`\n]+)`", path.read_text(encoding="utf-8"))
    code += re.findall(r"^(?:\$ )?(?:\.venv/bin/)?(sohoa .+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    named = {match for text in code for match in COMMAND.findall(text)}
    assert {name for name in named if name not in known and name.split()[0] not in known} == set()
    groups = {name.split()[0] for name in known if " " in name}
    assert {name for name in named if name.split()[0] in groups and " " in name} <= known


def test_messages_name_only_commands_that_exist() -> None:
    known = {name for name, _ in commands()}
    sources = [path for name in ("schemas", "pipeline", "workers") for path in (ROOT / name).rglob("*.py")]
    named = {
        match
        for path in sources
        for match in re.findall(r"«sohoa ([a-z]+(?:[ -][a-z]+)*)", path.read_text(encoding="utf-8"))
    }
    assert len(named) > 5
    assert named <= known


def test_the_readme_counts_the_samples() -> None:
    stacks = [json.loads(path.read_text(encoding="utf-8")) for path in (ROOT / "samples/expected").glob("*.json")]
    pages = sum(len(stack["pages"]) for stack in stacks if stack["file"].startswith("pages/"))
    dossiers = len(json.loads(read("samples/dossiers.json")))
    assert f"({pages} scanned pages, {dossiers} dossiers)" in read("README.md")


def test_make_targets_are_those_of_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    code = [text for path in documents() for text in re.findall(r"`([^`\n]+)`", path.read_text(encoding="utf-8"))]
    named = {match for text in code for match in re.findall(r"^make ([a-z-]+)", text)}
    assert named <= targets
    assert {"demo", "test"} <= named


@pytest.mark.parametrize("path", documents(), ids=place_of)
def test_links_lead_somewhere(path: Path) -> None:
    for target in LINK.findall(path.read_text(encoding="utf-8")):
        assert "://" not in target, f"{target}: documents stand on their own"
        name, _, anchor = target.partition("#")
        place = (path.parent / name).resolve() if name else path
        assert place.exists(), target
        assert not anchor or anchor in anchors(place), target


def anchors(path: Path) -> set[str]:
    plain = (re.sub(r"[^\w\- ]", "", title.lower()) for title in HEADING.findall(path.read_text(encoding="utf-8")))
    return {title.replace(" ", "-") for title in plain}


@pytest.mark.parametrize("path", documents(), ids=place_of)
def test_files_that_are_named_exist(path: Path) -> None:
    named = set(MENTIONED.findall(path.read_text(encoding="utf-8")))
    missing = {name for name in named if not re.search(r"NNNN|NAME|…", name) and not list(ROOT.glob(name.rstrip("/")))}
    assert missing == set()


def code_map() -> str:
    return read("ARCHITECTURE.md").partition("## Code map")[2].partition("\n## ")[0]


def test_every_module_is_on_the_code_map() -> None:
    places = [line.split(" | ")[0] for line in code_map().splitlines() if line.startswith("| `")]
    named = {name for place in places for name in re.findall(r"`([^`]+)`", place)}
    modules = [path for name in ("schemas", "pipeline", "workers") for path in (ROOT / name).rglob("*.py")]
    paths = [path.relative_to(ROOT) for path in modules if path.stem != "__init__" and "migrations" not in path.parts]
    assert [str(path) for path in paths if not {str(path), f"{path.parent}/"} & named] == []


@pytest.mark.parametrize("folder", ["station", "cleanup", "layout", "ocr", "fields", "assemble", "sign", "deliver"])
def test_every_module_of_a_stage_has_its_word(folder: str) -> None:
    row = next(line for line in code_map().splitlines() if line.startswith(f"| `pipeline/{folder}/`"))
    modules = {path.stem for path in (ROOT / "pipeline" / folder).glob("*.py")} - {"__init__"}
    assert modules == set(re.findall(r"`([a-z_0-9]+)`", row))


def test_every_port_has_its_row() -> None:
    ports = set(re.findall(r"^class (\w+)\(Protocol\)|^(\w+) = Callable", read("pipeline/ports.py"), re.MULTILINE))
    table = read("ARCHITECTURE.md").partition("## Ports")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE)) == {name or alias for name, alias in ports}


def test_every_log_event_is_explained_and_no_other() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "workers").rglob("*.py")]
    sources += [path.read_text(encoding="utf-8") for path in (ROOT / "pipeline").rglob("*.py")]
    events = {event for text in sources if "structlog.get_logger" in text for event in LOG_EVENT.findall(text)}
    table = read("docs/operations.md").partition("## Log events")[2].partition("\n## ")[0]
    assert events == set(re.findall(r"^\| `([^`]+)`", table, re.MULTILINE))


def test_every_decision_is_listed_in_order() -> None:
    listed = re.findall(r"^\| \[(\d{4})\]\(([^)]+)\) \| (.+) \|$", read("docs/adr/README.md"), re.MULTILINE)
    titles = [path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ") for path in ADRS]
    assert [(path.name[:4], path.name) for path in ADRS] == [(number, name) for number, name, _ in listed]
    assert titles == [f"{number} {title}" for number, _, title in listed]
    assert [int(number) for number, _, _ in listed] == list(range(1, len(ADRS) + 1))


@pytest.mark.parametrize("path", ADRS, ids=lambda path: path.name[:4])
def test_a_decision_is_one_page_of_four_parts(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ADR_PARTS
    assert len(text.splitlines()) <= ADR_LINES


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads(read("pyproject.toml"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {match.group() for item in wanted if (match := re.match(r"[A-Za-z0-9-]+", item))}
    rows = re.findall(r"^\| ([a-z0-9, -]+) \|", read("docs/adr/0009-dependencies.md"), re.MULTILINE)
    assert names <= {name.strip() for row in rows for name in row.split(",")}


def test_the_lines_of_the_readme_that_are_seen_first() -> None:
    first = "\n".join(read("README.md").splitlines()[:36])
    for part in ("```console", "→", "make demo", "make test", "| folder |", "ARCHITECTURE.md", "docs/operations.md"):
        assert part in first


def test_documents_are_kept_with_the_code() -> None:
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("no git repository here")
    listed = subprocess.run([git, "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {str(path.relative_to(ROOT)) for path in documents()} <= set(listed.splitlines())

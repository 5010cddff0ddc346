"""What is shipped to run the line names only what there is: commands, options, variables, metrics, lanes."""

import configparser
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from schemas import settings
from schemas.jobs import Lane
from workers.cli import app
from workers.metrics.meters import Meters
from workers.supervision import STOP_S

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = ROOT / "compose.yaml"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
KNOWN = {item.metadata["variable"] for group in settings.GROUPS for item in fields(group)}
METRIC = re.compile(r"\bsohoa_[a-z_]+\b")


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    return loaded


def ours() -> dict[str, dict[str, Any]]:
    return {name: service for name, service in compose()["services"].items() if "build" in service}


def understood(words: list[str]) -> list[str]:
    """Return what is left of a command line of `sohoa` after its commands and options; an unknown one fails."""
    command: Any = get_command(app)
    while hasattr(command, "get_command"):
        found = command.get_command(None, words[0])
        assert found is not None, f"sohoa has no {words[0]}"
        command, words = found, words[1:]
    options = {name: item for item in command.params for name in item.opts}
    left = []
    while words:
        word, words = words[0], words[1:]
        if word.startswith("-"):
            assert word in options, f"{command.name} has no {word}"
            words = words if options[word].is_flag else words[1:]
        else:
            left.append(word)
    return left


def option(words: list[str], name: str, default: str) -> str:
    return words[words.index(name) + 1] if name in words else default


@pytest.mark.parametrize("name", ours())
def test_a_service_calls_a_command_that_exists(name: str) -> None:
    service = ours()[name]
    assert understood(shlex.split(service["command"])) == []
    variables = service.get("environment", {})
    assert set(variables) <= KNOWN
    for variable in re.findall(r"\$\{(SOHOA_\w+)", str(variables)):
        assert variable in KNOWN


def test_every_lane_is_worked_on_and_each_by_one_service() -> None:
    worked = [
        lane
        for service in ours().values()
        if (words := shlex.split(service["command"]))[0] == "work"
        for lane in option(words, "--lanes", "").split(",")
    ]
    assert sorted(worked) == sorted(Lane)


@pytest.mark.parametrize("name", compose()["services"])
def test_a_service_is_bounded_and_restarted(name: str) -> None:
    service = compose()["services"][name]
    image, _, tag = service["image"].rpartition(":")
    assert image
    assert re.search(r"\d+\.\d+|RELEASE\.", tag), "a tag that stays"
    assert service["restart"] in {"unless-stopped", "on-failure"}
    assert "mem_limit" in service
    assert "cpus" in service or "build" in service
    assert ("healthcheck" in service) != (shlex.split(service.get("command", ""))[:1] == ["work"])


@pytest.mark.parametrize("name", ours())
def test_our_services_have_no_rights_and_time_to_stop(name: str) -> None:
    service = ours()[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert int(service["stop_grace_period"].removesuffix("s")) > STOP_S
    mounts = [*service.get("volumes", []), *service.get("tmpfs", [])]
    written = {mount.split(":")[-1] if mount[0] != "/" else mount.split(":")[0] for mount in mounts}
    assert "/tmp" in written  # noqa: S108 - a path inside of the container


def test_pages_fit_into_their_memory() -> None:
    """A page's process may take as much as the settings allow, where all others take what they usually do."""
    usual, most = 0.6e9, settings.ReadSettings().page_memory_bytes
    for service in ours().values():
        words = shlex.split(service["command"])
        if words[0] != "work":
            continue
        at_once = int(option(words, "--processes", "1")) * int(option(words, "--pages-at-once", "1"))
        limit = float(service["mem_limit"].removesuffix("g")) * 2**30
        assert limit >= most + usual * at_once


def test_no_password_is_written_down() -> None:
    text = COMPOSE.read_text(encoding="utf-8")
    for line in text.splitlines():
        if re.search(r"PASS|SECRET|PIN|TOKEN", line):
            assert re.search(r": (\$\{|.*:\$\{)", line), line
    needed = set(re.findall(r"\$\{(\w+):\?", text))
    stated = dict(re.findall(r"^(\w+)=(.*)$", (DEPLOY / "env.example").read_text(encoding="utf-8"), re.MULTILINE))
    assert needed
    assert {stated[name] for name in needed} == {""}
    assert set(stated) - needed - {"COMPOSE_PROFILES"} <= KNOWN


@pytest.mark.service
def test_compose_understands_the_file_and_refuses_without_passwords(
    require_program: Callable[[str], str], tmp_path: Path
) -> None:
    program = require_program("docker-compose")
    nothing = tmp_path / "env"
    nothing.touch()
    command = [program, "--file", str(COMPOSE), "--env-file", str(nothing), "config", "--quiet"]
    passwords = dict.fromkeys(("POSTGRES_PASSWORD", "RABBITMQ_PASSWORD", "MINIO_PASSWORD"), "thu")
    usual = {"PATH": os.environ["PATH"]}
    assert subprocess.run(command, env=usual | passwords, capture_output=True, check=False).returncode == 0
    refused = subprocess.run(command, env=usual, capture_output=True, text=True, check=False)
    assert refused.returncode != 0
    assert "deploy/env.example" in refused.stderr


def unit(path: Path) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(strict=False, comment_prefixes=("#",), delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(path, encoding="utf-8")
    return parser


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_calls_a_command_that_exists_with_no_rights(path: Path) -> None:
    service = unit(path)["Service"]
    program, *words = shlex.split(service["ExecStart"])
    assert program == "/opt/sohoa/.venv/bin/sohoa"
    assert understood(words) in ([], ["${FOLDER}"])
    assert service["NoNewPrivileges"] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["User"] == "sohoa"
    if service.get("Type") != "oneshot":
        assert service["Restart"] == "always"
        assert service["SuccessExitStatus"] == "130"
        assert "MemoryMax" in service
    if words[0] == "work" or words[:2] == ["station", "watch"]:
        assert int(service["TimeoutStopSec"]) > STOP_S
        assert service["KillMode"] == "mixed"


def test_the_bulk_lane_steps_back() -> None:
    weights = unit(DEPLOY / "systemd/sohoa-work@bulk.service.d/weight.conf")["Service"]
    assert int(weights["CPUWeight"]) < int(unit(DEPLOY / "systemd/sohoa-work@.service")["Service"]["CPUWeight"])


def test_variables_of_the_units_exist() -> None:
    text = (DEPLOY / "systemd/sohoa.env.example").read_text(encoding="utf-8")
    stated = dict(re.findall(r"^(?:# )?(SOHOA_\w+)=(.*)$", text, re.MULTILINE))
    assert len(stated) > 3
    assert set(stated) <= KNOWN


def test_systemd_understands_the_units(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("no systemd here; the other tests read the units")
    for path in UNITS:
        text = path.read_text(encoding="utf-8").replace(
            "/opt/sohoa/.venv/bin/sohoa", shutil.which("true") or "/bin/true"
        )
        (tmp_path / path.name.replace("@", "@line")).write_text(text, encoding="utf-8")
    command = [program, "verify", "--man=no", *map(str, sorted(tmp_path.iterdir()))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def alerts() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load((DEPLOY / "prometheus/alerts.yaml").read_text(encoding="utf-8"))["groups"]
    rules: list[dict[str, Any]] = group["rules"]
    return rules


def exported() -> Iterator[str]:
    """Yield the names of all series that a scrape may show."""
    for metric in Meters().registry.collect():
        yield metric.name
        endings = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"]}.get(metric.type, [])
        yield from (metric.name + ending for ending in endings)
    yield from METRIC.findall((ROOT / "workers/metrics/gauges.py").read_text(encoding="utf-8"))


def test_alarms_ask_for_metrics_that_exist() -> None:
    known = set(exported())
    for rule in alerts():
        named = set(METRIC.findall(rule["expr"]))
        assert named
        assert named <= known, rule["alert"]
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert rule["annotations"]["summary"]


def test_every_metric_and_every_alarm_is_explained_and_no_other() -> None:
    text = (ROOT / "docs/alarms.md").read_text(encoding="utf-8")
    metrics, _, alarms = text.partition("## Alarms")
    families = {name for name in exported() if not re.search(r"_(bucket|count|sum)$", name)}
    families -= {metric.name for metric in Meters().registry.collect() if metric.type == "counter"}
    assert set(re.findall(r"^\| `(sohoa_[a-z_]+)", metrics, re.MULTILINE)) == families
    assert re.findall(r"^### (Sohoa\w+)", alarms, re.MULTILINE) == [rule["alert"] for rule in alerts()]


@pytest.mark.parametrize("name", [rule["alert"] for rule in alerts()])
def test_an_alarm_says_what_it_means_who_acts_and_three_steps(name: str) -> None:
    text = (ROOT / "docs/alarms.md").read_text(encoding="utf-8")
    part = text.partition(f"### {name}\n")[2].partition("\n### ")[0].partition("\n## ")[0]
    assert re.search(r"^\*\*.+\.\*\* ", part.strip()), "who acts comes first"
    assert re.findall(r"^(\d)\. ", part, re.MULTILINE) == ["1", "2", "3"]

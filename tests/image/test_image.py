"""The image as it is run: an ordinary user, nothing writable but its data and /tmp. Needs root and `make image`."""

import json
import os
import shlex
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
IMAGE = "localhost/sohoa"
SAMPLE = "giay-xac-nhan"
DATA = "/var/lib/sohoa"
BUILDAH = {"STORAGE_DRIVER": "vfs", "BUILDAH_ISOLATION": "chroot"}

pytestmark = pytest.mark.image

# As a container engine does it with --read-only --tmpfs /tmp --user: no write reaches the image, whatever its rights.
RUN = """
set -eu
root=$1 samples=$2
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -t tmpfs -o uid=10001,gid=10001,mode=0700 tmpfs "$root/var/lib/sohoa"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/dev"
mkdir "$root/dev/shm"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
for device in null zero random urandom; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mount --bind -o ro "$samples" "$root/mnt"
shift 2
exec chroot --userspec=10001:10001 "$root" "$@"
"""


@dataclass(frozen=True)
class Container:
    """A container of the image, and what its configuration says."""

    root: str
    config: dict[str, Any]

    def run(self, script: str) -> "subprocess.CompletedProcess[str]":
        """Run a shell script inside, as the image's user, with its environment and nothing else."""
        inside = ["/usr/bin/env", "-i", *self.config["Env"], "/bin/sh", "-euc", f"cd {DATA}; {script}"]
        command = ["unshare", "--mount", "--pid", "--fork", "sh", "-c", RUN, "run", self.root, str(ROOT / "samples")]
        return subprocess.run([*command, *inside], capture_output=True, encoding="utf-8", timeout=500, check=False)


def buildah(*words: str) -> str:
    done = subprocess.run(
        ["buildah", *words], env=os.environ | BUILDAH, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr[-1000:]
    return done.stdout.strip()


@pytest.fixture(scope="module")
def container(require_program: Callable[[str], str]) -> Iterator[Container]:
    require_program("buildah")
    name = buildah("from", "--pull-never", IMAGE)
    try:
        config = json.loads(buildah("inspect", "--type", "image", IMAGE))["Docker"]["config"]
        yield Container(buildah("mount", name), config)
    finally:
        buildah("rm", name)


def told(done: "subprocess.CompletedProcess[str]") -> str:
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-2000:]
    return done.stdout


def test_it_runs_as_an_ordinary_user_and_watches_its_health(container: Container) -> None:
    assert container.config["User"] == "10001"
    assert container.config["Entrypoint"] == ["sohoa"]
    assert container.config["Healthcheck"]["Test"] == ["CMD", "healthy"]
    assert told(container.run("id -u")) == "10001\n"


def test_its_root_cannot_be_written(container: Container) -> None:
    for place in ("/opt/sohoa/x", "/usr/local/bin/x", "/x"):
        assert "Read-only file system" in container.run(f"touch {place}").stderr


def test_it_digitizes_a_sample_and_verifies_what_it_sealed(container: Container) -> None:
    make = f"sohoa digitize /mnt/loose/{SAMPLE}.jpg --out /tmp/ra --seal --json"
    out = told(container.run(f"{make}; cat /tmp/ra/{SAMPLE}.txt; sohoa verify /tmp/ra/{SAMPLE}.pdf --json"))
    assert "GIẤY XÁC NHẬN" in out
    verdict = json.loads(out.splitlines()[-1])
    assert verdict["holds"] is True


def test_every_program_and_library_is_there(container: Container) -> None:
    rows = [
        json.loads(line) for line in container.run("sohoa migrate >/dev/null; sohoa doctor --json").stdout.splitlines()
    ]
    assert len(rows) > 10
    assert [row for row in rows if not row["holds"] and "đĩa" not in row["name"]] == []
    imports = "import psycopg, pika, redis, minio, pkcs11, uvicorn, fastapi, prometheus_client"
    told(
        container.run(f"/opt/sohoa/.venv/bin/python -c {shlex.quote(imports)}; test -e /usr/lib/softhsm/libsofthsm2.so")
    )


def test_a_worker_is_healthy_once_it_counts(container: Container) -> None:
    script = """
    ! healthy
    sohoa migrate
    sohoa work & worker=$!
    until healthy; do kill -0 $worker; sleep 0.2; done
    sohoa metrics --port 9108 & figures=$!
    until healthy http://127.0.0.1:9108/health/ready 2>/dev/null; do kill -0 $figures; sleep 0.2; done
    kill $worker $figures
    wait $worker || test $? = 130
    """
    told(container.run(script))

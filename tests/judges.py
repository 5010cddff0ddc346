"""Programs of others that judge the files we deliver. Needs no pytest."""

import os
import re
import subprocess
from pathlib import Path

VERDICT = re.compile(r"^(PASS|FAIL) (.+) \S+$", re.MULTILINE)
VERAPDF_S = 300.0


def verapdf(java: str, jars: Path, *paths: Path) -> dict[Path, str]:
    """Return veraPDF's verdict on each file, "PASS" or "FAIL", as PDF/A-2b.

    Most of its time is Java's start: give it many files in one call.
    """
    options = ["--flavour", "2b", "--format", "text"]
    command = [java, "-cp", f"{jars}/*", "org.verapdf.apps.GreenfieldCliWrapper", *options]
    utf8 = {**os.environ, "LC_ALL": "C.UTF-8"}  # else Java prints "?" for the letters of a file's name
    whole = [path.resolve() for path in paths]
    done = subprocess.run(
        [*command, *whole], capture_output=True, encoding="utf-8", env=utf8, timeout=VERAPDF_S, check=False
    )
    verdicts = {Path(path): verdict for verdict, path in VERDICT.findall(done.stdout)}
    unjudged = [path.name for path in whole if path not in verdicts]
    assert not unjudged, f"veraPDF gave no verdict on {unjudged}: {done.stdout[-500:]}{done.stderr[-1000:]}"
    return {path: verdicts[path.resolve()] for path in paths}


def pdfsig_approves(pdfsig: str, path: Path) -> bool:
    """Whether poppler finds the file signed as a whole, and nothing changed since."""
    told = subprocess.run([pdfsig, path], capture_output=True, text=True, check=False).stdout
    return "Signature is Valid." in told and "Total document signed" in told

"""A real Chromium that a script of `edge/tests/browser` drives, and where it is to be had."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from telltale.weights.edge_models import MANIFEST, write_edge_models

EDGE = Path(__file__).parents[2] / "edge"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def missing() -> str:
    """What is not installed, in a sentence; empty where all is there, and in CI, where all has to be."""
    if os.environ.get("CI"):
        return ""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return "Node with npm is not installed"
    if not any(map(shutil.which, [os.environ.get("CHROMIUM", ""), *_BROWSERS])):
        return "Chromium is not installed"
    return ""


needs_browser = pytest.mark.skipif(bool(missing()), reason=missing())


@contextmanager
def building() -> Iterator[Path]:
    """Build in `edge/` while no other process does; gives the file that says for which run it was done."""
    folder = EDGE / "build"
    folder.mkdir(exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder / ".built-for"


@cache
def build() -> None:
    """Build the device as a shop gets it, and the scripts that drive the browser: once in a run of tests."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", "")
    with building() as built_for:
        if run and built_for.is_file() and built_for.read_text() == run:
            return
        if not (EDGE / "node_modules" / "playwright-core").is_dir():
            _call("npm", "ci", "--no-audit", "--no-fund")
        if not (EDGE / "models" / MANIFEST).is_file():
            write_edge_models(EDGE / "models")
        _call("npm", "run", "--silent", "build")
        _call("node", "build.mjs", "browser")
        built_for.write_text(run)


def drive(script: str, folder: Path, limit_s: float, **asked: Any) -> dict[str, Any]:
    """Run one of the scripts; what it found."""
    build()
    out = folder / f"{script}.json"
    given = json.dumps({**asked, "out": str(out)})
    _call("node", f"build/browser/{script}.js", given, limit_s=limit_s)
    found: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return found


def _call(*command: str, limit_s: float = 300) -> None:
    done = subprocess.run(
        command, cwd=EDGE, timeout=limit_s, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr

"""The TypeScript packages' own tests, among all others: what fails in one is told as npm tells it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from tests.edge.browser import building

ROOT = Path(__file__).parents[1]
TELL = 8000
"""Characters of what npm said last."""

pytestmark = pytest.mark.slow


def _run(package: str, script: str) -> None:
    folder = ROOT / package
    if not (folder / "node_modules").is_dir() and "CI" not in os.environ:
        pytest.skip(f"'make test' installs what {package} needs")
    done = subprocess.run(
        ["npm", "run", "--silent", script], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stdout[-TELL:]}\n{done.stderr[-TELL:]}"


def test_the_studio_passes_its_own() -> None:
    _run("studio-web", "test")


def test_the_device_passes_its_own() -> None:
    with building():
        _run("edge", "models")
    _run("edge", "test")

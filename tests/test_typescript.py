"""The TypeScript packages' own tests, among all others: what fails in one is told as npm tells it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TELL = 8000
"""Characters of what npm said last."""

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("package", "scripts"), [("studio-web", ["test"]), ("edge", ["models", "test"])])
def test_a_package_passes_its_own(package: str, scripts: list[str]) -> None:
    folder = ROOT / package
    if not (folder / "node_modules").is_dir() and "CI" not in os.environ:
        pytest.skip(f"'make test' installs what {package} needs")
    for script in scripts:
        done = subprocess.run(
            ["npm", "run", "--silent", script], cwd=folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{done.stdout[-TELL:]}\n{done.stderr[-TELL:]}"

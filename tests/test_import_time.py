"""`import telltale` is quick and loads nothing heavy; neither does a command that needs nothing heavy."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

LIMIT_S = 0.3
HEAVY = {
    "torch", "matplotlib", "plotly", "fastapi", "starlette", "uvicorn", "ray", "pandas", "polars",
    "sklearn", "scipy", "pyarrow", "duckdb", "av", "cv2", "onnxruntime", "ai_edge_litert", "numba",
}  # fmt: skip


def heavy_after(code: str) -> set[str]:
    """The heavy packages that are loaded once `code` has run in a new Python."""
    script = f"{code}\nimport json, sys\nprint('\\n' + json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return HEAVY & set(json.loads(done.stdout.splitlines()[-1]))


def seconds_to_run(code: str) -> float:
    """Seconds that `code` takes in a new Python, without Python's own start."""
    script = f"from time import perf_counter as t; a = t()\n{code}\nprint(t() - a)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return float(done.stdout)


def test_import_takes_under_a_third_of_a_second() -> None:
    # The best of five: whatever else the machine does can only add to it.
    assert min(seconds_to_run("import telltale") for _ in range(5)) < LIMIT_S


@pytest.mark.parametrize(
    "code",
    [
        "import telltale",
        "import telltale.core.errors, telltale.core.config, telltale.core.checks, telltale.core.rng",
        "import telltale.core.signal",
        "import telltale.cli",
    ],
)
def test_nothing_heavy_loads_by_accident(code: str) -> None:
    assert heavy_after(code) == set()


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["study", "--help"]])
def test_asking_for_help_loads_nothing_heavy(words: list[str]) -> None:
    code = f"""
import sys
sys.argv = ['telltale', *{words!r}]
from telltale.cli import main
try:
    main()
except SystemExit as stop:
    assert not stop.code, stop.code
"""
    assert heavy_after(code) == set()


def test_the_entry_point_is_the_one_of_the_package() -> None:
    telltale = Path(sys.executable).with_name("telltale")
    done = subprocess.run([telltale, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("telltale ")

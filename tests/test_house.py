"""House rules that a machine can hold: short files, a title in each, no path of somebody's own disk."""

import ast
import re
import statistics
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
SCRIPTS = [
    path for folder in ("tests", "tools", "examples", "benchmarks") for path in (ROOT / folder).rglob("*.py")
]
TEXT = {".py", ".md", ".toml", ".txt", ".yml", ".yaml", ".cfg", ".svg", ".json", ".css", ".sh", ""}
OWN_DISK = re.compile(r"(?<![\w.])/(?:root|home|Users|work)/[\w.-]+")


def lines_of(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def files_of_the_repository() -> list[Path]:
    """What git holds or would hold; every file when there is no git."""
    ask = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        names = subprocess.run(ask, capture_output=True, text=True, check=True).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this copy is no git checkout, so what belongs to it is not known")
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def test_no_source_file_is_long() -> None:
    long = {str(path.relative_to(ROOT)): lines_of(path) for path in SOURCES if lines_of(path) > 500}
    assert not long


def test_most_source_files_are_short() -> None:
    assert statistics.median(lines_of(path) for path in SOURCES) < 200


@pytest.mark.parametrize("path", SOURCES + SCRIPTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_file_opens_with_what_it_is(path: Path) -> None:
    title = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert title, f"{path.relative_to(ROOT)} has no docstring"


def test_no_file_names_a_place_on_somebodys_disk() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in files_of_the_repository()
        if path.suffix in TEXT
        for match in OWN_DISK.finditer(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert not found, "\n".join(found)

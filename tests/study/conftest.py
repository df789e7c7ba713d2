"""The study of examples/write_a_study.py, written once; each test gets a copy to spoil."""

from __future__ import annotations

import runpy
import shutil
from pathlib import Path

import pytest

from telltale.cli import app as cli_app
from telltale.cli import commands

EXAMPLE = Path(__file__).parents[2] / "examples" / "write_a_study.py"


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example study, not to be changed."""
    folder = tmp_path_factory.mktemp("example") / "study"
    runpy.run_path(str(EXAMPLE))["main"](folder)
    return folder


@pytest.fixture
def example(pristine: Path, tmp_path: Path) -> Path:
    """A copy of the example study."""
    return Path(shutil.copytree(pristine, tmp_path / "study"))


@pytest.fixture(scope="session")
def command_line() -> None:
    """The commands, given their names as `main` does."""
    if not cli_app.study_app.registered_commands:
        commands.register(cli_app.app, cli_app.study_app)

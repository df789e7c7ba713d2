"""Small simulated studies of hosts, made once a run, and copies of them with something changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

if TYPE_CHECKING:
    from telltale.host.report_case import HostCase

SHOWN = ("contentment", "elation", "interest", "pride")
"""Few expressions, so that a report takes a second."""
KEPT = 3
"""Broadcasts whose host's signal is kept."""

Row = dict[str, Any]
Change = Callable[[list[Row]], Sequence[Row]] | None
"""Rows of a table as they were, to rows as they are to be; None takes the table away."""


@pytest.fixture(scope="session")
def shares_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """11 simulated broadcasts of 8 hosts, 660 minutes, with shares of a few expressions; nothing sells."""
    return _of_shares("hosts-null", tmp_path_factory.mktemp("shares"))


@pytest.fixture(scope="session")
def found_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same where elation and interest sell, and contentment follows what was sold."""
    return _of_shares("hosts", tmp_path_factory.mktemp("found"))


@pytest.fixture(scope="session")
def found_case(found_study: Path) -> HostCase:
    """Everything that a report tells of it, viewers too."""
    from tests.host.planted_path import NoCoder

    from telltale.core import clock
    from telltale.host.report_case import host_case
    from telltale.study.store import Study

    study = Study.open(found_study)
    return host_case(study, NoCoder(), clock.now(), missing={"pride": (53,)}, caveat="Of a  name.\n")


@pytest.fixture(scope="session")
def signals_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """7 simulated broadcasts of 4 hosts, with the signals of three hosts' broadcasts."""
    from telltale.simulate.spec_file import load_spec
    from telltale.simulate.study import simulate_study

    out = tmp_path_factory.mktemp("signals") / "study"
    study = simulate_study(out, load_spec("hosts").scaled(12), seed=3, workers=1).study
    for file in sorted((study / "host_signals").iterdir())[KEPT:]:
        file.unlink()
    return study


def _of_shares(spec: str, folder: Path) -> Path:
    from telltale.simulate.spec_file import load_spec
    from telltale.simulate.study import simulate_study

    made = simulate_study(folder / "all", load_spec(spec).scaled(24), seed=3, signals="none", workers=1)
    kept = {"room_id", "time_s", "host_voice", *(f"host_{name}" for name in SHOWN)}
    return changed(
        made.study,
        folder / "study",
        room_factors=lambda rows: [{key: row[key] for key in row if key in kept} for row in rows],
    )


def changed(study: Path, folder: Path, /, **tables: Change) -> Path:
    """A copy of a study with other tables; what is the same is linked."""
    from telltale.study.store import read_table, write_table

    folder.mkdir(parents=True)
    for file in study.iterdir():
        if file.stem not in tables or file.is_dir():
            (folder / file.name).symlink_to(file, target_is_directory=file.is_dir())
    for name, change in tables.items():
        if change is not None:
            before = read_table(study / f"{name}.parquet")
            rows = list(change(before.to_pylist()))
            there = [key for key in before.column_names if not rows or any(key in row for row in rows)]
            new = sorted({key for row in rows for key in row} - set(there))
            fields = [before.schema.field(key) for key in there] + [
                pa.field(key, pa.float64()) for key in new
            ]
            write_table(folder / f"{name}.parquet", pa.Table.from_pylist(rows, schema=pa.schema(fields)))
    return folder


def said_to_be_real(study: Path, folder: Path, /, **tables: Change) -> Path:
    """The same as if people stood behind it."""
    manifest = changed(study, folder, **tables) / "study.toml"
    told = manifest.read_text(encoding="utf-8")
    assert "simulated = true" in told
    manifest.unlink()
    manifest.write_text(told.replace("simulated = true", "simulated = false"), encoding="utf-8")
    return folder


def of_rooms(study: Path, folder: Path, rooms: Sequence[str], *, real: bool = False) -> Path:
    """A copy of these broadcasts alone; their hosts' signals stay where they are."""

    def only(rows: list[Row]) -> list[Row]:
        return [row for row in rows if row["room_id"] in rooms]

    tables: dict[str, Change] = {
        name: only
        for name in ("rooms", "room_counts", "room_factors", "sessions", "chat")
        if (study / f"{name}.parquet").is_file()
    }
    return (said_to_be_real if real else changed)(study, folder, **tables)

"""Table 1: rows by category that bind, and a total that follows from them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from typer.testing import CliRunner

from telltale.cli.app import app
from telltale.core.errors import FormatError
from telltale.study.describe import Row, describe_study, total
from telltale.study.manifest import Manifest
from telltale.study.store import Study, new_study

START = datetime(2026, 3, 1, 20, tzinfo=UTC)


def write(folder: Path, minutes: dict[str, list[float]], *, simulated: bool = False) -> Study:
    """A study of as many sessions as there are numbers; the first of each category converts."""
    sessions, events = [], []
    for category, lengths in minutes.items():
        for i, length in enumerate(lengths):
            name = f"{category}-{i}"
            sessions.append((name, f"{category}-person-{i // 2}", "r", category, START, 60 * length))
            bought = ["add_to_cart", "purchase", "purchase"] if i == 0 else ["add_to_cart", "like"]
            events += [(name, float(t), kind, "sku") for t, kind in enumerate(bought)]
    names = ["session_id", "participant_id", "room_id", "category", "started_at", "duration_s"]
    with new_study(folder, Manifest.new("made up", simulated=simulated)) as writer:
        writer.write_table("sessions", pa.Table.from_pandas(pd.DataFrame(sessions, columns=names)))
        columns = ["session_id", "time_s", "type", "product_id"]
        writer.write_table("events", pa.Table.from_pandas(pd.DataFrame(events, columns=columns)))
    return Study.open(folder)


def test_rows_and_total_by_hand(tmp_path: Path) -> None:
    study = write(tmp_path / "s", {"beauty": [20, 30], "fashion": [10, 20, 60, 20], "electronics": [15]})
    description = describe_study(study)
    assert [row.category for row in description.rows] == ["fashion", "electronics", "beauty"]
    assert description.rows[0] == Row("fashion", 4, 2, 1, 27.5, 20.0)
    assert description.rows[0].conversion_rate == 0.25
    assert description.total == Row("all", 7, 4, 3, 25.0, 20.0)
    assert (description.events, description.cart_events, description.signals) == (17, 3, 0)


def test_other_categories_stand_by_size(tmp_path: Path) -> None:
    description = describe_study(write(tmp_path / "s", {"wine": [5], "books": [5, 5], "art": [5]}))
    assert [row.category for row in description.rows] == ["books", "art", "wine"]


def test_the_papers_total_follows_from_its_rows() -> None:
    rows = [
        Row("fashion", 1680, 531, round(0.368 * 1680), 21.7, 0),
        Row("electronics", 1560, 412, round(0.294 * 1560), 27.1, 0),
        Row("beauty", 1560, 304, round(0.366 * 1560), 21.8, 0),
    ]
    everything = total(rows, 0)
    assert (everything.sessions, everything.participants) == (4800, 1247)
    assert round(everything.conversion_rate, 3) == 0.343
    assert round(everything.mean_minutes, 1) == 23.5


def test_the_example(pristine: Path) -> None:
    description = describe_study(Study.open(pristine))
    assert (description.total.sessions, description.total.participants) == (10, 6)
    assert (description.total.converted, description.signals) == (4, 10)
    assert not description.simulated


def test_a_study_without_sessions_is_described(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    write(folder, {"wine": [5]})
    sessions = pd.read_parquet(folder / "sessions.parquet")
    sessions.iloc[:0].to_parquet(folder / "sessions.parquet", index=False)
    assert describe_study(Study.open(folder)).total == Row("all", 0, 0, 0, 0.0, 0.0)


def test_what_cannot_be_read_gets_one_line(example: Path) -> None:
    (example / "events.parquet").write_bytes(b"PAR1")
    with pytest.raises(FormatError, match="cannot be described: run 'telltale study check"):
        describe_study(Study.open(example))


@pytest.mark.usefixtures("command_line")
class TestCommand:
    """`telltale study describe`."""

    def test_a_simulated_study_says_so(self, tmp_path: Path) -> None:
        write(tmp_path / "s", {"wine": [5]}, simulated=True)
        result = CliRunner().invoke(app, ["study", "describe", str(tmp_path / "s")])
        assert result.exit_code == 0
        assert result.stdout.splitlines()[0].strip() == "made up (simulated)"
        assert "100.0%" in result.stdout

    def test_json_is_unrounded(self, pristine: Path) -> None:
        result = CliRunner().invoke(app, ["study", "describe", str(pristine), "--json"])
        data = json.loads(result.stdout)
        assert data["rows"][0]["category"] == "fashion"
        assert data["rows"][0]["conversion_rate"] == 2 / 3
        assert data["total"]["converted"] == 4
        assert data["simulated"] is False

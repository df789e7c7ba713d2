"""`telltale study import`, `windows`, `split` and `align`, as a person calls them."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.study.builder import Plan, build
from tests.study.clocks import Scene, scene_visit
from typer.testing import CliRunner, Result

from telltale.cli.app import build as build_app
from telltale.study.store import Study, read_table

MAPPING = Path(__file__).parents[2] / "examples" / "import_orders" / "mapping.toml"


def call(*words: str | Path) -> Result:
    return CliRunner().invoke(build_app(), ["study", *map(str, words)])


@pytest.fixture
def two_clocks(tmp_path: Path) -> Path:
    """Four sessions with signals, two of them converted; one video clock is 2 s late."""
    visits = []
    for number in range(4):
        scene = Scene(offset_s=2.0 if number == 3 else 0.0, duration_s=300.0)
        visit = scene_visit(f"s{number}", scene, person=f"p{number}")
        bought = [(150.0, "add_to_cart", "a"), (160.0, "purchase", "a")] if number < 2 else []
        acts = [*visit.acts, *bought]
        visits.append(replace(visit, acts=acts))
    return build(tmp_path / "study", Plan(visits)).folder


def test_import_then_windows_then_split(tmp_path: Path) -> None:
    made = call("import", MAPPING, "--into", tmp_path / "s", "--json")
    assert made.exit_code == 0
    assert sum(source["taken"] for source in json.loads(made.stdout)["sources"]) == 67
    cut = call("windows", tmp_path / "s", "--json")
    counts = json.loads(cut.stdout)["counts"]
    assert (counts["positives"], counts["negatives"]) == (3, 7)
    assert read_table(tmp_path / "s" / "derived" / "windows.parquet").num_rows == 10
    split = call("split", tmp_path / "s", "--json")
    assert json.loads(split.stdout)["sessions_seen_elsewhere"] == 0


def test_windows_prints_counts_and_writes_the_tensor(two_clocks: Path) -> None:
    told = call("windows", two_clocks, "--tensor", "--half", "--workers", "1")
    assert told.exit_code == 0
    assert "windows written as numbers" in told.stdout
    tensor = np.load(two_clocks / "derived" / "window_tensor.npy")
    assert tensor.dtype == np.float16
    assert tensor.shape[1:] == (300, 128)


def test_split_prints_shares_and_folds(two_clocks: Path) -> None:
    told = call("split", two_clocks, "--folds", "2")
    assert told.exit_code == 0
    assert "fold 1" in told.stdout
    assert "sessions whose person is in another fold: 0" in told.stdout


def test_align_tells_and_applies(two_clocks: Path) -> None:
    told = call("align", two_clocks, "--workers", "1")
    assert told.exit_code == 0
    assert "use --apply" in told.stdout
    applied = json.loads(call("align", two_clocks, "--apply", "--json", "--workers", "1").stdout)
    assert applied["changed"] == 1
    offsets = Study.open(two_clocks).table("sessions").column("clock_offset_s").to_pylist()
    assert offsets == pytest.approx([0.0, 0.0, 0.0, 2.0], abs=0.05)


def test_align_goes_on_past_a_broken_file_and_counts_it(two_clocks: Path) -> None:
    Study.open(two_clocks).signal_path("s0").write_bytes(b"PAR1 and then nothing")
    told = call("align", two_clocks, "--workers", "1")
    assert told.exit_code == 0
    assert "1 unreadable" in told.stdout

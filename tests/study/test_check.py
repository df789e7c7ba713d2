"""The checker: silent on a sound study, and every fault named by code, place and row on a spoilt one."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import polars as pl
import pytest
from tests.study.breaks import BREAKS
from tests.study.spoil import Break, Frame, change, put, truncate
from typer.testing import CliRunner

from telltale.cli.app import app
from telltale.core.checks import CheckReport, Fault
from telltale.core.errors import FormatError
from telltale.study.check import check_study

EXAMPLE_DAY = datetime(2026, 3, 2, tzinfo=UTC)


def find(report: CheckReport, code: str, table: str, column: str) -> Fault:
    """The one fault of this code at this place."""
    matches = [f for f in report.faults if (f.code, f.table) == (code, table) and column in f.column]
    assert matches, f"no {code} in {table}.{column}; found: {[f.line() for f in report.faults]}"
    return matches[0]


def test_a_study_written_with_pandas_alone_has_no_fault(pristine: Path) -> None:
    report = check_study(pristine)
    assert report.faults == ()
    assert report.passed
    assert report.rows_checked["sessions"] == 10
    assert report.rows_checked["signals"] == 17_805


@pytest.mark.slow
@pytest.mark.parametrize("spoilt", BREAKS, ids=lambda b: b.name)
def test_each_break_is_named(example: Path, spoilt: Break) -> None:
    spoilt.spoil(example)
    report = check_study(example, workers=1)
    fault = find(report, spoilt.code, spoilt.table, spoilt.column)
    assert fault.severity == spoilt.severity
    assert fault.count >= 1
    assert bool(fault.first) == bool(spoilt.place)
    if spoilt.place:
        assert re.search(spoilt.place, fault.first[0]), fault.first
    assert report.passed == (spoilt.severity == "warning")
    assert "\n" not in fault.line()


TOGETHER = [
    "null", "negative time", "unknown event", "unknown product", "no consent", "withdrawn", "overlap",
    "after end", "other category", "no product", "clock skew", "off scale", "bad propensity", "no column",
    "misspelt", "unfit id", "truncated signal", "stray signal", "other file",
]  # fmt: skip


def test_all_breaks_at_once_are_all_listed(example: Path) -> None:
    chosen = [b for b in BREAKS if b.name in TOGETHER and b.name != "truncated signal"]
    for spoilt in chosen:
        spoilt.spoil(example)
    truncate(example / "signals/s05.parquet")
    report = check_study(example, workers=1)
    for spoilt in chosen:
        find(report, spoilt.code, spoilt.table, spoilt.column)
    assert find(report, "unreadable", "signals", "").first[0].startswith("s05")


def test_one_unreadable_table_hides_no_fault_of_the_others(example: Path) -> None:
    truncate(example / "sessions.parquet")
    change(example, "surveys", put("answer", 7, 9))
    report = check_study(example, workers=1)
    assert [f.code for f in report.faults if f.severity == "error"] == ["unreadable", "off-scale"]


def test_counts_and_the_first_five(example: Path) -> None:
    change(example, "events", lambda t: t.assign(product_id=t["product_id"].str.replace("sku", "item")))
    fault = find(check_study(example, workers=1), "dangling", "events", "product_id")
    assert fault.count == 72
    assert fault.first == tuple(f"row {i}: item-{n}" for i, n in [(1, 1), (2, 1), (4, 1), (5, 2), (6, 2)])


@pytest.mark.slow
def test_workers_do_not_change_the_report(example: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("telltale.study.faults_signals.FEW_FILES", 1)
    for name in ("s02", "s07", "s09"):
        change(example, f"signals/{name}", put("yaw", 10, None))
    assert check_study(example, workers=2) == check_study(example, workers=1)


def test_no_signals_at_all_is_fine_with_factors(example: Path) -> None:
    shutil.rmtree(example / "signals")
    assert [f.code for f in check_study(example).faults] == ["no-signal"]
    grid = pd.DataFrame({"session_id": "s01", "time_s": [5.0, 10.0], "desire": [0.1, None]})
    grid.to_parquet(example / "viewer_factors.parquet", index=False)
    assert check_study(example).faults == ()
    grid.assign(desire=["much", "little"]).to_parquet(example / "viewer_factors.parquet", index=False)
    assert find(check_study(example), "wrong-type", "viewer_factors", "desire")
    late_grid = grid.assign(time_s=[500.0, 505.0])
    late_grid.to_parquet(example / "viewer_factors.parquet", index=False)
    assert find(check_study(example), "after-end", "viewer_factors", "time_s").count == 1


def test_an_offset_between_video_and_log_is_respected(example: Path) -> None:
    change(example, "sessions", put("clock_offset_s", 3, 20.0))
    assert find(check_study(example, workers=1), "outside-session", "signals", "time_s").first[0][:3] == "s04"
    change(example, "signals/s04", lambda t: t.assign(time_s=t["time_s"] + 19.6))
    assert check_study(example, workers=1).faults == ()


def test_consent_is_asked_at_the_moment_of_the_check(pristine: Path) -> None:
    before = check_study(pristine, workers=1, now=datetime(2026, 2, 1, tzinfo=UTC))
    assert find(before, "missing-consent", "sessions", "participant_id").count == 6
    assert check_study(pristine, workers=1, now=EXAMPLE_DAY).faults == ()


def test_a_study_written_with_polars_passes(example: Path) -> None:
    for path in sorted(example.rglob("*.parquet")):
        table = pl.read_parquet(path)
        path.unlink()
        table.write_parquet(path)
    events = pl.read_parquet(example / "events.parquet").with_columns(pl.col("type").cast(pl.Categorical))
    events.write_parquet(example / "events.parquet")
    signal = pl.read_parquet(example / "signals/s01.parquet")
    signal.with_columns(pl.col(pl.Float32).fill_null(float("nan"))).write_parquet(
        example / "signals/s01.parquet"
    )
    assert check_study(example, workers=1).faults == ()


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_times_of_any_unit_and_zone_are_taken(example: Path, unit: str) -> None:
    def zoned(table: Frame) -> Frame:
        return table.assign(started_at=table["started_at"].dt.as_unit(unit).dt.tz_convert("Asia/Shanghai"))

    change(example, "rooms", zoned)
    assert check_study(example, workers=1).faults == ()


def test_a_whole_number_with_gaps_may_be_a_float(example: Path) -> None:
    change(example, "participants", lambda t: t.assign(skin_tone=[1, 10, None, 3, 4, 5]))
    assert check_study(example, workers=1).faults == ()
    change(example, "participants", lambda t: t.assign(skin_tone=[1.5, 11, None, 3, 4, 5]))
    assert find(check_study(example, workers=1), "out-of-range", "participants", "skin_tone").count == 2


def test_a_folder_with_brackets_and_quotes_in_its_name_is_checked(example: Path) -> None:
    odd = example.rename(example.with_name("it's a [study] *?"))
    assert check_study(odd, workers=1).faults == ()


@pytest.mark.parametrize(
    ("manifest", "line"),
    [
        (None, "holds no study.toml"),
        ('format = "telltale-study"\nversion = 9\n', "has study format 9; this version reads 1"),
        ("format = telltale", "not valid TOML"),
        ('format = "other"', "does not say format"),
    ],
)
def test_what_is_no_study_gets_one_line(tmp_path: Path, manifest: str | None, line: str) -> None:
    if manifest:
        (tmp_path / "study.toml").write_text(manifest)
    with pytest.raises(FormatError, match=line) as caught:
        check_study(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("command_line")
class TestCommand:
    """`telltale study check`."""

    def test_a_sound_study_exits_0(self, pristine: Path) -> None:
        result = CliRunner().invoke(app, ["study", "check", str(pristine)])
        assert result.exit_code == 0
        assert "is sound: no fault in 17,971 rows" in result.stdout

    def test_faults_are_grouped_one_a_line_and_exit_with_1(self, example: Path) -> None:
        change(example, "events", put("type", 5, "[addtocart]"))
        change(example, "events", put("product_id", 6, "sku-9"))
        result = CliRunner().invoke(app, ["study", "check", str(example)])
        assert result.exit_code == 1
        assert "row 5: [addtocart]" in result.stdout
        lines = result.stdout.splitlines()
        assert lines[0] == "events"
        assert lines[-1].endswith("is not sound: 3 errors and 0 warnings in 17,971 rows")

    def test_warnings_alone_exit_0(self, example: Path) -> None:
        (example / "signals/s02.parquet").unlink()
        result = CliRunner().invoke(app, ["study", "check", str(example)])
        assert result.exit_code == 0
        assert "can be used: 0 errors and 1 warning" in result.stdout

    def test_json(self, example: Path) -> None:
        change(example, "events", put("time_s", 4, -2.0))
        result = CliRunner().invoke(app, ["study", "check", str(example), "--json"])
        assert result.exit_code == 1
        report = json.loads(result.stdout)
        assert report["passed"] is False
        (fault,) = [f for f in report["faults"] if f["code"] == "out-of-range"]
        assert (fault["table"], fault["column"], fault["count"]) == ("events", "time_s", 1)

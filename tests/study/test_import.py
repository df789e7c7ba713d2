"""Imports: the example's exports become a sound study; whatever cannot be taken is told by line."""

import csv
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from telltale.core.errors import ConfigError, FormatError
from telltale.study.check import check_study
from telltale.study.import_mapping import ColumnMap
from telltale.study.import_study import ImportReport, import_study
from telltale.study.import_values import UnmappableError, map_value
from telltale.study.store import Study

EXAMPLE = Path(__file__).parents[2] / "examples" / "import_orders"


QUARTER = datetime(2026, 3, 1, 12, 0, 0, 250_000, UTC)


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    """A copy of the example's files, to be spoiled."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "exports"))


def run(exports: Path, into: Path, **asked: Any) -> ImportReport:
    return import_study(exports / "mapping.toml", into, **asked)


def edit(path: Path, old: str, new: str, encoding: str = "utf-8") -> None:
    text = path.read_bytes().decode(encoding)
    assert old in text
    path.write_bytes(text.replace(old, new).encode(encoding))


def hosts_from(file: str, column: str) -> str:
    """A mapping that takes hosts alone."""
    head = f'[[source]]\ntable = "hosts"\nfile = "{file}"\n'
    return f'{head}[source.columns]\nhost_id = {{ column = "{column}" }}\n'


def test_the_example_becomes_a_sound_study(exports: Path, tmp_path: Path) -> None:
    report = run(exports, tmp_path / "s")
    assert report.is_new
    assert {(s.file, s.left_out, s.repeated) for s in report.sources if s.left_out or s.repeated} == {
        ("orders.csv", 1, 0),
        ("lives.jsonl", 0, 1),
    }
    checked = check_study(tmp_path / "s", workers=1)
    assert checked.passed
    assert {fault.code for fault in checked.faults} <= {"no-signal"}


def test_orders_find_their_session_and_its_time(exports: Path, tmp_path: Path) -> None:
    run(exports, tmp_path / "s")
    events = Study.open(tmp_path / "s").table("events").to_pylist()
    bought = [(e["session_id"], e["time_s"], e["value"]) for e in events if e["type"] == "purchase"]
    assert bought == [("v1", 429.75, 1199.0), ("v3", 429.5, 59.0), ("v3", 451.5, 79.9), ("v4", 448.875, 89.9)]
    at = next(e["at"] for e in events if e["type"] == "purchase")
    assert at == datetime(2026, 3, 1, 12, 8, 20, tzinfo=UTC)


def test_rows_that_cannot_be_taken_refuse_the_import_with_their_lines(exports: Path, tmp_path: Path) -> None:
    edit(exports / "orders.csv", "6002", "9999", "gb18030")
    edit(exports / "orders.csv", "2026-03-02 20:17:31", "2026-03-02 23:17:31", "gb18030")
    edit(exports / "actions.jsonl", '"action": "like"', '"action": "wink"')
    with pytest.raises(FormatError) as told:
        run(exports, tmp_path / "s")
    lines = str(told.value).splitlines()
    assert "orders.csv line 2 (events): product_id: '9999' is not in products.product_id" in lines
    assert "orders.csv line 6 (events): session_id: no session of p04 at 2026-03-02 15:17:31 UTC" in str(
        told.value
    )
    assert (
        "actions.jsonl line 6 (events): type: 'wink' is not among the values that the mapping names" in lines
    )
    assert lines[-1].startswith("7 rows cannot be taken, nothing was imported")
    assert not (tmp_path / "s").exists()


def test_rejects_are_listed_on_request(exports: Path, tmp_path: Path) -> None:
    edit(exports / "orders.csv", "6002", "9999", "gb18030")
    report = run(exports, tmp_path / "s", rejects_path=tmp_path / "rejects.csv")
    with (tmp_path / "rejects.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["file"], row["place"]) for row in rows] == [("orders.csv", "line 2")]
    assert len(report.rejects) == 1
    assert check_study(tmp_path / "s", workers=1).passed


def test_a_rejected_session_takes_its_events_with_it(exports: Path, tmp_path: Path) -> None:
    edit(exports / "visits.csv", "v4,88004", "v4,88999")
    report = run(exports, tmp_path / "s", rejects_path=tmp_path / "rejects.csv")
    assert {reject.table for reject in report.rejects} == {"sessions", "events"}
    assert check_study(tmp_path / "s", workers=1).passed


def test_all_faults_of_the_mapping_are_told_at_once(exports: Path, tmp_path: Path) -> None:
    edit(exports / "mapping.toml", 'encoding = "gb18030"\nkeep', 'encodng = "gb18030"\nkeep')
    edit(exports / "mapping.toml", 'text_version = { column = "consent_wording" }\n', "")
    edit(exports / "mapping.toml", "duration_s = { column", "duration = { column")
    with pytest.raises(ConfigError) as told:
        run(exports, tmp_path / "s")
    text = str(told.value)
    assert "unknown key 'source[7].encodng': did you mean 'encoding'?" in text
    assert "consents needs text_version" in text
    assert "rooms has no column 'duration': did you mean 'duration_s'?" in text
    assert all(" line " in line for line in text.splitlines())


def test_columns_that_are_not_in_their_files_are_told_before_a_row_is_read(
    exports: Path, tmp_path: Path
) -> None:
    edit(exports / "mapping.toml", '"stay_ms"', '"stay_msec"')
    edit(exports / "mapping.toml", 'file = "products.csv"', 'file = "goods.csv"')
    with pytest.raises(ConfigError) as told:
        run(exports, tmp_path / "s")
    assert "visits.csv has no column 'stay_msec': did you mean 'stay_ms'?" in str(told.value)
    assert "goods.csv" in str(told.value)


def test_a_new_study_needs_its_tables_and_a_name(tmp_path: Path) -> None:
    (tmp_path / "h.csv").write_text("id\nh1\n")
    mapping = tmp_path / "m.toml"
    mapping.write_text(
        '[[source]]\ntable = "hosts"\nfile = "h.csv"\n[source.columns]\nhost_id = {column = "id"}\n'
    )
    with pytest.raises(ConfigError) as told:
        import_study(mapping, tmp_path / "s")
    assert "needs participants, consents, products, rooms, sessions, events" in str(told.value)
    assert "needs a name" in str(told.value)


def test_rows_are_added_to_a_study_that_is_there(exports: Path, tmp_path: Path) -> None:
    run(exports, tmp_path / "s")
    more = [{"host": "h9"}, {"host": "a7"}]
    pq.write_table(pa.Table.from_pylist(more), exports / "hosts.parquet")
    mapping = exports / "more.toml"
    mapping.write_text(hosts_from("hosts.parquet", "host"))
    with pytest.raises(FormatError, match=r"hosts.parquet row 2 \(hosts\): host_id: 'a7' is taken"):
        import_study(mapping, tmp_path / "s")
    report = import_study(mapping, tmp_path / "s", rejects_path=tmp_path / "r.csv")
    assert not report.is_new
    hosts = Study.open(tmp_path / "s").table("hosts")
    assert hosts.column("host_id").to_pylist() == ["a7", "h9"]
    assert hosts.column("gender").to_pylist() == ["woman", None]
    assert check_study(tmp_path / "s", workers=1).passed


def test_a_source_that_comes_a_second_time_is_told_in_one_line(exports: Path, tmp_path: Path) -> None:
    run(exports, tmp_path / "s")
    with pytest.raises(FormatError) as told:
        run(exports, tmp_path / "s")
    again = "was it imported already?"
    assert str(told.value).splitlines() == [
        f"panel.csv: all 4 keys of participants are taken: {again}",
        f"lives.jsonl: the only key of hosts is taken: {again}",
        f"products.csv: all 4 keys of products are taken: {again}",
        f"lives.jsonl: all 2 keys of rooms are taken: {again}",
        f"visits.csv: all 5 keys of sessions are taken: {again}",
        "16 rows cannot be taken, nothing was imported: take sources that were imported out of the mapping",
    ]
    report = run(exports, tmp_path / "s", rejects_path=tmp_path / "r.csv")
    assert len(report.rejects) == 16
    assert len((tmp_path / "r.csv").read_text(encoding="utf-8").splitlines()) == 17


def test_beside_a_source_that_comes_again_other_rows_are_told(exports: Path, tmp_path: Path) -> None:
    run(exports, tmp_path / "s")
    edit(exports / "orders.csv", "6002", "9999", "gb18030")
    with pytest.raises(FormatError) as told:
        run(exports, tmp_path / "s")
    lines = str(told.value).splitlines()
    assert lines[-2] == "orders.csv line 2 (events): product_id: '9999' is not in products.product_id"
    assert lines[-1].endswith("take sources that were imported out of the mapping; mend the others")


def test_keys_that_a_new_study_gets_twice_were_not_imported_before(exports: Path, tmp_path: Path) -> None:
    text = (exports / "mapping.toml").read_text(encoding="utf-8")
    (exports / "more.jsonl").write_text('{"host": "a7"}\n{"host": "a7"}\n')
    (exports / "mapping.toml").write_text(text + hosts_from("more.jsonl", "host"), encoding="utf-8")
    with pytest.raises(FormatError, match=r"more\.jsonl line 1 \(hosts\): host_id: 'a7' is taken"):
        run(exports, tmp_path / "s")


def test_a_way_of_writing_time_that_fits_no_row_is_told_once(exports: Path, tmp_path: Path) -> None:
    study = tmp_path / "s"
    run(exports, study)
    days = "".join(f"h{k},{k + 1:02d}.03.2026 20:00\n" for k in range(25))
    (exports / "days.csv").write_text(f"id,at\n{days}", encoding="utf-8")
    mapping = exports / "days.toml"
    mapping.write_text(
        '[[source]]\ntable = "rooms"\nfile = "days.csv"\n[source.columns]\n'
        'room_id = { column = "id" }\nhost_id = { constant = "a7" }\ncategory = { constant = "fashion" }\n'
        'platform = { constant = "invented" }\nduration_s = { constant = 600 }\n'
        'started_at = { column = "at", time = "%Y-%m-%d %H:%M" }\n'
    )
    with pytest.raises(FormatError) as told:
        import_study(mapping, study)
    assert str(told.value).splitlines() == [
        "days.csv (rooms): started_at: '01.03.2026 20:00' is no moment written as %Y-%m-%d %H:%M, "
        "nor is that of any of its 25 rows: mend 'time' in the mapping",
        "25 rows cannot be taken, nothing was imported: mend them, or list them by --allow-rejects FILE",
    ]
    assert len(import_study(mapping, study, rejects_path=tmp_path / "r.csv").rejects) == 25
    edit(exports / "days.csv", "25.03.2026", "2026-03-25")
    with pytest.raises(FormatError) as some:
        import_study(mapping, study)
    lines = str(some.value).splitlines()
    assert lines[0].startswith("days.csv line 2 (rooms): started_at: '01.03.2026 20:00' is no moment")
    assert lines[20] == "... and 4 rows more"


def test_one_moment_of_a_session_is_told_once(exports: Path, tmp_path: Path) -> None:
    run(exports, tmp_path / "s")
    rows = [json.dumps({"u": "p01", "t": f"0{k}.03.2026"}) for k in (1, 2)]
    (exports / "late.jsonl").write_text("\n".join(rows))
    (exports / "late.toml").write_text(
        '[[source]]\ntable = "events"\nfile = "late.jsonl"\n[source.session]\nperson = { column = "u" }\n'
        'at = { column = "t", time = "iso" }\n[source.columns]\ntype = { constant = "share" }\n'
    )
    with pytest.raises(FormatError) as told:
        import_study(exports / "late.toml", tmp_path / "s")
    first, _ = str(told.value).splitlines()
    assert first.startswith(
        "late.jsonl (events): session_id, time_s: '01.03.2026' is no moment written as iso"
    )


def test_the_wrong_encoding_is_told(exports: Path, tmp_path: Path) -> None:
    edit(exports / "mapping.toml", 'file = "products.csv"\nencoding = "gb18030"', 'file = "products.csv"')
    with pytest.raises(ConfigError, match=r"products\.csv is not in utf-8"):
        run(exports, tmp_path / "s")


def test_ragged_rows_and_lines_that_are_not_json_are_rejects(exports: Path, tmp_path: Path) -> None:
    with (exports / "actions.jsonl").open("a") as file:
        file.write('{"visit": "v1", \n[1]\n')
    with (exports / "visits.csv").open("a") as file:
        file.write("v9,88001\n")
    report = run(exports, tmp_path / "s", rejects_path=tmp_path / "r.csv")
    reasons = [reject.line() for reject in report.rejects]
    assert "visits.csv line 7 (sessions): 2 cells where the head has 6" in reasons
    assert any(line.startswith("actions.jsonl line 44 (events): not JSON") for line in reasons)
    assert "actions.jsonl line 45 (events): not a JSON object" in reasons


def test_nothing_is_written_when_the_target_is_taken(exports: Path, tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "notes.txt").write_text("mine")
    with pytest.raises(FormatError, match="not empty"):
        run(exports, tmp_path / "s")
    assert [path.name for path in (tmp_path / "s").iterdir()] == ["notes.txt"]


@pytest.mark.parametrize(
    ("value", "column", "kind", "ours"),
    [
        ("¥1,299.00", ColumnMap("x", remove="¥,"), "number", 1299.0),
        ("19900", ColumnMap("x", scale=0.01), "number", 199.0),
        (7.0, ColumnMap("x"), "id", "7"),
        (" a ", ColumnMap("x"), "text", "a"),
        ("是", ColumnMap("x"), "flag", True),
        ("3", ColumnMap("x"), "whole", 3),
        ("\\N", ColumnMap("x"), "number", None),
        (float("nan"), ColumnMap("x"), "number", None),
        (1772366400250, ColumnMap("x", time="epoch_ms"), "utc", QUARTER),
        (
            "2026-03-01T20:00:00.2509+08:00",
            ColumnMap("x", time="iso"),
            "utc",
            QUARTER,
        ),
        (datetime(2026, 3, 1, 12, tzinfo=UTC), ColumnMap("x"), "utc", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("anything", ColumnMap(constant="purchase"), "text", "purchase"),
    ],
)
def test_values(value: Any, column: ColumnMap, kind: Any, ours: Any) -> None:
    assert map_value({"x": value}, column, kind, ("", "\\N"), {}) == ours


@pytest.mark.parametrize(
    ("value", "column", "kind", "reason"),
    [
        ("12a", ColumnMap("x"), "number", "is no number"),
        ("inf", ColumnMap("x"), "number", "no finite number"),
        ("2.5", ColumnMap("x"), "whole", "no whole number"),
        ("perhaps", ColumnMap("x"), "flag", "neither yes nor no"),
        ("2026-03-01", ColumnMap("x"), "utc", "set 'time'"),
        ("yesterday", ColumnMap("x", time="iso"), "utc", "is no moment written as iso"),
        (
            "2026-10-25 02:30",
            ColumnMap("x", time="%Y-%m-%d %H:%M", timezone="Europe/Berlin"),
            "utc",
            "twice or never",
        ),
        (2.5, ColumnMap("x"), "id", "is a number, not a name"),
    ],
)
def test_values_that_cannot_be_turned(value: Any, column: ColumnMap, kind: Any, reason: str) -> None:
    with pytest.raises(UnmappableError, match=reason):
        map_value({"x": value}, column, kind, ("",), {})


@pytest.mark.parametrize("minute", ["2026-03-01 20:01", "2026-03-01 20:26"])
def test_a_clock_that_tells_minutes_finds_the_session_it_may_lie_in(
    exports: Path, tmp_path: Path, minute: str
) -> None:
    """v1 runs from 20:01:10.250 to 20:26:10.250: both its first and its last minute belong to it."""
    run(exports, tmp_path / "s")
    (exports / "late.jsonl").write_text(json.dumps({"u": "p01", "t": minute}) + "\n")
    (exports / "late.toml").write_text(
        '[[source]]\ntable = "events"\nfile = "late.jsonl"\n[source.session]\nperson = { column = "u" }\n'
        'at = { column = "t", time = "%Y-%m-%d %H:%M", timezone = "Asia/Shanghai", coarse_s = 60.0 }\n'
        '[source.columns]\ntype = { constant = "share" }\n'
    )
    import_study(exports / "late.toml", tmp_path / "s")
    (event,) = [e for e in Study.open(tmp_path / "s").table("events").to_pylist() if e["type"] == "share"]
    assert (event["session_id"], event["time_s"]) == ("v1", 0.0 if minute.endswith("01") else 1489.75)

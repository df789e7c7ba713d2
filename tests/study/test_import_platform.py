"""A platform's minutes become `room_counts`: by broadcast or by host, on whatever clock they were stamped."""

from __future__ import annotations

import csv
import shutil
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from telltale.core.errors import ConfigError, FormatError
from telltale.study.check import check_study
from telltale.study.import_mapping import ColumnMap
from telltale.study.import_stretches import LaidStretches, Stretch
from telltale.study.import_study import import_study
from telltale.study.import_totals import RunningTotals
from telltale.study.import_values import UnmappableError, map_value
from telltale.study.import_visits import Broadcast, Visits
from telltale.study.store import Study

EXAMPLE = Path(__file__).parents[2] / "examples" / "import_platform"
EIGHT = datetime(2026, 3, 1, 20, tzinfo=UTC)


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    """A copy of the example's files, to be spoiled."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "exports"))


def spoil(exports: Path, old: str, new: str, file: str = "mapping.toml", encoding: str = "utf-8") -> None:
    text = (exports / file).read_bytes().decode(encoding)
    assert old in text
    (exports / file).write_bytes(text.replace(old, new).encode(encoding))


def imported(exports: Path) -> list[dict[str, object]]:
    import_study(exports / "mapping.toml", exports / "study")
    return list(Study.open(exports / "study").table("room_counts").to_pylist())


def told(exports: Path) -> str:
    """The one line that refuses the import."""
    with pytest.raises(FormatError) as caught:
        import_study(exports / "mapping.toml", exports / "study")
    assert not (exports / "study").exists()
    return str(caught.value)


def test_the_example_is_sound_and_its_gap_is_told(exports: Path) -> None:
    rows = imported(exports)
    assert len(rows) == 93
    consents, signed = Study.open(exports / "study").host_consents, datetime(2026, 3, 1, tzinfo=UTC)
    assert all(consents.may(host, "read_face", signed) for host in ("a7", "b2"))
    assert not consents.may("b2", "read_face", signed - timedelta(days=2))
    report = check_study(exports / "study", workers=1)
    assert report.passed
    assert {f.code for f in report.faults} == {"no-rows", "count-gaps"}
    gaps = {f.column: f.first for f in report.faults if f.code == "count-gaps"}
    whole = ("L4: 16 of 16 rows",)
    paid_back = ("L4: 1 of 16 rows",)
    assert gaps == {"time_s": ("L1: 60 s",), "revenue": paid_back, "shares": whole, "gifts": whole}


def test_a_stamp_becomes_the_end_of_its_stretch(exports: Path) -> None:
    """L1 begins at 20:00:12 and is told by the starts of minutes, L3 at 19:30:40 by their ends."""
    rows = imported(exports)
    first = {str(r["room_id"]): r for r in reversed(rows) if r["room_id"] != "L4"}
    assert {name: (row["time_s"], row["length_s"]) for name, row in first.items()} == {
        "L1": (48.0, 60.0),
        "L2": (55.0, 60.0),
        "L3": (20.0, 60.0),
    }
    last = [r["time_s"] for r in rows if r["room_id"] == "L1"][-1]
    assert last == 1848.0  # began within the broadcast of 1,800 s, and is kept whole
    sold = rows[0]
    assert (sold["purchases"], sold["revenue"], sold["promotion"]) == (4.0, 796.0, False)


def test_a_table_in_another_zone_gets_one_line(exports: Path) -> None:
    spoil(
        exports,
        '"时间", time = "%Y-%m-%d %H:%M", timezone = "Asia/Shanghai"',
        '"时间", time = "%Y-%m-%d %H:%M"',
    )
    line = "minutes.csv: 56 of 56 rows lie 8 h after their broadcasts: is 'timezone' Asia/Shanghai?"
    assert told(exports) == line
    with pytest.raises(FormatError, match=r"lie 8 h after"):  # no row of it is right: none may be left out
        import_study(exports / "mapping.toml", exports / "study", rejects_path=exports / "rejects.csv")


def test_a_host_alone_shows_another_zone_too(exports: Path) -> None:
    spoil(exports, 'time = "iso", timezone = "Asia/Shanghai"', 'time = "iso", timezone = "Asia/Tokyo"')
    line = "minutes_en.csv: 21 of 21 rows lie 1 h before their broadcasts: is 'timezone' Asia/Shanghai?"
    assert told(exports) == line


def test_single_minutes_elsewhere_are_rejects(exports: Path) -> None:
    spoil(exports, "2026-03-01 20:05", "2026-03-01 23:05", "minutes.csv", "gb18030")
    spoil(exports, "2026-03-01 20:06", "2026-03-01 18:30", "minutes.csv", "gb18030")
    spoil(exports, "b2,2026-03-03T19:31", "b2,2026-03-04T19:31", "minutes_en.csv")
    spoil(exports, "b2,2026-03-03T19:32", ",2026-03-03T19:32", "minutes_en.csv")
    first, second = "minutes.csv line", "minutes_en.csv line"
    lines = told(exports).splitlines()
    assert lines[:4] == [
        f"{first} 7 (room_counts): time_s: 2.58 h after L1 ended",
        f"{first} 8 (room_counts): time_s: 1.49 h before L1 began",
        f"{second} 2 (room_counts): time_s: no broadcast of b2 at 2026-03-04 11:30:00 UTC",
        f"{second} 3 (room_counts): time_s: no host to find its broadcast by",
    ]
    assert lines[4].startswith("4 rows cannot be taken")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('stamp_marks = "start"\n', "", 'room_counts needs stamp_marks: set it to "start" or "end"'),
        ('stamp_marks = "start"', 'stamp_marks = "middle"', "'source[4].stamp_marks' is 'middle'"),
        ('time = "iso"', 'time = "iso", coarse_s = 60.0', "is the end of a stretch: leave coarse_s out"),
        ('[source.room]\nhost = { column = "host" }', '[source.room]\nhost = { column = "hst" }',
         "minutes_en.csv has no column 'hst': did you mean 'host'?"),
        ('gifts = { column = "gifts" }', 'room_id = { column = "host" }', "'room' finds room_id: leave"),
        ('"累计点赞", thousands = ","', '"累计点赞", suffixes = { "w" = 1e4 }',
         "'cumulative' needs every digit"),
        ('column = "在线", suffixes = { "w" = 1e4, "万" = 1e4 }', 'column = "在线", cumulative = true',
         "viewers of room_counts cannot be 'cumulative': only purchases"),
        ('{ "w" = 1e4', '{ "w" = 0.0', "'suffixes' has 'w' = 0"),
        ('{ "w" = 1e4', '{ "w1" = 1e4', "'suffixes' has 'w1'"),
        ('"累计点赞", thousands = ","', '"累计点赞", thousands = "."', "'thousands' and 'decimal' are both"),
        ('"累计点赞", thousands = ","', '"累计点赞", decimal = "ab"', "are one character each"),
        ('"sessions", "events"]', '"events"]', "a new study needs sessions"),
        ('"sessions", "events"]', '"sessions", "events", "chat"]', "'without' names chat"),
    ],
)  # fmt: skip
def test_faults_of_the_mapping(exports: Path, old: str, new: str, words: str) -> None:
    spoil(exports, old, new)
    with pytest.raises(ConfigError) as caught:
        import_study(exports / "mapping.toml", exports / "study")
    assert words in str(caught.value)


def test_lengths_that_are_none_are_rejected(exports: Path) -> None:
    spoil(exports, "length_s = { constant = 60 }\nviewers = { column = \"在线人数\" }",
          "length_s = { constant = 0 }\nviewers = { column = \"在线人数\" }")  # fmt: skip
    assert "minutes.csv line 2 (room_counts): length_s: 0 is not above 0" in told(exports)


def differences(exports: Path) -> list[list[float | None]]:
    """What came in each minute by the export: first row as it is, then row less row; None for a fall."""
    with (exports / "totals.csv").open(encoding="utf-8", newline="") as file:
        told = [[float(cell.replace(",", "")) for cell in row[3:]] for row in list(csv.reader(file))[1:]]
    return [
        [b - a if b >= a else None for a, b in zip(one, two, strict=True)]
        for one, two in pairwise([[0.0] * 4, *told])
    ]


def of_totals(exports: Path) -> list[dict[str, object]]:
    return [row for row in imported(exports) if row["room_id"] == "L4"]


COUNTED = ("purchases", "revenue", "likes", "comments")


def test_totals_so_far_become_counts_and_endings_numbers(exports: Path) -> None:
    rows = of_totals(exports)
    wanted = differences(exports)
    assert sum(counts.count(None) for counts in wanted) == 1
    for row, counts in zip(rows, wanted, strict=True):
        assert [row[name] for name in COUNTED] == pytest.approx(counts)
    assert (rows[2]["viewers"], rows[3]["viewers"], rows[-1]["viewers"]) == (9735.0, 10_000.0, 14_000.0)


def test_rows_in_any_order_give_the_same_differences(exports: Path) -> None:
    wanted = differences(exports)
    head, *lines = (exports / "totals.csv").read_text(encoding="utf-8").splitlines()
    (exports / "totals.csv").write_text("\n".join([head, *reversed(lines)]), encoding="utf-8")
    for row, counts in zip(reversed(of_totals(exports)), wanted, strict=True):
        assert [row[name] for name in COUNTED] == pytest.approx(counts)


def test_what_came_in_a_minute_that_was_not_exported_is_nobodys(exports: Path) -> None:
    """Neither that of the next minute, nor, where the first ones are missing, of the first that is there."""
    wanted = differences(exports)
    lines = (exports / "totals.csv").read_text(encoding="utf-8").splitlines()
    (exports / "totals.csv").write_text("\n".join([lines[0], *lines[3:6], *lines[7:]]), encoding="utf-8")
    rows = of_totals(exports)
    assert [row["purchases"] for row in rows[:5]] == [None, wanted[3][0], wanted[4][0], None, wanted[7][0]]
    assert rows[0]["viewers"] == 9735.0
    assert "count-gaps" in {fault.code for fault in check_study(exports / "study", workers=1).faults}


def test_a_total_that_falls_leaves_its_count_empty_and_goes_on(exports: Path) -> None:
    before = of_totals(exports)
    shutil.rmtree(exports / "study")
    spoil(exports, '"1,209"', '"1,029"', "totals.csv")
    report = import_study(exports / "mapping.toml", exports / "study")
    assert report.rejects == ()
    assert [note.line() for note in report.emptied] == [
        "totals.csv line 5 (room_counts): likes: the total so far falls from 1043 (line 4) to 1029",
        "totals.csv line 12 (room_counts): revenue: the total so far falls from 4885.9 (line 11) to 3856.6",
    ]
    rows = [r for r in Study.open(exports / "study").table("room_counts").to_pylist() if r["room_id"] == "L4"]
    before[3]["likes"], before[4]["likes"] = None, 1618.0 - 1029.0
    assert rows == before


def test_a_row_of_which_half_the_totals_fall_is_taken(exports: Path) -> None:
    spoil(exports, '6,"1,748.50","1,209",97', '6,"1,748.50","1,029",31', "totals.csv")
    row = of_totals(exports)[3]
    assert [row[name] for name in COUNTED] == [0.0, 0.0, None, None]


def likes_so_far(*totals: float) -> RunningTotals:
    noted = RunningTotals("likes.csv", ("likes",))
    for minute, so_far in enumerate(totals, start=1):
        row = {"room_id": "r", "time_s": 60.0 * minute, "length_s": 60.0, "likes": so_far}
        noted.note(row, f"line {minute}")
    return noted


def test_a_total_alone_that_begins_anew_is_refused() -> None:
    (fall,) = likes_so_far(5.0, 9.0, 1.0).settle()
    assert (fall.place, fall.turned_away) == ("line 3", True)


def test_a_total_alone_of_which_a_little_is_taken_back_is_left_empty() -> None:
    totals = likes_so_far(5.0, 9.0, 8.0, 12.0)
    (fall,) = totals.settle()
    assert (fall.place, fall.turned_away) == ("line 3", False)
    assert [row["likes"] for row, _ in totals.rows] == [5.0, 4.0, None, 4.0]


def test_what_is_no_total_is_refused_in_one_line(exports: Path) -> None:
    spoil(exports, 'likes = { column = "点赞数"', 'likes = { cumulative = true, column = "点赞数"')
    (line,) = told(exports).splitlines()
    assert line.startswith("minutes.csv: likes is mapped as a total so far and falls in ")
    assert line.endswith("leave its 'cumulative' out if each row tells what came in its stretch alone")
    assert not (exports / "study").exists()


def test_a_row_of_which_most_totals_fall_is_refused(exports: Path) -> None:
    spoil(exports, '6,"1,748.50","1,209",97', '5,"1,748.50","1,029",31', "totals.csv")
    lines = told(exports).splitlines()
    assert lines[0] == (
        "totals.csv line 5 (room_counts): purchases: the total so far falls from 6 (line 4) to 5; "
        "likes: the total so far falls from 1043 (line 4) to 1029; "
        "comments: the total so far falls from 57 (line 4) to 31"
    )
    assert lines[1].startswith("1 row cannot be taken")
    import_study(exports / "mapping.toml", exports / "study", rejects_path=exports / "rejects.csv")
    rows = [r for r in Study.open(exports / "study").table("room_counts").to_pylist() if r["room_id"] == "L4"]
    assert len(rows) == 15
    assert rows[3]["purchases"] is None  # the minute after the one that was left out


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("1.0w", "1.0k", "viewers: '1.0k' is no number (its ending is none of w, 万)"),
        ("1.0w", "w", "viewers: 'w' is no number"),
        ('"1,209"', '"12,09"', "likes: '12,09' is no number (',' parts groups of three)"),
        ('"1,209"', '"1,209,5"', "likes: '1,209,5' is no number"),
        ('"1,209"', '",209"', "likes: ',209' is no number"),
    ],
)
def test_numbers_that_are_written_otherwise_are_named(exports: Path, old: str, new: str, words: str) -> None:
    spoil(exports, old, new, "totals.csv")
    assert told(exports).startswith(f"totals.csv line 5 (room_counts): {words}")


@pytest.mark.parametrize(
    ("written", "column", "number"),
    [
        ("1.234.567,5", ColumnMap("n", thousands=".", decimal=","), 1_234_567.5),
        ("-12,345", ColumnMap("n", thousands=","), -12_345.0),
        ("123", ColumnMap("n", thousands=","), 123.0),
        ("1,2万", ColumnMap("n", decimal=",", suffixes={"万": 1e4}), 12_000.0),
        ("5 k", ColumnMap("n", suffixes={"k": 1e3, "m": 1e6}), 5_000.0),
        ("1.1mk", ColumnMap("n", suffixes={"k": 1e3, "mk": 7.0}), 7.7),
        ("¥1.1m", ColumnMap("n", remove="¥", suffixes={"m": 1e6}, scale=0.01), 11_000.0),
        (5, ColumnMap("n", suffixes={"k": 1e3}), 5.0),
    ],
)
def test_numbers_as_exports_write_them(written: object, column: ColumnMap, number: float) -> None:
    assert map_value({"n": written}, column, "number", ("",), {}) == number


@pytest.mark.parametrize("written", ["1.234", "1,234.5", "12k", "k", "", "nan"])
def test_numbers_that_a_decimal_comma_does_not_admit(written: str) -> None:
    column = ColumnMap("n", decimal=",")
    with pytest.raises(UnmappableError, match="is no "):
        map_value({"n": written}, column, "number", (), {})


def test_minutes_counted_from_the_start_of_the_broadcast(exports: Path) -> None:
    """Where an export says minute 0, 1, ... no clock is needed."""
    (exports / "plain.csv").write_text("live,minute,orders\nL3,0,4\nL3,1,2\n")
    (exports / "plain.toml").write_text(
        '[[source]]\ntable = "room_counts"\nfile = "plain.csv"\nstamp_marks = "start"\n[source.columns]\n'
        'room_id = { column = "live" }\ntime_s = { column = "minute", scale = 60.0 }\n'
        'length_s = { constant = 60 }\npurchases = { column = "orders" }\n'
    )
    text = (exports / "mapping.toml").read_text(encoding="utf-8")
    (exports / "mapping.toml").write_text(text.split("# What the platform counted")[0], encoding="utf-8")
    import_study(exports / "mapping.toml", exports / "study")
    import_study(exports / "plain.toml", exports / "study")
    added = Study.open(exports / "study").table("room_counts").to_pylist()
    assert [(r["time_s"], r["purchases"]) for r in added] == [(60.0, 4.0), (120.0, 2.0)]


def test_messages_of_a_host_find_their_broadcast(exports: Path) -> None:
    (exports / "chat.csv").write_text("host,at,words\nb2,2026-03-03 19:31:00,hello\n")
    with (exports / "mapping.toml").open("a", encoding="utf-8") as file:
        file.write(
            '[[source]]\ntable = "chat"\nfile = "chat.csv"\n[source.room]\nhost = { column = "host" }\n'
            'at = { column = "at", time = "%Y-%m-%d %H:%M:%S", timezone = "Asia/Shanghai" }\n'
            '[source.columns]\ntext = { column = "words" }\n'
        )
    imported(exports)
    (message,) = Study.open(exports / "study").table("chat").to_pylist()
    assert (message["room_id"], message["time_s"]) == ("L3", 20.0)


def test_a_further_host_finds_the_broadcast_too(exports: Path) -> None:
    """A tool that knows only hosts may name the second of two."""
    with (exports / "hosts.csv").open("a", encoding="utf-8") as file:
        file.write("c3,man,18-24\n")
    (exports / "teams.csv").write_text("live,who\nL3,c3\n", encoding="utf-8")
    with (exports / "mapping.toml").open("a", encoding="utf-8") as file:
        file.write(
            '[[source]]\ntable = "room_hosts"\nfile = "teams.csv"\n[source.columns]\n'
            'room_id = { column = "live" }\nhost_id = { column = "who" }\n'
        )
    spoil(exports, "b2,2026-03-03T19:31", "c3,2026-03-03T19:31", "minutes_en.csv")
    assert sum(row["room_id"] == "L3" for row in imported(exports)) == 21
    assert Study.open(exports / "study").teams["L3"] == ("b2", "c3")


def laid(late_h: float, minutes: int = 60, clock: ColumnMap | None = None) -> LaidStretches:
    """Each minute of an hour's broadcast at 20:00 UTC, told so many hours late."""
    room = Broadcast("r1", EIGHT, EIGHT + timedelta(minutes=60))
    stretches = LaidStretches("minutes.csv", clock or ColumnMap("t", time="iso"))
    for k in range(minutes):
        stretches.note(Stretch.of(EIGHT + timedelta(hours=late_h, minutes=k), 60, "start"), (room,))
    return stretches


@pytest.mark.parametrize(
    ("late_h", "words"),
    [
        (8, "60 of 60 rows lie 8 h after their broadcasts: is 'timezone' Asia/Shanghai?"),
        (5.5, "60 of 60 rows lie 5.5 h after their broadcasts: is 'timezone' Asia/Kolkata?"),
        (-5, "60 of 60 rows lie 5 h before their broadcasts: is 'timezone' America/New_York?"),
        (11.5, "60 of 60 rows lie 11.5 h after their broadcasts: is 'timezone' one at UTC+11:30?"),
    ],
)
def test_the_offset_that_is_found_is_named(late_h: float, words: str) -> None:
    with pytest.raises(FormatError) as caught:
        laid(late_h).refuse_other_zone()
    assert str(caught.value) == f"minutes.csv: {words}"


def test_the_zone_is_counted_from_the_mappings_own() -> None:
    with pytest.raises(FormatError, match="7 h after their broadcasts: is 'timezone' Asia/Shanghai"):
        laid(7, clock=ColumnMap("t", time="iso", timezone="Europe/Berlin")).refuse_other_zone()


def test_stamps_that_name_no_zone_of_the_mapping_point_at_the_rooms() -> None:
    with pytest.raises(FormatError, match=r"is the zone of rooms\.started_at right\?"):
        laid(8, clock=ColumnMap("t", time="epoch_s")).refuse_other_zone()


def test_what_fits_or_fits_nowhere_is_not_another_zone() -> None:
    laid(0).refuse_other_zone()
    laid(0.25).refuse_other_zone()  # most rows fit as they are, and half an hour earlier fewer
    laid(40).refuse_other_zone()  # another day
    LaidStretches("minutes.csv", ColumnMap("t", time="iso")).refuse_other_zone()


def test_a_minute_between_two_broadcasts_is_nobodys() -> None:
    visits = Visits()
    visits.learn("rooms", [
        {"room_id": name, "host_id": "h", "started_at": EIGHT + timedelta(seconds=at_s), "duration_s": 600.0}
        for name, at_s in (("r1", 0), ("r2", 630), ("r3", 1230))
    ])  # fmt: skip
    between = Stretch.of(EIGHT + timedelta(seconds=580), 60, "start")
    with pytest.raises(UnmappableError, match="2 broadcasts of h at 2026-03-01 20:09:40 UTC: r1, r2"):
        visits.room_of("h", between.begin, between.end)
    # What ends as the broadcast begins is none of its minutes.
    after = Stretch.of(EIGHT + timedelta(seconds=1230), 60, "start")
    assert visits.room_of("h", after.begin, after.end) == "r3"

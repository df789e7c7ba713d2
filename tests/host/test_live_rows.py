"""A platform's own export followed as it grows: the counts that an import takes of it, and refusals."""

from __future__ import annotations

import itertools
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from telltale.core.errors import FormatError, TelltaleError
from telltale.host.live_counts import FileCounter
from telltale.host.live_rows import MappedRows
from telltale.study.import_study import import_study
from telltale.study.store import Study

EXAMPLE = Path(__file__).parents[2] / "examples" / "import_platform"
LAST = datetime.fromisoformat("2026-03-03T20:01:00+08:00")
EXPORTS = [("minutes.csv", "L1"), ("minutes.csv", "L2"), ("minutes_en.csv", "L3"), ("totals.csv", "L4")]


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    """A copy of the example's files, to be spoiled."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "exports"))


def counter_of(exports: Path, file: str, room: str | None) -> FileCounter:
    path = exports / file
    return FileCounter(path, MappedRows(path, exports / "mapping.toml", room))


def spoil(exports: Path, old: str, new: str, file: str = "mapping.toml") -> None:
    text = (exports / file).read_bytes()
    assert old.encode() in text
    (exports / file).write_bytes(text.replace(old.encode(), new.encode()))


@pytest.mark.parametrize(("file", "room"), EXPORTS)
def test_what_is_counted_is_what_an_import_takes(exports: Path, file: str, room: str) -> None:
    import_study(exports / "mapping.toml", exports / "study")
    study = Study.open(exports / "study")
    (began,) = (r["started_at"] for r in study.table("rooms").to_pylist() if r["room_id"] == room)
    rows = sorted(
        (one for one in study.table("room_counts").to_pylist() if one["room_id"] == room),
        key=lambda one: one["time_s"],
    )
    # Where rows know the host and no broadcast, the host is named.
    counter = counter_of(exports, file, "b2" if file == "minutes_en.csv" else room)
    fell = "totals so far fell: revenue in 1; these counts are left empty"
    assert counter.left_out() == (f"{exports / file}: {fell}" if file == "totals.csv" else "")
    assert len(rows) > 10
    assert counter.knows_viewers
    for place, one in enumerate(rows):
        end = began + timedelta(seconds=one["time_s"])
        found = counter.between(end - timedelta(seconds=one["length_s"]), end)
        # Before the first row of totals nobody knows how many there were.
        first = file == "totals.csv" and place == 0
        wanted = [None if first else one[n] for n in counter.outcomes if n != "engagement"]
        np.testing.assert_allclose(found[: len(wanted)], np.array(wanted, float))
        there = counter.viewers(end - timedelta(seconds=one["length_s"]), end)
        np.testing.assert_allclose(there, np.nan if one["viewers"] is None else one["viewers"])
    assert counter.known_until(end) == end


@pytest.mark.parametrize(("file", "room"), [EXPORTS[0], EXPORTS[3]])
def test_an_export_is_followed_byte_by_byte(exports: Path, file: str, room: str) -> None:
    whole = counter_of(exports, file, room)
    text = (exports / file).read_bytes()
    (exports / file).write_bytes(text[: text.index(b"\n") + 1])
    counter = counter_of(exports, file, room)
    known: list[datetime | None] = []
    with (exports / file).open("ab", buffering=0) as growing:
        for byte in text[text.index(b"\n") + 1 :]:
            growing.write(bytes([byte]))
            known.append(counter.known_until(LAST))
    assert known[-1] == whole.known_until(LAST)
    times = [one for one in dict.fromkeys(known) if one is not None]
    assert len(times) > 10
    for begin, end in itertools.pairwise(times):
        np.testing.assert_array_equal(counter.between(begin, end), whole.between(begin, end))


def test_a_total_that_falls_is_a_gap_of_that_count_alone(exports: Path) -> None:
    lines = (exports / "totals.csv").read_text(encoding="utf-8").splitlines()
    counter = counter_of(exports, "totals.csv", "L4")
    assert (lines[10].split(",")[1], "1,299" in lines[11]) == ("2026-03-04 21:09", False)
    end = datetime.fromisoformat("2026-03-04T21:11:00+08:00")
    found = dict(zip(counter.outcomes, counter.between(end - timedelta(minutes=1), end), strict=True))
    assert [name for name, value in found.items() if np.isnan(value)] == ["revenue"]
    after = counter.between(end, end + timedelta(minutes=1))
    assert np.isfinite(after).all()


def test_rows_of_other_broadcasts_and_other_kinds_are_passed_over(exports: Path) -> None:
    counter = counter_of(exports, "minutes.csv", "nobody's")
    assert counter.known_until(LAST) is None
    where = exports / "minutes.csv"
    assert counter.left_out() == f"{where}: no row of broadcast nobody's so far; there are rows of L1, L2"
    spoil(exports, 'file = "minutes_en.csv"', 'file = "minutes_en.csv"\nkeep = { shares = ["4"] }')
    counter = counter_of(exports, "minutes_en.csv", "b2")
    begin = datetime.fromisoformat("2026-03-03T19:30:00+08:00")
    assert np.isnan(counter.between(begin, begin + timedelta(minutes=1))).all()
    second = counter.between(begin + timedelta(minutes=1), begin + timedelta(minutes=2))
    assert dict(zip(counter.outcomes, second, strict=True))["purchases"] == 1


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("b2,2026-03-03T19:59:00,95,one,5900,3,81,4,2", "'one' is no number"),
        ("b2,yesterday,95,1,5900,3,81,4,2", "'yesterday' is no moment written as iso"),
        ("b2,,95,1,5900,3,81,4,2", "it tells no moment"),
        ("b2,2026-03-03T19:59:00,95,-1,5900,3,81,4,2", "purchases: -1 is below 0"),
        ("b2,2026-03-03T19:59:00,95,1", "4 cells under 9 columns"),
        ("b2,2026-03-03T19:31:00,95,1,5900,3,81,4,2", "not after the row before: rows rise by time"),
        ("b2,2026-03-03T19:51:30,95,1,5900,3,81,4,2", "it begins before the row before ends"),
    ],
)
def test_a_row_that_cannot_be_read_is_left_out_alone(exports: Path, line: str, why: str) -> None:
    counter = counter_of(exports, "minutes_en.csv", "b2")
    known = counter.known_until(LAST)
    assert known == datetime.fromisoformat("2026-03-03T19:51:00+08:00")
    with (exports / "minutes_en.csv").open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    assert counter.known_until(LAST) == known
    told = counter.left_out()
    assert why in told
    assert told.startswith(f"{exports / 'minutes_en.csv'}: 1 row is left out; line ")
    with (exports / "minutes_en.csv").open("a", encoding="utf-8") as file:
        file.write("b2,2026-03-03T20:00:00,95,7,5900,3,81,4,2\n")
    end = datetime.fromisoformat("2026-03-03T20:00:00+08:00")
    assert counter.known_until(LAST) == end
    # Each row tells its own minute: the one after a broken one is as sure as any.
    assert counter.between(end - timedelta(minutes=1), end)[0] == 7


@pytest.mark.parametrize(
    ("old", "new", "file", "room", "told"),
    [
        ("", "", "minutes.csv", None, "rows tell their broadcast: name this broadcast with --room ID"),
        ("", "", "minutes_en.csv", None, "rows tell their host: name this host with --room ID"),
        ("", "", "orders.csv", "L1", "has no one source of room_counts for orders.csv: it has them for min"),
        (
            'file = "totals.csv"', 'file = "totals.csv"\nencoding = "utf-16"', "totals.csv", "L4",
            "a file that grows is CSV in UTF-8, GB 18030 or the like: let the platform export that",
        ),
        (
            'file = "totals.csv"', 'file = "totals.csv"\nkind = "jsonl"', "totals.csv", "L4",
            "a file that grows is CSV",
        ),
        (
            'time_s = { column = "分钟", time = "%Y-%m-%d %H:%M", timezone = "Asia/Shanghai" }',
            'time_s = { column = "分钟" }', "totals.csv", "L4",
            "time_s of room_counts is no moment: give 'time'",
        ),
        ('column = "累计订单"', 'column = "订单"', "totals.csv", "L4", "has no column '订单', which"),
    ],
)  # fmt: skip
def test_a_mapping_that_cannot_be_followed_is_one_line(
    exports: Path, old: str, new: str, file: str, room: str | None, told: str
) -> None:
    if old:
        spoil(exports, old, new)
    with pytest.raises(TelltaleError) as caught:
        counter_of(exports, file, room)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_no_total_is_refused_as_an_import_would(exports: Path) -> None:
    spoil(exports, 'likes = { column = "点赞数"', 'likes = { cumulative = true, column = "点赞数"')
    with pytest.raises(FormatError, match="likes is mapped as a total so far and falls in") as caught:
        counter_of(exports, "minutes.csv", "L1")
    assert "leave its 'cumulative' out" in str(caught.value)


def test_a_last_row_of_another_hour_is_told(exports: Path) -> None:
    counter = counter_of(exports, "minutes_en.csv", "b2")
    end = counter.known_until(LAST)
    assert end is not None
    for away, told in (
        (timedelta(minutes=20), ""),
        (timedelta(minutes=-20), ""),
        (timedelta(hours=8, minutes=2), "its last row lies 8 h before now: is its time zone right?"),
        (timedelta(hours=-7), "its last row lies 7 h after now: is its time zone right?"),
        (timedelta(minutes=31), "its last row lies 0.5 h before now: does the export still run?"),
    ):
        counter.known_until(end + away)
        assert counter.left_out().removeprefix(f"{exports / 'minutes_en.csv'}: ") == told


def test_bytes_that_are_of_another_encoding_are_told(exports: Path) -> None:
    spoil(exports, 'encoding = "gb18030"\nstamp_marks', 'encoding = "utf-8"\nstamp_marks')
    with pytest.raises(FormatError, match=r"minutes\.csv is not written in UTF-8"):
        counter_of(exports, "minutes.csv", "L1")

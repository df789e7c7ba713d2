"""A file of counts that grows: a stretch's counts told once they are whole, and broken rows told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telltale.core.errors import FormatError
from telltale.host.live_counts import FileCounter

BEGAN = datetime(2026, 5, 1, 20, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def line(seconds: float, *counts: object) -> str:
    return ",".join([at(seconds).isoformat(), *map(str, counts)]) + "\n"


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(st.integers(1, 40), min_size=1, max_size=12),
    counts=st.lists(st.integers(0, 50), min_size=12, max_size=12),
    start=st.integers(-20, 150),
    length=st.integers(1, 90),
)
def test_counts_of_a_stretch_are_those_of_its_seconds(
    tmp_path_factory: pytest.TempPathFactory, steps: list[int], counts: list[int], start: int, length: int
) -> None:
    ends = np.cumsum(steps).tolist()
    path = tmp_path_factory.mktemp("counts") / "c.csv"
    rows = "".join(line(end, n, n / 4) for end, n in zip(ends, counts, strict=False))
    path.write_text("time,purchases,revenue\n" + rows, encoding="utf-8")
    counter = FileCounter(path)
    assert counter.outcomes == ("purchases", "revenue")
    assert counter.known_until(at(0)) == at(ends[-1])
    # A row's counts spread evenly over the seconds since the row before; before the first nothing is known.
    by_second = np.full(400, np.nan)
    for first, end, n in zip(ends[:-1], ends[1:], counts[1:], strict=False):
        by_second[first + 100 : end + 100] = n / (end - first)
    wanted = by_second[start + 100 : start + length + 100].sum()
    found = counter.between(at(start), at(start + length))
    np.testing.assert_allclose(found, [wanted, wanted / 4], atol=1e-9)


def test_a_file_that_grows_is_followed_and_a_row_that_is_half_written_waits(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    text = (
        "\ufefftime,likes,gifts,purchases\n" + line(0, 9, 9, 9) + line(10, 1, 2, 3) + line(20, 4, "", 6)
    ).encode()
    known = []
    with path.open("wb") as file:
        file.write(text[:32])
        file.flush()
        counter = FileCounter(path)
        for byte in text[32:]:
            file.write(bytes([byte]))
            file.flush()
            known.append(counter.known_until(at(99)))
    assert counter.outcomes == ("likes", "gifts", "purchases", "engagement")
    seen = [None if one is None else (one - BEGAN).total_seconds() for one in known]
    changes = [one for one, before in zip(seen, ["x", *seen[:-1]], strict=True) if one != before]
    assert changes == [None, 0.0, 10.0, 20.0]
    assert counter.between(at(0), at(10)).tolist() == [1, 2, 3, 3]
    np.testing.assert_array_equal(counter.between(at(10), at(20)), [4, np.nan, 6, np.nan])
    np.testing.assert_array_equal(counter.between(at(15), at(25)), [np.nan] * 4)
    assert np.isnan(counter.between(at(-10), at(0))).all()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "no file of counts at"),
        ("", "does not begin with the names of its columns: the first line wants 'time', some of"),
        ("purchases\n", "does not begin with the names"),
        ("time\n", "does not begin with the names"),
        ("time,purchases,purchases\n", "does not begin with the names"),
        ("time,orders\n", "no column 'orders' is known"),
        ("time, purchases\n", "no column ' purchases' is known"),
        ("time,engagement,purchases\n", "no column 'engagement' is known"),
        ("time,viewers\n", "does not begin with the names"),
        ("time,viewers,orders\n", "no column 'orders' is known"),
        ("time,purchases\n2026-05-01T20:00:00Z,\udcff\n", "is not written in UTF-8"),
        ("time\udcff,purchases\n", "is not written in UTF-8"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(tmp_path: Path, text: str | None, told: str) -> None:
    path = tmp_path / "c.csv"
    if text is not None:
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(FormatError, match=told) as error:
        FileCounter(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("yesterday,3", "'yesterday' is no time; write 2026-05-01T20:15:00+08:00"),
        ("2026-05-01T20:00:15Z,three", "'three' is no count"),
        ("2026-05-01T20:00:15Z,nan", "'nan' is no count"),
        ("2026-05-01T20:00:15Z,inf", "'inf' is no count"),
        ("2026-05-01T20:00:15Z,-3", "'-3' is no count"),
        ("2026-05-01T20:00:15Z", "1 cells under 2 columns"),
        ("2026-05-01T20:00:15Z,1,234", "3 cells under 2 columns"),
        ("2026-05-01T20:00:15,3", "names no time zone; write 2026-05-01T20:15:00+08:00"),
        ("2026-05-01T20:00:10+00:00,3", "not after the row before: rows rise by time"),
    ],
)
def test_a_broken_row_is_left_out_with_what_it_counted_and_told(tmp_path: Path, row: str, why: str) -> None:
    path = tmp_path / "c.csv"
    path.write_text("time,purchases\n" + line(0, 1) + "\n" + line(10, 2), encoding="utf-8")
    counter = FileCounter(path)
    assert counter.left_out() == ""
    with path.open("a", encoding="utf-8") as file:
        file.write(row + "\n")
    assert counter.known_until(at(99)) == at(10)
    told = counter.left_out()
    assert told.startswith(f"{path}: 1 row is left out; line 5 ({row!r}): ")
    assert told.endswith(why)
    with path.open("a", encoding="utf-8") as file:
        file.write(line(20, 3) + line(30, 4) + "broken\n")
    assert counter.known_until(at(99)) == at(30)
    assert counter.left_out() == told.replace("1 row is left out; ", "2 rows are left out; the first, ")
    # Since when the row after it counts is not known.
    assert counter.between(at(0), at(10)).tolist() == [2]
    assert np.isnan(counter.between(at(10), at(20))).all()
    assert counter.between(at(20), at(30)).tolist() == [4]


def test_viewers_are_a_mean_and_no_count(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    rows = line(0, 90, 1) + line(10, 100, 2) + line(20, 200, 4) + line(30, "", 4) + line(40, "", 4)
    path.write_text("time,viewers,purchases\n" + rows, encoding="utf-8")
    counter = FileCounter(path)
    assert counter.knows_viewers
    assert counter.outcomes == ("purchases",)
    assert counter.between(at(0), at(20)).tolist() == [6]
    seen = [counter.viewers(at(a), at(b)) for a, b in ((0, 10), (0, 20), (5, 25), (15, 40))]
    assert seen == pytest.approx([100, 150, 500 / 3, 200])
    assert np.isnan([counter.viewers(at(-20), at(0)), counter.viewers(at(30), at(40))]).all()
    path.write_text("time,purchases\n" + line(0, 1), encoding="utf-8")
    assert not FileCounter(path).knows_viewers


def test_a_file_that_becomes_shorter_ends_it(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("time,purchases\n" + line(0, 1), encoding="utf-8")
    counter = FileCounter(path)
    path.write_text("time,purchases\n", encoding="utf-8")
    with pytest.raises(FormatError, match="has become shorter: let an export only add rows"):
        counter.known_until(at(99))


def test_a_row_that_is_corrected_afterwards_ends_it(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("time,purchases\n" + line(0, 1) + line(10, 5), encoding="utf-8")
    counter = FileCounter(path)
    path.write_text("time,purchases\n" + line(0, 1) + line(10, 55) + line(20, 1), encoding="utf-8")
    with pytest.raises(FormatError, match="has changed in what was read before: let an export only add"):
        counter.known_until(at(99))

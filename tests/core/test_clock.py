"""The clock: moments in UTC to the millisecond, and nobody else who reads the time."""

import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from telltale.core import clock

SOURCE = Path(clock.__file__).parents[1]
READS_TIME = re.compile(r"\b(datetime\.now|datetime\.today|utcnow|date\.today|time\.time|time_ns)\(")


def test_now_is_utc_to_the_millisecond() -> None:
    moment = clock.now()
    assert moment.tzinfo is UTC
    assert moment.microsecond % 1000 == 0
    assert abs(datetime.now(UTC) - moment) < timedelta(seconds=30)


def test_a_moment_elsewhere_is_written_in_utc() -> None:
    in_shanghai = datetime(2026, 3, 2, 4, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=8)))
    assert clock.iso(in_shanghai) == "2026-03-01T20:00:00.999Z"


def test_a_moment_without_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        clock.iso(datetime(2026, 3, 1, 20))


def test_nothing_else_reads_the_wall_clock() -> None:
    found = [
        f"{path.relative_to(SOURCE)}:{number}"
        for path in SOURCE.rglob("*.py")
        if path.name != "clock.py"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if READS_TIME.search(line)
    ]
    assert not found

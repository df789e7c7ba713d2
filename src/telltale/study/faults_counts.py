"""Faults of what the platform counted: stretches that overlap, lie outside their broadcast, or lack."""

from __future__ import annotations

from telltale.core.checks import Fault
from telltale.study import schema
from telltale.study.checked_tables import CheckedTables
from telltale.study.faults_acts import duplicate_rows
from telltale.study.faults_time import SLACK_S

_STRETCHES = """
    SELECT row, room_id, time_s - length_s AS begins_s, time_s AS ends_s, length_s FROM room_counts
    WHERE room_id IS NOT NULL AND isfinite(time_s) AND isfinite(length_s) AND length_s > 0
"""
"""Stretches that have a place and a length; the others are faults by themselves."""


def count_faults(tables: CheckedTables) -> list[Fault]:
    """Faults of `room_counts` that no single value shows."""
    if not tables.sound("room_counts", "room_id", "time_s", "length_s"):
        return []
    return [
        *_no_length(tables),
        *_nothing_counted(tables),
        *duplicate_rows(tables, "room_counts", ("room_id", "time_s")),
        *_overlap(tables),
        *_outside_room(tables),
        *_gaps(tables),
        *_not_counted(tables),
    ]


def _no_length(tables: CheckedTables) -> list[Fault]:
    return tables.find(
        "SELECT 'row ' || row || ': ' || length_s AS place, row AS nr FROM room_counts WHERE length_s <= 0",
        code="out-of-range",
        table="room_counts",
        column="length_s",
        message="not above 0",
        hint="the length of the stretch in seconds, such as 60",
    )


def _nothing_counted(tables: CheckedTables) -> list[Fault]:
    held = _counted(tables)
    if tables.rows["room_counts"] == 0 or any(held.values()):
        return []
    what = "is null in every row" if held else "is a column"
    return [
        Fault("nothing-counted", "room_counts", "", f"none of {', '.join(schema.COUNTS)} {what}", "add one")
    ]


def _overlap(tables: CheckedTables) -> list[Fault]:
    return tables.find(
        f"""SELECT 'row ' || row || ': ' || room_id || ' at ' || begins_s || ' s' AS place, row AS nr FROM (
                SELECT *, max(ends_s) OVER (PARTITION BY room_id ORDER BY begins_s, row
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS counted_until
                FROM ({_STRETCHES}))
            WHERE begins_s < counted_until - {SLACK_S}""",
        code="overlap",
        table="room_counts",
        column="time_s",
        message="begins before the stretch before it has ended",
        hint="time_s is the end of a stretch; was a table read twice, or are two lengths mixed?",
    )


def _outside_room(tables: CheckedTables) -> list[Fault]:
    """A platform's minutes need not begin with the broadcast: up to a length may reach out of it."""
    if not tables.sound("rooms", "room_id", "duration_s"):
        return []
    return tables.find(
        f"""SELECT 'row ' || c.row || ': ' || room_id || ' at ' || ends_s || ' s of ' || r.duration_s
                   AS place, c.row AS nr
            FROM ({_STRETCHES}) c JOIN rooms r USING (room_id)
            WHERE begins_s < -length_s - {SLACK_S} OR ends_s > r.duration_s + length_s + {SLACK_S}""",
        code="outside-room",
        table="room_counts",
        column="time_s",
        message="outside its broadcast by more than its length",
        hint="time_s counts from rooms.started_at, in seconds; is a time zone wrong?",
    )


def _gaps(tables: CheckedTables) -> list[Fault]:
    return tables.find(
        f"""SELECT room_id || ': ' || printf('%g s', sum(begins_s - counted_until)) AS place, min(row) AS nr
            FROM (SELECT *, max(ends_s) OVER (PARTITION BY room_id ORDER BY begins_s, row
                      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS counted_until
                  FROM ({_STRETCHES}))
            WHERE begins_s > counted_until + {SLACK_S} GROUP BY room_id""",
        code="count-gaps",
        table="room_counts",
        column="time_s",
        message="broadcasts in which nothing was counted for a while",
        hint="these stretches are left out, never taken for 0; export them too if they are there",
        severity="warning",
    )


def _not_counted(tables: CheckedTables) -> list[Fault]:
    faults = []
    for name, held in _counted(tables).items():
        if held:
            faults += tables.find(
                f"""SELECT room_id || ': ' || lacking || ' of ' || rows || ' rows' AS place, nr
                    FROM (SELECT room_id, count(*) FILTER ("{name}" IS NULL) AS lacking, count(*) AS rows,
                                 min(row) AS nr
                          FROM room_counts WHERE room_id IS NOT NULL GROUP BY room_id)
                    WHERE lacking > 0""",
                code="count-gaps",
                table="room_counts",
                column=name,
                message="broadcasts in which it was not counted throughout",
                hint="a null is left out, never taken for 0; write 0 where nothing came",
                severity="warning",
            )
    return faults


def _counted(tables: CheckedTables) -> dict[str, bool]:
    """For each sound column that counts something, whether any row has a number in it."""
    names = [name for name in schema.COUNTS if tables.sound("room_counts", name)]
    if not names:
        return {}
    asked = ", ".join(f'count("{name}") > 0' for name in names)
    found = tables.connection.execute(f"SELECT {asked} FROM room_counts").fetchone()
    return dict(zip(names, found or (), strict=True))

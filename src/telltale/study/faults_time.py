"""Faults of time: what lies outside its session or room, overlaps, or ticks on another clock."""

from __future__ import annotations

from telltale.core.checks import Fault
from telltale.study.checked_tables import CheckedTables

SLACK_S = 0.001
"""Times carry milliseconds; less than one is rounding."""
ROOM_SLACK_S = 1.0
"""A session and its room may be timed by two servers."""
SKEW_S = 0.25
"""More than the delay of a log explains."""


def time_faults(tables: CheckedTables) -> list[Fault]:
    """Faults of sessions within rooms, of rows within sessions, and of the clocks."""
    return [
        *_outside_room(tables),
        *_overlap(tables),
        *_after_end(tables, "events", "sessions", "session_id"),
        *_after_end(tables, "exposures", "sessions", "session_id"),
        *_after_end(tables, "chat", "rooms", "room_id"),
        *_step_after_end(tables, "viewer_factors", "sessions", "session_id"),
        *_step_after_end(tables, "room_factors", "rooms", "room_id"),
        *_clock_skew(tables),
    ]


def _outside_room(tables: CheckedTables) -> list[Fault]:
    if not tables.sound("sessions", "session_id", "room_id", "started_at", "duration_s"):
        return []
    if not tables.sound("rooms", "room_id", "started_at", "duration_s"):
        return []
    return tables.find(
        f"""SELECT s.session_id || ' in ' || s.room_id AS place, s.row AS nr
            FROM sessions s JOIN rooms r USING (room_id)
            WHERE s.started_at < r.started_at - {ROOM_SLACK_S}
               OR s.started_at + s.duration_s > r.started_at + r.duration_s + {ROOM_SLACK_S}""",
        code="outside-room",
        table="sessions",
        column="started_at",
        message="begins before its room or ends after it",
        hint="mend started_at or duration_s, here or in rooms.parquet",
    )


def _overlap(tables: CheckedTables) -> list[Fault]:
    if not tables.sound("sessions", "session_id", "participant_id", "started_at", "duration_s"):
        return []
    return tables.find(
        f"""SELECT session_id || ' of ' || participant_id AS place, row AS nr FROM (
                SELECT session_id, participant_id, row, started_at,
                       max(started_at + duration_s) OVER (PARTITION BY participant_id
                           ORDER BY started_at, row ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                       ) AS busy_until
                FROM sessions WHERE participant_id IS NOT NULL)
            WHERE started_at < busy_until - {SLACK_S}""",
        code="overlap",
        table="sessions",
        column="started_at",
        message="begins while another session of the same person runs",
        hint="end the earlier one first, or are these two people?",
    )


def _after_end(tables: CheckedTables, table: str, owner: str, key: str) -> list[Fault]:
    if not tables.sound(table, key, "time_s") or not tables.sound(owner, key, "duration_s"):
        return []
    return tables.find(
        f"""SELECT 'row ' || t.row || ': ' || t.{key} || ' at ' || t.time_s || ' s of ' || o.duration_s
                   AS place, t.row AS nr
            FROM {table} t JOIN {owner} o USING ({key})
            WHERE isfinite(t.time_s) AND t.time_s > o.duration_s + {SLACK_S}""",
        code="after-end",
        table=table,
        column="time_s",
        message=f"after the end of the {owner[:-1]}",
        hint=f"time_s counts from {owner}.started_at, in seconds",
    )


def _step_after_end(tables: CheckedTables, table: str, owner: str, key: str) -> list[Fault]:
    """Factors stand at the end of their step, so the last may end late; but none may begin late."""
    if not tables.sound(table, key, "time_s") or not tables.sound(owner, key, "duration_s"):
        return []
    return tables.find(
        f"""SELECT 'row ' || t.row || ': ' || t.{key} || ' at ' || t.time_s || ' s' AS place, t.row AS nr
            FROM (SELECT row, {key}, time_s, lag(time_s) OVER (PARTITION BY {key} ORDER BY time_s) AS begins
                  FROM {table} WHERE isfinite(time_s)) t
            JOIN {owner} o USING ({key}) WHERE t.begins >= o.duration_s + {SLACK_S}""",
        code="after-end",
        table=table,
        column="time_s",
        message=f"after the end of the {owner[:-1]}",
        hint=f"time_s counts from {owner}.started_at, in seconds",
    )


def _clock_skew(tables: CheckedTables) -> list[Fault]:
    """The median over a session of (at - started_at) - time_s: 0 when both follow one clock."""
    if not tables.sound("events", "session_id", "time_s", "at"):
        return []
    if not tables.sound("sessions", "session_id", "started_at"):
        return []
    return tables.find(
        f"""SELECT session_id || ': ' || printf('%+.2f s', skew_s) AS place, nr FROM (
                SELECT session_id, median(e.at - s.started_at - e.time_s) AS skew_s, min(s.row) AS nr
                FROM events e JOIN sessions s USING (session_id)
                WHERE e.at IS NOT NULL AND isfinite(e.time_s) GROUP BY session_id)
            WHERE abs(skew_s) > {SKEW_S}""",
        code="clock-skew",
        table="events",
        column="at",
        message="sessions whose server stamps and time_s disagree (median of at - started_at - time_s)",
        hint="mend started_at, or take time_s and at from one clock",
    )

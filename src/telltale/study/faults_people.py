"""Faults of people: who agreed to what, and who belongs to which category."""

from __future__ import annotations

from datetime import datetime

from telltale.core.checks import Fault
from telltale.study.checked_tables import CheckedTables

PURPOSE = "research"
"""What a person must have agreed to before an analysis may use their sessions."""


def people_faults(tables: CheckedTables, now: datetime) -> list[Fault]:
    """Faults of consents and categories; `now` is the moment at which a consent must hold."""
    return [
        *_missing_consent(tables, now.timestamp()),
        *_withdrawn_consent(tables, now.timestamp()),
        *_late_consent(tables),
        *_withdrawn_before_granted(tables),
        *_several_categories(tables),
        *_other_category(tables),
        *_room_category(tables),
    ]


def _missing_consent(tables: CheckedTables, now_s: float) -> list[Fault]:
    if not _has_consents(tables):
        return []
    return tables.find(
        f"""SELECT participant_id || ' (' || count(*) || ' sessions)' AS place, min(row) AS nr
            FROM sessions s WHERE NOT EXISTS (SELECT 1 FROM consents c WHERE
            c.participant_id = s.participant_id AND c.purpose = '{PURPOSE}' AND c.granted_at <= {now_s})
            GROUP BY participant_id""",
        code="missing-consent",
        table="sessions",
        column="participant_id",
        message=f"people with sessions who have not agreed to '{PURPOSE}'",
        hint="record the consent in consents.parquet, or leave these sessions out",
    )


def _withdrawn_consent(tables: CheckedTables, now_s: float) -> list[Fault]:
    if not _has_consents(tables):
        return []
    return tables.find(
        f"""WITH held AS (
                SELECT participant_id, bool_or(withdrawn_at IS NULL OR withdrawn_at > {now_s}) AS holds
                FROM consents WHERE purpose = '{PURPOSE}' AND granted_at <= {now_s} GROUP BY participant_id)
            SELECT participant_id || ' (' || count(*) || ' sessions)' AS place, min(row) AS nr
            FROM sessions JOIN held USING (participant_id) WHERE NOT holds GROUP BY participant_id""",
        code="withdrawn-consent",
        table="sessions",
        column="participant_id",
        message=f"people with sessions who have taken back their consent to '{PURPOSE}'",
        hint="erase them with 'telltale study forget'",
    )


def _late_consent(tables: CheckedTables) -> list[Fault]:
    if not _has_consents(tables) or not tables.sound("sessions", "session_id", "started_at"):
        return []
    return tables.find(
        f"""WITH first AS (SELECT participant_id, min(granted_at) AS granted_at FROM consents
                           WHERE purpose = '{PURPOSE}' GROUP BY participant_id)
            SELECT session_id || ' of ' || participant_id AS place, row AS nr
            FROM sessions JOIN first USING (participant_id) WHERE started_at < granted_at""",
        code="late-consent",
        table="sessions",
        column="started_at",
        message="recorded before the person agreed",
        hint="make sure that the consent covers what was recorded earlier",
        severity="warning",
    )


def _has_consents(tables: CheckedTables) -> bool:
    return tables.sound("sessions", "participant_id") and tables.sound(
        "consents", "participant_id", "purpose", "granted_at", "withdrawn_at"
    )


def _withdrawn_before_granted(tables: CheckedTables) -> list[Fault]:
    if not tables.sound("consents", "granted_at", "withdrawn_at"):
        return []
    return tables.find(
        "SELECT 'row ' || row AS place, row AS nr FROM consents WHERE withdrawn_at < granted_at",
        code="withdrawn-before-granted",
        table="consents",
        column="withdrawn_at",
        message="taken back before it was given",
        hint="are the two columns swapped?",
    )


def _several_categories(tables: CheckedTables) -> list[Fault]:
    if not tables.sound("sessions", "participant_id", "category"):
        return []
    return tables.find(
        """SELECT participant_id || ': ' || string_agg(DISTINCT category, ', ' ORDER BY category) AS place,
                  min(row) AS nr
           FROM sessions GROUP BY participant_id HAVING count(DISTINCT category) > 1""",
        code="several-categories",
        table="sessions",
        column="category",
        message="people with sessions of several categories",
        hint="each person belongs to one category; give them one pseudonym for each",
    )


def _other_category(tables: CheckedTables) -> list[Fault]:
    if not tables.sound("sessions", "session_id", "participant_id", "category"):
        return []
    if not tables.sound("participants", "participant_id", "category"):
        return []
    return tables.find(
        """WITH single AS (SELECT participant_id FROM sessions
                           GROUP BY participant_id HAVING count(DISTINCT category) = 1)
           SELECT s.session_id || ': ' || s.category || ', ' || p.category AS place, s.row AS nr
           FROM sessions s JOIN participants p USING (participant_id) JOIN single USING (participant_id)
           WHERE s.category <> p.category""",
        code="other-category",
        table="sessions",
        column="category",
        message="not the category of the person",
        hint="mend it here or in participants.parquet",
    )


def _room_category(tables: CheckedTables) -> list[Fault]:
    if not tables.sound("sessions", "session_id", "room_id", "category"):
        return []
    if not tables.sound("rooms", "room_id", "category"):
        return []
    return tables.find(
        """SELECT s.session_id || ': ' || s.category || ', ' || r.category AS place, s.row AS nr
           FROM sessions s JOIN rooms r USING (room_id) WHERE s.category <> r.category""",
        code="room-category",
        table="sessions",
        column="category",
        message="not the category of the room",
        hint="mend it here or in rooms.parquet, unless the broadcast showed several",
        severity="warning",
    )

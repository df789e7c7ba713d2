"""What was on show and what was done, as stretches of time: the questions that windows ask of the events."""

from __future__ import annotations

from typing import Final

import duckdb
import pyarrow as pa

from telltale.core.errors import FormatError
from telltale.study.store import Study

CART_ACTIONS: Final = ("add_to_cart", "remove_from_cart", "begin_checkout", "purchase")
"""What makes the time before it no plain watching."""

_VISITS: Final = """
    visits AS (
        SELECT session_id, participant_id, category, duration_s,
               session_id IN (SELECT session_id FROM events WHERE type = 'purchase') AS converted
        FROM sessions
    )"""

_CARTS: Final = f"""
    WITH {_VISITS}
    SELECT session_id, participant_id, category, time_s, product_id,
           row_number() OVER (
               PARTITION BY session_id, round(time_s * 1000) ORDER BY time_s, product_id
           ) > 1 AS repeated
    FROM events JOIN visits USING (session_id)
    WHERE converted AND type = 'add_to_cart'
    ORDER BY session_id, time_s, product_id"""

# A display is told by switches. Logs may write "A hidden" just after "B shown": an unpin of something else
# than what is on show ends nothing. At one moment hiding comes before showing.
_DISPLAYS: Final = f"""
    WITH {_VISITS},
    switches AS (
        SELECT session_id, time_s, type, product_id,
               last_value(CASE WHEN type = 'product_pin' THEN product_id END IGNORE NULLS) OVER (
                   PARTITION BY session_id ORDER BY time_s, type = 'product_pin', product_id
                   ROWS UNBOUNDED PRECEDING
               ) AS on_show
        FROM events WHERE type IN ('product_pin', 'product_unpin')
    ),
    displays AS (
        SELECT session_id, type, product_id, time_s AS start_s,
               lead(time_s) OVER (
                   PARTITION BY session_id ORDER BY time_s, type = 'product_pin', product_id
               ) AS next_s
        FROM switches WHERE type = 'product_pin' OR coalesce(product_id = on_show, true)
    )"""

_STRETCHES: Final = f"""{_DISPLAYS},
    shown AS (
        SELECT session_id, participant_id, category, product_id, start_s,
               least(coalesce(next_s, duration_s), duration_s) AS stop_s
        FROM displays JOIN visits USING (session_id)
        WHERE type = 'product_pin' AND converted = $converted
    ),
    edges AS (
        SELECT *, start_s AS edge_s FROM shown
        UNION ALL
        SELECT shown.*, events.time_s AS edge_s
        FROM shown JOIN events USING (session_id)
        WHERE events.type IN {CART_ACTIONS} AND events.time_s > start_s AND events.time_s <= stop_s + $guard_s
    ),
    stretches AS (
        SELECT session_id, participant_id, category, product_id, edge_s AS start_s,
               least(stop_s, lead(edge_s) OVER (
                   PARTITION BY session_id, start_s, product_id ORDER BY edge_s
               ) - $guard_s, stop_s) AS stop_s
        FROM edges
    )
    SELECT * FROM stretches WHERE stop_s > start_s ORDER BY session_id, start_s, product_id"""


def session_facts(study: Study) -> pa.Table:
    """One row a session, by id: session_id, participant_id, category, converted (it holds a purchase)."""
    return _ask(
        study,
        f"WITH {_VISITS} SELECT session_id, participant_id, category, converted FROM visits "
        "ORDER BY session_id",
    )


def carts_of_converted(study: Study) -> pa.Table:
    """Every `add_to_cart` of the converted sessions, by session and time.

    Columns session_id, participant_id, category, time_s, product_id, and `repeated`: an earlier row stands
    in the same millisecond of the same session.
    """
    return _ask(study, _CARTS)


def cart_actions(study: Study) -> pa.Table:
    """Every cart action of every session, by session and time: session_id, time_s, type, converted."""
    return _ask(
        study,
        f"WITH {_VISITS} SELECT session_id, time_s, type, converted "
        f"FROM events JOIN visits USING (session_id) WHERE type IN {CART_ACTIONS} "
        "ORDER BY session_id, time_s, type",
    )


def free_stretches(study: Study, *, guard_s: float, converted: bool = False) -> pa.Table:
    """Where one product was on show and no cart action was near, in sessions without a purchase or with one.

    Columns session_id, participant_id, category, product_id, start_s, stop_s, by session and time. Within
    (start_s, stop_s] there is no cart action, nor in the `guard_s` after it.
    """
    return _ask(study, _STRETCHES, guard_s=guard_s, converted=converted)


def displays(study: Study) -> pa.Table:
    """What each session saw on show, on the clock of its broadcast: room_id, product_id, start_s, stop_s."""
    return _ask(
        study,
        f"""{_DISPLAYS}
        SELECT sessions.room_id, product_id,
               (epoch_ms(sessions.started_at) - epoch_ms(rooms.started_at)) / 1000.0 AS late_s,
               late_s + displays.start_s AS start_s,
               late_s + least(coalesce(next_s, sessions.duration_s), sessions.duration_s) AS stop_s
        FROM displays JOIN sessions USING (session_id) JOIN rooms USING (room_id)
        WHERE type = 'product_pin' ORDER BY room_id, start_s, product_id""",
    )


def _ask(study: Study, question: str, **values: float) -> pa.Table:
    try:
        with study.query() as connection:
            table: pa.Table = connection.sql(question, params=values).to_arrow_table()
            return table
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise FormatError(
            f"the sessions and events of {study.folder} cannot be read ({reason})",
            hint=f"run 'telltale study check {study.folder}'",
        ) from error

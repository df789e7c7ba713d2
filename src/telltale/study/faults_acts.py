"""Faults of what viewers did and said: carts without a product, pins, purchases, surveys."""

from __future__ import annotations

from telltale.core.checks import Fault
from telltale.study import schema
from telltale.study.checked_tables import CheckedTables


def act_faults(tables: CheckedTables) -> list[Fault]:
    """Faults of events, surveys and factors that no single value shows."""
    return [
        *_no_product(tables),
        *_unpin_without_pin(tables),
        *_purchase_without_cart(tables),
        *duplicate_rows(tables, "events", ("session_id", "time_s", "type", "product_id")),
        *duplicate_rows(tables, "surveys", ("session_id", "item")),
        *duplicate_rows(tables, "viewer_factors", ("session_id", "time_s")),
        *duplicate_rows(tables, "room_factors", ("room_id", "time_s")),
        *_bad_scale(tables),
        *_off_scale(tables),
    ]


def _no_product(tables: CheckedTables) -> list[Fault]:
    if not tables.sound("events", "type", "product_id"):
        return []
    kinds = ", ".join(f"'{kind}'" for kind in schema.PRODUCT_EVENTS)
    return tables.find(
        f"""SELECT 'row ' || row || ': ' || type AS place, row AS nr FROM events
            WHERE product_id IS NULL AND type IN ({kinds})""",
        code="no-product",
        table="events",
        column="product_id",
        message="an event of a product that names none",
        hint="name the product, or leave the row out",
    )


def _unpin_without_pin(tables: CheckedTables) -> list[Fault]:
    if not tables.sound("events", "session_id", "time_s", "type", "product_id"):
        return []
    return tables.find(
        """SELECT 'row ' || row || ': ' || session_id || ' at ' || time_s || ' s' AS place, row AS nr
           FROM (SELECT row, session_id, time_s, type,
                        sum(CASE type WHEN 'product_pin' THEN 1 ELSE -1 END) OVER (
                            PARTITION BY session_id, product_id ORDER BY time_s
                            RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS pinned
                 FROM events WHERE type IN ('product_pin', 'product_unpin') AND product_id IS NOT NULL)
           WHERE type = 'product_unpin' AND pinned < 0""",
        code="unpin-without-pin",
        table="events",
        column="type",
        message="a product is taken down that was not on show",
        hint="what is on show when a viewer comes in needs a product_pin at 0 s",
    )


def _purchase_without_cart(tables: CheckedTables) -> list[Fault]:
    if not tables.sound("events", "session_id", "time_s", "type"):
        return []
    return tables.find(
        """WITH carts AS (SELECT session_id, min(time_s) AS first_s FROM events
                          WHERE type = 'add_to_cart' GROUP BY session_id)
           SELECT 'row ' || e.row || ': ' || e.session_id || ' at ' || e.time_s || ' s' AS place, e.row AS nr
           FROM events e LEFT JOIN carts c USING (session_id)
           WHERE e.type = 'purchase' AND (c.first_s IS NULL OR c.first_s > e.time_s)""",
        code="purchase-without-cart",
        table="events",
        column="type",
        message="a purchase with no add_to_cart before it in the session",
        hint="such a session counts as converted but gives no positive window",
        severity="warning",
    )


def duplicate_rows(tables: CheckedTables, table: str, columns: tuple[str, ...]) -> list[Fault]:
    """Rows whose `columns` are those of a row before; the first of them is told."""
    if not tables.sound(table, *columns):
        return []
    listed = ", ".join(f'"{name}"' for name in columns)
    return tables.find(
        f"""SELECT 'row ' || row || ': ' || "{columns[0]}" AS place, row AS nr FROM
            (SELECT row, "{columns[0]}", row_number() OVER (PARTITION BY {listed} ORDER BY row) AS nth
             FROM {table}) WHERE nth > 1""",
        code="duplicate-row",
        table=table,
        column="",
        message=f"the same {', '.join(columns)} again",
        hint="was the log read twice?",
        severity="warning",
    )


def _bad_scale(tables: CheckedTables) -> list[Fault]:
    if not tables.sound("surveys", "scale_low", "scale_high"):
        return []
    return tables.find(
        "SELECT 'row ' || row AS place, row AS nr FROM surveys WHERE scale_low >= scale_high",
        code="bad-scale",
        table="surveys",
        column="scale_low",
        message="the scale's low end is not below its high end",
        hint="are the two columns swapped?",
    )


def _off_scale(tables: CheckedTables) -> list[Fault]:
    if not tables.sound("surveys", "answer", "scale_low", "scale_high"):
        return []
    return tables.find(
        """SELECT 'row ' || row || ': ' || answer AS place, row AS nr FROM surveys
           WHERE scale_low < scale_high AND (answer < scale_low OR answer > scale_high)""",
        code="off-scale",
        table="surveys",
        column="answer",
        message="an answer off its scale",
        hint="mend the answer, or scale_low and scale_high",
    )

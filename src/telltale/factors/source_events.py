"""What a viewer does: how often each event of the log comes in a step, and whether cart and purchase do."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

import numpy as np

from telltale.factors.columns import Column, Given, count_at
from telltale.factors.factor import DOING, OUTCOME, Factor
from telltale.factors.grid import Grid
from telltale.factors.reading import codes_of, texts_of, times_ms
from telltale.study import schema
from telltale.study.store import Study

OUTCOMES: Final = ("add_to_cart", "purchase")
"""Kept as yes or no: a step in which the cart is reached twice is a step with a cart."""
_OF_OTHERS: Final = ("live_join", "live_leave", "product_pin", "product_unpin", "exposure")
"""Events that say when a session was, what was shown and what was tried: not what the viewer does."""


def events(
    study: Study,
    grid: Grid,
    now: datetime,  # noqa: ARG001 (the grid has asked)
    known: Collection[str] = (),
) -> Given:
    """One factor for each name of event that these sessions' log holds, and for each that is known."""
    table = study.table("events", ["session_id", "time_s", "type"])
    session = codes_of(table, "events", "session_id", grid.session_ids)
    kind, names = texts_of(table, "events", "type")
    place = grid.place(session, grid.step_at(times_ms(table, "events")))
    columns = []
    for code, name in enumerate(names):
        if name in _OF_OTHERS:
            continue
        found = count_at(place[kind == code], grid.rows)
        if not found.any() and name not in known:
            continue
        columns.append(Column(_factor(name), np.minimum(found, 1) if name in OUTCOMES else found))
    return Given(tuple(columns))


def _factor(name: str) -> Factor:
    tier = OUTCOME if name in schema.CART_EVENTS else DOING
    if name in OUTCOMES:
        return Factor(name, "events", "viewer", "binary", tier, "", f"whether '{name}' came in the step")
    return Factor(name, "events", "viewer", "count", tier, "events", f"how often '{name}' came in the step")

"""What else moves a viewer: host, product, price, hour, promotion, time since joining, who the viewer is.

Columns of 0 and 1 for each level; `fit_glm` leaves out those that follow from the others.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from telltale.host.points import NONE
from telltale.host.shown import Array, Codes
from telltale.host.study_points import hours_of
from telltale.host.visits import Visits

PIECES_S: Final = (120.0, 300.0, 600.0, 1200.0, 1800.0)
"""Where the time since joining is cut: within each piece the chance of the event stays the same."""
PRODUCT_EVENTS: Final = 15.0
MOST_PRODUCTS: Final = 40
"""A product with fewer events, or beyond the first so many, counts as its category, with its price."""


def controls(
    visits: Visits, visit: Codes, at_s: Array, since_s: Array, counted: Array, timezone: str
) -> dict[str, Array]:
    """Columns by name, shape (N,) each, the intercept first.

    Parameters
    ----------
    visit, at_s, since_s
        Shape (N,): whose row it is, the moment on the broadcast's clock, seconds since the viewer joined.
    counted
        Shape (N,): how much happened in each row; says which products have enough to stand for themselves.
    """
    room = visits.room[visit]
    rooms = visits.rooms
    columns: dict[str, Array] = {"intercept": np.ones(len(visit))}
    columns |= levels("host", rooms.host[room]) | levels("platform", rooms.platform[room])
    columns |= levels("joined", np.searchsorted(PIECES_S, since_s, side="right"))
    columns |= _on_show(visits, room, at_s, counted)
    turn = (
        2 * np.pi * (hours_of(rooms.started_ms[room] + (1000 * at_s).astype(np.int64), timezone) + 0.5) / 24
    )
    columns |= {f"hour {k}": wave for k, wave in enumerate((np.sin(turn), np.cos(turn)))}
    promotion = rooms.promotion[room]
    if np.isfinite(promotion).all():
        columns["promotion"] = promotion
    for trait, (codes, _) in visits.traits.items():
        columns |= levels(trait, codes[visit])
    return columns


def _on_show(visits: Visits, room: Codes, at_s: Array, counted: Array) -> dict[str, Array]:
    """Product or category, with the log of the price in standard deviations within a category."""
    product, category = visits.shown_at(room, at_s), visits.rooms.category[room]
    some = product != NONE
    events = np.bincount(product[some], counted[some], minlength=len(visits.product_ids))
    often = np.argsort(-events, kind="stable")[:MOST_PRODUCTS]
    own = some & np.isin(product, often[events[often] >= PRODUCT_EVENTS])
    # Nothing on show is a level of its own.
    group = np.where(own, product, NONE - 2 - category)
    group[~some] = NONE
    columns = levels("product", group)
    price = np.log(np.maximum(np.append(visits.price, 1.0)[product], 1e-6))
    for code in np.unique(category).tolist():
        mine = some & (category == code)
        spread = price[mine].std() if mine.any() else 0.0
        if spread > 1e-9:
            price[mine] = (price[mine] - price[mine].mean()) / spread
        else:
            price[mine] = 0.0
    columns["price"] = np.where(some, price, 0.0)
    return columns


def levels(name: str, codes: Codes) -> dict[str, Array]:
    """A column of 0 and 1 for each level; none where there is only one.

    >>> {k: v.tolist() for k, v in levels("host", np.array([4, 7, 4])).items()}
    {'host 4': [1.0, 0.0, 1.0], 'host 7': [0.0, 1.0, 0.0]}
    """
    different = np.unique(codes)
    if len(different) < 2:
        return {}
    return {f"{name} {level}": (codes == level).astype(np.float64) for level in different.tolist()}

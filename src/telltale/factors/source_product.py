"""The product on show: its price against others of its category, whether anything is shown, and for how long.

A step is told by its middle. In the gap between two products the price is that of the last one: a viewer who
hesitates over it does not stop at once. Before the first product there is no price.

What ends a display is as in `telltale.study.display`: an unpin of something else than what is on show ends
nothing, and at one moment hiding comes before showing.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from telltale.core.errors import FormatError
from telltale.factors.columns import Column, Given
from telltale.factors.factor import BEFORE, Factor
from telltale.factors.grid import NOWHERE, Codes, Grid
from telltale.factors.reading import Array, codes_of, ids_of, numbers, texts_of, times_ms
from telltale.study.store import Study

_FAR_MS: Final = 10**12
"""Longer than any session: session x this + time sorts by session and then by time."""

# What is shown when is planned before the visit, so all three stand before what a broadcast does.
_PRICE = Factor(
    "price_on_show", "product", "room", "continuous", BEFORE, "log ratio",
    "log of the price over the median of its category; in a gap that of the last product",
)  # fmt: skip
_SHOWN = Factor("on_show", "product", "room", "binary", BEFORE, "", "whether a product is on show")
_SECONDS = Factor(
    "seconds_on_show", "product", "room", "continuous", BEFORE, "s",
    "how long the product has been on show since the viewer could see it; 0 in a gap",
)  # fmt: skip


class _Switches(NamedTuple):
    """What was put on show or taken down, by session and time, shape (switches,) each."""

    session: Codes
    time_ms: Codes
    is_pin: npt.NDArray[np.bool_]
    product: Codes
    """Place among the products; -1 where the event names none that is known."""


def product(
    study: Study,
    grid: Grid,
    now: datetime,  # noqa: ARG001 (the grid has asked)
    known: Collection[str] = (),
) -> Given:
    """Price, whether and how long, from the pins and unpins that each session saw.

    Where these sessions saw none there is nothing, or what is known without a price.
    """
    products = study.table("products")
    product_ids = tuple(ids_of(products, "products", "product_id").tolist())
    switches = _effective(_switches(study, grid, product_ids))
    middle_ms = grid.step * grid.step_ms + grid.step_ms // 2
    found = np.searchsorted(
        switches.session * _FAR_MS + switches.time_ms, grid.session * _FAR_MS + middle_ms, side="right"
    )
    last = np.maximum(found - 1, 0)
    if not len(switches.session):
        nothing = ((_PRICE, np.nan), (_SHOWN, 0.0), (_SECONDS, 0.0)) if known else ()
        return Given(tuple(Column(factor, np.full(grid.rows, value)) for factor, value in nothing))
    some = (found > 0) & (switches.session[last] == grid.session)
    shown = some & switches.is_pin[last]
    since_s = np.where(shown, (middle_ms - switches.time_ms[last]) / 1000, 0.0)
    # An unpin that took effect names, or stands for, what was on show until then.
    price = np.append(_log_price(study, product_ids), np.nan)
    price_now = np.where(some, price[switches.product[last]], np.nan)
    return Given(
        (Column(_PRICE, price_now), Column(_SHOWN, shown.astype(np.float32)), Column(_SECONDS, since_s))
    )


def _switches(study: Study, grid: Grid, product_ids: tuple[str, ...]) -> _Switches:
    table = study.table("events", ["session_id", "time_s", "type", "product_id"])
    kind, names = texts_of(table, "events", "type")
    session = codes_of(table, "events", "session_id", grid.session_ids)
    pins, unpins = (kind == (names.index(n) if n in names else -2) for n in ("product_pin", "product_unpin"))
    rows = np.flatnonzero((session != NOWHERE) & (pins | unpins))
    table = table.take(rows)
    time_ms, which = times_ms(table, "events"), codes_of(table, "events", "product_id", product_ids)
    is_pin, session = pins[rows], session[rows]
    order = np.lexsort((which, is_pin, time_ms, session))
    return _Switches(session[order], time_ms[order], is_pin[order], which[order])


def _effective(switches: _Switches) -> _Switches:
    """The pins, and the unpins of what is on show; each unpin names what it took down."""
    session, _, is_pin, which = switches
    place = np.arange(len(session))
    pinned = np.maximum.accumulate(np.where(is_pin, place, -1)) if len(place) else place
    known = (pinned >= 0) & (session[pinned] == session)
    on_show = np.where(known, which[pinned], -1)
    ends = ~is_pin & known & ((which == on_show) | (which == -1))
    kept = is_pin | ends
    return _Switches(
        session[kept], switches.time_ms[kept], is_pin[kept], np.where(is_pin, which, on_show)[kept]
    )


def log_prices(study: Study) -> dict[str, float]:
    """Log of each product's price over its category's median; NaN is left out.

    A product that is new may move the median, and with it what others are told.
    """
    ids = tuple(ids_of(study.table("products"), "products", "product_id").tolist())
    prices = zip(ids, _log_price(study, ids).tolist(), strict=True)
    return {name: price for name, price in prices if np.isfinite(price)}


def _log_price(study: Study, product_ids: tuple[str, ...]) -> Array:
    """Log of each product's price over its category's median, shape (products,); NaN for a price of 0."""
    table = study.table("products")
    category, names = texts_of(table, "products", "category")
    price = numbers(table, "products", "price")
    if len(set(product_ids)) < len(product_ids):
        raise FormatError(
            "products.product_id holds an id twice", hint="run 'telltale study check' on the study"
        )
    log_price = np.log(price, out=np.full(len(price), np.nan), where=price > 0)
    for code in range(len(names)):
        same = category == code
        if np.isfinite(log_price[same]).any():
            log_price[same] -= np.nanmedian(log_price[same])
    return log_price

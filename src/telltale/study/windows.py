"""Windows: the labelled half minutes of a study, from its tables alone.

A positive window is the 30 s ending at an `add_to_cart` of a converted session (one with a `purchase`).
A negative window lies in a session without a purchase, inside one sustained display of a product (from
`product_pin` to its `product_unpin`, the next pin or the session's end), with no cart action from its
start to `guard_s` after its end. Matched windows take their negatives from the converted sessions instead,
so that both labels are of the same people and no model can live on who converts. Both leave `margin_s` free
before them, so that jitter can move a window earlier and never later: no row after the cart is ever read.

Every possible negative draws a lot from the stream of its own session and the lowest lots stay. So the
same seed keeps the same windows whatever the order of rows, and a session more or less moves few others.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, Literal, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from telltale import __version__
from telltale.core.provenance import Provenance
from telltale.core.rng import stream
from telltale.study.display import carts_of_converted, free_stretches, session_facts
from telltale.study.store import Study

_COLUMNS: Final[dict[str, pa.DataType]] = {
    "window_id": pa.string(),
    "session_id": pa.string(),
    "participant_id": pa.string(),
    "category": pa.string(),
    "converted": pa.bool_(),
    "label": pa.int8(),
    "start_s": pa.float64(),
    "end_s": pa.float64(),
    "product_id": pa.string(),
}
SCHEMA: Final = pa.schema(_COLUMNS)
"""Columns of the table of windows; times in seconds on the log's clock, from the session's start."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class WindowSettings:
    """How windows are cut.

    >>> WindowSettings(length_s=0)
    Traceback (most recent call last):
    ValueError: length_s must be over 0, not 0
    """

    length_s: float = 30.0
    negatives_per_positive: float = 2.4
    """Negatives kept for each positive, over the whole study."""
    margin_s: float = 0.5
    """Free time before each window, for jitter."""
    guard_s: float = 30.0
    """No cart action so long after a negative window: it would otherwise show the way to a cart."""
    seed: int = 0
    negatives_from: Literal["unconverted", "converted"] = "unconverted"
    """Sessions without a purchase, as in the paper, or those with one: matched windows."""

    def __post_init__(self) -> None:
        if self.negatives_from not in ("unconverted", "converted"):
            raise ValueError(f"negatives_from is unconverted or converted, not {self.negatives_from!r}")
        for name in ("length_s", "negatives_per_positive"):
            if not 0 < getattr(self, name) < math.inf:
                raise ValueError(f"{name} must be over 0, not {getattr(self, name)}")
        for name in ("margin_s", "guard_s", "seed"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ValueError(f"{name} must be 0 or more, not {getattr(self, name)}")


@dataclass(frozen=True, slots=True)
class WindowCounts:
    """What was cut, what was left out, and why."""

    positives: int
    negatives: int
    sessions_converted: int
    sessions_not_converted: int
    carts_at_one_moment: int
    """Carts left out as another of their session stands in the same millisecond."""
    carts_too_early: int
    """Carts left out as their window would begin less than the margin after the session's start."""
    displays_too_short: int
    """Stretches of display that are too short for a window."""
    negatives_not_drawn: int
    """Possible negatives that the ratio did not ask for."""
    negatives_wanting: int
    """Negatives that the ratio asked for and the study does not hold."""


@dataclass(frozen=True, slots=True)
class LabelledWindows:
    """The table of windows, by session and time, and the account of how it came to be."""

    table: pa.Table
    counts: WindowCounts
    settings: WindowSettings


def label_windows(study: Study, settings: WindowSettings | None = None) -> LabelledWindows:
    """Cut and label the windows of a study.

    Parameters
    ----------
    study
        Only its sessions and events are read; faces are not.
    settings
        The paper's when not given: 30 s, 2.4 negatives for each positive.

    Returns
    -------
    One row a window, columns as in `SCHEMA`, and the counts of what was left out.
    """
    settings = settings or WindowSettings()
    carts = carts_of_converted(study).to_pylist()
    single = [cart for cart in carts if not cart["repeated"]]
    in_time = [cart for cart in single if cart["time_s"] - settings.length_s >= settings.margin_s]
    positives = [_window(cart, cart["time_s"], settings, 1) for cart in in_time]
    candidates, too_short = _candidates(study, settings)
    wanted = round(settings.negatives_per_positive * len(positives))
    negatives = [_window(drawn.stretch, drawn.end_s, settings, 0) for drawn in candidates[:wanted]]
    converted = [bool(answer) for answer in session_facts(study).column("converted").to_pylist()]
    counts = WindowCounts(
        positives=len(positives),
        negatives=len(negatives),
        sessions_converted=sum(converted),
        sessions_not_converted=len(converted) - sum(converted),
        carts_at_one_moment=len(carts) - len(single),
        carts_too_early=len(single) - len(in_time),
        displays_too_short=too_short,
        negatives_not_drawn=len(candidates) - len(negatives),
        negatives_wanting=wanted - len(negatives),
    )
    return LabelledWindows(_table(positives + negatives, settings), counts, settings)


def count_by_category(windows: pa.Table) -> list[tuple[str, int, int]]:
    """Category, positives, negatives: one line a category, by name."""
    labels = windows.column("label").to_pylist()
    pairs = [
        (str(name), label) for name, label in zip(windows.column("category").to_pylist(), labels, strict=True)
    ]
    return [(name, pairs.count((name, 1)), pairs.count((name, 0))) for name in sorted({n for n, _ in pairs})]


class _Candidate(NamedTuple):
    """A possible negative; sorting puts the lowest lot first."""

    lot: float
    session_id: str
    end_s: float
    stretch: Row


def _candidates(study: Study, settings: WindowSettings) -> tuple[list[_Candidate], int]:
    """All possible negatives in the order of their lots, and how many stretches hold none."""
    matched = settings.negatives_from == "converted"
    stretches = free_stretches(study, guard_s=settings.guard_s, converted=matched).to_pylist()
    drawn: list[_Candidate] = []
    too_short = 0
    for session_id, of_session in groupby(stretches, key=itemgetter("session_id")):
        numbers = stream(settings.seed, "windows", session_id)
        for stretch in of_session:
            ends_s = list(_ends_in(stretch["start_s"], stretch["stop_s"], settings, numbers.random()))
            too_short += not ends_s
            lots = numbers.random(len(ends_s)).tolist()
            drawn += [_Candidate(lot, session_id, e, stretch) for lot, e in zip(lots, ends_s, strict=True)]
    return sorted(drawn, key=itemgetter(0, 1, 2)), too_short


def _ends_in(start_s: float, stop_s: float, settings: WindowSettings, phase: float) -> Iterator[float]:
    """Ends of the windows that fit into a stretch one after another; `phase` of 0 to 1 shares the rest."""
    first_s = start_s + settings.margin_s
    room_s = stop_s - first_s
    count = math.floor(room_s / settings.length_s)
    # Whole milliseconds, as the log's times have.
    first_s += math.floor(phase * (room_s - count * settings.length_s) * 1000) / 1000
    for position in range(1, count + 1):
        yield round(first_s + position * settings.length_s, 6)


def _window(source: Row, end_s: float, settings: WindowSettings, label: int) -> Row:
    return {
        "window_id": f"{source['session_id']}@{round(end_s * 1000)}",
        "session_id": source["session_id"],
        "participant_id": source["participant_id"],
        "category": source["category"],
        "converted": label == 1 or settings.negatives_from == "converted",
        "label": label,
        "start_s": round(end_s - settings.length_s, 6),
        "end_s": end_s,
        "product_id": source["product_id"],
    }


def _table(windows: list[Row], settings: WindowSettings) -> pa.Table:
    history = Provenance().then("windows", software=f"telltale {__version__}", **asdict(settings))
    table = pa.Table.from_pylist(windows, schema=SCHEMA)
    table = table.take(pc.sort_indices(table, [("session_id", "ascending"), ("end_s", "ascending")]))
    return table.replace_schema_metadata({"telltale.provenance": history.to_json()})

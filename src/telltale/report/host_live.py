"""The page of a broadcast that runs: what goes along with what so far, and the course of the strongest."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Final

import numpy as np

from telltale.host.live_board import LiveState, live_words, stands_out
from telltale.host.shown import Array
from telltale.report.html_parts import figure, simulated_note, soft, three_sentences
from telltale.report.page import write_page
from telltale.report.svg import Chart, round_ticks
from telltale.report.svg_rows import Row, Rows, rows_chart

_ROWS: Final = 10
_CAVEAT: Final = "Scores say what a face shows by a table of units, not what somebody feels"


def write_live_page(
    state: LiveState, out: Path, *, title: str, again: bool, reload_s: float | None, caveat: str = ""
) -> Path:
    """Write the page anew; returns its path.

    Parameters
    ----------
    again
        Whether the folder holds this page from before.
    reload_s
        After how many seconds a browser asks again; None once the broadcast is over.
    caveat
        What must be said of the names of expressions.
    """
    figures = live_figures(state)
    parts = [
        f"<h1>{escape(title)}</h1>",
        *three_sentences(live_words(state)),
        simulated_note(state.simulated),
        *_body(state, figures),
        *soft(list(_notes(state))),
        *soft([_CAVEAT, *([" ".join(caveat.split()).rstrip(".")] if caveat else [])]),
    ]
    numbers = {"live": state}
    return write_page(
        out, title, parts, figures, numbers, simulated=state.simulated, again=again, reload_s=reload_s
    )


def live_figures(state: LiveState) -> dict[str, str]:
    """SVG by name; none before anything can be told."""
    if np.isnan(state.correlations.r).all():
        return {}
    figures = {"together": _together(state)}
    if len(state.ends_s) > 2:
        figures["course"] = _course(state)
    return figures


def _body(state: LiveState, figures: dict[str, str]) -> Iterable[str]:
    if "together" not in figures:
        return
    main = state.correlations.outcomes[0]
    yield f"<h2>What goes along with {escape(main)}?</h2>"
    yield figure(
        figures,
        "together",
        "Correlation of each expression's share of a stretch with what was counted in it or, where that is "
        "stronger, soon after. The bar is the interval that allows for all that is looked at; a row whose"
        " bar leaves 0 stands out.",
    )
    yield figure(
        figures,
        "course",
        "Each line in its own standard deviations, so that only ups and downs can be compared.",
    )


def _notes(state: LiveState) -> Iterable[str]:
    if state.waiting:
        yield f"{state.waiting} stretches have ended and are not counted yet"
    if state.unread:
        yield f"{state.unread} stretches say nothing: hardly any face was read, or nothing was counted"


def _together(state: LiveState) -> str:
    """The strongest expressions for the first outcome, each at its strongest lag."""
    found = state.strict
    r = np.nan_to_num(np.abs(found.r[:, :, 0]), nan=-1.0)
    lag = r.argmax(axis=0)
    order = [i for i in np.argsort(-r.max(axis=0)).tolist() if r[lag[i], i] >= 0][:_ROWS]
    out = {one.name for one in stands_out(state) if one.outcome == found.outcomes[0]}
    rows = [
        Row(
            found.names[i],
            float(found.r[lag[i], i, 0]),
            float(found.low[lag[i], i, 0]),
            float(found.high[lag[i], i, 0]),
            after=_after(found.lags[lag[i]] * state.every_s),
            main=found.names[i] in out,
        )
        for i in order
    ]
    return rows_chart(
        f"Correlation with {found.outcomes[0]}",
        [Rows("", rows)],
        x_label=f"correlation with {found.outcomes[0]}",
    )


def _after(lag_s: float) -> str:
    return f"{lag_s:g} s later" if lag_s else "at once"


def _course(state: LiveState) -> str:
    """The first outcome and the expression that goes along with it most, over the last stretches."""
    found = state.correlations
    strength = np.nan_to_num(np.abs(found.r[:, :, 0]), nan=-1.0).max(axis=0)
    name = int(strength.argmax())
    minutes = state.ends_s / 60
    series = [(found.outcomes[0], state.counts[:, 0]), (found.names[name], state.shares[:, name])]
    standard = [(label, _standard(values)) for label, values in series]
    known = np.concatenate([values[np.isfinite(values)] for _, values in standard])
    low, high = min(-1.0, float(known.min())), max(1.0, float(known.max()))
    span = (float(minutes[0]), float(max(minutes[-1], minutes[0] + 1)))
    chart = Chart("The course of both", span, (1.1 * low, 1.1 * high), x_label="minutes since the begin")
    for label, values in standard:
        there = np.isfinite(values)
        chart.line(minutes[there], values[there], label)
    return chart.svg([(tick, f"{tick:g}") for tick in round_ticks(*span)], [0.0])


def _standard(values: Array) -> Array:
    spread = float(np.nanstd(values)) or 1.0
    standard: Array = (values - np.nanmean(values)) / spread
    return standard

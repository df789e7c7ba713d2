"""The page of a broadcast that runs: what goes along with what so far, and the course of the strongest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Final

import numpy as np

from telltale.host.evidence_words import mark_legend, marked
from telltale.host.live_board import (
    LiveState,
    StandsOut,
    beyond_words,
    evidence_of,
    has_enough,
    lacking_words,
    live_words,
    stands_out,
)
from telltale.host.shown import Array
from telltale.report.html_parts import careful, figure, simulated_note, soft, three_sentences
from telltale.report.page import write_page
from telltale.report.svg import Chart, round_ticks
from telltale.report.svg_rows import Row, Rows, rows_chart

_ROWS: Final = 10
_CAVEAT: Final = "Scores say what a face shows by a table of units, not what somebody feels"


@dataclass(frozen=True, slots=True)
class Ended:
    """That no more comes."""

    why: str
    """In one line."""
    broken: bool = False
    """Whether it should have gone on."""


def write_live_page(
    state: LiveState,
    out: Path,
    *,
    title: str,
    written: datetime,
    again: bool,
    reload_s: float,
    ended: Ended | None = None,
    caveat: str = "",
) -> Path:
    """Write the page anew; returns its path.

    Parameters
    ----------
    written
        When: a page that nobody renews any more can be told by it.
    again
        Whether the folder holds this page from before.
    reload_s
        After how many seconds a browser asks again, until it has ended.
    caveat
        What must be said of the names of expressions.
    """
    figures = live_figures(state)
    parts = [
        f"<h1>{escape(title)}</h1>",
        *_status(written, reload_s, ended),
        *three_sentences(live_words(state, over=ended is not None)),
        simulated_note(state.simulated),
        *_body(state, figures),
        *soft(list(_notes(state))),
        *soft([_CAVEAT, *([" ".join(caveat.split()).rstrip(".")] if caveat else [])]),
    ]
    return write_page(
        out,
        title,
        parts,
        figures,
        {"live": state, "written": written.isoformat(), "ended": ended},
        simulated=state.simulated,
        again=again,
        reload_s=None if ended else reload_s,
    )


def live_figures(state: LiveState) -> dict[str, str]:
    """SVG by name; none before anything can be said."""
    told = _told(state)
    if not told or not has_enough(state):
        return {}
    figures = {"together": _together(state, told[0])}
    if len(told) > 1:
        figures["others"] = _others(state, told[1:])
    if len(state.ends_s) > 2:
        figures["course"] = _course(state, told[0])
    return figures


def _status(written: datetime, reload_s: float, ended: Ended | None) -> Iterable[str]:
    """Whether more comes, and when this was written."""
    at = f"{written.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    if ended is None:
        return soft([f"Running; last written at {at}. This page looks for news every {reload_s:g} s"])
    if ended.broken:
        return [careful([f"It broke off at {at}, and nothing more comes: {ended.why.rstrip('.')}"])]
    return soft([f"Ended at {at}: {ended.why.rstrip('.')}"])


def _told(state: LiveState) -> list[int]:
    """The outcomes of which anything can be told, that of what stands out most before the others."""
    found = np.isfinite(state.correlations.r).any(axis=(0, 1))
    told: list[int] = np.flatnonzero(found).tolist()
    out = stands_out(state)
    first = state.correlations.outcomes.index(out[0].outcome) if out else -1
    return sorted(told, key=lambda outcome: outcome != first)


def _body(state: LiveState, figures: dict[str, str]) -> Iterable[str]:
    if "together" not in figures:
        return
    outcomes = state.correlations.outcomes
    main, *others = (outcomes[place] for place in _told(state))
    yield f"<h2>What goes along with {escape(main)}?</h2>"
    yield figure(
        figures,
        "together",
        "Correlation of each expression's share of a stretch with the logarithm of what was counted in it "
        f"or, where that is stronger, soon after, beyond {beyond_words(state)}. The bar is the interval that "
        "allows for all that is looked at; what stands "
        f"out is drawn bold.{mark_legend(state.evidence.values())}",
    )
    yield figure(
        figures,
        "course",
        "Each line in its own standard deviations, so that only ups and downs can be compared.",
    )
    if others:
        yield "<h2>And with what else is counted?</h2>"
        yield figure(figures, "others", "Of each count the expression that goes along with it most.")


def _notes(state: LiveState) -> Iterable[str]:
    if state.waiting:
        yield f"Not counted yet: {_stretches(state.waiting)} at the end"
    if state.unread:
        says = "says" if state.unread == 1 else "say"
        yield f"{_stretches(state.unread)} {says} nothing: {lacking_words(state)}"
    for outcome, missing in zip(state.correlations.outcomes, state.uncounted, strict=True):
        if missing:
            yield f"Without a count of {outcome}: {_stretches(missing)}"
    if state.left_out:
        yield state.left_out
    yield from _viewers(state)


def _viewers(state: LiveState) -> Iterable[str]:
    """How many were there, of the stretches that are shown."""
    if state.viewers is None:
        return
    known = state.viewers[np.isfinite(state.viewers)]
    if len(known):
        yield f"Viewers present: {known.min():,.0f} to {known.max():,.0f}, at last {known[-1]:,.0f}"


def _stretches(number: int) -> str:
    """
    >>> _stretches(1), _stretches(1200)
    ('1 stretch', '1,200 stretches')
    """
    return f"{number:,} stretch{'es' * (number != 1)}"


def _together(state: LiveState, outcome: int) -> str:
    """The strongest expressions for an outcome, each at its strongest lag."""
    words = f"correlation with {state.strict.outcomes[outcome]}"
    rows = [
        _row(one, out, _named(state, one.name), _after(one.lag_s))
        for one, out in _strongest(state, outcome)[:_ROWS]
    ]
    return rows_chart(words.capitalize(), [Rows("", rows)], x_label=words)


def _others(state: LiveState, outcomes: list[int]) -> str:
    """The strongest expression of each outcome."""
    best = [_strongest(state, outcome)[0] for outcome in outcomes]
    rows = [
        _row(one, out, one.outcome, f"{_named(state, one.name)}, {_after(one.lag_s)}") for one, out in best
    ]
    title = "The strongest correlation with each other count"
    return rows_chart(title, [Rows("", rows)], x_label="correlation", left=130, right=210)


def _strongest(state: LiveState, outcome: int) -> list[tuple[StandsOut, bool]]:
    """Every expression of which anything can be told, the strongest first, and whether it stands out."""
    found = state.strict
    out = {(one.name, one.outcome): one for one in stands_out(state)}
    r = np.nan_to_num(np.abs(found.r[:, :, outcome]), nan=-1.0)
    lag = r.argmax(axis=0)
    all_of_them = [
        StandsOut(
            name,
            found.outcomes[outcome],
            found.lags[lag[i]] * state.every_s,
            *(float(part[lag[i], i, outcome]) for part in (found.r, found.low, found.high)),
        )
        for i, name in enumerate(found.names)
        if r[lag[i], i] >= 0
    ]
    # What stands out does so at a lag of its own, where enough has been seen.
    told = [(out.get((one.name, one.outcome), one), (one.name, one.outcome) in out) for one in all_of_them]
    return sorted(told, key=lambda one: (not one[1], -abs(one[0].r)))


def _row(one: StandsOut, out: bool, name: str, after: str) -> Row:
    return Row(name, one.r, one.low, one.high, after=after, main=out)


def _named(state: LiveState, name: str) -> str:
    return marked(name, evidence_of(state, name))


def _after(lag_s: float) -> str:
    return f"{lag_s:g} s later" if lag_s else "at once"


def _course(state: LiveState, outcome: int) -> str:
    """An outcome and the expression that goes along with it most, over the last stretches."""
    counted, name = state.strict.outcomes[outcome], _strongest(state, outcome)[0][0].name
    minutes = state.ends_s / 60
    series = [
        (counted, state.counts[:, outcome]),
        (_named(state, name), state.shares[:, state.strict.names.index(name)]),
    ]
    if state.viewers is not None and np.isfinite(state.viewers).any():
        series.append(("viewers", state.viewers))
    standard = [(label, _standard(values)) for label, values in series]
    known = np.concatenate([values[np.isfinite(values)] for _, values in standard])
    low, high = min([-1.0, *known.tolist()]), max([1.0, *known.tolist()])
    span = (float(minutes[0]), float(max(minutes[-1], minutes[0] + 1)))
    chart = Chart("The course of both", span, (1.1 * low, 1.1 * high), x_label="minutes since it began")
    for label, values in standard:
        there = np.isfinite(values)
        chart.line(minutes[there], values[there], label)
    return chart.svg([(tick, f"{tick:g}") for tick in round_ticks(*span)], [0.0])


def _standard(values: Array) -> Array:
    known = values[np.isfinite(values)]
    spread = float(known.std()) if len(known) else 1.0
    standard: Array = (values - (known.mean() if len(known) else 0.0)) / (spread or 1.0)
    return standard

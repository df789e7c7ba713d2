"""Figures of a closer look at a driver: after how many seconds, up to which dose, and in whom."""

from __future__ import annotations

import math
from collections.abc import Iterable
from html import escape
from typing import Final

import numpy as np

from telltale.host.dose import Dose
from telltale.host.driver import Answer
from telltale.host.driver_words import before, more_points, of_the_time, size
from telltale.host.estimate import Estimate
from telltale.host.focus import Curve
from telltale.host.lags import Lags
from telltale.host.moderators import WORDS, Moderated
from telltale.host.report_case import HostCase
from telltale.report.html_parts import figure, slug, unbroken
from telltale.report.svg import Chart, round_ticks
from telltale.report.svg_rows import Row, Rows, rows_chart

_CERTAIN: Final = 0.05


def closer_figures(case: HostCase) -> dict[str, str]:
    """SVG by name."""
    figures = {f"lags-{_key(one)}": lags_figure(one) for one in case.closer.lags}
    figures |= {f"dose-{_key(one)}": dose_figure(one) for one in case.closer.doses}
    for outcome, name in dict.fromkeys((one.outcome, one.expression) for one in case.closer.moderated):
        told = [one for one in _by_pair(case, outcome, name) if one.groups]
        if told:
            figures[f"whom-{slug(outcome)}-{slug(name)}"] = whom_figure(told, case.drivers.of(outcome, name))
    return figures


def closer_section(case: HostCase, figures: dict[str, str]) -> Iterable[str]:
    """When, how much and in whom, driver by driver."""
    drivers = case.drivers.with_verdict("driver")
    if not drivers:
        return
    yield "<h2>A closer look</h2>"
    for one in drivers:
        lags, dose = case.closer.lags_of(one.outcome, one.name), case.closer.dose_of(one.outcome, one.name)
        key = f"{slug(one.outcome)}-{slug(one.name)}"
        if lags is None and dose is None:
            continue
        yield f"<h3>{escape(one.name)} and {escape(one.outcome)}</h3>"
        yield '<div class="two">'
        if lags is not None:
            yield unbroken(figure(figures, f"lags-{key}", _when(lags, one)))
        if dose is not None:
            yield unbroken(figure(figures, f"dose-{key}", _how_much(dose, one)))
        yield "</div>"
        yield from _in_whom(case, figures, one.outcome, one.name)


def _key(one: Lags | Dose) -> str:
    return f"{slug(one.outcome)}-{slug(one.expression)}"


def lags_figure(lags: Lags) -> str:
    """What comes at each lag; what the face does after the count stands left of 0 and should be nothing.

    Changes are for one standard deviation more of it, as everywhere: the caption says how much that is.
    """
    at = np.concatenate([lags.leads.at, lags.by_lag.at])
    parts = (lags.leads, lags.by_lag)
    low, high = _reach(parts)
    chart = Chart(
        f"{lags.expression}: after how many seconds",
        (float(at.min()) - 5, float(at.max()) + 5),
        (low, high),
        x_label="seconds after the face",
        y_label=f"change of {lags.outcome}",
        width=420,
        height=250,
    )
    chart.level(0.0, "")
    for name, curve in (("before the face", lags.leads), ("after it", lags.by_lag)):
        chart.band(curve.at, curve.band_low - 1, curve.band_high - 1, name)
        chart.line(curve.at, curve.ratio - 1, name)
    ticks = [tick for tick in round_ticks(-60, 120) if at.min() - 5 <= tick <= at.max() + 5]
    return chart.svg([(tick, f"{tick:g}") for tick in ticks], _percents(low, high), _percent)


def dose_figure(dose: Dose) -> str:
    """How much came at each share of the time, against its usual share."""
    low, high = _reach((dose.curve,))
    span = (100 * float(dose.curve.at[0]), 100 * float(dose.curve.at[-1]))
    chart = Chart(
        f"{dose.expression}: how much of it",
        span,
        (low, high),
        x_label=f"{dose.expression}, % of the time",
        y_label=f"change of {dose.outcome}",
        width=420,
        height=250,
    )
    chart.level(0.0, "")
    chart.band(100 * dose.curve.at, dose.curve.band_low - 1, dose.curve.band_high - 1, dose.expression)
    chart.line(100 * dose.curve.at, dose.curve.ratio - 1, dose.expression)
    if dose.best is not None:
        chart.guide([100 * dose.best.share] * 2, [low, high])
    return chart.svg([(tick, f"{tick:g}") for tick in round_ticks(*span)], _percents(low, high), _percent)


def whom_figure(told: list[Moderated], answer: Answer) -> str:
    """The change in each group, for as much more of it as in all hosts together."""
    groups = [
        Rows(
            f"{WORDS.get(one.trait, one.trait)}: {_differ(one)}",
            [
                Row(
                    of.group.replace("_", " "),
                    of.ratio - 1,
                    of.low - 1,
                    of.high - 1,
                    after=f"{of.hosts} hosts",
                )
                for of in one.groups
            ],
        )
        for one in told
    ]
    late = f" {before(answer.lag_s)}" if answer.lag_s else ""
    label = f"change of {answer.outcome}, %, for {more_points(answer)} more of the time{late}"
    return rows_chart(f"{answer.name}: in whom", groups, x_label=label, scale=100.0)


def _differ(one: Moderated) -> str:
    if not math.isfinite(one.q):
        return "too few to compare"
    return "they differ" if one.q <= _CERTAIN else "no difference beyond chance"


def _when(lags: Lags, answer: Answer) -> str:
    ratio, low, high = lags.total
    told = size(Estimate(math.log(ratio), math.log(low), math.log(high), lags.p), lags.outcome)
    shown = f"{more_points(answer).capitalize()} more of the time ({of_the_time(answer)})"
    whole = f"{shown} kept up for two minutes: {told}"
    if lags.when is None:
        whole += f"; {lags.notes[-1]}"
    elif lags.when.low_s == 0:
        whole += f"; half of it has come within {lags.when.high_s:g} s"
    else:
        whole += f"; half of it has come {lags.when.low_s:g} to {lags.when.high_s:g} s after the face"
    if answer.lag_s:
        whole += f". Of the times asked about it stood out most {before(answer.lag_s)} the count"
    return f"{whole}. Left of 0 is the face after the count: it should be nothing."


def _how_much(dose: Dose, answer: Answer) -> str:
    """The curve is against the middle share, of the minute that the answer is about."""
    usual = f"Against its usual share ({100 * dose.usual:.0f} % of the time)"
    if answer.lag_s:
        return f"Of the face {before(answer.lag_s)} the count. {usual}: {dose.told}."
    return f"{usual}: {dose.told}."


def _in_whom(case: HostCase, figures: dict[str, str], outcome: str, name: str) -> Iterable[str]:
    """In whom it differs in a sentence; the figure open where it does, else behind it."""
    found = [one for one in _by_pair(case, outcome, name) if one.groups]
    key = f"whom-{slug(outcome)}-{slug(name)}"
    if key not in figures:
        return
    differ = [WORDS.get(one.trait, one.trait) for one in found if one.q <= _CERTAIN]
    words = (
        f"It differs by {' and by '.join(differ)}." if differ else "In whom: no group differs beyond chance."
    )
    drawn = figure(figures, key, _whom(case, outcome, name))
    yield f"<details{' open' if differ else ''}><summary>{escape(words)}</summary>{drawn}</details>"


def _whom(case: HostCase, outcome: str, name: str) -> str:
    found = _by_pair(case, outcome, name)
    refused = [f"{WORDS.get(one.trait, one.trait)}, {why}" for one in found for why in one.refused]
    words = "Groups differ in more than their name: a difference is a place to look, no law of people."
    return f"{words} Not asked: {'; '.join(refused)}." if refused else words


def _by_pair(case: HostCase, outcome: str, name: str) -> list[Moderated]:
    return [one for one in case.closer.moderated if (one.outcome, one.expression) == (outcome, name)]


def _reach(curves: tuple[Curve, ...]) -> tuple[float, float]:
    low = min(0.0, *(float(np.nanmin(curve.band_low)) - 1 for curve in curves))
    high = max(0.0, *(float(np.nanmax(curve.band_high)) - 1 for curve in curves))
    margin = 0.08 * (high - low or 0.1)
    return low - margin, high + margin


def _percents(low: float, high: float) -> list[float]:
    return [tick / 100 for tick in round_ticks(100 * low, 100 * high)]


def _percent(value: float) -> str:
    return f"{100 * value:+.3g} %" if abs(value) > 1e-9 else "0"

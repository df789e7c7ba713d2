"""The report's section on running live: how early, at what price in false alarms, how true its numbers."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Final

import numpy as np

from telltale.intent.alarms import Floats
from telltale.intent.live import HORIZON_S, AlarmRate, Live, LiveCalibration
from telltale.intent.possible import NAME
from telltale.report.html_parts import figure, slug, table
from telltale.report.svg import Chart

_LOWEST: Final = 1e-4
"""Shares below it stand at the foot of the reliability curve."""


def live_figures(live: Live) -> dict[str, str]:
    """SVG by name."""
    found = {"live-auc": _auc_figure(live)}
    for model in live.models:
        if model.calibration is not None:
            name = f"live-reliability-{slug(model.kind)}"
            found[name] = _reliability_figure(model.kind, model.calibration)
    return found


def live_section(live: Live, figures: dict[str, str]) -> Iterable[str]:
    """HTML, piece by piece."""
    yield "<h2>Could it have been used live?</h2>"
    yield (
        f"<p>Each second of {live.sessions:,} whole sessions of {live.people:,} people not seen: "
        f"{live.hours:,.1f} viewer-hours with {live.carts:,} carts; in {live.hours_read:,.1f} of them a "
        "face was read in the half minute before, and only then anything is told.</p>"
    )
    yield figure(
        figures,
        "live-auc",
        "AUC of the second so long before a cart against seconds of plain watching, one in ten of them; the "
        "bands are intervals over people.",
    )
    if any(model.kind == NAME for model in live.models):
        yield (
            f'<p class="soft"><em>{NAME}</em> is told the truth and asked whether a cart comes at this very '
            "second. Nothing tells that better; what looks out for any cart soon warns earlier.</p>"
        )
    yield f"<p>{escape(_verdict(live))}</p>"
    yield "<h3>Alarms</h3>"
    yield (
        "<p>The lowest threshold that keeps false alarms within what is allowed on one half of the people is "
        "used on the other. After an alarm there is none for 30 s. It is right if a product goes into the "
        "cart within 30 s, false if nothing is done with a cart within 30 s on either side.</p>"
    )
    head = ("allowed an hour", "false an hour", "carts warned", "warning", "for nothing", "bothered")
    for model in live.models:
        yield f"<h4>{escape(model.kind)}</h4>"
        yield table(head, [_alarm_row(rate) for rate in model.alarms])
    yield (
        '<p class="soft"><em>Warning</em>: seconds from the alarm to the cart, median and quartiles. <em>For '
        "nothing</em>: share of alarms that are false. <em>Bothered</em>: share of sessions without a cart "
        "in which a false alarm is raised.</p>"
    )
    yield "<h3>Probabilities at the live rate</h3>"
    calibrated = [(model.kind, model.calibration) for model in live.models if model.calibration is not None]
    if not calibrated:
        yield "<p>Unknown: the sessions learnt from do not say how rare a cart is live.</p>"
    for kind, calibration in calibrated:
        yield f"<p>{escape(_calibration_words(kind, calibration))}</p>"
    yield '<div class="two">'
    for kind, _ in calibrated:
        words = f"{kind}: probability of a cart within {HORIZON_S:g} s as told, and how often one came."
        yield figure(figures, f"live-reliability-{slug(kind)}", words + " Both axes are logarithmic.")
    yield "</div>"


def _verdict(live: Live) -> str:
    """How the first model would have done at the greatest rate of false alarms that is asked."""
    model = live.models[0]
    rate = model.alarms[-1]
    if not rate.alarms:
        return f"{model.kind} would have raised no alarm."
    return (
        f"At {rate.budget_per_hour:g} false alarm an hour {model.kind} would have warned of "
        f"{rate.carts_warned.value:.0%} of the carts, half of them {rate.warning_s[1]:.0f} s ahead or more, "
        f"and {rate.false_share:.0%} of its alarms would have been for nothing."
    )


def _alarm_row(rate: AlarmRate) -> tuple[str, ...]:
    false, warned, bothered = rate.false_per_hour, rate.carts_warned, rate.bothered
    lower, median, upper = rate.warning_s
    return (
        f"{rate.budget_per_hour:g}",
        f"{false.value:.2f} ({false.low:.2f} - {false.high:.2f})",
        f"{warned.value:.0%} ({warned.low:.0%} - {warned.high:.0%})",
        "none" if np.isnan(median) else f"{median:.0f} s ({lower:.0f} - {upper:.0f})",
        "no alarm" if not rate.alarms else f"{rate.false_share:.0%} of {rate.alarms:,}",
        "unknown" if np.isnan(bothered.value) else f"{bothered.value:.0%}",
    )


def _calibration_words(kind: str, found: LiveCalibration) -> str:
    words = (
        f"{kind}: in {found.share_found:.2%} of these seconds a cart came within {HORIZON_S:g} s; "
        f"corrected for the {found.share_taken:.2%} of the sessions it learnt from, it told {found.told:.2%} "
        f"on average, with an expected calibration error of {found.calibration_error:.2%}; its Brier score "
        f"is {_better(found.brier, found.brier_of_constant)} than telling the share always. "
    )
    if found.brier > found.brier_of_constant:
        words += (
            "So corrected it is not a probability of a cart soon, only an order: it learnt what a cart at "
            "this very second looks like. "
        )
    if (again := found.again) is not None:
        words += (
            f"Fitted anew to whole sessions of one half of the people (two numbers), it told "
            f"{again.told:.2%} of the other half, with an error of {again.calibration_error:.2%} and a Brier "
            f"score {_better(again.brier, found.brier_of_constant)} than the share."
        )
    return words


def _better(brier: float, constant: float) -> str:
    better = 1 - brier / constant if constant else 0.0
    return f"{abs(better):.1%} {'better' if better >= 0 else 'worse'}"


def _auc_figure(live: Live) -> str:
    curves = [model.by_second for model in live.models]
    low = min(0.5, *(float(np.nanmin(curve.low)) for curve in curves))
    high = max(float(np.nanmax(curve.high)) for curve in curves)
    chart = Chart(
        "AUC by second before the cart",
        (max(curves[0].before_s), 0),
        (low - 0.02, min(high + 0.02, 1.0)),
        x_label="seconds before the cart",
        y_label="AUC",
    )
    chart.level(0.5, "chance")
    for model, curve in zip(live.models, curves, strict=True):
        known = np.isfinite(curve.value)
        at = np.array(curve.before_s, dtype=float)[known]
        chart.band(at, curve.low[known], curve.high[known], model.kind)
        chart.line(at, curve.value[known], model.kind)
    ticks = [float(v) for v in np.arange(0.3, 1.01, 0.1) if chart.y_range[0] <= v <= chart.y_range[1]]
    return chart.svg([(s, f"{s}") for s in (60, 50, 40, 30, 20, 10, 0)], ticks, "{:.1f}".format)


def _reliability_figure(kind: str, calibration: LiveCalibration) -> str:
    curve = calibration.reliability
    top = float(_log(max(curve.probability.max(), curve.high.max())))
    chart = Chart(
        f"{kind}: reliability at the live rate",
        (_log(_LOWEST), top),
        (_log(_LOWEST), top),
        x_label="probability told",
        y_label="share with a cart",
        width=420,
        height=360,
    )
    chart.guide([_log(_LOWEST), top], [_log(_LOWEST), top])
    told, share, low, high = (_logs(v) for v in (curve.probability, curve.share, curve.low, curve.high))
    chart.dots(told, share, low, high, kind)
    marks = [(_log(v), f"{v:.2%}" if v < 0.01 else f"{v:.0%}") for v in (1e-4, 1e-3, 1e-2, 1e-1, 1.0)]
    shown = [(at, words) for at, words in marks if at <= top]
    return chart.svg(shown, [at for at, _ in shown], lambda at: dict(shown)[at])


def _log(value: float) -> float:
    return float(np.log10(max(value, _LOWEST)))


def _logs(values: Floats) -> Floats:
    return np.log10(np.maximum(values, _LOWEST))

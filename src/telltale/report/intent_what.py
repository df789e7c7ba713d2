"""The report's section on units: log odds by unit and side, AUC lost without a unit, which count together."""

from __future__ import annotations

import math
from collections.abc import Iterable
from html import escape
from typing import Final

from telltale.intent.gradients import Attributions, PartOfOdds
from telltale.intent.interactions import UnitInteraction
from telltale.intent.intervals import Interval
from telltale.intent.what import UnitImportance, What
from telltale.report.html_parts import Cell, figure, table
from telltale.report.svg_bars import Measured, bars_chart
from telltale.signs.facs import BY_NUMBER

_ROUNDING: Final = 1e-4
"""Log odds that are nothing but 32 bits."""
_SHOWN: Final = 12
"""Parts in a figure; the others are smaller than all of these."""
_NO_UNIT: Final = "head, gaze, picture"


def what_figures(what: What) -> dict[str, str]:
    """SVG by name."""
    found = {f"attribution-{told.model}": _attribution_figure(told) for told in what.attributions}
    return found | {"importance": _importance_figure(what.best, what.importance)}


def what_section(what: What, figures: dict[str, str]) -> Iterable[str]:
    """HTML, piece by piece."""
    yield "<h2>Which units?</h2>"
    yield (
        "<p>What models take their log odds from. That is what they use, and need not be what makes people "
        "buy: units that move together stand in for one another.</p>"
    )
    for told in what.attributions:
        yield f"<h3>{escape(_title(told))}</h3>"
        yield f"<p>{escape(_largest(told))}</p>"
        yield figure(figures, f"attribution-{told.model}", _how(told))
    if what.note:
        yield f'<p class="soft">Without log odds by unit: {escape(what.note)}.</p>'
    yield f"<h3>{escape(what.best)}: what is lost without a unit</h3>"
    yield figure(
        figures,
        "importance",
        "AUC lost when a unit's channels are exchanged between moments; the mean of several exchanges, with "
        "the interval over people.",
    )
    yield "<h3>Units that count together</h3>"
    yield from _together(what)


def _attribution_figure(told: Attributions) -> str:
    shown = sorted(told.parts, key=_size, reverse=True)[:_SHOWN]
    rows = [(_part_name(p, told), (_measured(p.with_cart), _measured(p.without_cart))) for p in shown]
    return bars_chart(_title(told), rows, ("with a cart", "without"), x_label="log odds, mean over moments")


def _importance_figure(model: str, importance: tuple[UnitImportance, ...]) -> str:
    rows = [(_unit_name(found.unit), (_measured(found.lost),)) for found in importance]
    return bars_chart(f"{model}: AUC lost without a unit", rows, ("lost",), x_label="AUC lost")


def _measured(found: Interval) -> Measured:
    return found.value, found.low, found.high


def _size(part: PartOfOdds) -> float:
    return max(abs(part.with_cart.value), abs(part.without_cart.value))


def _unit_name(unit: int | None) -> str:
    return _NO_UNIT if unit is None else f"AU{unit} {BY_NUMBER[unit].name}"


def _sided(told: Attributions) -> bool:
    return any(part.side != "both" for part in told.parts)


def _title(told: Attributions) -> str:
    return f"{told.model}: log odds by unit" + (" and side" if _sided(told) else "")


def _part_name(part: PartOfOdds, told: Attributions) -> str:
    """What has no side, of a model that tells sides apart, is how far the unit could be read."""
    if part.unit is None or not _sided(told):
        return _unit_name(part.unit)
    return f"{_unit_name(part.unit)}, {'confidence' if part.side == 'both' else part.side}"


def _largest(told: Attributions) -> str:
    first = sorted(told.parts, key=lambda part: part.without_cart.value - part.with_cart.value)[:3]
    words = ", ".join(
        f"{_part_name(part, told)} ({part.with_cart.value:+.2f} with a cart, "
        f"{part.without_cart.value:+.2f} without)"
        for part in first
    )
    return f"Carts are told from other moments above all by {words}."


def _how(told: Attributions) -> str:
    way = "exact, as the model is a line" if told.exact else "integrated gradients from the mean face"
    complete = told.completeness
    check = (
        f"All parts together miss the model's log odds by at most {_rounded_up(complete.median)} in half of "
        f"the moments, {_rounded_up(complete.percentile_95)} in nineteen of twenty"
    )
    verdict = "." if complete.holds else ": too much to trust them."
    return (
        f"Log odds above those of the mean face, {way}: the {min(_SHOWN, len(told.parts))} largest of "
        f"{len(told.parts)} parts, over {told.moments:,} moments, {told.with_cart:,} of them with a cart. "
        f"{check}{verdict}"
    )


def _together(what: What) -> Iterable[str]:
    name = escape(what.interactions_of)
    ends = [end for found in what.model_interactions for end in (found.log_odds.low, found.log_odds.high)]
    adds_up = max(map(abs, ends), default=0.0) < _ROUNDING
    beside = (
        f"<em>{name}</em> itself is a line: it takes from two units what it takes from each, and no more."
        if adds_up
        else f"Beside it what <em>{name}</em> takes from both beyond what it takes from each, on average "
        "over carts."
    )
    yield (
        "<p>For each pair: log odds of a cart for one standard deviation of both units within one second, "
        "beyond what each does alone (logistic regression, errors by person, p corrected by Holm); no "
        f"model is asked. {beside} Neither says that the pair makes people buy.</p>"
    )
    head = ["units", "log odds", "z", "p", "p corrected"]
    rows: list[list[str | Cell]] = [_pair_row(found) for found in what.interactions]
    if not adds_up:
        head.append(what.interactions_of)
        for row, taken in zip(rows, what.model_interactions, strict=True):
            odds = taken.log_odds
            row.append(Cell(_signed(odds.value), f"{_signed(odds.low)} to {_signed(odds.high)}"))
    yield table(head, rows)


def _pair_row(found: UnitInteraction) -> list[str | Cell]:
    units = " + ".join(f"AU{unit}" for unit in found.units)
    odds = (f"{found.coefficient:+.2f}", f"{found.z:+.1f}")
    return [units, *odds, _p(found.p_value), _p(found.corrected_p)]


def _signed(value: float) -> str:
    """With two digits; what rounds to nothing has no sign of its own."""
    return f"{round(value, 2) + 0.0:+.2f}"


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _rounded_up(share: float) -> str:
    return f"{math.ceil(share * 1000) / 10:.1f}%"

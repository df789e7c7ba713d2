"""The figure of an effect among its checks: what must be nothing, what must stay, and the verdicts."""

from __future__ import annotations

import math
from typing import Final

from telltale.effects.contract import Effect
from telltale.effects.refutation import Finding, Refutation
from telltale.effects.sizes import Told, scale_of, unit_words
from telltale.report.svg_rows import Row, Rows, rows_chart

_MOVES: Final = "random common cause"
"""Its value is by how much the effect moved."""
_SPANS: Final = ("hidden cause", "leave one group out")
"""Their ends are effects, and nothing between them is."""
_TRENDS: Final = "parallel trends"
_NOTHING: Final = (_TRENDS, "the lot was as recorded", "who was left out")
"""What must be nothing, beside the placebos."""
"""It has a verdict, and no effect."""
_WORDS: Final = {"pass": "stands", "fail": "fails", "cannot tell": "cannot tell"}
_LONG: Final = 60


def checks_figure(finding: Finding, kind: Told) -> str:
    """A forest: the effect, the checks that must find nothing, and those that must find the same."""
    effect = finding.effect
    placebos = [one for one in finding.checks if one.name in _NOTHING or one.name.startswith("placebo")]
    others = [check for check in finding.checks if check not in placebos]
    main = Row(
        "the effect", effect.value, effect.low, effect.high, after=amount(effect.value, kind), main=True
    )
    groups = [Rows("", [main])]
    if placebos:
        groups.append(Rows("must be nothing", [_row(check, effect) for check in placebos]))
    if others:
        groups.append(Rows("must stay about the same", [_row(check, effect) for check in others]))
    return rows_chart(
        f"The effect on {effect.outcome} and its checks",
        groups,
        x_label=effect_axis(effect.outcome, kind),
        band=(effect.low, effect.high),
        scale=scale_of(kind),
    )


def effect_axis(outcome: str, kind: Told) -> str:
    """The words of an axis that effects lie on.

    >>> effect_axis("purchase after it", "binary")
    'change of purchase after it, percentage points'
    """
    unit = unit_words(kind)
    words = f"change of {outcome}, {unit}"
    return words if len(words) <= _LONG else f"change, {unit}"


def amount(value: float, kind: Told) -> str:
    """An effect as the end of a row.

    >>> amount(0.0832, "binary"), amount(0.0832, "events"), amount(-0.5, "continuous")
    ('+8.3 pp', '+8.3', '-0.500')
    """
    if not math.isfinite(value):
        return "unknown"
    if scale_of(kind) == 1:
        return f"{value:+#.3g}"
    return f"{scale_of(kind) * value:+.2g}{' pp' * (kind == 'binary')}"


def _row(check: Refutation, effect: Effect) -> Row:
    value, low, high = check.value, check.low, check.high
    if check.name == _MOVES:
        value += effect.value
    elif check.name in _SPANS:
        value = math.nan
    elif check.name == _TRENDS:
        value = low = high = math.nan
    return Row(check.name, value, low, high, check.verdict, _WORDS[check.verdict])

"""Figures of who gains: effects by group, and between both halves of each covariate."""

from __future__ import annotations

from typing import Final

from telltale.effects.contract import Effect
from telltale.effects.design import OutcomeKind
from telltale.effects.group_effects import GroupEffect, WhoGains
from telltale.effects.sizes import scale_of
from telltale.report.causal_checks import amount, effect_axis
from telltale.report.svg import said
from telltale.report.svg_rows import Row, Rows, rows_chart

_HALVES: Final = 10


def gains_figure(who: WhoGains, effect: Effect, kind: OutcomeKind) -> str:
    """What each group gained, from those expected to gain least, and how far the ends are apart."""
    rows = [_row(_group_name(one, place, len(who.groups)), one, kind) for place, one in enumerate(who.groups)]
    return rows_chart(
        f"Effect on {effect.outcome} by group",
        [
            Rows("expected to gain", rows),
            Rows("", [_row("most less least", who.apart, kind, main=True)]),
        ],
        x_label=effect_axis(effect.outcome, kind),
        band=(effect.low, effect.high),
        scale=scale_of(kind),
        right=90,
    )


def halves_figure(who: WhoGains, effect: Effect, kind: OutcomeKind) -> str:
    """How much more the upper half of each covariate gained than the lower; the surest differences first."""
    rows = [_row(f"{said(half.name)} > {half.cut:.3g}", half.apart, kind) for half in who.halves[:_HALVES]]
    return rows_chart(
        f"Effect on {effect.outcome}: the upper half less the lower",
        [Rows("", rows)],
        x_label=f"more {effect_axis(effect.outcome, kind)}",
        scale=scale_of(kind),
        left=230,
        right=90,
    )


def _group_name(one: GroupEffect, place: int, count: int) -> str:
    named = {0: "least", count - 1: "most"}.get(place, f"{place + 1} of {count}")
    return f"{named} ({one.units:,})"


def _row(name: str, one: GroupEffect, kind: OutcomeKind, *, main: bool = False) -> Row:
    return Row(name, one.value, one.low, one.high, after=amount(one.value, kind), main=main)

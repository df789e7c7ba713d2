"""An effect in three sentences for who decides: the answer, how sure it is, what would make it wrong."""

from __future__ import annotations

import math

from telltale.causal.contract import Effect
from telltale.causal.design import Design
from telltale.causal.refutation import Finding
from telltale.causal.smallest_effect import smallest_effect

_ON_WHOM = {
    "ATE": "on average over all",
    "ATT": "on average over those who got it",
    "ATO": "on average over those who could have got either",
}


def answer(effect: Effect, design: Design) -> str:
    """What it did, or that there is no evidence that it did anything."""
    if not (math.isfinite(effect.low) and math.isfinite(effect.high)):
        size = _size(effect.value, design)
        return (
            f"{effect.treatment} may have moved {effect.outcome} by {size}; how sure that is nobody can say."
        )
    if effect.low <= 0 <= effect.high:
        return f"There is no evidence that {effect.treatment} changed {effect.outcome}."
    did = "raised" if effect.value > 0 else "lowered"
    size = _size(abs(effect.value), design)
    return f"{effect.treatment} {did} {effect.outcome} by {size}, {_ON_WHOM[effect.estimand]} {effect.unit}s."


def how_sure(effect: Effect, design: Design) -> str:
    """The interval, on how many it rests, and what could have been seen."""
    least = smallest_effect(effect, design)
    clusters = f"of {effect.clusters:,} clusters"
    rests = f"{effect.treated:,} {effect.unit}s got it, {effect.control:,} did not, {clusters}"
    lot = (
        "it was assigned by lot, the better evidence"
        if effect.evidence != "observed"
        else "who got it was no lot"
    )
    if not math.isfinite(effect.low):
        return f"No interval is known; {rests}; {lot}."
    seen = f"an effect under {_size(least.value, design)} would mostly not have been seen"
    between = (
        f"{100 * effect.level:.3g} % interval {_size(effect.low, design)} to {_size(effect.high, design)}"
    )
    return f"{between}; {rests}; {lot}; {seen}."


def what_would_make_it_wrong(finding: Finding, design: Design) -> str:
    """The checks that it did not stand, or what no check can see."""
    if finding.failed:
        names = ", ".join(check.name for check in finding.failed)
        return f"Do not rely on it: it fails {len(finding.failed)} of {len(finding.checks)} checks ({names})."
    untold = [check.name for check in finding.checks if check.verdict == "cannot tell"]
    stood = f"It stands {len(finding.checks) - len(untold)} of {len(finding.checks)} checks"
    if untold:
        stood += f"; {', '.join(untold)} cannot tell"
    if design.propensity is not None:
        return f"{stood}. It is wrong if viewers who got it moved those who did not."
    return (
        f"{stood}. It is wrong if something that no column tells drove both who got it and what came of it."
    )


def _size(value: float, design: Design) -> str:
    """In the outcome's unit, or in percentage points."""
    if design.outcome_kind == "binary":
        return f"{100 * value:.2g} percentage points"
    spread = float(design.outcome[~design.treated].std())
    return f"{value:.3g} ({value / spread:.2g} SD)" if spread > 0 else f"{value:.3g}"

"""An effect in three sentences for who decides: the answer, how sure it is, what would make it wrong."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Final

from telltale.effects.contract import Effect
from telltale.effects.design import Design, OutcomeKind
from telltale.effects.drawn import Drawn, counted
from telltale.effects.refutation import Finding
from telltale.effects.smallest_effect import smallest_effect
from telltale.effects.whom import NOBODY, Missed, on_whom, who_word

Size = Callable[[float], str]
"""An effect in words, with its unit."""

_POINTS: Final = " percentage points"
_HUNDRED: Final = " per 100 viewers"


def answer(finding: Finding, design: Design, missed: Missed = NOBODY) -> str:
    """What it did, or that there is no evidence that it did anything; not to be relied on where a check says
    so."""
    return answer_words(finding, partial(_size, design=design), missed)


def answer_words(finding: Finding, size: Size, missed: Missed = NOBODY) -> str:
    """The same with words of one's own for a size, and whom it is not of."""
    effect, sunk = finding.effect, bool(finding.failed)
    whom = on_whom(effect, missed)
    if not (math.isfinite(effect.low) and math.isfinite(effect.high)):
        said = f"{effect.treatment} may have moved {effect.outcome} by {size(effect.value)}"
        return doubted(said, finding) if sunk else f"{said}; how sure that is nobody can say."
    if effect.low <= 0 <= effect.high:
        part = "" if missed == NOBODY else f", {whom}"
        moved = f"that {effect.treatment} changed {effect.outcome}{part}"
        return (
            doubted(f"no evidence was found {moved}", finding) if sunk else f"There is no evidence {moved}."
        )
    did = did_word(effect.value, seems=sunk)
    said = f"{effect.treatment} {did} {effect.outcome} by {size(abs(effect.value))}, {whom}"
    return doubted(said, finding) if sunk else f"{said}."


def did_word(value: float, *, seems: bool = False) -> str:
    """
    >>> did_word(0.2), did_word(-0.2, seems=True)
    ('raised', 'seems to have lowered')
    """
    did = "raised" if value > 0 else "lowered"
    return f"seems to have {did}" if seems else did


def doubted(said: str, finding: Finding) -> str:
    """What was found, as a sentence that begins with that a check sank it."""
    return f"Not to be relied on: {said}, but that {_fails(finding)}."


def _fails(finding: Finding) -> str:
    return f"fails {len(finding.failed)} of {len(finding.checks)} checks"


def how_sure(
    effect: Effect, design: Design, *, used: bool = True, unlogged: str = "", missed: Missed = NOBODY
) -> str:
    """The interval, on how many it rests, and what could have been seen.

    Parameters
    ----------
    used
        Whether the method uses logged chances.
    unlogged
        That some chances are missing, in words.
    missed
        Who should be among them and is not.
    """
    lot = _lot_words(effect.evidence != "observed", used, unlogged)
    least = smallest_effect(effect, design).value
    return how_sure_words(effect, least, lot, partial(_size, design=design), design.drawn, missed)


def _lot_words(by_lot: bool, used: bool, unlogged: str) -> str:
    """How it was assigned, and whether that was made use of.

    >>> _lot_words(by_lot=True, used=True, unlogged="")
    'it was assigned by lot, the better evidence'
    """
    if not by_lot:
        return f"{unlogged}, so no lot is used" if unlogged else "who got it was no lot"
    if used:
        return "it was assigned by lot, the better evidence"
    return "it was assigned by lot, but this method estimates the chances anew"


def how_sure_words(
    effect: Effect, least: float, lot: str, size: Size, drawn: Drawn, missed: Missed = NOBODY
) -> str:
    """The same with the smallest effect that could have been seen, and how it was assigned, told."""
    of = drawn.words(effect.clusters, effect.treated + effect.control, effect.unit)
    rests = f"{counted(effect.treated, effect.unit)} got it, {effect.control:,} did not{of}"
    rests += missed.words(effect.unit)
    if not math.isfinite(effect.low):
        return f"No interval is known; {rests}; {lot}."
    seen = f"an effect under {size(least)} would mostly not have been seen"
    between = f"{100 * effect.level:.3g} % interval {_from_to(effect, size)}"
    return f"{between}; {rests}; {lot}; {seen}."


def _from_to(effect: Effect, size: Size) -> str:
    """Both ends; a unit that both have is told once."""
    low, high = size(effect.low), size(effect.high)
    for unit in (_POINTS, _HUNDRED):
        if high.endswith(unit):
            low = low.removesuffix(unit)
    return f"{low} to {high}"


def what_would_make_it_wrong(
    finding: Finding, design: Design, *, by_lot: bool | None = None, offered: int = 0
) -> str:
    """The checks that it did not stand, or what no check can see.

    Parameters
    ----------
    by_lot
        Whether nothing hidden can have driven who got it; where chances were logged when not given.
    offered
        How many covariates there were to adjust for; those that were not are as good as hidden.
    """
    if finding.failed:
        return failed_words(finding)
    stood, who = stood_words(finding), who_word(design.unit)
    if design.propensity is not None if by_lot is None else by_lot:
        return f"{stood}. It is wrong if {design.unit}s {who} got it moved those {who} did not."
    some = len(design.names) < offered
    hidden = (
        f"something that was not adjusted for ({len(design.names)} of {offered} covariates were)"
        if some
        else "something that no column tells"
    )
    return f"{stood}. It is wrong if {hidden} drove both who got it and what came of it."


def failed_words(finding: Finding) -> str:
    """That it failed checks, and which."""
    names = ", ".join(check.name for check in finding.failed)
    return f"Do not rely on it: it {_fails(finding)} ({names})."


def stood_words(finding: Finding) -> str:
    """How many checks it stood, and which cannot tell; without the full stop.

    Where nothing is claimed a check has little to sink: that none can tell is no failure.
    """
    untold = [check.name for check in finding.checks if check.verdict == "cannot tell"]
    if len(untold) == len(finding.checks) and finding.effect.low <= 0 <= finding.effect.high:
        return "The checks cannot tell: nothing is claimed"
    stood = f"It stands {len(finding.checks) - len(untold)} of {len(finding.checks)} checks"
    return f"{stood}; {', '.join(untold)} cannot tell" if untold else stood


def size_words(value: float, kind: OutcomeKind, spread: float) -> str:
    """In the outcome's unit with its standard deviations, or in percentage points.

    >>> size_words(0.1, "binary", 0.3), size_words(0.1, "continuous", 0.3)
    ('10 percentage points', '0.1 (0.33 SD)')
    """
    if kind == "binary":
        return f"{100 * value:.2g}{_POINTS}"
    return f"{value:.3g} ({value / spread:.2g} SD)" if spread > 0 else f"{value:.3g}"


def hundred_words(value: float) -> str:
    """So many times per viewer, of a hundred viewers: of few events nobody counts parts.

    >>> hundred_words(0.0314)
    '3.1 per 100 viewers'
    """
    return f"{100 * value:.2g}{_HUNDRED}"


def _size(value: float, design: Design) -> str:
    return size_words(value, design.outcome_kind, float(design.outcome[~design.treated].std()))

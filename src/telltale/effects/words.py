"""An effect in three sentences for who decides: the answer, how sure it is, what would make it wrong."""

from __future__ import annotations

import math
from functools import partial

from telltale.effects.contract import Effect
from telltale.effects.design import Design
from telltale.effects.drawn import Drawn, counted
from telltale.effects.refutation import Finding
from telltale.effects.sizes import Size, from_to, size_words
from telltale.effects.smallest_effect import smallest_effect
from telltale.effects.whom import NOBODY, Missed, on_whom, who_word


def answer(finding: Finding, design: Design, missed: Missed = NOBODY) -> str:
    """What it did, or that there is no evidence that it did anything; not to be relied on where a check says
    so."""
    return answer_words(finding, size_in(design), missed)


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
    names = ", ".join(check.name for check in finding.failed)
    return f"fails {len(finding.failed)} of {len(finding.checks)} checks ({names})"


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
    return how_sure_words(effect, least, lot, size_in(design), design.drawn, missed)


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
    """The same with how it was assigned, and the smallest effect to be seen with 80 % power, told."""
    of = drawn.words(effect.clusters, effect.treated + effect.control, effect.unit)
    rests = f"{counted(effect.treated, effect.unit)} got it, {effect.control:,} did not{of}"
    rests += missed.words(effect.unit)
    if not math.isfinite(effect.low):
        return f"No interval is known; {rests}; {lot}."
    seen = f"an effect of {size(least)} would have been seen four times in five, smaller ones less often"
    between = f"{100 * effect.level:.3g} % interval {from_to(effect.low, effect.high, size)}"
    return f"{between}; {rests}; {lot}; {seen}."


def what_would_make_it_wrong(
    finding: Finding, design: Design, *, by_lot: bool | None = None, offered: int = 0
) -> str:
    """What no check can see; those that it did not stand are told in the answer.

    Parameters
    ----------
    by_lot
        Whether nothing hidden can have driven who got it; where chances were logged when not given.
    offered
        How many covariates there were to adjust for; those that were not are as good as hidden.
    """
    wrong, who = wrong_if(finding), who_word(design.unit)
    if design.propensity is not None if by_lot is None else by_lot:
        return f"{wrong} {design.unit}s {who} got it moved those {who} did not."
    some = len(design.names) < offered
    hidden = (
        f"something that was not adjusted for ({len(design.names)} of {offered} covariates were)"
        if some
        else "something that no column tells"
    )
    return f"{wrong} {hidden} drove both who got it and what came of it."


def wrong_if(finding: Finding) -> str:
    """How the last sentence begins: the checks it stood, up to "It is wrong if".

    Those that it failed stand in the answer (`doubted`), and are not told again.
    """
    if not finding.failed:
        return f"{stood_words(finding)}. It is wrong if"
    untold = ", ".join(_untold(finding))
    too = "It is wrong too if"
    return f"{untold[0].upper()}{untold[1:]} cannot tell. {too}" if untold else too


def stood_words(finding: Finding) -> str:
    """How many checks it stood, and which cannot tell; without the full stop.

    Where nothing is claimed a check has little to sink: that none can tell is no failure.
    """
    untold = _untold(finding)
    if len(untold) == len(finding.checks) and finding.effect.low <= 0 <= finding.effect.high:
        return "The checks cannot tell: nothing is claimed"
    stood = f"It stands {len(finding.checks) - len(untold)} of {len(finding.checks)} checks"
    return f"{stood}; {', '.join(untold)} cannot tell" if untold else stood


def _untold(finding: Finding) -> list[str]:
    return [check.name for check in finding.checks if check.verdict == "cannot tell"]


def size_in(design: Design) -> Size:
    """How sentences tell effects on a design's outcome."""
    spread = float(design.outcome[~design.treated].std())
    return partial(size_words, kind=design.outcome_kind, spread=spread)

"""What may be said of an expression and an outcome.

    driver      q <= .05 on both of the last two rungs, same sign, and every check stands
    unresolved  it would be one, but a check fails; or only one of the two rungs sees it; or it stood out
                alone, corrected, and what is left of it cannot be told from chance any more
    explained   it stood out alone, corrected, and what was added took it away: of its log ratio less than
                half is left, and that is not told from nothing
    none        the rest

Over hosts, however few, it must be told from nothing by itself: by the jackknife and by the wild bootstrap.
Checks of time are asked on one side, at 5 %: what has the other sign is no sign of sales making the face.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from telltale.host.driver import Answer, Checks, Reason, Step, Verdict
from telltale.host.estimate import Estimate
from telltale.host.rungs import Rung

ALPHA: Final = 0.05
LONGEST_S: Final = 120.0
"""In longer stretches sales that make the face, and a face that makes sales, look alike."""
PICKED: Final = 0.005
"""A candidate was picked among many: where it must be told once more (at other times of the same hosts,
against the minutes next to it), one in twenty would be too easy a hurdle."""
LEFT: Final = 0.5
"""Share of the log ratio that may be left of what is explained; what keeps its size is lost in the errors."""
KIN: Final = {"revenue": ("purchases",), "engagement": ("comments", "likes", "shares", "gifts")}
"""What an outcome is made of: where a check of time fails there, it fails here."""
_OF_TIME: Final = frozenset({"later", "around", "shifted", "nearby"})


def judge(
    steps: tuple[Step, ...], checks: Checks | None, *, coarse: bool = False
) -> tuple[Verdict, tuple[Reason, ...], Rung | None]:
    """The verdict, why it is unresolved, and from which rung on nothing was left.

    Parameters
    ----------
    steps
        The ladder, the last two with all expressions together.
    checks
        None of what is no candidate.
    coarse
        Whether stretches are longer than `LONGEST_S`.
    """
    alone, before, within = steps[0], steps[-2], steps[-1]
    if checks is not None:
        if not within.q <= ALPHA:
            return "unresolved", ("between",), None
        held = before.q <= ALPHA and not before.estimate.against(within.estimate.value)
        reasons = _sunk(within.estimate, checks)
        reasons += () if held else ("within",)
        reasons += ("coarse",) if coarse else ()
        return ("unresolved", reasons, None) if reasons else ("driver", (), None)
    if alone.q <= ALPHA:
        left = within.estimate.value / alone.estimate.value
        if within.estimate.p > ALPHA and left < LEFT:
            return "explained", (), _gone_at(steps)
        return "unresolved", ("weak",), None
    return "none", (), None


def with_kin(answers: Sequence[Answer]) -> list[Answer]:
    """Answers; a driver is unresolved where the same face fails a check of time with what it is made of."""
    failed = {(one.outcome, one.name) for one in answers if _OF_TIME & set(one.reasons)}
    return [
        replace(one, verdict="unresolved", reasons=("kin",))
        if one.verdict == "driver" and any((kin, one.name) in failed for kin in KIN.get(one.outcome, ()))
        else one
        for one in answers
    ]


def _sunk(effect: Estimate, checks: Checks) -> tuple[Reason, ...]:
    """The checks that it does not stand."""
    sign = effect.value
    later, near = checks.later, checks.nearby
    told: dict[Reason, bool] = {
        # Written so that what could not be computed sinks.
        "later": not (later.p > ALPHA or later.against(sign)),
        "around": not checks.around.one_sided(sign) > ALPHA,
        "shifted": not checks.shifted.one_sided(-sign) > ALPHA,
        "nearby": not (near.p <= PICKED and not near.against(sign)),
        "permuted": not checks.permutation_p <= PICKED,
        "few": not (effect.p <= ALPHA and checks.wild_p <= ALPHA),
    }
    return tuple(reason for reason, sunk in told.items() if sunk)


def _gone_at(steps: tuple[Step, ...]) -> Rung:
    """The first rung from which on no p is low."""
    seen = [k for k, step in enumerate(steps) if step.estimate.p <= ALPHA]
    return steps[seen[-1] + 1].rung

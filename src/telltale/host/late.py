"""The answer about a face that showed a minute or two before the count: the same ladder, one column."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from telltale.host.correlation import correlate
from telltale.host.driver import Answer, Checks, Step
from telltale.host.estimate import Estimate
from telltale.host.focus import place_of
from telltale.host.glm import fit_glm, jackknife
from telltale.host.question import LaidOut, Question, last_of, lay_out
from telltale.host.rungs import RUNGS, TOGETHER, Ladder
from telltale.host.verdict import LONGEST_S, judge


def late_answer(
    ladder: Ladder, asked: Question, p: Sequence[float], q: Sequence[float], checks: Checks, level: float
) -> Answer:
    """What is said of it.

    Parameters
    ----------
    p, q
        Of the last two rungs. Below them late questions are not corrected: their q is not known.
    """
    steps = []
    for rung in RUNGS:
        one = lay_out(ladder, asked, rung)
        found = last_of(one, one.x, level)
        place = TOGETHER.index(rung) if rung in TOGETHER else None
        told = (found.p, float("nan")) if place is None else (float(p[place]), float(q[place]))
        steps.append(Step(rung, found, *told))
    verdict, reasons, gone_at = judge(tuple(steps), checks, coarse=ladder.points.step_s > LONGEST_S)
    place = place_of(ladder, asked.name)
    return Answer(
        asked.outcome, asked.name, float(ladder.asked.mean[place]), float(ladder.asked.sd[place]),
        _correlation(ladder, one, level), tuple(steps), _negbin(one, level), _ols(one, level), checks,
        verdict, reasons, gone_at, asked.lag_s,
    )  # fmt: skip


def _correlation(ladder: Ladder, one: LaidOut, level: float) -> Estimate:
    rate = one.design.y / ladder.points.minutes[one.design.rows]
    r = correlate(one.own[:, None], rate, one.design.cluster, level)
    return Estimate(*(float(part[0]) for part in (r.r, r.low, r.high, r.p)))


def _negbin(one: LaidOut, level: float) -> Estimate | None:
    design = one.design
    if (design.y != np.round(design.y)).any():
        return None
    fit = fit_glm(
        one.x, design.y, kind="negbin", offset=design.offset, cluster=design.cluster, group=design.group
    )
    return Estimate.of(float(fit.beta[-1]), float(np.sqrt(jackknife(fit, one.x)[-1, -1])), fit.freedom, level)


def _ols(one: LaidOut, level: float) -> Estimate:
    """As a share of the mean rate."""
    design = one.design
    exposure = np.exp(design.offset - design.offset.mean())
    mean = design.y.sum() / exposure.sum()
    fit = fit_glm(
        one.x, design.y / exposure, kind="ols", weight=exposure, cluster=design.cluster, group=design.group
    )
    error = float(np.sqrt(jackknife(fit, one.x)[-1, -1])) / mean
    return Estimate.of(float(fit.beta[-1]) / mean, error, fit.freedom, level)

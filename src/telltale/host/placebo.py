"""Does the face come before the sales, or after them? Questions whose answer must be no if it drives them.

All are asked of minutes of the same broadcast, with what shows in the minute asked about in the design.

    later     what shows one minute later                      the future must not explain the past
    around    its mean over the four minutes that follow and the three that end three before, with the two
              before and its own in, and without past counts: those would hide it. A slow hidden cause (a
              promotion that nobody wrote down) moves many minutes alike; the face itself acts within two.
    shifted   the same minute some seconds earlier less some seconds later. A face that answers sales goes
              with them best when looked at a little later, within the same minute too; one that drives them
              does so when looked at a little earlier, or at the same time.
    nearby    compared only with the few minutes next to it, which share what changes slowly

`later` alone misses a host who smiles at once and soon stops, and sees little of hidden causes: hence the
others. Where a share is read with noise, what shows later tells a little of what truly shows now, so these
questions err towards doubt.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from telltale.host.added import fit_added
from telltale.host.estimate import Estimate, Estimates, estimates
from telltale.host.focus import place_of
from telltale.host.glm import fit_glm, jackknife
from telltale.host.question import LaidOut, Question, last_of, lay_out
from telltale.host.rungs import Ladder

_AROUND: Final = (-4, -3, -2, -1, 3, 4, 5)
"""Minutes back; negative ones are later."""
_LAGS: Final = (0, 1, 2)
_SHIFT: Final = 1 / 3
"""Of a minute."""
_MOST_SHIFT_S: Final = 30.0
NEARBY_MINUTES: Final = 4


def later(ladder: Ladder, outcome: str, level: float = 0.95) -> Estimates:
    """Of each expression: what shows one minute later, all that shows when it is asked in the full design."""
    asked = ladder.design(outcome, "within", ladder.seen(-ladder.minute_s))
    x = asked.together
    fit = fit_glm(x, asked.y, offset=asked.offset, weight=asked.weight, cluster=asked.fine, group=asked.group)
    value, error = fit_added(fit, x, asked.y, asked.offset, asked.extra, asked.weight)
    return estimates(value, error, fit.freedom, level)


def around(ladder: Ladder, asked: Question, level: float = 0.95) -> Estimate:
    """The minutes before and after that it cannot act from."""
    place = place_of(ladder, asked.name)
    beside = np.stack([ladder.seen(back * ladder.minute_s)[:, place] for back in _AROUND])
    known = np.isfinite(beside)
    mean = np.where(known, beside, 0.0).sum(axis=0) / np.where(known.any(axis=0), known.sum(axis=0), np.nan)
    lags = [ladder.seen(back * ladder.minute_s)[:, place] for back in _LAGS]
    one = lay_out(ladder, asked, np.column_stack([*lags, mean]))
    past = {f"{asked.outcome} {back} before" for back in (1, 2)}
    keep = [j for j, name in enumerate(one.design.control_names) if name not in past]
    # What is asked about may be one of these minutes: it stands once.
    x = np.column_stack([one.design.controls[:, keep], one.held, one.own, one.design.extra])
    return last_of(one, x, level, one.design.fine)


def shifted(ladder: Ladder, asked: Question, level: float = 0.95) -> Estimate:
    """The minute a little before the count's less the minute a little after it.

    The count's own minute is in, late too: what acts between it and the minute asked about is no sign.
    """
    by = min(_SHIFT * ladder.minute_s, _MOST_SHIFT_S)
    place = place_of(ladder, asked.name)
    now, gap = ladder.shares[:, place], (ladder.seen(by) - ladder.seen(-by))[:, place]
    one = lay_out(ladder, asked, np.column_stack([now, gap]))
    return last_of(one, np.column_stack([one.x, one.design.extra]), level, one.design.fine)


def nearby(ladder: Ladder, asked: Question, level: float = 0.95) -> Estimate:
    """Its share itself, compared within stretches of a few minutes."""
    one = lay_out(ladder, asked)
    design = one.design
    slow = ("place ", f"{asked.outcome} ", "intercept")
    keep = [j for j, name in enumerate(design.control_names) if not name.startswith(slow)]
    x = np.column_stack([design.controls[:, keep], one.held, one.own])
    fit = fit_glm(
        x, design.y, offset=design.offset, weight=design.weight, cluster=design.fine,
        group=_stretches(ladder, one),
    )  # fmt: skip
    return Estimate.of(fit.beta[-1], float(np.sqrt(jackknife(fit, x)[-1, -1])), fit.freedom, level)


def _stretches(ladder: Ladder, one: LaidOut) -> np.typing.NDArray[np.int64]:
    """Which stretch of its broadcast each row lies in, shape (n,)."""
    begin_s = ladder.points.start_s[one.design.rows]
    place = np.floor(begin_s / (NEARBY_MINUTES * ladder.minute_s) + 1e-6).astype(np.int64)
    return np.unique(one.design.room * (place.max() + 1) + place, return_inverse=True)[1]

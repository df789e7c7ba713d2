"""How far something hidden could move an effect, by how strong it is (Cinelli and Hazlett, JRSS B 82, 2020).

The bias curve says how far an effect moves if something hidden explains given shares of what covariates leave
of treatment and outcome, and the share at which nothing would be left. A hidden cause as strong as a known
one explains more of what is left than that does: it is not taken into account. Whether there is such a thing
it does not say; how strong the known covariates are stands beside. Two other measures: `e_value.py`,
`rosenbaum.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.core.errors import FormatError
from telltale.effects.contract import Effect
from telltale.effects.design import Design
from telltale.effects.variance import Floats

_STRONGEST: Final = 0.5


@dataclass(frozen=True, slots=True)
class Strength:
    """How strong a known covariate is, and where the effect would lie if one as strong were hidden."""

    name: str
    of_treatment: float
    """Share of what the other covariates leave of the treatment that it explains."""
    of_outcome: float
    """The same of the outcome, beyond the treatment."""
    low: float
    high: float
    """The estimate, less and more what such a cause would bring; without end where no hidden cause can be as
    strong, for it would leave nothing of the treatment to chance."""


@dataclass(frozen=True, slots=True, eq=False)
class BiasCurve:
    """The effect under hidden causes of rising strength, equally strong in treatment and outcome."""

    strength: Floats
    """Shape (m,): share explained of both."""
    low: Floats
    high: Floats
    """Shape (m,): where the estimate would lie, at worst."""
    sure_low: Floats
    sure_high: Floats
    """The same for the ends of its interval."""
    zero_at: float
    """Strength at which nothing is left of the estimate: the robustness value."""
    unsure_at: float
    """Strength at which its interval holds no effect; 0 where it does already."""
    known: tuple[Strength, ...]
    """Of the covariates, first that whose like would move the effect most."""


def bias_curve(effect: Effect, design: Design, *, points: int = 51) -> BiasCurve:
    """How far something hidden could move an effect.

    Parameters
    ----------
    effect
        By whatever method: the bias is that of a linear adjustment for the same covariates, added to it.
    """
    scale = _scale(design)
    strength = np.linspace(0, _STRONGEST, points)
    bias = scale * strength / np.sqrt(1 - strength)
    return BiasCurve(
        strength,
        effect.value - bias,
        effect.value + bias,
        effect.low - bias,
        effect.high + bias,
        robustness(effect.value / scale if scale > 0 else math.nan),
        _unsure(effect, scale),
        tuple(sorted(_known(effect, design, scale), key=lambda s: s.low - s.high)),
    )


def hidden_bias(design: Design, of_treatment: float, of_outcome: float) -> float:
    """How far a hidden cause of these strengths moves the estimate, either way, in the outcome's unit.

    |bias| = sqrt(R2_outcome R2_treatment / (1 - R2_treatment)) sd(Y | T, X) / sd(T | X)
    """
    return _scale(design) * math.sqrt(of_outcome * of_treatment / (1 - of_treatment))


def strength_of(design: Design, cause: npt.ArrayLike) -> tuple[float, float]:
    """What a cause of shape (N,), such as one that a simulation hid, explains beyond the covariates.

    Returns
    -------
    Its share of what they leave of the treatment, and of what they and the treatment leave of the outcome.
    """
    x = np.asarray(cause, dtype=np.float64)
    if x.shape != (len(design),) or not np.isfinite(x).all():
        raise FormatError(f"a cause of shape {x.shape}, or with holes", hint=f"give ({len(design)},) numbers")
    both = np.column_stack([design.covariates, design.treated])
    return (
        _explained(design.treated.astype(np.float64), x, design.covariates),
        _explained(design.outcome, x, both),
    )


def robustness(effect_over_scale: float) -> float:
    """The strength r at which r / sqrt(1 - r) is f, the effect over its scale: (sqrt(f^4 + 4 f^2) - f^2) / 2.

    The paper's own example: t = 4.18 with 783 degrees of freedom.

    >>> round(robustness(4.18 / 783**0.5), 3)
    0.139
    """
    f = abs(effect_over_scale)
    return (math.sqrt(f**4 + 4 * f**2) - f**2) / 2


def _unsure(effect: Effect, scale: float) -> float:
    """Where the interval begins to hold no effect."""
    if not math.isfinite(effect.low) or scale <= 0:
        return math.nan
    if effect.low <= 0 <= effect.high:
        return 0.0
    return robustness(min(abs(effect.low), abs(effect.high)) / scale)


def _scale(design: Design) -> float:
    """sd(Y | T, X) / sd(T | X), by linear regression."""
    treated = _left(design.treated.astype(np.float64), design.covariates)
    if treated.std() <= 0:
        raise FormatError("covariates tell the treatment wholly", hint="leave out what follows from it")
    both = np.column_stack([design.covariates, design.treated])
    return float(_left(design.outcome, both).std() / treated.std())


def as_strong_as(of_treatment: float, of_outcome: float) -> tuple[float, float]:
    """What a hidden cause explains that is as strong as a covariate, by what that one explains.

    The shares of a covariate are of what the others leave without it; those of a hidden cause are of what is
    left with it, which is less. And among units of one arm each cause of the treatment tells of every other
    one, so hidden the twin takes over a part of what the covariate says. With f^2 = R^2 / (1 - R^2):

        R^2_treatment = f_T^2        R^2_outcome = f_Y^2 (1 + f_T^2) / (1 - f_T^2), at most 1

    (Cinelli and Hazlett 2020, their bounds for k = 1.)

    Returns
    -------
    Its shares of what covariates leave of the treatment, and of what they and the treatment leave of the
    outcome. NaN where no such cause can be, since nothing would be left of the treatment.

    >>> [round(share, 3) for share in as_strong_as(0.2, 0.3)]
    [0.25, 0.714]
    >>> as_strong_as(0.5, 0.1)
    (nan, nan)
    """
    if of_treatment >= 0.5:
        return math.nan, math.nan
    treatment = of_treatment / (1 - of_treatment)
    if of_outcome >= 1:
        return treatment, 1.0
    more = (1 + treatment) / (1 - treatment)
    return treatment, min(1.0, more * of_outcome / (1 - of_outcome))


def _known(effect: Effect, design: Design, scale: float) -> list[Strength]:
    out = []
    for k, name in enumerate(design.names):
        others = np.delete(design.covariates, k, axis=1)
        with_treatment = np.column_stack([others, design.treated])
        of_treatment = _explained(design.treated.astype(np.float64), design.covariates[:, k], others)
        of_outcome = _explained(design.outcome, design.covariates[:, k], with_treatment)
        treatment, outcome = as_strong_as(of_treatment, of_outcome)
        bias = scale * math.sqrt(outcome * treatment / (1 - treatment)) if treatment < 1 else math.inf
        out.append(Strength(name, of_treatment, of_outcome, effect.value - bias, effect.value + bias))
    return out


def _left(y: Floats, x: Floats) -> Floats:
    """What a regression with an intercept leaves."""
    centred, y = x - x.mean(axis=0), y - y.mean()
    if not x.shape[1]:
        return y
    left: Floats = y - centred @ np.linalg.lstsq(centred, y, rcond=None)[0]
    return left


def _explained(y: Floats, x: Floats, given: Floats) -> float:
    """Share of what `given` leaves of y that x explains."""
    y, x = _left(y, given), _left(x, given)
    product = float(y @ y) * float(x @ x)
    return float(y @ x) ** 2 / product if product > 0 else 0.0

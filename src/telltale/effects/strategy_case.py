"""One question of a strategy, answered whole: the effect, its checks, and all that a page of it would draw.

    asked (a `StrategyDesign`) + an estimator > StrategyCase

Balance, overlap, how strong something hidden would have to be, the smallest effect that could have been seen
and who gained stand beside the effect, of the same rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np

from telltale.core.errors import ConfigError, FormatError
from telltale.core.progress import Progress, silent
from telltale.core.settings import whole
from telltale.effects.attrition import left_out_by_arm
from telltale.effects.balance import BALANCED, Balance, measure_balance
from telltale.effects.contract import Effect, EffectEstimator
from telltale.effects.design import Design
from telltale.effects.design_faults import in_one_line
from telltale.effects.drawn import counted
from telltale.effects.e_value import EValue, e_value
from telltale.effects.group_effects import WhoGains, who_gains
from telltale.effects.matching import Matching
from telltale.effects.overlap import Overlap, Trim, kept_rows, measure_overlap
from telltale.effects.propensity import estimate_propensity
from telltale.effects.refutation import Finding
from telltale.effects.refute import placebo_in_time, refute
from telltale.effects.rosenbaum import RosenbaumBounds, rosenbaum_bounds
from telltale.effects.sensitivity import BiasCurve, bias_curve
from telltale.effects.sizes import held_unit, told_words
from telltale.effects.smallest_effect import SmallestEffect, smallest_effect
from telltale.effects.strategy_design import StrategyDesign
from telltale.effects.variance import Bools, Floats
from telltale.effects.weighting import trim_problems, weights
from telltale.effects.whom import Missed, who_word
from telltale.effects.words import answer, how_sure, what_would_make_it_wrong

_DRAWS: Final = 20
_DRAWS_COSTLY: Final = 5
_FEW: Final = 0.05
"""Share of those who got it that may be without a match before it is worth a warning."""


@dataclass(frozen=True, slots=True, eq=False)
class StrategyCase:
    """What a strategy did, and everything that speaks for and against it."""

    asked: StrategyDesign
    """The rows that were used: trimmed, where trimming was asked for."""
    finding: Finding
    sentences: tuple[str, str, str]
    """What it did, how sure that is, what would make it wrong."""
    warnings: tuple[str, ...]
    """What a reader should know before believing the number."""
    by_lot: bool
    """Whether a lot alone decided who got it, for all that the method knows: then nothing hidden can have."""
    smallest: SmallestEffect
    chance: Floats
    """Shape (N,): of being treated, logged or estimated from other clusters."""
    overlap: Overlap
    """Of all rows, before any trimming; its bins are a histogram of the chances."""
    balance: Balance
    """Of the rows used, before and after `balanced_by`."""
    balanced_by: str
    e_value: EValue
    bounds: RosenbaumBounds | None
    """Of matching in pairs alone."""
    bias: BiasCurve
    """How far something hidden could move the effect, and how strong the known covariates are."""
    who: WhoGains | None
    """None where units are too few to be put into groups, or it was not asked."""

    @property
    def design(self) -> Design:
        """Of the rows used."""
        return self.asked.design

    @property
    def effect(self) -> Effect:
        """Over all units that it is of."""
        return self.finding.effect

    @property
    def unit(self) -> str:
        """Of the outcome's values that are held here, whatever they are told in."""
        return held_unit(self.design.outcome_kind, self.design.unit)


def strategy_case(
    asked: StrategyDesign,
    estimator: EffectEstimator,
    *,
    trim: Trim = None,
    draws: int | None = None,
    gains: bool = True,
    seed: int = 0,
    progress: Progress = silent,
) -> StrategyCase:
    """Answer one question.

    Parameters
    ----------
    estimator
        Any of the registry; it is fitted here.
    trim
        "crump", or a bound such as .05: rows outside are left out before anything is estimated.
    draws
        Of each check that draws; 20 when not given, or 5 of a method that is slow.
    gains
        Whether it is asked who gained.
    """
    problems = list(trim_problems(trim))
    if draws is not None and not whole(draws, 2):
        problems.append((f"{draws!r} draws of each check", "choose a whole number, 2 or more"))
    if problems:
        message, hint = in_one_line(problems)
        raise ConfigError(message, hint=hint)
    chance = estimate_propensity(asked.design, crossfit=True, seed=seed).chance
    overlap = measure_overlap(asked.design.treated, chance)
    kept, notes = kept_rows(chance, trim)
    given = asked.design
    if not kept.all():
        asked, chance = asked.part(kept, *notes), chance[kept]
    design = asked.design
    effect = estimator.fit(design).effect()
    if not np.isfinite(effect.value):
        raise FormatError("nobody who got it has a match", hint="match on less, or choose 'dr'")
    missed = _missed(estimator, effect, given, kept)
    effect = replace(effect, left_out=effect.left_out + int((~kept).sum()))
    balance, balanced_by = _balance(estimator, design, chance)
    checks = refute(
        estimator,
        design,
        effect,
        earlier_outcome=asked.earlier,
        pretended=asked.pretended,
        groups=asked.room,
        draws=draws or draws_of(estimator),
        seed=seed,
        progress=progress,
        size=partial(told_words, told=design.outcome_kind),
    )
    if asked.pretended is None:
        checks += (placebo_in_time(estimator, None, effect),)
    if asked.left is not None:
        checks += (left_out_by_arm(asked.left, effect.value, float(design.outcome.std())),)
    finding = Finding(effect, checks)
    by_lot = _by_lot(estimator, design)
    warnings = (
        *([asked.unlogged] if asked.unlogged else []),
        *([] if asked.left is None else [asked.left.words()]),
        *_unused(estimator, effect, design),
        *_warnings(effect, design, overlap, balance, balanced_by, trimmed=not kept.all()),
        *([] if draws else _few_draws(estimator)),
    )
    return StrategyCase(
        asked,
        finding,
        (
            answer(finding, design, missed),
            how_sure(effect, design, used=estimator.uses_logged, unlogged=asked.unlogged, missed=missed),
            what_would_make_it_wrong(finding, design, by_lot=by_lot, offered=asked.offered),
        ),
        warnings,
        by_lot,
        smallest_effect(effect, design),
        chance,
        overlap,
        balance,
        balanced_by,
        e_value(effect, design),
        _bounds(estimator),
        bias_curve(effect, design),
        who_gains(design, level=effect.level, seed=seed) if gains else None,
    )


def draws_of(estimator: EffectEstimator) -> int:
    """Draws of each check when none are asked for."""
    return _DRAWS_COSTLY if estimator.costly else _DRAWS


def _few_draws(estimator: EffectEstimator) -> Iterator[str]:
    if estimator.costly:
        few = f"each check was drawn {_DRAWS_COSTLY} times only"
        yield f"{few}, for '{estimator.kind}' is slow: --draws asks for more"


def _missed(estimator: EffectEstimator, effect: Effect, given: Design, kept: Bools) -> Missed:
    """Who the effect should be of and is not: of who got it alone, where it is of them alone.

    Parameters
    ----------
    effect
        As the estimator told it, of the rows kept.
    kept
        Shape (N,): which of the rows given it saw.
    """
    of_treated = estimator.estimand == "ATT"
    trimmed = int((~kept & given.treated).sum() if of_treated else (~kept).sum())
    lost = int((kept & given.treated).sum()) - effect.treated if of_treated else effect.left_out
    if isinstance(estimator, Matching):
        return Missed(trimmed, lost)
    return Missed(trimmed + lost)


def _by_lot(estimator: EffectEstimator, design: Design) -> bool:
    """A method that does not use logged chances still may lean on a lot that was the same for all."""
    logged = design.propensity
    return logged is not None and (estimator.uses_logged or bool(np.ptp(logged) == 0))


def _unused(estimator: EffectEstimator, effect: Effect, design: Design) -> Iterator[str]:
    """What a method does not know of a design."""
    if design.propensity is not None and not estimator.uses_logged:
        yield f"'{estimator.kind}' does not use the chances that were logged: 'dr' and 'ipw' do"
    if design.clustered and np.isfinite(effect.low) and not estimator.knows_clusters:
        yield (
            f"the errors of '{estimator.kind}' take each {design.unit} for itself, and"
            f" {counted(len(design), design.unit)} are of {counted(design.clusters, design.drawn.by)}: its"
            " interval may be too narrow"
        )


def _balance(estimator: EffectEstimator, design: Design, chance: Floats) -> tuple[Balance, str]:
    """By the weights that the method gave; where it gave none by the inverse of the chances."""
    given = getattr(estimator, "weight_", None)
    if given is not None and given.any():
        weight = np.empty(len(design))
        weight[estimator.order_] = given
        return measure_balance(design, weight), _balanced_by(estimator)
    weight = np.where(design.treated, *weights(chance, estimator.estimand))
    return measure_balance(design, weight), "weighting by the inverse of the chances"


def _balanced_by(estimator: EffectEstimator) -> str:
    if not isinstance(estimator, Matching):
        return "weighting"
    # A regression that follows takes out all of the rest, and would say nothing of the matches.
    return "matching alone" if estimator.matched_.adjusted else "matching"


def _bounds(estimator: EffectEstimator) -> RosenbaumBounds | None:
    """Of pairs alone: where a unit serves several, their differences are not independent."""
    pairs = isinstance(estimator, Matching) and not estimator.replacement and estimator.neighbours == 1
    return rosenbaum_bounds(estimator.matched_.gain[estimator.matched_.member]) if pairs else None


def _warnings(
    effect: Effect, design: Design, overlap: Overlap, balance: Balance, balanced_by: str, *, trimmed: bool
) -> Iterator[str]:
    who = who_word(effect.unit)
    if overlap.poor and not trimmed:
        yield (
            f"{100 * overlap.outside:.0f} % of {effect.unit}s have no like in the other arm, and the rest are"
            f" worth {overlap.size_treated:,.0f} {who} got it and {overlap.size_control:,.0f} {who} did not:"
            f" --trim crump asks only of the {100 * overlap.crump_kept:.0f} % that can be compared"
        )
    lost = int(design.treated.sum()) - effect.treated
    if lost > _FEW * design.treated.sum():
        count = "counts" if lost == 1 else "count"
        yield f"{counted(lost, effect.unit)} {who} got it {count} for nothing: there is no like {who} did not"
    # What a lot leaves different is chance, and in the interval.
    if design.propensity is None and balance.worst > BALANCED:
        worst = balance.names[int(np.nanargmax(np.abs(balance.after)))]
        yield f"after {balanced_by} both arms still differ by {balance.worst:.2f} SD in '{worst}'"

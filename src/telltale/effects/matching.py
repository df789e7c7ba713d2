"""Matching: each unit beside the nearest of the other arm, on the propensity or on all covariates.

    tau = mean over matched i of  (2 T_i - 1) (Y_i - mean of Y_j over its matches j)

`propensity` matches on the log odds of treatment (Rosenbaum & Rubin 1983), `mahalanobis` on the covariates
in units of their covariance. What distance is left is regressed away (Abadie & Imbens 2011):

    Y_j  becomes  Y_j + m(X_i) - m(X_j),    m a line, fitted to the rows that serve as matches

which is the same as other weights of the matches, whose covariates have the mean of the matched: rows far out
on the other side may then count a little below 0. Where matches are few for so many covariates, that line is
noise, and nothing is regressed away.

Errors are Abadie and Imbens' (`matching_errors.py`): the bootstrap is not valid here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Self

import numpy as np

from telltale.core.settings import finite, whole
from telltale.effects.contract import EffectEstimator, Estimand, Estimate, setting_words
from telltale.effects.design import Design
from telltale.effects.matching_errors import Matched, spread_of_matching
from telltale.effects.neighbours import NONE, Found, nearest, pair_off
from telltale.effects.propensity import LogisticChances, PropensitySettings, as_chosen, fit_chances
from telltale.effects.variance import Floats, Ints, Spread

Distance = Literal["propensity", "mahalanobis"]

_ROWS_A_COVARIATE: Final = 2
"""Matches for each covariate: there noise in the line weighs twice, with hardly one it knows no bound."""
_NO_SPREAD: Final = Spread(np.nan, 0, np.nan)


class Matching(EffectEstimator):
    """Nearest-neighbour matching with or without replacement, a caliper, and columns that must agree."""

    kind = "matching"
    says = "sets each unit beside the nearest of the other arm"

    def __init__(
        self,
        *,
        estimand: Estimand = "ATT",
        distance: Distance = "propensity",
        neighbours: int = 1,
        caliper: float | None = None,
        replacement: bool = True,
        exact: Sequence[str] = (),
        bias_adjust: bool | None = None,
        propensity: PropensitySettings | None = None,
        level: float = 0.95,
        seed: int = 0,
    ) -> None:
        """
        Parameters
        ----------
        caliper
            No match is further away: in standard deviations of the log odds, or in Mahalanobis' own unit.
        replacement
            Whether a unit may serve several; without, only the treated are matched, those with the highest
            chance first.
        exact
            Names of covariates in which matches agree exactly.
        bias_adjust
            Whether what is left between matches is regressed away; by default where much is left: with
            `mahalanobis`, and without replacement. Never where matches are too few for so many covariates.
        """
        self.estimand = estimand
        self.distance = distance
        self.neighbours = neighbours
        self.caliper = caliper
        self.replacement = replacement
        self.exact = exact
        self.bias_adjust = bias_adjust
        self.propensity = propensity
        self.level = level
        self.seed = seed

    @property
    def method(self) -> str:
        """The method with what makes it this matching."""
        words = {
            "on": self.distance, "neighbours": self.neighbours if self.neighbours > 1 else None,
            "caliper": self.caliper, "without replacement": not self.replacement,
            "exact": ", ".join(self.exact),
        }  # fmt: skip
        return self.kind + setting_words(**words)

    def tuned(self) -> Self:
        """The same, with the ridge that this fit chose, and with a line if it drew one."""
        found = super().tuned()
        if (matched := getattr(self, "matched_", None)) is not None:
            found.bias_adjust = matched.adjusted
        found.propensity = as_chosen(self.propensity, self.chances_)
        return found

    def _problems(self, design: Design) -> Iterator[tuple[str, str]]:
        yield from super()._problems(design)
        if self.distance not in ("propensity", "mahalanobis"):
            yield (f"distance {self.distance!r}", "choose 'propensity' or 'mahalanobis'")
        if not whole(self.neighbours, 1):
            yield (f"{self.neighbours!r} neighbours", "choose a whole number, 1 or more")
        if self.caliper is not None and not (finite(self.caliper) and self.caliper > 0):
            yield (f"caliper {self.caliper!r}", "choose a number over 0, or None for no caliper")
        named = not isinstance(self.exact, str) and isinstance(self.exact, Sequence)
        if not named:
            yield (f"exact is {self.exact!r}", "give a list of names of covariates")
        absent = [name for name in self.exact if name not in design.names] if named else []
        if absent:
            yield (f"no covariate {', '.join(map(repr, absent))}", f"there are {', '.join(design.names)}")
        if not design.names and (self.distance == "mahalanobis" or _one_chance(design)):
            yield ("nothing to match on", "name covariates, or choose 'ipw'")
        if self.propensity is not None and self.propensity.model != "logistic":
            yield ("matching has errors for the logistic model only", "choose 'dr' for boosted chances")

    def estimand_problem(self) -> tuple[str, str] | None:
        """The same, and that pairs are of the treated alone."""
        if not self.replacement and self.estimand != "ATT":
            return "without replacement only the treated are matched", "ask for ATT"
        return super().estimand_problem()

    def _estimate(self, design: Design) -> Estimate:
        place = self._places(design)
        self.chances_ = place.chances
        group = _exact_groups(design, self.exact)
        fewest = min(int(design.treated.sum()), int((~design.treated).sum()))
        k = min(self.neighbours, fewest)
        found = np.full((len(design), k), NONE, dtype=np.int64)
        found_of = [(True, self._match(design, place, group, True, k))]
        if self.estimand == "ATE":
            found_of.append((False, self._match(design, place, group, False, k)))
        for arm, matches in found_of:
            there = np.flatnonzero(design.treated != arm)
            found[design.treated == arm] = np.where(matches.index >= 0, there[matches.index], NONE)
        meant = design.treated if self.estimand == "ATT" else np.ones(len(design), dtype=bool)
        if not (found >= 0).any():
            return Estimate(np.nan, _NO_SPREAD, np.zeros(len(design), dtype=bool), ("nobody has a match",))
        leaves_much = self.distance == "mahalanobis" or not self.replacement
        adjust = leaves_much if self.bias_adjust is None else self.bias_adjust
        matched = make_matched(design, found, group, adjust=adjust and bool(design.names))
        # Of matching alone: of the line's weights no covariate could be told apart, however far matches are.
        self.matched_, self.weight_ = matched, matched.member + matched.served
        # What the covariates say beyond the propensity is regressed away with an adjustment: nothing is left
        # through which its coefficients could move the estimate.
        # In groups that match exactly its errors are those of 2006.
        chances = None if matched.adjusted or len(self.exact) else place.chances
        spread, notes = spread_of_matching(design, matched, place.value, group, self.estimand, chances)
        lost = int((meant & ~matched.member).sum())
        told: tuple[str, ...] = (f"{lost:,} without a match: true of those that have one",) if lost else ()
        if adjust and design.names and not matched.adjusted:
            told += (f"too few matches for {len(design.names)} covariates to regress away what is left",)
        used = matched.member | (matched.served > 0)
        return Estimate(matched.value, spread, used, (*place.notes, *told, *notes))

    def _places(self, design: Design) -> Places:
        if self.distance == "mahalanobis":
            return Places(_whitened(design.covariates), None, ())
        if design.propensity is not None and not _one_chance(design):
            odds = np.log(design.propensity / (1 - design.propensity))
            return Places(odds[:, None], None, ("matched on chances as the randomisation logged them",))
        settings = self.propensity or PropensitySettings()
        model = fit_chances(
            design.covariates, design.treated, design.cluster, settings, self.seed, held_out=False
        )
        assert isinstance(model, LogisticChances)
        drawn = ("one logged chance for all tells nobody apart: matched on an estimated one",)
        notes = () if design.propensity is None else drawn
        return Places(model.linear(design.covariates)[:, None], model, notes)

    def _match(self, design: Design, place: Places, group: Ints, arm: bool, k: int) -> Found:
        one, other = design.treated == arm, design.treated != arm
        reach = np.inf
        if self.caliper is not None:
            unit = 1.0 if self.distance == "mahalanobis" else float(place.value.std())
            reach = self.caliper * unit
        query, pool = place.value[one], place.value[other]
        if self.replacement:
            return nearest(query, pool, k, group[one], group[other]).within(reach)
        return _without_replacement(query, pool, reach, group[one], group[other], k)


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where each unit stands for the distance."""

    value: Floats
    """Shape (N, 1) or (N, p)."""
    chances: LogisticChances | None
    """The model behind them, where one was estimated."""
    notes: tuple[str, ...]


def make_matched(design: Design, found: Ints, group: Ints, *, adjust: bool) -> Matched:
    """What matches of shape (N, k), -1 for none, say of the effect; `group` (N,) is what agrees in them."""
    there = found >= 0
    count = there.sum(axis=1)
    member = count > 0
    share = np.where(there, 1.0 / np.maximum(count, 1)[:, None], 0.0)
    served, squared = np.zeros(len(design)), np.zeros(len(design))
    np.add.at(served, found[there], share[there])
    np.add.at(squared, found[there], share[there] ** 2)
    y = design.outcome
    other = (share * np.where(there, y[found], 0.0)).sum(axis=1)
    weight = member + served
    adjust = adjust and _bears_a_line(design, served)
    if adjust:
        left, more = _left_between(design, found, share, served, group)
        other, weight = other + left, weight + more
    gain = np.where(member, np.where(design.treated, y - other, other - y), 0.0)
    return Matched(member, served, squared, gain, float(gain[member].mean()), adjust, weight)


def _bears_a_line(design: Design, served: Floats) -> bool:
    """Whether the matches of both arms are enough, those that serve often counted as fewer (Kish 1965)."""
    enough = _ROWS_A_COVARIATE * len(design.names)
    each = [served[design.treated == arm] for arm in (False, True)]
    return all(w.sum() ** 2 >= enough * (w @ w) for w in each)


def _left_between(
    design: Design, found: Ints, share: Floats, served: Floats, group: Ints
) -> tuple[Floats, Floats]:
    """m(X_i) less the mean m(X_j) of its matches, and what that adds to the weight of each match, both (N,).

    m is of the arm that i did not get. Groups have levels of their own, which fall out between matches.
    """
    x = design.covariates / np.where(np.ptp(design.covariates, axis=0) > 0, design.covariates.std(axis=0), 1)
    left, more = np.zeros(len(design)), np.zeros(len(design))
    for arm in (False, True):
        own = np.flatnonzero((design.treated == arm) & (share.sum(axis=1) > 0))
        theirs = (design.treated != arm) & (served > 0)
        if not len(own):
            continue
        gap = x[own]
        for j in range(found.shape[1]):
            # A share of 0 hides the row that -1 points to.
            gap -= share[own, j, None] * x[found[own, j]]
        root = np.sqrt(served[theirs])
        near = _within(x[theirs], served[theirs], group[theirs]) * root[:, None]
        inverse = np.linalg.pinv(near, rcond=max(near.shape) * np.finfo(float).eps)
        left[own] = gap @ (inverse @ (design.outcome[theirs] * root))
        more[theirs] = (gap.sum(axis=0) @ inverse) * root
    return left, more


def _within(x: Floats, weight: Floats, group: Ints) -> Floats:
    """Columns of shape (m, p) less their weighted mean in each group."""
    code = np.unique(group, return_inverse=True)[1]
    sums = np.array([np.bincount(code, weight * column) for column in x.T]).T
    found: Floats = x - (sums / np.bincount(code, weight)[:, None])[code]
    return found


def _without_replacement(
    query: Floats, pool: Floats, reach: float, group: Ints, group_pool: Ints, k: int
) -> Found:
    """k rounds of pairs; in each, who stands highest on the line chooses first."""
    priority = np.argsort(-query[:, 0], kind="stable")
    index = np.full((len(query), k), NONE, dtype=np.int64)
    distance = np.full((len(query), k), np.inf)
    free = np.arange(len(pool))
    for j in range(k):
        pairs = pair_off(query, pool[free], reach, priority, group, group_pool[free])
        took = pairs.index[:, 0] >= 0
        index[took, j], distance[took, j] = free[pairs.index[took, 0]], pairs.distance[took, 0]
        free = np.setdiff1d(free, index[took, j])
        if not len(free):
            break
    return Found(index, distance)


def _one_chance(design: Design) -> bool:
    return design.propensity is None or bool(np.ptp(design.propensity) < 1e-12)


def _whitened(x: Floats) -> Floats:
    """Covariates between which Euclid's distance is Mahalanobis'."""
    centred = x - x.mean(axis=0)
    root = np.linalg.cholesky(np.atleast_2d(np.cov(centred.T)))
    found: Floats = np.linalg.solve(root, centred.T).T
    return found


def _exact_groups(design: Design, exact: Sequence[str]) -> Ints:
    if not exact:
        return np.zeros(len(design), dtype=np.int64)
    columns = design.covariates[:, [design.names.index(name) for name in exact]]
    return np.unique(columns, axis=0, return_inverse=True)[1].reshape(-1)

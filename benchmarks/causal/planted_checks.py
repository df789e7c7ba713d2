"""How often each check of an effect fails where nothing is wrong, and where something is.

Worlds of independent units whose truth is known (`tests/effects/worlds.py`), in two lots:

    nothing is wrong    a weak true effect, where it is claimed; no effect; an effect by lot
    something is        a cause of both is hidden; one group of twelve carries all of a claim; arms are
                        recorded as drawn by lot and were not; or the method is at fault: it adds to every
                        effect, adds with every covariate, or tells a third of its error

The groups mean nothing but where one carries the effect. The outcome before and the one of a moment that is
pretended are moved by what moves the outcome, and never by the treatment. The check for a hidden cause is
left out: it is no test of these data, but says how strong one would have to be.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.effects.worlds import make_world

from telltale.core.rng import stream
from telltale.effects.contract import EffectEstimator, Estimand, Estimate
from telltale.effects.design import Design
from telltale.effects.refute import refute
from telltale.effects.registry_effects import make_estimator

METHODS: Final = ("dr", "ipw", "matching", "matching-mahalanobis")
GROUPS: Final = 24
_WEAK: Final = 0.5
"""The mean effect of the weak worlds; errors of 200 units are .17 to .27."""
_CLAIMED: Final = ("weak", "group")
"""Worlds that count only where the interval is without 0: of no claim no group can carry anything."""
_ALL: Final = "any of them"


@dataclass(frozen=True, slots=True, eq=False)
class Tried:
    """A design with what its checks are told, and the method that is asked."""

    design: Design
    earlier: npt.NDArray[np.float64]
    pretended: Design
    groups: npt.NDArray[np.int64]
    estimator: EffectEstimator


class Spoilt(EffectEstimator):
    """A method of ours with a fault of known size."""

    kind = "spoilt"

    def __init__(
        self, inner: str = "dr", add: float = 0.0, a_column: float = 0.0, sure: float = 1.0,
        *, estimand: Estimand = "ATE", level: float = 0.95, seed: int = 0,
    ) -> None:  # fmt: skip
        """
        Parameters
        ----------
        add, a_column
            What it adds to each effect, and once more for each covariate.
        sure
            The share of its error that it tells.
        """
        self.inner, self.add, self.a_column, self.sure = inner, add, a_column, sure
        self.estimand, self.level, self.seed = estimand, level, seed

    def _estimate(self, design: Design) -> Estimate:
        found = make_estimator(self.inner, estimand=self.estimand, seed=self.seed)._estimate(design)
        value = found.value + self.add + self.a_column * len(design.names)
        error = self.sure * found.spread.standard_error
        return replace(found, value=value, spread=replace(found.spread, standard_error=error))


def _tried(design: Design, estimator: EffectEstimator, hidden: npt.NDArray[np.float64], seed: int) -> Tried:
    """What was before follows the covariates and what is hidden, with noise of its own."""
    draw = stream(seed, "before the treatment")
    base = design.covariates[:, -2:].sum(axis=1) + hidden
    earlier, pretended = base + draw.standard_normal((2, len(design)))
    groups = np.arange(len(design)) % GROUPS
    return Tried(design, earlier, replace(design, outcome=pretended), groups, estimator)


def _plain(kind: str, shift: float, n: int, seed: int, method: str) -> Tried:
    design = make_world(kind, n, seed).design  # type: ignore[arg-type]
    moved = replace(design, outcome=design.outcome + shift * design.treated)
    return _tried(moved, make_estimator(method), np.zeros(n), seed)


def _hidden(n: int, seed: int, method: str) -> Tried:
    whole = make_world("good", n, seed).design
    blind = replace(whole, covariates=whole.covariates[:, 1:], names=whole.names[1:])
    return _tried(blind, make_estimator(method), 2 * whole.covariates[:, 0], seed)


def _one_group(n: int, seed: int, method: str) -> Tried:
    null = _plain("null", 0.0, n, seed, method)
    groups = np.arange(n) % 12
    carries = 12.0 * null.design.treated * (groups == 0)
    return replace(null, design=replace(null.design, outcome=null.design.outcome + carries), groups=groups)


def _wrong_record(n: int, seed: int, method: str) -> Tried:
    found = _plain("good", 0.0, n, seed, method)
    even = np.full(n, found.design.treated.mean())
    return replace(found, design=replace(found.design, propensity=even))


def _spoilt(n: int, seed: int, method: str, **fault: float) -> Tried:
    found = _plain("good", 0.0, n, seed, method)
    estimand = found.estimator.estimand
    return replace(found, estimator=Spoilt(method, estimand=estimand, **fault))


WORLDS: Final[dict[str, tuple[str, Callable[[int, int, str], Tried]]]] = {
    "weak": (
        "nothing is wrong: a weak effect, where it is claimed",
        lambda n, seed, method: _plain("good", _WEAK - 1, n, seed, method),
    ),
    "none": ("nothing is wrong: no effect", lambda n, seed, method: _plain("null", 0.0, n, seed, method)),
    "lot": (
        "nothing is wrong: an effect by lot",
        lambda n, seed, method: _plain("randomised", 0.0, n, seed, method),
    ),
    "hidden": ("wrong: a cause of both is hidden", _hidden),
    "group": ("wrong: one group of twelve carries it, where it is claimed", _one_group),
    "record": ("wrong: recorded as by lot, and was not", _wrong_record),
    "adds": (
        "wrong: the method adds .5 to each effect",
        lambda n, seed, method: _spoilt(n, seed, method, add=0.5),
    ),
    "columns": (
        "wrong: the method adds .2 for each covariate",
        lambda n, seed, method: _spoilt(n, seed, method, a_column=0.2),
    ),
    "sure": (
        "wrong: the method tells a third of its error",
        lambda n, seed, method: _spoilt(n, seed, method, sure=1 / 3),
    ),
}
"""By name: a title, and what makes one of n units by seed and method."""


def count_failures(
    make: Callable[[int, int, str], Tried], method: str, n: int, seeds: range, *, claimed: bool
) -> tuple[Counter[str], Counter[str], int]:
    """How often each check failed, how often it was asked, and of how many worlds.

    Parameters
    ----------
    claimed
        Whether worlds count only where the interval is without 0.
    """
    failed: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    worlds = 0
    for seed in seeds:
        tried = make(n, seed, method)
        effect = tried.estimator.fit(tried.design).effect()
        if claimed and effect.low <= 0 <= effect.high:
            continue
        worlds += 1
        checks = refute(
            tried.estimator, tried.design, effect, earlier_outcome=tried.earlier,
            pretended=tried.pretended, groups=tried.groups, seed=seed,
        )  # fmt: skip
        told = [check for check in checks if check.name != "hidden cause"]
        asked.update(check.name for check in told)
        failed.update(check.name for check in told if check.verdict == "fail")
        failed[_ALL] += any(check.verdict == "fail" for check in told)
    return failed, asked, worlds


def print_failures(n: int, seeds: range, methods: list[str], worlds: list[str]) -> None:
    """One table a world, a row a check."""
    print(
        f"{len(seeds)} worlds of {n} units (seeds {seeds[0]} to {seeds[-1]}); a cell is how often it failed."
    )
    for name in worlds:
        title, make = WORLDS[name]
        found = [count_failures(make, method, n, seeds, claimed=name in _CLAIMED) for method in methods]
        print(f"\n**{title}**\n")
        heads = (f"{method}, of {count[2]}" for method, count in zip(methods, found, strict=True))
        print(f"| check | {' | '.join(heads)} |\n|---|{'---|' * len(methods)}")
        for check in _names(asked for _, asked, _ in found):
            print(f"| {check} | {' | '.join(str(failed[check]) for failed, _, _ in found)} |", flush=True)


def _names(asked: Iterator[Counter[str]]) -> list[str]:
    return [*dict.fromkeys(name for one in asked for name in one), _ALL]

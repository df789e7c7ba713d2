"""Weighting: Hajek's ratio by hand, errors against the spread over many draws, and trimming."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.effects.worlds import World, make_world, sparse_world

from telltale.core.errors import ConfigError
from telltale.effects.design import Design
from telltale.effects.logistic import LEAST_RIDGE, WEAK_RIDGE
from telltale.effects.propensity import PropensitySettings
from telltale.effects.weighting import InverseWeighting

FORMULAS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "ATE": (lambda e: 1 / e, lambda e: 1 / (1 - e)),
    "ATT": (lambda e: 1 + 0 * e, lambda e: e / (1 - e)),
    "ATO": (lambda e: 1 - e, lambda e: e),
}


@pytest.mark.parametrize("estimand", FORMULAS)
def test_the_estimate_is_its_formula(estimand: str) -> None:
    world = make_world("randomised", 300, 0)
    chance = np.random.default_rng(0).uniform(0.2, 0.8, 300)
    d = world.design
    design = Design(d.treated, d.outcome, d.covariates, d.names, d.cluster, chance)
    one, other = (w(chance) for w in FORMULAS[estimand])
    t, y = design.treated, design.outcome
    expected = np.average(y[t], weights=one[t]) - np.average(y[~t], weights=other[~t])
    effect = InverseWeighting(estimand=estimand).fit(design).effect()  # type: ignore[arg-type]
    assert effect.value == pytest.approx(expected)
    assert effect.evidence == "randomised, logged chances"
    assert "as the randomisation logged them" in effect.notes[0]


def test_equal_chances_give_the_two_sample_error() -> None:
    d = make_world("randomised", 400, 1).design
    effect = InverseWeighting().fit(Design(d.treated, d.outcome, d.covariates, d.names, d.cluster, np.full(400, 0.5))).effect()  # fmt: skip  # noqa: E501
    one, other = d.outcome[d.treated], d.outcome[~d.treated]
    assert effect.value == pytest.approx(one.mean() - other.mean())
    expected = np.sqrt(one.var() / len(one) + other.var() / len(other))
    assert effect.standard_error == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize("estimand", FORMULAS)
def test_errors_know_that_the_chances_were_estimated(estimand: str) -> None:
    """The same rows, drawn again with replacement and fitted anew: the bootstrap is valid here."""
    design = make_world("good", 500, 2).design
    settings = PropensitySettings(ridge=0.0, clip=0.0)
    effect = InverseWeighting(estimand=estimand, propensity=settings).fit(design).effect()  # type: ignore[arg-type]
    draw = np.random.default_rng(3)
    values = []
    for _ in range(300):
        again = design.take(draw.integers(0, 500, 500))
        again = Design(again.treated, again.outcome, again.covariates, again.names, np.arange(500))
        values.append(InverseWeighting(estimand=estimand, propensity=settings).fit(again).effect().value)  # type: ignore[arg-type]
    assert effect.standard_error == pytest.approx(np.std(values), rel=0.15)


def test_errors_are_summed_by_cluster() -> None:
    """Each row ten times in one cluster of its own knows no more than the row once."""
    d = make_world("randomised", 200, 4).design
    ten = np.repeat(np.arange(200), 10)
    assert d.propensity is not None
    repeated = Design(d.treated[ten], d.outcome[ten], d.covariates[ten], d.names, ten, d.propensity[ten])
    once, often = (InverseWeighting().fit(design).effect() for design in (d, repeated))
    assert often.value == pytest.approx(once.value)
    assert often.standard_error == pytest.approx(once.standard_error)
    assert (often.clusters, often.treated) == (200, 10 * once.treated)


def far(world: World, trim: float | None) -> float:
    return InverseWeighting(trim=trim).fit(world.design).effect().standard_error


def test_trimming_narrows_the_error_and_says_whom_it_is_true_of() -> None:
    world = make_world("poor", 2000, 0)
    assert far(world, 0.1) < far(world, None)
    effect = InverseWeighting(trim="crump").fit(world.design).effect()
    assert effect.left_out > 50
    assert effect.treated + effect.control + effect.left_out == 2000
    assert any("Crump's rule" in note for note in effect.notes)


def test_a_hidden_confounder_is_not_undone() -> None:
    """Weighting cannot balance what nobody wrote down; where it was drawn by lot nothing can hide."""
    hidden = InverseWeighting().fit(make_world("hidden", 4000, 0).design).effect()
    assert hidden.low > 1.1
    assert hidden.evidence == "observed"
    drawn = InverseWeighting().fit(make_world("randomised", 4000, 0).design).effect()
    assert drawn.low < 1 < drawn.high


@pytest.mark.parametrize("estimand", FORMULAS)
def test_no_confounding_is_left_in_among_many_covariates(estimand: str) -> None:
    """A ridge that forecasts best leaves a third of .29 in; the mean of 40 is sure to .015."""
    made = [InverseWeighting(estimand=estimand).fit(sparse_world(600, s)).effect() for s in range(40)]  # type: ignore[arg-type]
    assert abs(np.mean([effect.value for effect in made])) < 0.045
    # 34 of 40 or fewer come once in fifty draws at 95 %.
    assert sum(effect.low <= 0 <= effect.high for effect in made) > 34


def test_overlap_weights_leave_the_means_of_both_arms_alike() -> None:
    design = sparse_world(600, 0)
    found = InverseWeighting(estimand="ATO").fit(design)
    d, w = found.design_, found.weight_
    one, other = (np.average(d.covariates[arm], axis=0, weights=w[arm]) for arm in (d.treated, ~d.treated))
    assert one == pytest.approx(other, abs=1e-5)
    plain = design.covariates[design.treated].mean(axis=0) - design.covariates[~design.treated].mean(axis=0)
    assert np.abs(plain).max() > 0.3


def test_arms_that_a_line_tells_apart_keep_weights_that_differ() -> None:
    """Chances of 0 and 1 are all clipped to one weight: the raw difference, and sure of it."""
    draw = np.random.default_rng(0)
    x, y = draw.standard_normal((80, 25)), draw.standard_normal(80)
    design = Design(x[:, 0] > 0, y, x, tuple(f"x{j}" for j in range(25)), np.arange(80))
    bound = InverseWeighting(propensity=PropensitySettings(ridge=LEAST_RIDGE)).fit(design)
    assert bound.propensity_.clipped == 80
    found = InverseWeighting().fit(design)
    model: Any = found.propensity_.models[0]
    assert model.logit.ridge == WEAK_RIDGE
    assert found.propensity_.clipped < 40


@pytest.mark.parametrize(
    "settings", [{"trim": "much"}, {"trim": 0.6}, {"propensity": PropensitySettings(model="boosting")}]
)
def test_settings_that_make_no_sense(settings: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        InverseWeighting(**settings).fit(make_world("good", 100, 0).design)  # type: ignore[arg-type]

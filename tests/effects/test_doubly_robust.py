"""Doubly robust: right if either model is, its formula by hand, and effects on single units."""

from __future__ import annotations

import numpy as np
import pytest
from tests.effects.worlds import make_world

from telltale.effects.design import Design
from telltale.effects.doubly_robust import DoublyRobust, Means, aipw, pseudo_outcomes
from telltale.effects.weighting import InverseWeighting


def test_either_model_alone_is_enough() -> None:
    world = make_world("good", 40_000, 0)
    d, e = world.design, world.chance
    right = Means(
        d.covariates @ np.array([1, 0.5, 0, -0.5, 0]), d.covariates @ np.array([1.5, 0.5, 0, -0.5, 0]) + 1
    )
    wrong = Means(np.zeros(len(d)), np.full(len(d), 3.0))
    flat = np.full(len(d), 0.5)
    truth = {"ATE": 1.0, "ATT": float(world.mean_tau[d.treated].mean())}
    for estimand, true in truth.items():
        for means, chance in ((right, flat), (wrong, e)):
            value, influence = aipw(d, chance, means, estimand)  # type: ignore[arg-type]
            assert value == pytest.approx(true, abs=0.05)
            assert influence.mean() == pytest.approx(0, abs=1e-9)
        assert abs(aipw(d, flat, wrong, estimand)[0] - true) > 0.2  # type: ignore[arg-type]


def test_pseudo_outcomes_are_the_formula() -> None:
    d = make_world("good", 200, 1).design
    draw = np.random.default_rng(0)
    e, m0, m1 = draw.uniform(0.2, 0.8, 200), draw.normal(size=200), draw.normal(size=200)
    one, other = d.treated / e, ~d.treated / (1 - e)
    expected = m1 - m0 + one / one.mean() * (d.outcome - m1) - other / other.mean() * (d.outcome - m0)
    assert pseudo_outcomes(d, e, Means(m0, m1)) == pytest.approx(expected)


def test_the_right_covariates_make_the_interval_narrower_than_weighting() -> None:
    for kind in ("good", "randomised"):
        design = make_world(kind, 2000, 2).design
        ours, theirs = DoublyRobust().fit(design).effect(), InverseWeighting().fit(design).effect()
        assert ours.low < 1 < ours.high
        assert ours.standard_error <= theirs.standard_error * 1.02
    assert ours.standard_error < 0.8 * theirs.standard_error


def test_clusters_widen_the_interval() -> None:
    world = make_world("clustered", 1000, 0)
    d = world.design
    alone = Design(d.treated, d.outcome, d.covariates, d.names, np.arange(1000))
    clustered, single = (DoublyRobust().fit(design).effect() for design in (d, alone))
    assert clustered.standard_error > 1.1 * single.standard_error
    assert clustered.clusters == 100


def test_logged_chances_alone_are_enough() -> None:
    d = make_world("randomised", 400, 3).design
    bare = Design(d.treated, d.outcome, np.empty((400, 0)), (), d.cluster, d.propensity)
    found = DoublyRobust().fit(bare)
    assert found.effect().value == pytest.approx(InverseWeighting().fit(bare).effect().value, abs=0.02)
    assert len(set(found.individual().value.round(9))) == 1


@pytest.mark.parametrize("choice", ["linear", "curved"])
def test_individual_effects_follow_who_gains(choice: str) -> None:
    world = make_world("good", 2500, 4)
    found = DoublyRobust(effect_model=choice, intervals="none", outcome_model="linear").fit(world.design)  # type: ignore[arg-type]
    each = found.individual()
    assert np.sqrt(np.mean((each.value - world.mean_tau) ** 2)) < 0.25 < world.mean_tau.std()
    assert np.isnan(each.low).all()
    new = make_world("good", 100, 5)
    assert np.corrcoef(found.individual(new.design.covariates).value, new.mean_tau)[0, 1] > 0.9


def test_binary_outcomes_stay_between_minus_one_and_one() -> None:
    world = make_world("good", 600, 6, outcome="binary")
    found = DoublyRobust(outcome_model="linear").fit(world.design)
    truth = make_world("good", 200_000, 7, outcome="binary").tau.mean()
    assert found.effect().low < truth < found.effect().high
    each = found.individual()
    assert each.low.min() >= -1
    assert each.high.max() <= 1

"""Learners of the effect at X: each near a known effect, the best of them told without ever seeing one."""

from __future__ import annotations

import numpy as np
import pytest
from tests.effects.worlds import make_world

from telltale.core.errors import ConfigError
from telltale.effects.doubly_robust import DoublyRobust
from telltale.effects.learners import Learner, r_loss
from telltale.effects.outcome_models import fit_outcome


@pytest.mark.parametrize("learner", ["t", "dr", "r", "auto"])
def test_every_learner_is_near_the_effect(learner: Learner) -> None:
    world, new = make_world("good", 1500, 0), make_world("good", 500, 1)
    found = DoublyRobust(learner=learner, intervals="none", effect_model="linear").fit(world.design)
    each = found.individual(new.design.covariates)
    assert np.sqrt(np.mean((each.value - new.mean_tau) ** 2)) < 0.5 * new.mean_tau.std()
    assert "-learner" in each.method
    if learner != "auto":
        assert f"{learner}-learner" in each.method


def test_the_loss_is_least_at_the_true_effect() -> None:
    world = make_world("good", 4000, 2)
    found = DoublyRobust(intervals="none", outcome_model="linear").fit(world.design)
    true = world.mean_tau[found.order_]
    others = (true + 0.5, 0 * true + true.mean(), -true, 1.5 * true)
    least = r_loss(found.inner_, found.nuisances_, true)
    assert all(least < r_loss(found.inner_, found.nuisances_, other) for other in others)


def test_the_one_that_is_chosen_has_the_least_loss_and_no_great_error() -> None:
    """Where overlap is poor, pseudo-outcomes are wild: what is chosen has to be better than they are."""
    chosen: list[float] = []
    wild: list[float] = []
    for seed in range(4):
        world, new = make_world("poor", 800, seed), make_world("poor", 500, 100 + seed)
        for learner, errors in (("auto", chosen), ("dr", wild)):
            found = DoublyRobust(learner=learner, intervals="none").fit(world.design)  # type: ignore[arg-type]
            guess = found.individual(new.design.covariates).value
            errors.append(float(np.sqrt(np.mean((guess - new.mean_tau) ** 2))))
            if learner == "auto":
                learnt = found.learnt_
                assert learnt is not None
                assert learnt.losses[learnt.learner] == min(learnt.losses.values())
    assert np.mean(chosen) < np.mean(wild)


def test_weights_are_those_of_weighted_least_squares() -> None:
    """A line through a bend depends on which rows count."""
    draw = np.random.default_rng(3)
    x = draw.normal(size=(2000, 2))
    y = x @ np.array([1.0, 2.0]) + x[:, 0] ** 2 + 0.1 * draw.normal(size=2000)
    weight = np.exp(x[:, 0])
    found = fit_outcome(x, y, np.arange(2000), "continuous", "linear", weight=weight).predict(x)
    a, root = np.column_stack([np.ones(2000), x]), np.sqrt(weight)
    lines = [np.linalg.lstsq(a * r[:, None], y * r, rcond=None)[0] for r in (root, np.ones(2000))]
    weighted, plain = (a @ line for line in lines)
    assert np.abs(found - weighted).mean() < 0.02
    assert np.abs(plain - weighted).mean() > 0.5


def test_a_learner_that_is_not_there() -> None:
    with pytest.raises(ConfigError, match="choose one of auto, t, dr, r"):
        DoublyRobust(learner="s").fit(make_world("good", 100, 0).design)  # type: ignore[arg-type]

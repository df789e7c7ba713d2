"""Overlap and balance against their definitions, worked out the slow way."""

from __future__ import annotations

import numpy as np
import pytest
from tests.effects.worlds import make_world

from telltale.core.errors import ConfigError
from telltale.effects.balance import measure_balance
from telltale.effects.overlap import (
    crump_bound,
    effective_size,
    kept_rows,
    measure_overlap,
    trim_design,
    within,
)
from telltale.effects.weighting import InverseWeighting, weights


def test_crumps_bound_is_the_least_that_fits() -> None:
    chance = make_world("poor", 3000, 0).chance
    bound = crump_bound(chance)
    cost = 1 / (chance * (1 - chance))

    def fits(a: float) -> bool:
        kept = within(chance, a)
        return bool(1 / (a * (1 - a)) <= 2 * cost[kept].mean())

    grid = np.linspace(0.001, 0.499, 4000)
    least = next(a for a in grid if fits(a))
    assert bound == pytest.approx(least, abs=2e-3)
    assert 0.02 < bound < 0.2


def test_good_overlap_is_not_trimmed() -> None:
    assert crump_bound(np.linspace(0.3, 0.7, 50)) == 0
    kept, notes = kept_rows(np.linspace(0.3, 0.7, 50), "crump")
    assert kept.all()
    assert not notes


def test_poor_and_good_overlap_are_told_apart() -> None:
    good, poor = make_world("good", 2000, 0), make_world("poor", 2000, 0)
    found = measure_overlap(good.design.treated, good.chance)
    assert not found.poor
    assert found.treated.sum() == good.design.treated.sum()
    assert found.control.sum() == (~good.design.treated).sum()
    assert measure_overlap(poor.design.treated, poor.chance).poor


def test_the_effective_size_is_kishs() -> None:
    assert effective_size(np.ones(7)) == pytest.approx(7)
    assert effective_size(np.array([1.0, 3.0])) == pytest.approx(16 / 10)


def test_share_outside_the_common_support() -> None:
    treated = np.array([True] * 4 + [False] * 4)
    chance = np.array([0.4, 0.5, 0.6, 0.9, 0.1, 0.2, 0.5, 0.6])
    # Common is .4 to .6: .9, .1 and .2 are outside.
    assert measure_overlap(treated, chance).outside == pytest.approx(3 / 8)


def test_trimming_says_what_was_left_out() -> None:
    world = make_world("poor", 1000, 0)
    trimmed = trim_design(world.design, world.chance, 0.1)
    assert len(trimmed) == within(world.chance, 0.1).sum() < 1000
    assert "true only of the" in trimmed.facts[0]
    with pytest.raises(ConfigError, match=r"trim is 0\.7"):
        trim_design(world.design, world.chance, 0.7)


def test_balance_is_its_formula() -> None:
    design = make_world("good", 400, 0).design
    one, other = design.covariates[design.treated], design.covariates[~design.treated]
    expected = (one.mean(axis=0) - other.mean(axis=0)) / np.sqrt((one.var(axis=0) + other.var(axis=0)) / 2)
    found = measure_balance(design)
    assert found.before == pytest.approx(expected)
    assert found.after == pytest.approx(expected)
    assert found.ratio_before == pytest.approx(one.var(axis=0) / other.var(axis=0))


def test_of_nobody_there_is_no_balance() -> None:
    design = make_world("good", 40, 0).design
    found = measure_balance(design, np.zeros(40))
    assert np.isfinite(found.before).all()
    assert np.isnan(found.worst)


def test_the_right_weights_balance_both_arms() -> None:
    world = make_world("good", 5000, 0)
    true = np.where(world.design.treated, *weights(world.chance, "ATE"))
    found = measure_balance(world.design, true)
    assert np.abs(found.before).max() > 0.3
    assert found.worst < 0.1
    # Overlap weights of a logistic model balance its covariates exactly (Li et al. 2018, theorem 3).
    fitted = InverseWeighting(estimand="ATO").fit(world.design)
    assert measure_balance(fitted.design_, fitted.weight_).worst < 1e-4

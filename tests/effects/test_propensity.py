"""Propensity: near the truth, learnt from other clusters, clipped aloud, and logged where it was drawn."""

from __future__ import annotations

import numpy as np
import pytest
from tests.effects.worlds import make_world, sparse_world

from telltale.core.errors import ConfigError
from telltale.effects.design import Design
from telltale.effects.propensity import PropensitySettings, estimate_propensity


@pytest.mark.parametrize(
    "settings",
    [PropensitySettings(), PropensitySettings(knots=4, products=True), PropensitySettings(model="boosting")],
)
def test_chances_are_near_the_truth(settings: PropensitySettings) -> None:
    world = make_world("good", 3000, 0)
    found = estimate_propensity(world.design, settings)
    off = np.sqrt(np.mean((found.chance - world.chance) ** 2))
    # What q coefficients of n rows cost a chance of about one half; trees have no such count.
    q = {"logistic": 6 if not settings.knots else 26, "boosting": 40}[settings.model]
    # One draw of six coefficients may be off by twice that once in a thousand.
    assert off < 2 * np.sqrt(0.25 * q / 3000)


def test_a_row_has_no_part_in_its_own_chance() -> None:
    design = make_world("clustered", 300, 1).design
    odd = design.cluster == 4
    flipped = Design(
        np.where(odd, ~design.treated, design.treated),
        design.outcome,
        design.covariates,
        design.names,
        design.cluster,
    )
    # Folds are dealt by the share of treated: the same seed may deal others, so compare what was held out.
    one = estimate_propensity(design, PropensitySettings(ridge=1.0, folds=30))
    other = estimate_propensity(flipped, PropensitySettings(ridge=1.0, folds=30))
    assert one.chance[odd] == pytest.approx(other.chance[odd], abs=1e-12)
    assert np.abs(one.chance[~odd] - other.chance[~odd]).max() > 1e-4


def test_held_out_chances_leave_little_confounding_in() -> None:
    """What is left of the confounder's distance once rows are weighted by chances from other rows."""
    left = []
    for seed in range(30):
        design = sparse_world(600, seed)
        chance, t, x = estimate_propensity(design).chance, design.treated, design.covariates[:, 0]
        left.append(np.average(x[t], weights=1 / chance[t]) - np.average(x[~t], weights=1 / (1 - chance[~t])))
    assert abs(np.mean(left)) < 0.05


def test_clipping_is_counted_and_said() -> None:
    world = make_world("poor", 2000, 0)
    found = estimate_propensity(world.design, PropensitySettings(clip=0.1))
    free = estimate_propensity(world.design, PropensitySettings(clip=0.0))
    outside = int(((free.chance < 0.1) | (free.chance > 0.9)).sum())
    assert found.clipped == outside > 100
    assert (found.chance.min(), found.chance.max()) == (0.1, 0.9)
    assert f"{outside:,} chances clipped" in found.notes[0]


def test_logged_chances_are_used_as_they_are() -> None:
    design = make_world("randomised", 100, 0).design
    found = estimate_propensity(design)
    assert found.logged
    assert found.chance is design.propensity
    assert "as the randomisation logged them" in found.notes[0]


@pytest.mark.parametrize("wrong", [{"model": "magic"}, {"clip": 0.5}, {"folds": 1}, {"knots": 2}])
def test_settings_that_make_no_sense(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        PropensitySettings(**wrong)  # type: ignore[arg-type]

"""Intervals for single units: how many they hold in worlds whose effects are known, and their quantiles."""

from __future__ import annotations

import numpy as np
import pytest
from tests.effects.worlds import Kind, make_world

from telltale.core.errors import ConfigError
from telltale.effects.conformal import Way, fit_conformal
from telltale.effects.conformal_band import Band
from telltale.effects.outcome_models import Mean


@pytest.mark.parametrize("way", ["nested", "bonferroni", "unrelated"])
@pytest.mark.parametrize("kind", ["good", "randomised"])
def test_new_units_are_held(way: Way, kind: Kind) -> None:
    held, wide = [], []
    for seed in range(4):
        found = fit_conformal(make_world(kind, 600, seed).design, way=way, outcome_model="linear", seed=seed)
        new = make_world(kind, 1000, 100 + seed)
        low, high = found.intervals(new.design.covariates)
        held.append(((low <= new.tau) & (new.tau <= high)).mean())
        wide.append(np.median(high - low))
    assert np.mean(held) >= 0.93
    # tau_i has the spread sqrt(2) about what X tells: 5.54 would hold 95 % of it if that were known.
    assert 4.5 < np.median(wide) < (7 if way == "unrelated" else 13)


def test_whatever_hangs_together_is_held_by_the_ways_that_promise_it() -> None:
    """Noise of both outcomes that is exactly opposite, the hardest case."""
    shares: dict[str, list[float]] = {}
    for seed in range(3):
        world = make_world("randomised", 600, seed)
        d = world.design
        draw = np.random.default_rng(seed)
        noise = draw.normal(size=600)
        y = d.covariates[:, 0] + np.where(d.treated, 1 + noise, -noise)
        opposite = type(d)(d.treated, y, d.covariates, d.names, d.cluster, d.propensity)
        tau = 1 + 2 * noise
        for way in ("nested", "bonferroni", "unrelated"):
            low, high = fit_conformal(opposite, way=way, outcome_model="linear").intervals(d.covariates)
            shares.setdefault(way, []).append(float(((low <= tau) & (tau <= high)).mean()))
    assert np.mean(shares["nested"]) >= 0.93
    assert np.mean(shares["bonferroni"]) >= 0.93
    assert np.mean(shares["unrelated"]) < 0.9


def test_the_reach_is_the_weighted_quantile() -> None:
    draw = np.random.default_rng(0)
    score, weight = np.sort(draw.random(50)), draw.random(50)
    middle = Mean(0.0, 1.0)
    band = Band(middle, middle, None, 0.0, score, weight, score, weight)
    x = np.zeros((3, 1))
    own = np.array([0.1, 1.0, 100.0])
    low, high = band.ends(x, own, 0.9)
    for k, w in enumerate(own):
        total = weight.sum() + w
        reach = next(
            (s for s, below in zip(score, np.cumsum(weight), strict=True) if below / total >= 0.9), np.inf
        )
        assert high[k] == reach == -low[k]
    assert np.isinf(high[2])


def test_effects_on_a_yes_or_no_lie_between_minus_one_and_one() -> None:
    design = make_world("good", 300, 0, outcome="binary").design
    low, high = fit_conformal(design, outcome_model="linear").intervals(design.covariates)
    assert (low >= -1).all()
    assert (low <= high).all()
    assert (high <= 1).all()


def test_a_way_that_is_not_there() -> None:
    with pytest.raises(ConfigError, match="nested, bonferroni, unrelated"):
        fit_conformal(make_world("good", 100, 0).design, way="oracle")  # type: ignore[arg-type]

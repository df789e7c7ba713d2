"""Who gains: groups are those of the truth where there is a pattern, and alike where there is none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.effects.worlds import make_world

from telltale.core.errors import ConfigError
from telltale.effects.design import Design
from telltale.effects.group_effects import Halves, WhoGains, who_gains


def found(design: Design, level: float = 0.95) -> WhoGains:
    who = who_gains(design, level=level)
    assert who is not None
    return who


def test_groups_gain_what_their_own_units_gain() -> None:
    """tau = 1 + .5 x1: the groups are far apart, and each interval is of its own units' mean."""
    world = make_world("randomised", 1600, 1)
    who = found(world.design)
    truth = [world.mean_tau[who.group == g].mean() for g in range(4)]
    assert np.diff(truth).min() > 0.2
    for group, tau in zip(who.groups, truth, strict=True):
        assert group.low - 0.05 <= tau <= group.high + 0.05
    assert who.differs
    assert who.apart.value == pytest.approx(who.groups[3].value - who.groups[0].value)
    assert who.halves[0].name == "x1"
    assert who.halves[0].apart.low > 0
    assert [group.units for group in who.groups] == [400] * 4
    assert np.corrcoef(who.expected, world.mean_tau)[0, 1] > 0.8


def test_where_all_gain_alike_groups_are_told_apart_as_often_as_chance_would() -> None:
    """Five of 100 are to be expected, and each group's interval to hold 0 in 95 of 100."""
    worlds = [make_world("null", 300, seed) for seed in range(20)]
    told = [found(replace(world.design, propensity=world.chance)) for world in worlds]
    assert sum(who.differs for who in told) <= 4
    inside = [group.low <= 0 <= group.high for who in told for group in who.groups]
    assert np.mean(inside) > 0.87
    # Folds that gained little are not sorted to the top by what is left without them.
    assert abs(np.mean([who.apart.value for who in told])) < 0.3


def test_halves_are_widened_for_how_many_were_looked_at() -> None:
    design = make_world("randomised", 400, 2).design
    one = replace(design, covariates=design.covariates[:, :1], names=design.names[:1])
    many = next(half for half in found(design).halves if half.name == "x1")
    alone = found(one).halves[0]
    assert errors_wide(many) > 1.2 * errors_wide(alone) > 1.2 * 1.1


def errors_wide(half: Halves) -> float:
    """How wide both halves' difference is told, in intervals of its own size that allow for nothing."""
    plain = np.hypot(half.lower.high - half.lower.low, half.upper.high - half.upper.low)
    return float((half.apart.high - half.apart.low) / plain)


def test_the_headline_looks_at_all_that_was_looked_at() -> None:
    """Halves apart beyond chance are a difference, whatever the groups say; and both share one level."""
    who = found(make_world("null", 300, 1).design)
    assert not who.differs
    half = who.halves[0]
    apart = replace(half, apart=replace(half.apart, value=0.5, low=0.1, high=0.9))
    other = replace(who, halves=(apart, *who.halves[1:]))
    assert other.differs
    assert not other.groups_differ
    # One half of the level is the groups': 2.24 errors and not 1.96.
    one, most = who.groups[0], who.groups[3]
    alone = np.hypot(one.high - one.low, most.high - most.low)
    assert who.apart.high - who.apart.low > 1.07 * alone


def test_a_flag_is_cut_between_its_values() -> None:
    design = make_world("randomised", 400, 3).design
    flag = (design.covariates[:, 0] > -0.3).astype(float)
    who = found(replace(design, covariates=flag[:, None], names=("flag",)))
    (half,) = who.halves
    assert half.upper.units == int(flag.sum())
    assert half.cut == 0


def test_too_few_are_not_put_into_groups() -> None:
    assert who_gains(make_world("good", 79, 1).design) is None
    assert (
        who_gains(replace(make_world("randomised", 200, 1).design, covariates=np.empty((200, 0)), names=()))
        is None
    )
    with pytest.raises(ConfigError, match="1 groups"):
        who_gains(make_world("good", 200, 1).design, groups=1)


def test_the_order_of_rows_changes_nothing() -> None:
    design = make_world("good", 200, 4).design
    turned = np.random.default_rng(1).permutation(len(design))
    again = found(replace(design.take(turned), cluster=np.arange(len(design))))
    assert again.groups == found(design).groups
    assert np.array_equal(again.group, found(design).group[turned])

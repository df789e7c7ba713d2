"""Checks pass where a claim is sound, and each fails on the fault that it is there for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.effects.worlds import make_world

from telltale.core.errors import ConfigError, FormatError
from telltale.core.rng import stream
from telltale.effects.contract import Effect
from telltale.effects.design import Design
from telltale.effects.refutation import Finding, Refutation, placebo
from telltale.effects.refute import (
    hidden_cause,
    leave_one_group_out,
    placebo_outcome,
    placebo_treatment,
    random_common_cause,
    refute,
    subsets,
)
from telltale.effects.registry_effects import make_estimator

IPW = make_estimator("ipw")


def told(design: Design) -> Effect:
    return make_estimator("ipw").fit(design).effect()


@pytest.fixture(scope="module")
def sound() -> tuple[Design, Effect]:
    design = make_world("good", 1500, 1).design
    return design, told(design)


def test_a_sound_claim_stands(sound: tuple[Design, Effect]) -> None:
    design, effect = sound
    draw = stream(1, "earlier")
    earlier = design.covariates[:, 0] + draw.normal(size=len(design))
    checks = refute(IPW, design, effect, earlier_outcome=earlier, groups=draw.integers(0, 8, len(design)))
    assert [check.name for check in checks] == [
        "placebo treatment", "random common cause", "subsets", "placebo outcome", "leave one group out",
        "hidden cause",
    ]  # fmt: skip
    finding = Finding(effect, checks)
    assert finding.stands == "pass", str(finding)
    assert str(finding).count("\n") == 6


def test_nothing_does_not_pass_for_something() -> None:
    design = make_world("null", 1500, 2).design
    effect = told(design)
    assert placebo_treatment(IPW, design, effect).verdict == "cannot tell"
    assert hidden_cause(design, effect).verdict == "cannot tell"


def test_a_hidden_cause_shows_in_the_outcome_before() -> None:
    """X_1 is hidden: it drives the treatment, the outcome and the outcome before."""
    whole = make_world("good", 3000, 3).design
    blind = replace(whole, covariates=whole.covariates[:, 1:], names=whole.names[1:])
    earlier = 2 * whole.covariates[:, 0] + stream(3, "earlier").normal(size=3000)
    assert placebo_outcome(IPW, whole, told(whole), earlier).verdict == "pass"
    check = placebo_outcome(IPW, blind, told(blind), earlier)
    assert check.verdict == "fail"
    assert "where none can be" in check.found


def test_an_outcome_that_stands_among_the_covariates_is_no_covariate_of_itself(
    sound: tuple[Design, Effect],
) -> None:
    design, effect = sound
    check = placebo_outcome(make_estimator("ipw"), design, effect, design.covariates[:, 1])
    assert check.verdict in ("pass", "fail")
    assert "could not be asked" not in check.found


def test_an_outcome_before_that_says_nothing_is_not_taken_for_a_pass(sound: tuple[Design, Effect]) -> None:
    design, effect = sound
    noise = 1000 * stream(4, "noise").normal(size=len(design))
    assert placebo_outcome(IPW, design, effect, noise).verdict == "cannot tell"


def test_one_group_that_carries_it_all_is_found() -> None:
    draw = stream(5, "groups")
    group = draw.integers(0, 6, 1200)
    treated, x = draw.random(1200) < 0.5, draw.normal(size=1200)
    y = x + draw.normal(size=1200) + 3.0 * treated * (group == 2)
    design = Design.from_frame({"t": treated, "y": y, "x": x}, treatment="t", outcome="y", covariates=["x"])
    check = leave_one_group_out(IPW, design, told(design), group)
    assert check.verdict == "fail"
    assert "without 2" in check.found
    many = leave_one_group_out(IPW, design, told(design), np.arange(1200) // 20)
    assert "12 sets" in many.did
    assert many.verdict == "pass"
    assert many.low < many.high
    few = leave_one_group_out(IPW, design, told(design), group > 2)
    assert few.verdict == "cannot tell"


def test_a_method_that_is_moved_by_chance_is_found(sound: tuple[Design, Effect]) -> None:
    design, effect = sound
    sure = replace(effect, standard_error=1e-9)
    assert random_common_cause(IPW, design, sure).verdict == "fail"
    assert subsets(IPW, design, sure).verdict == "fail"
    assert random_common_cause(IPW, design, effect).verdict == "pass"


def test_a_weak_claim_falls_to_a_hidden_cause_like_the_known() -> None:
    draw = stream(6, "weak")
    x = draw.normal(size=3000)
    treated = x + draw.normal(size=3000) > 0
    y = 2.0 * x + 0.15 * treated + 0.5 * draw.normal(size=3000)
    design = Design.from_frame({"t": treated, "y": y, "x": x}, treatment="t", outcome="y", covariates=["x"])
    check = hidden_cause(design, told(design))
    assert check.verdict == "fail"
    assert "'x'" in check.did


def test_clusters_that_were_treated_as_a_whole_are_drawn_as_a_whole() -> None:
    design = make_world("rooms", 1000, 7).design
    check = placebo_treatment(IPW, design, told(design), draws=30)
    assert check.verdict in ("pass", "cannot tell")


def test_the_same_seed_gives_the_same(sound: tuple[Design, Effect]) -> None:
    assert placebo_treatment(IPW, *sound, draws=6) == placebo_treatment(IPW, *sound, draws=6)


def test_without_an_interval_a_placebo_cannot_tell(sound: tuple[Design, Effect]) -> None:
    effect = sound[1]
    assert placebo("p", "did", replace(effect, low=np.nan, high=np.nan), effect).verdict == "cannot tell"


def test_an_effect_without_checks_is_not_told(sound: tuple[Design, Effect]) -> None:
    with pytest.raises(ConfigError, match="without checks"):
        Finding(sound[1], ())
    unsure = Refutation("a", "cannot tell", "did", "found", 0.0, 0.0, 0.0)
    assert Finding(sound[1], (unsure,)).stands == "cannot tell"
    assert Finding(sound[1], (unsure, replace(unsure, verdict="fail"))).stands == "fail"


def test_arrays_of_another_length_are_refused(sound: tuple[Design, Effect]) -> None:
    with pytest.raises(FormatError, match="earlier outcome of shape"):
        placebo_outcome(IPW, *sound, [1.0])
    with pytest.raises(FormatError, match="groups of shape"):
        leave_one_group_out(IPW, *sound, [1])

"""Checks pass where a claim is sound, and each fails on the fault that it is there for."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from tests.effects.worlds import make_world

from telltale.core.errors import ConfigError, FormatError
from telltale.core.rng import stream
from telltale.effects.contract import Effect, EffectEstimator, Estimate
from telltale.effects.design import Design
from telltale.effects.group_check import leave_one_group_out
from telltale.effects.logistic import LEAST_RIDGE
from telltale.effects.lot_check import lot_as_recorded
from telltale.effects.refutation import Finding, Refutation, placebo
from telltale.effects.refute import (
    _shuffled,
    hidden_cause,
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


def asked(design: Design, method: str = "ipw") -> tuple[EffectEstimator, Design, Effect]:
    estimator = make_estimator(method).fit(design)
    return estimator, design, estimator.effect()


@pytest.fixture(scope="module")
def sound() -> tuple[Design, Effect]:
    design = make_world("good", 1500, 1).design
    return design, told(design)


def test_a_sound_claim_stands(sound: tuple[Design, Effect]) -> None:
    design, effect = sound
    draw = stream(1, "earlier")
    earlier = design.covariates[:, 0] + draw.normal(size=len(design))
    groups = draw.integers(0, 8, len(design))
    checks = refute(*asked(design), earlier_outcome=earlier, groups=groups)
    assert [check.name for check in checks] == [
        "placebo treatment", "random common cause", "subsets", "placebo outcome", "leave one group out",
        "hidden cause",
    ]  # fmt: skip
    finding = Finding(effect, checks)
    assert finding.stands == "pass", str(finding)
    assert str(finding).count("\n") == 6


def test_every_check_tells_sizes_in_the_words_it_is_given(sound: tuple[Design, Effect]) -> None:
    """Only words change: numbers stay those of the outcome."""
    design, _ = sound
    groups = np.arange(len(design)) % 5
    ask = partial(
        refute, *asked(design), earlier_outcome=design.covariates[:, 0], pretended=design, groups=groups
    )
    plain, told_as = ask(draws=6), ask(draws=6, size=lambda value: f"<{value:.6f}>")
    assert len(plain) == 7
    for one, other in zip(plain, told_as, strict=True):
        assert replace(one, found="") == replace(other, found="")
        assert re.search(r"<-?[\d.]+>", other.found)
        # No size is left in other words: each bare number is one of the marked, a share or a count.
        bare = re.sub(r"<[^>]*>|[\d.e-]+ %|\d+ of \d+|without \d", "", other.found)
        assert not re.search(r"\d", bare), other.found


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
    check = leave_one_group_out(*asked(design), group)
    assert check.verdict == "fail"
    assert "without 2" in check.found
    many = leave_one_group_out(*asked(design), np.arange(1200) // 20)
    assert "12 sets" in many.did
    assert many.verdict == "pass"
    assert many.low < many.high
    few = leave_one_group_out(*asked(design), group > 2)
    assert few.verdict == "cannot tell"


def test_a_method_that_is_moved_by_chance_is_found(sound: tuple[Design, Effect]) -> None:
    design, effect = sound
    sure = replace(effect, standard_error=1e-9)
    assert random_common_cause(IPW, design, sure).verdict == "fail"
    assert subsets(asked(design)[0], design, sure).verdict == "fail"
    assert random_common_cause(IPW, design, effect).verdict == "pass"


def test_where_nothing_is_claimed_no_group_can_carry_it() -> None:
    """Of an effect near 0 the sign turns with any group, and tells nothing."""
    design = make_world("null", 300, 2).design
    estimator, _, effect = asked(design)
    check = leave_one_group_out(estimator, design, effect, np.arange(300) % 12)
    assert effect.low < 0 < effect.high
    assert check.verdict == "cannot tell"
    assert "nothing is claimed" in check.found


def test_chance_alone_is_no_group_that_carries() -> None:
    """Of a weak claim, sure by little, each of a few groups may take much: as much as chance takes."""
    draw = stream(8, "weak groups")
    verdicts = []
    for _ in range(8):
        treated, noise = draw.random(150) < 0.5, draw.normal(size=150)
        x = draw.normal(size=150)
        rows = {"t": treated, "y": 0.4 * treated + noise, "x": x}
        design = Design.from_frame(rows, treatment="t", outcome="y", covariates=["x"])
        verdicts.append(leave_one_group_out(*asked(design), draw.integers(0, 4, 150)).verdict)
    assert "fail" not in verdicts
    assert verdicts.count("pass") >= 3


class _CountsColumns(EffectEstimator):
    """A method that adds the number of its covariates to what another tells."""

    kind = "counts columns"

    def __init__(self, *, estimand: str = "ATE", level: float = 0.95, seed: int = 0) -> None:
        self.estimand, self.level, self.seed = estimand, level, seed  # type: ignore[assignment]

    def _estimate(self, design: Design) -> Estimate:
        found = make_estimator("ipw")._estimate(design)
        return replace(found, value=found.value + 0.2 * len(design.names))


def test_a_method_that_finds_something_in_a_lot_is_found(sound: tuple[Design, Effect]) -> None:
    """What it adds to every effect, it adds to that of a lot."""
    estimator = _CountsColumns().fit(sound[0])
    check = placebo_treatment(estimator, sound[0], estimator.effect(), draws=8)
    assert check.verdict == "fail"
    assert check.value == pytest.approx(0.2 * len(sound[0].names), abs=0.15)


def test_a_method_that_breaks_on_noise_is_found(sound: tuple[Design, Effect]) -> None:
    estimator = _CountsColumns().fit(sound[0])
    check = random_common_cause(estimator, sound[0], estimator.effect())
    assert check.verdict == "fail"
    assert check.value == pytest.approx(0.2, abs=0.02)


def test_matching_that_finds_other_matches_is_not_broken() -> None:
    """Every column more turns some matches: the effect is as good as one of the draws."""
    verdicts: list[str] = []
    for seed in range(6):
        design = make_world("good", 150, 30 + seed).design
        estimator = make_estimator("matching").fit(design)
        effect = estimator.effect()
        verdicts.append(random_common_cause(estimator, design, effect, seed=seed).verdict)
        verdicts.append(subsets(estimator, design, effect, draws=6, seed=seed).verdict)
    assert verdicts.count("fail") <= 1


def weak(seed: int) -> Design:
    """A true effect of half a unit, sure by little."""
    design = make_world("good", 200, seed).design
    return replace(design, outcome=design.outcome - 0.5 * design.treated)


def test_a_ridge_that_is_chosen_anew_is_no_group_that_carries() -> None:
    """Of these samples a part takes another ridge than the whole, and the effect jumps."""
    groups = np.arange(200) % 24
    for seed in (151, 152, 171, 226):
        assert leave_one_group_out(*asked(weak(seed)), groups, seed=seed).verdict == "pass"


@pytest.mark.parametrize("method", ["ipw", "matching"])
def test_a_tuned_copy_keeps_what_was_chosen(method: str) -> None:
    estimator, design, effect = asked(weak(256), method)
    again = estimator.tuned()
    assert again.propensity.ridge == LEAST_RIDGE
    assert estimator.propensity is None
    assert again.fit(design).effect().value == effect.value
    with pytest.raises(ConfigError, match="learnt nothing yet"):
        make_estimator(method).tuned()


def test_chances_that_were_logged_leave_nothing_to_tune() -> None:
    estimator = make_estimator("ipw").fit(make_world("randomised", 200, 0).design)
    assert estimator.tuned().propensity is None


def test_favourites_among_the_rows_are_no_effect_of_a_lot() -> None:
    """Matching uses some rows more than others under any lot: a sample keeps a mean that is not 0."""
    for seed in (121, 147, 153, 158):
        check = placebo_treatment(*asked(weak(seed), "matching-mahalanobis"), seed=seed)
        assert check.verdict != "fail", seed


def test_halves_that_match_anew_may_scatter_further() -> None:
    for seed in (102, 133, 137):
        estimator, design, effect = asked(weak(seed), "matching")
        assert subsets(estimator, design, effect, seed=seed).verdict == "pass"
        sure = replace(effect, standard_error=effect.standard_error / 3)
        assert subsets(estimator, design, sure, seed=seed).verdict == "fail"


def test_one_group_among_few_does_not_hide_behind_its_own_change() -> None:
    """Each is held against the others: the one that carries all would else make change look common."""
    design = make_world("null", 300, 7).design
    groups = np.arange(300) % 4
    moved = replace(design, outcome=design.outcome + 6.0 * design.treated * (groups == 1))
    check = leave_one_group_out(*asked(moved, "matching"), groups)
    assert check.verdict == "fail"
    assert "without 1" in check.found


@pytest.mark.parametrize("slips", [0, 12])
def test_a_placebo_treatment_is_dealt_to_whole_lots(slips: int) -> None:
    """All of a room at a moment share much: dealt to viewers one by one, chance would look smaller."""
    draw = stream(14, "whole lots")
    moment, room = np.repeat(np.arange(40), 10), np.repeat(np.arange(20), 20)
    treated = (draw.permutation(40) < 20)[moment] ^ (draw.permutation(400) < slips)
    y, x = draw.normal(size=40)[moment] + 0.3 * draw.normal(size=400), draw.normal(size=(400, 1))
    lots = Design(treated, y, x, ("x",), room, np.full(400, 0.5), lot=moment)
    wide, narrow = (_spread(replace(lots, lot=lot)) for lot in (moment, np.arange(400)))
    assert wide > 2 * narrow
    assert placebo_treatment(IPW, lots, told(lots)).verdict != "fail"


def _spread(design: Design) -> float:
    """Of the differences in means that dealt treatments make."""
    dealt = [_shuffled(design, stream(15, "deal", k)) for k in range(60)]
    return float(np.std([design.outcome[arm].mean() - design.outcome[~arm].mean() for arm in dealt]))


def test_lots_of_many_sizes_are_dealt_whole_and_as_many_treated() -> None:
    """Were arms swapped among lots, one large lot more or less would change how many are treated."""
    draw = stream(16, "sizes")
    lot = np.repeat(np.arange(60), np.where(np.arange(60) % 2, 2, 18))
    design = Design(lot % 2 == 1, draw.normal(size=600), draw.normal(size=(600, 1)), ("x",), lot)
    for k in range(40):
        dealt = _shuffled(design, stream(17, "deal", k))
        assert abs(dealt.sum() - 60) <= 9
        assert (dealt == dealt[np.unique(lot, return_index=True)[1]][lot]).all()


def test_a_lot_that_was_not_as_recorded_is_found() -> None:
    draw = stream(9, "lots")
    x, lot = draw.normal(size=(800, 2)), draw.random(800)
    chance = np.where(x[:, 0] > 0, 0.3, 0.6)
    design = Design(lot < chance, draw.normal(size=800), x, ("a", "b"), np.arange(800), chance)
    assert lot_as_recorded(design).verdict == "pass"
    more = replace(design, treated=lot < chance + 0.1)
    assert lot_as_recorded(more).verdict == "fail"
    # As many as the chances say, and not those whom they say.
    whom = replace(design, propensity=np.full(800, design.treated.mean()))
    check = lot_as_recorded(whom)
    assert check.verdict == "fail"
    assert "'a' tells most" in check.found
    wide = replace(design, covariates=draw.normal(size=(800, 4)), names=("a", "b", "c", "d"))
    assert lot_as_recorded(wide.take(np.arange(40))).verdict == "cannot tell"


def test_a_right_record_seldom_fails() -> None:
    draw = stream(10, "right lots")
    fails = 0
    for _ in range(300):
        x, chance = draw.normal(size=(120, 3)), draw.uniform(0.1, 0.9, 120)
        treated = draw.random(120) < chance
        design = Design(treated, draw.normal(size=len(x)), x, ("a", "b", "c"), np.arange(120), chance)
        fails += lot_as_recorded(design).verdict == "fail"
    # Three are to be expected.
    assert fails <= 9


def test_rooms_that_were_drawn_as_a_whole_are_one_lot_each() -> None:
    """Row by row the same lots would look four times as sure."""
    draw = stream(11, "rooms")
    room, fails = np.arange(400) // 10, 0
    for _ in range(60):
        chance = np.full(400, 0.5)
        treated = (draw.random(40) < 0.5)[room]
        x = draw.normal(size=(40, 2))[room]
        fails += (
            lot_as_recorded(Design(treated, draw.normal(size=len(x)), x, ("a", "b"), room, chance)).verdict
            == "fail"
        )
    assert fails <= 3


def test_where_nothing_can_be_as_strong_as_what_is_known_nobody_can_tell() -> None:
    draw = stream(12, "strong")
    x = draw.normal(size=600)
    treated = x + 0.1 * draw.normal(size=600) > 0
    rows = {"t": treated, "y": x + 5.0 * treated + draw.normal(size=600), "x": x}
    design = Design.from_frame(rows, treatment="t", outcome="y", covariates=["x"])
    effect = Effect("ATE", 5.0, 4.0, 6.0, 0.5, 0.95, "m", "viewer", "t", "y", 300, 300, 600, 0, "observed")
    check = hidden_cause(design, effect)
    assert check.verdict == "cannot tell"
    assert "more than half" in check.found


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

"""A case holds all that was asked of one effect, of the same rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.effects.worlds import Kind, make_world

from telltale.core.errors import ConfigError, FormatError
from telltale.core.rng import stream
from telltale.effects.matching import Matching
from telltale.effects.neural_net import NetSettings
from telltale.effects.propensity import PropensitySettings
from telltale.effects.registry_effects import make_estimator
from telltale.effects.strategy_case import StrategyCase, strategy_case
from telltale.effects.strategy_design import StrategyDesign
from telltale.effects.weighting import InverseWeighting
from telltale.effects.words import what_would_make_it_wrong


def asked(kind: Kind, n: int = 400, seed: int = 1) -> StrategyDesign:
    """A world as if it came from a study, with an outcome before that nothing moved."""
    design = make_world(kind, n, seed).design
    noise = stream(seed, "earlier").normal(size=(2, n))
    earlier = design.covariates[:, 0] + noise[0]
    pretended = replace(design, outcome=design.covariates[:, 0] + noise[1])
    units = tuple(f"s{k}" for k in range(n))
    return StrategyDesign(
        design, earlier, np.arange(n) % 7, units, pretended, np.arange(n), 60.0
    )  # fmt: skip


@pytest.fixture(scope="module")
def matched() -> StrategyCase:
    return strategy_case(asked("good"), make_estimator("matching-pairs", estimand="ATT"), draws=6)


def test_everything_is_there_and_of_the_same_rows(matched: StrategyCase) -> None:
    design = matched.design
    assert {check.name for check in matched.finding.checks} == {
        "placebo treatment", "random common cause", "subsets", "placebo outcome", "placebo in time",
        "leave one group out", "hidden cause",
    }  # fmt: skip
    assert matched.chance.shape == design.outcome.shape
    assert matched.overlap.treated.sum() == design.treated.sum()
    assert matched.balance.names == design.names
    assert matched.balanced_by == "matching alone"
    assert np.abs(matched.balance.after).max() < np.abs(matched.balance.before).max()
    assert matched.bounds is not None
    assert matched.bounds.odds > 1
    assert {known.name for known in matched.bias.known} == set(design.names)
    assert matched.bias.low[0] == matched.bias.high[0] == matched.effect.value
    assert matched.smallest.value > 0
    assert matched.e_value.point > matched.e_value.interval > 1
    assert matched.who is not None
    assert matched.sentences[0].startswith("treatment raised outcome by")


def test_weights_are_put_back_in_the_order_of_the_rows(matched: StrategyCase) -> None:
    """The balance of the matched pairs, worked out from the fitted estimator's own rows."""
    estimator = make_estimator("matching-pairs", estimand="ATT").fit(matched.design)
    inner, weight = estimator.design_, estimator.weight_
    x = inner.covariates[:, 0]
    one, other = (np.average(x[arm], weights=weight[arm]) for arm in (inner.treated, ~inner.treated))
    scale = np.sqrt((x[inner.treated].var() + x[~inner.treated].var()) / 2)
    assert matched.balance.after[0] == pytest.approx((one - other) / scale)


def test_poor_overlap_is_told_and_trimmed() -> None:
    whole = strategy_case(asked("poor", 600), make_estimator("ipw"), draws=5)
    assert whole.overlap.poor
    assert any("--trim crump" in warning for warning in whole.warnings)
    part = strategy_case(asked("poor", 600), make_estimator("ipw"), trim="crump", draws=5)
    assert len(part.design) == len(part.asked.units) == len(part.chance) < 600
    assert part.overlap.treated.sum() + part.overlap.control.sum() == 600
    assert "trimmed by Crump's rule" in str(part.effect)
    assert not any("--trim" in warning for warning in part.warnings)
    assert part.smallest.value < whole.smallest.value
    with pytest.raises(ConfigError, match=r"trim is 0\.7"):
        strategy_case(asked("poor"), make_estimator("ipw"), trim=0.7)


def test_where_nobody_has_a_match_nothing_is_told() -> None:
    with pytest.raises(FormatError, match="nobody who got it has a match"):
        strategy_case(asked("good", 60), Matching(caliper=1e-14), draws=5)


def test_what_a_lot_left_different_is_no_warning() -> None:
    case = strategy_case(asked("randomised", 100), make_estimator("dr"), draws=5)
    assert case.balance.worst > 0.1
    assert not case.warnings
    assert case.bounds is None
    names = {check.name for check in case.finding.checks}
    assert "hidden cause" not in names
    assert "the lot was as recorded" in names


def test_bounds_are_of_pairs_alone() -> None:
    """A unit that serves several makes their differences go along."""
    assert strategy_case(asked("good", 200), make_estimator("matching"), draws=5).bounds is None


def test_without_anything_before_the_placebo_in_time_cannot_tell() -> None:
    given = replace(asked("good", 200), pretended=None, pretended_of=np.empty(0, dtype=np.int64))
    case = strategy_case(given, make_estimator("ipw"), draws=5)
    (check,) = (one for one in case.finding.checks if one.name == "placebo in time")
    assert check.verdict == "cannot tell"
    assert "Too little was seen before" in check.found


class Forgetful(InverseWeighting):
    """As if it estimated chances anew, knew no clusters and were slow."""

    uses_logged = False
    knows_clusters = False
    costly = True


def test_what_a_method_does_not_use_is_not_praised() -> None:
    given = asked("randomised", 200)
    paired = replace(given.design, cluster=np.arange(200) // 2)
    case = strategy_case(replace(given, design=paired), Forgetful())
    assert "the better evidence" not in case.sentences[1]
    assert "this method estimates the chances anew" in case.sentences[1]
    unused, clusters, few = case.warnings
    assert "does not use the chances that were logged" in unused
    assert "take each viewer for itself, and 200 viewers are of 100 clusters" in clusters
    assert "drawn 5 times only" in few
    (placebo,) = (check for check in case.finding.checks if check.name == "placebo treatment")
    assert "5 times" in placebo.did
    # Chances that were the same for all leave nothing to what is hidden, used or not.
    same = replace(paired, propensity=np.full(200, 0.5))
    assert strategy_case(replace(given, design=same), Forgetful(), draws=5).by_lot
    apart = replace(paired, propensity=np.where(np.arange(200) % 3, 0.4, 0.6))
    assert not strategy_case(replace(given, design=apart), Forgetful(), draws=5).by_lot
    told = strategy_case(replace(given, design=paired), InverseWeighting(), draws=5)
    assert told.by_lot
    assert not told.warnings
    assert "the better evidence" in told.sentences[1]


def test_settings_that_are_no_numbers_get_one_line() -> None:
    given, ipw = asked("good"), make_estimator("ipw")
    with pytest.raises(ConfigError, match=r"'3' draws of each check: choose a whole number, 2 or more$"):
        strategy_case(given, ipw, draws="3")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r"seed must be a whole number, 0 or more, not 2.5"):
        strategy_case(given, ipw, seed=2.5)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r"seed is True: choose a whole number.*; 2.5 folds: choose"):
        make_estimator("dr", seed=True, folds=2.5).fit(given.design)
    with pytest.raises(ConfigError, match=r"2.5 folds and '0' knots: whole numbers"):
        PropensitySettings(folds=2.5, knots="0")  # type: ignore[arg-type]
    with pytest.raises(
        ConfigError, match=r"members is 2.5; rate is '1'; chance_weight is -1: counts are whole"
    ):
        NetSettings(members=2.5, rate="1", chance_weight=-1)  # type: ignore[arg-type]


def test_missing_chances_and_covariates_that_were_left_out_are_told() -> None:
    part = replace(asked("good"), unlogged="chances are missing for 30 of 400 viewers", offered=49)
    case = strategy_case(part, make_estimator("ipw"), draws=5)
    assert case.warnings[0] == "chances are missing for 30 of 400 viewers"
    assert "chances are missing for 30 of 400 viewers, so no lot is used" in case.sentences[1]
    assert not case.by_lot
    stood = tuple(check for check in case.finding.checks if check.verdict == "pass")
    finding = replace(case.finding, checks=stood)
    sunk = replace(case.finding, checks=(*stood, replace(stood[0], name="the moon", verdict="fail")))
    told = what_would_make_it_wrong(sunk, case.design)
    assert (
        told == "It is wrong too if something that no column tells drove both who got it and what came of it."
    )
    names = len(case.design.names)
    wrong = what_would_make_it_wrong(finding, case.design, offered=49)
    assert f"something that was not adjusted for ({names} of 49 covariates were)" in wrong
    assert "that no column tells" in what_would_make_it_wrong(finding, case.design, offered=names)


def test_who_gained_is_asked_only_where_it_is_told() -> None:
    found = strategy_case(asked("good", 120), make_estimator("ipw"), draws=2, gains=False)
    assert found.who is None
    assert found.finding.checks

"""The whole question, asked of simulated studies in which the truth is known."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from tests.host.made_points import NAMES, Made, made_points

from telltale.core.errors import ConfigError, FormatError
from telltale.host.driver import DriverStudy
from telltale.host.drivers import find_drivers
from telltale.host.glm import fit_glm
from telltale.host.points import HostPoints
from telltale.host.rungs import RUNGS, Ladder

SALES = ("purchases", "revenue")
TEN = 10
TESTED = NAMES[TEN - 1]
"""What is planted where there are ten expressions."""


@cache
def asked(seed: int, made: Made, outcomes: tuple[str, ...] | None = None) -> DriverStudy:
    return find_drivers(made_points(seed, made), outcomes, seed=seed)


def test_a_planted_driver_is_found_and_no_other_of_sales() -> None:
    study = asked(1, Made(expressions=TEN, ratio=1.3))
    answer = study.of("purchases", TESTED)
    assert answer.verdict == "driver"
    assert answer.last.estimate.low < np.log(1.3) < answer.last.estimate.high
    assert {one.name for one in study.with_verdict("driver") if one.outcome in SALES} == {TESTED}
    assert answer.negbin is not None
    assert answer.negbin.value == pytest.approx(answer.last.estimate.value, abs=0.05)
    assert answer.ols.value == pytest.approx(np.expm1(answer.last.estimate.value), abs=0.08)
    assert answer.checks is not None
    assert answer.checks.permutation_p == 0.001
    assert study.overdispersion["purchases"] < 20
    assert study.with_verdict("driver")[0].outcome == "purchases"


def test_where_there_is_nothing_nothing_is_said() -> None:
    """About 5 % of studies claim one at most: two of four would be too many."""
    made = Made(rooms=12, hosts=8, minutes=40, expressions=TEN)
    claims = [len(asked(seed, made).with_verdict("driver")) for seed in range(20, 24)]
    assert sum(count > 0 for count in claims) <= 1


def test_a_face_that_answers_sales_is_no_driver() -> None:
    study = asked(2, Made(expressions=TEN, reaction=0.4), SALES)
    answer = study.of("purchases", TESTED)
    assert answer.last.q <= 0.05
    assert answer.last.estimate.value > 0.1
    assert answer.verdict == "unresolved"
    assert "shifted" in answer.reasons
    assert study.of("revenue", TESTED).verdict != "driver"


def test_a_promotion_that_makes_both_explains_them_when_it_is_written_down() -> None:
    written = asked(3, Made(expressions=TEN, surge=0.7, rise=1.0), SALES).of("purchases", TESTED)
    assert written.steps[2].estimate.p <= 0.01
    assert written.verdict in ("explained", "none")
    assert abs(written.last.estimate.value) < 0.08
    hidden = asked(3, Made(expressions=TEN, surge=0.7, rise=1.0, recorded=False), SALES).of(
        "purchases", TESTED
    )
    assert hidden.last.estimate.value > written.last.estimate.value + 0.05
    assert hidden.last.q <= 0.05


def test_what_hosts_explain_is_told_so() -> None:
    """A face that only those hosts show who sell more."""
    points = made_points(4, Made(host_sd=0.0, rooms=24, hosts=12, expressions=TEN))
    heat = np.linspace(-0.6, 0.6, 12)[points.host]
    shares = points.shares.copy()
    shares[:, 5] += (0.15 * heat).astype(np.float32)
    counts = {"purchases": np.round(points.counts["purchases"] * np.exp(heat))}
    answer = find_drivers(replace(points, shares=shares, counts=counts)).of("purchases", NAMES[5])
    assert answer.correlation.low > 0
    assert answer.steps[0].estimate.low > 0
    assert (answer.verdict, answer.gone_at) == ("explained", "host")


def test_numbers_are_those_of_the_designs() -> None:
    points = made_points(1, Made(expressions=TEN, ratio=1.3))
    answer = asked(1, Made(expressions=TEN, ratio=1.3)).of("comments", NAMES[3])
    ladder = Ladder(points)
    for rung, step in zip(RUNGS, answer.steps, strict=True):
        one = ladder.design("comments", rung)
        together = rung in ("before", "within")
        x = one.together if together else np.column_stack([one.controls, one.shares[:, 3]])
        fit = fit_glm(x, one.y, offset=one.offset, weight=one.weight, cluster=one.cluster, group=one.group)
        assert step.rung == rung
        assert step.estimate.value == pytest.approx(fit.beta[3 - TEN if together else -1], abs=1e-6)
        assert step.p <= step.q + 1e-12
    one = ladder.design("comments", "alone")
    assert answer.correlation.value == pytest.approx(np.corrcoef(one.shares[:, 3], one.y)[0, 1])
    assert answer.sd == pytest.approx(points.shares[:, 3].std(), rel=1e-5)


def test_same_seed_same_answers() -> None:
    points = made_points(9, Made(ratio=1.4, rooms=12, hosts=8, minutes=40, expressions=6))
    one, two = (find_drivers(points, ("purchases",), seed=5) for _ in range(2))
    assert one == two
    assert one.answers[5].checks is not None


def small(seed: int = 1) -> HostPoints:
    return made_points(seed, Made(rooms=8, hosts=4, minutes=30, expressions=4))


def test_an_outcome_that_never_occurs_is_told_and_the_rest_is_asked() -> None:
    points = small()
    counts = {**points.counts, "purchases": np.zeros(240), "gifts": np.full(240, np.nan)}
    study = find_drivers(replace(points, counts=counts))
    assert "none in any point" in study.refused["purchases"]
    assert "gifts: 0 points are left" in study.refused["gifts"]
    assert (
        {one.outcome for one in study.answers} == set(study.outcomes) == set(counts) - {"purchases", "gifts"}
    )
    with pytest.raises(FormatError, match="nothing can be asked of this study: purchases: none in any point"):
        find_drivers(replace(points, counts={"purchases": np.zeros(240)}))


def test_gaps_are_left_out_and_told() -> None:
    points = small()
    purchases = points.counts["purchases"].copy()
    purchases[50:56] = np.nan
    study = find_drivers(replace(points, counts={**points.counts, "purchases": purchases}))
    assert any("6 points left out: purchases were not counted" in note for note in study.notes["purchases"])
    assert study.points["purchases"] == study.points["likes"] - 6


def test_one_host_is_asked_by_broadcast() -> None:
    study = find_drivers(replace(small(), host=np.zeros(240, int)))
    assert (study.clustered_by, study.clusters, study.hosts, study.broadcasts) == ("broadcast", 8, 1, 8)
    assert study.simulated


def test_settings_are_checked_at_once() -> None:
    with pytest.raises(ConfigError) as told:
        find_drivers(small(), ("sales", "likes"), level=2.0, seed=-1, permutations=5)
    for words in ("no outcome 'sales'", "level must be", "seed must be", "permutations must be"):
        assert words in str(told.value)
    with pytest.raises(ConfigError, match="stretches of 10 s are too short"):
        find_drivers(replace(small(), step_s=10.0))
    with pytest.raises(ConfigError, match="no outcome to ask about"):
        find_drivers(small(), ())

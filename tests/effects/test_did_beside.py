"""Two matchings of one panel differ by chance as far as told; what goes beyond it is found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.effects.did_worlds import make_did

from telltale.effects.did import MatchedDid, matched_did
from telltale.effects.did_beside import other_matches, spread_of_difference


@pytest.fixture(scope="module")
def sound() -> list[MatchedDid]:
    """A covariate drives treatment and trend, and both ways match on it."""
    return [matched_did(make_did("trend", 300, 40 + seed).panel) for seed in range(12)]


def test_two_sound_ways_say_the_same(sound: list[MatchedDid]) -> None:
    assert [other_matches(did).verdict for did in sound].count("pass") >= 11


def test_a_difference_is_called_more_than_chance_as_seldom_as_told() -> None:
    """Nothing is wrong, and no level lasts: the past that is matched on by the one is half of the gain."""
    apart, told, over = [], [], 0
    for seed in range(200):
        did = matched_did(make_did("lot", 300, seed, periods=12).panel)
        assert did.beside is not None
        apart.append(did.beside.value - did.effect.value)
        told.append(spread_of_difference(did).standard_error)
        over += other_matches(did).verdict == "fail"
    # 10 are wanted, and three standard errors of that; the errors to three standard errors of a spread.
    assert 1 <= over <= 19
    assert np.sqrt(np.mean(np.square(told))) == pytest.approx(np.std(apart), rel=0.15)


def test_what_both_share_is_not_counted(sound: list[MatchedDid]) -> None:
    """The difference is surer than that of two effects of their own would be."""
    told, alone = [], []
    for did in sound:
        assert did.beside is not None
        told.append(spread_of_difference(did).standard_error)
        alone.append(np.hypot(did.effect.standard_error, did.beside.standard_error))
    assert np.mean(told) < np.mean(alone)


def test_the_same_matches_differ_by_nothing(sound: list[MatchedDid]) -> None:
    did = replace(sound[0], weight_beside=sound[0].weight, design_beside=sound[0].design)
    assert spread_of_difference(did).standard_error == 0.0


def test_a_level_that_lasts_and_drives_the_treatment_is_found() -> None:
    """Matched on a noisy past it is taken for something that passes."""
    said = [other_matches(matched_did(make_did("level", 600, seed).panel)).verdict for seed in range(10)]
    assert said.count("fail") >= 9


def test_what_chance_does_not_make_fails(sound: list[MatchedDid]) -> None:
    did = sound[0]
    assert did.beside is not None
    found = other_matches(replace(did, beside=replace(did.beside, value=did.effect.value + 1.0)))
    assert found.verdict == "fail"
    assert "chance makes at most" in found.found


def test_a_claim_turned_around_fails_though_chance_could(sound: list[MatchedDid]) -> None:
    did = sound[0]
    assert did.beside is not None
    weak = replace(did.effect, value=0.05, low=0.01, high=0.09)
    turned = replace(did, effect=weak, beside=replace(did.beside, value=-0.02))
    assert "the other way round" in other_matches(turned).found
    assert other_matches(turned).verdict == "fail"


def test_an_effect_that_such_a_difference_would_hide_cannot_be_told(sound: list[MatchedDid]) -> None:
    did = sound[0]
    assert did.beside is not None
    nothing = replace(did.effect, value=0.03, low=-0.3, high=0.36)
    check = other_matches(replace(did, effect=nothing, beside=replace(did.beside, value=-0.03)))
    assert check.verdict == "cannot tell"
    untold = other_matches(replace(did, beside=replace(did.beside, value=np.nan)))
    assert untold.verdict == "cannot tell"

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


def test_the_error_of_a_difference_is_that_of_draws(sound: list[MatchedDid]) -> None:
    """What both share is not counted: the difference is surer than two effects of their own would be."""
    apart, told, alone = [], [], []
    for did in sound:
        assert did.beside is not None
        assert did.weight_beside is not None
        apart.append(did.beside.value - did.effect.value)
        told.append(spread_of_difference(did.windows, did.weight, did.weight_beside).standard_error)
        alone.append(np.hypot(did.effect.standard_error, did.beside.standard_error))
    assert 0.5 * np.mean(told) < np.std(apart) < 1.5 * np.mean(told)
    assert np.mean(told) < np.mean(alone)


def test_the_same_matches_differ_by_nothing(sound: list[MatchedDid]) -> None:
    did = sound[0]
    assert spread_of_difference(did.windows, did.weight, did.weight).standard_error == 0.0


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

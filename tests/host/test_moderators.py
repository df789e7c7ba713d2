"""Moderators: a planted difference is found, equal groups are left alone, small groups are not spoken of."""

import dataclasses

import numpy as np
import pytest
from tests.host.replanted import Made, made_points, replanted, shown_before

from telltale.core.errors import ConfigError
from telltale.host.moderators import find_moderators, traits_of
from telltale.host.points import HostPoints
from telltale.host.question import Question
from telltale.host.rungs import Ladder

FACE = "awe"
WOMEN = np.arange(12) % 2 == 1
ASK = [Question("purchases", FACE)]


def study(seed: int, men: float, women: float) -> HostPoints:
    faces = made_points(seed, Made(expressions=3))
    host = faces.host.reshape(25, -1)[:, 0]
    planted = np.where(WOMEN[host], women, men)[:, None] * shown_before(faces, 0.0, FACE)
    gender = WOMEN.astype(np.int64), ("men", "women")
    age = np.array([0] * 5 + [1] * 5 + [2, -1]), ("18-29", "30-44", "45-59")
    return dataclasses.replace(
        replanted(faces, planted, seed), host_traits={"gender": gender, "age_band": age}
    )


def test_a_planted_difference_is_found() -> None:
    (found,) = find_moderators(Ladder(study(1, 0.0, 0.3)), ASK, ["gender"])
    men, women = found.groups
    assert found.p < 0.01
    assert found.q == found.p
    assert (men.group, men.hosts) == ("men", 6)
    assert men.low < 1 < men.high < women.low < np.exp(0.3) < women.high


def test_equal_groups_are_left_alone() -> None:
    p = [find_moderators(Ladder(study(seed, 0.2, 0.2)), ASK, ["gender"])[0].p for seed in range(12)]
    assert sum(one <= 0.05 for one in p) <= 3
    assert max(p) > 0.3


def test_all_that_is_asked_is_corrected_and_small_groups_are_named() -> None:
    points = study(2, 0.2, 0.2)
    assert traits_of(points) == ("gender", "age_band", "category")
    found = find_moderators(Ladder(points), ASK)
    assert all(one.q >= one.p for one in found)
    assert found[0].q > found[0].p or found[1].q > found[1].p or found[2].q > found[2].p
    age = found[1]
    assert [group.group for group in age.groups] == ["18-29", "30-44"]
    assert set(age.refused) == {
        "45-59: 1 host is too few to speak of a group (3 or more)",
        "not known for 1 host",
    }


def test_an_unknown_trait_is_refused() -> None:
    with pytest.raises(ConfigError, match="shoe_size"):
        find_moderators(Ladder(study(1, 0.0, 0.0)), ASK, ["shoe_size"])

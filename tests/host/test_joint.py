"""Several columns at once: with one it is the bootstrap of one; nothing is claimed where nothing is."""

import numpy as np
import pytest
from tests.host.replanted import Made, made_points, replanted, shown_before

from telltale.host.focus import focus_on
from telltale.host.glm import fit_glm
from telltale.host.joint import joint_p, surely_p
from telltale.host.rungs import Ladder
from telltale.host.wild import wild_p

STUDY = made_points(7, Made(rooms=14, minutes=40, hosts=14, expressions=5))


def test_of_one_column_it_is_the_bootstrap_of_one() -> None:
    design = Ladder(STUDY).design("purchases", "product")
    for place in (0, 2):
        own, rest = design.shares[:, place], np.delete(design.shares, place, axis=1)
        x = np.column_stack([design.controls, rest, own])
        fit = fit_glm(x, design.y, offset=design.offset, weight=design.weight, cluster=design.cluster)
        one = wild_p(fit, x, design.y, [x.shape[1] - 1], weight=design.weight)[0]
        found = joint_p(design, np.zeros((len(own), 0)), own[:, None], instead_of=np.array([place]))
        # The two linearise at the null and at the fit, and draw apart.
        assert found == pytest.approx(one, abs=0.03)


def test_level_and_power() -> None:
    null, all_faces = [], np.arange(3)
    for seed in range(40):
        design = Ladder(replanted(STUDY, np.zeros((14, 480)), seed)).design("purchases", "within")
        null.append(
            joint_p(design, design.shares[:, :0], design.shares[:, :3], instead_of=all_faces, draws=499)
        )
    assert sum(p <= 0.05 for p in null) <= 6  # over 6 of 40 at 5 % comes in 1 of 70
    assert np.mean(null) == pytest.approx(0.5, abs=0.15)
    planted = replanted(STUDY, 0.3 * shown_before(STUDY, 0.0, "awe"), 1)
    design = Ladder(planted).design("purchases", "within")
    place = design.names.index("awe")
    kept, added = design.shares[:, [place]], np.delete(design.shares, place, axis=1)[:, :3]
    assert joint_p(design, kept[:, :0], np.column_stack([kept, added]), instead_of=np.arange(5)) < 0.05


def test_both_ways_must_agree() -> None:
    design = Ladder(STUDY).design("purchases", "within")
    faces, none = np.arange(3), design.shares[:, :0]
    focus = focus_on(design, design.shares[:, :3], instead_of=faces)
    ways = joint_p(design, none, design.shares[:, :3], instead_of=faces), focus.wald_p(np.eye(3))
    assert surely_p(design, focus, none, design.shares[:, :3], instead_of=faces) == max(ways)


def test_too_few_clusters_are_told() -> None:
    design = Ladder(made_points(1, Made(rooms=6, minutes=30, hosts=4, expressions=5))).design(
        "purchases", "host"
    )
    assert np.isnan(joint_p(design, design.shares[:, :0], design.shares[:, :3], instead_of=np.arange(3)))

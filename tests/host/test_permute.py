"""Permutation by host: who gets whose face, and what the p says."""

from __future__ import annotations

import numpy as np
import pytest
from tests.host.made_points import Made, made_points

from telltale.core.rng import stream
from telltale.host import permute
from telltale.host.permute import Turns, permutation_p
from telltale.host.question import Question, lay_out
from telltale.host.rungs import Ladder


def test_faces_stay_with_their_host_and_in_their_order() -> None:
    room = np.repeat([0, 1, 2, 3], [5, 5, 4, 6])
    host = np.repeat([7, 7, 8, 8], [5, 5, 4, 6])
    moved = 0
    for seed in range(20):
        found = Turns(room, host).draw(stream(seed, "turned"))
        assert (host[found] == host).all()
        for one in range(4):
            mine = found[room == one]
            assert len(set(room[mine].tolist())) == 1
            length = (room == room[mine[0]]).sum()
            place = mine - np.flatnonzero(room == room[mine[0]])[0]
            assert (np.diff(place) % length == 1).all()
            moved += int(room[mine[0]] != one)
        # Where lengths are equal each face is used once.
        assert sorted(found[:10].tolist()) == list(range(10))
    assert 20 <= moved <= 60


def test_a_planted_one_is_found_and_others_are_even() -> None:
    p, others = [], []
    for seed in range(6):
        points = made_points(seed, Made(rooms=12, hosts=6, minutes=40, expressions=4, ratio=1.4))
        ladder = Ladder(points)
        ask = [
            permutation_p(
                one := lay_out(ladder, Question("purchases", name)), points.host[one.design.rows], name=name,
                draws=99, seed=seed,
            )
            for name in points.names
        ]  # fmt: skip
        p.append(ask[3])
        others += ask[:3]
    assert max(p) == 0.01
    assert min(others) >= 0.01
    assert 0.25 < np.mean(others) < 0.75


def test_large_studies_are_drawn_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    points = made_points(1, Made(rooms=6, hosts=3, minutes=20, expressions=3))
    one = lay_out(Ladder(points), Question("purchases", points.names[1]))
    host = points.host[one.design.rows]
    whole = permutation_p(one, host, draws=199, seed=5)
    monkeypatch.setattr(permute, "_AT_ONCE", 1000)
    assert permutation_p(one, host, draws=199, seed=5) == whole

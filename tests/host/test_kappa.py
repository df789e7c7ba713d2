"""Agreement measures against worked examples that were published, and against scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from telltale.core.rng import stream
from telltale.host.icc import icc
from telltale.host.kappa import (
    MISSING,
    cohen,
    coincidences,
    crossed,
    fleiss,
    jackknifed,
    krippendorff,
    yes_and_no,
)

FLEISS = np.array(
    [
        [0, 0, 0, 0, 14],
        [0, 2, 6, 4, 2],
        [0, 0, 3, 5, 6],
        [0, 3, 9, 2, 0],
        [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0],
        [3, 2, 6, 3, 0],
        [2, 5, 3, 2, 2],
        [6, 5, 2, 1, 0],
        [0, 2, 2, 3, 7],
    ],
    dtype=float,
)
"""Fourteen raters, ten things, five names: the worked example of Fleiss' kappa, 0.210."""

KRIPPENDORFF = (
    (1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0),
    (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3),
    (0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0),
    (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0),
)
"""Four observers, twelve units, 0 where one did not code: his own example, alpha for names 0.743."""

SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float
)
"""Six targets, four judges: the paper's own example."""


def votes(rows: tuple[tuple[int, ...], ...]) -> np.ndarray:
    """How many gave each name, shape (units, names)."""
    codes = np.array(rows)
    return np.stack([(codes == name).sum(axis=0) for name in range(1, codes.max() + 1)], axis=1).astype(float)


def test_a_kappa_by_hand() -> None:
    # P_o = 35/50, P_e = (25 x 30 + 25 x 20) / 50^2 = 0.5
    assert cohen(np.array([[20.0, 5.0], [10.0, 15.0]])) == pytest.approx(0.4)


@pytest.mark.parametrize("names", [2, 5, 29])
def test_cohen_is_scikit_learns(names: int) -> None:
    draw = stream(3, "kappa", names)
    one = draw.integers(0, names, 400)
    other = np.where(draw.random(400) < 0.6, one, draw.integers(0, names, 400))
    assert cohen(crossed(one, other, names)) == pytest.approx(cohen_kappa_score(one, other), abs=1e-12)


def test_what_one_did_not_code_is_left_out() -> None:
    one, other = np.array([0, 1, 1, MISSING, 0]), np.array([0, 1, 0, 1, MISSING])
    assert cohen(crossed(one, other, 2)) == pytest.approx(cohen_kappa_score([0, 1, 1], [0, 1, 0]))


def test_fleiss_and_krippendorff_give_the_published_figures() -> None:
    assert fleiss(FLEISS) == pytest.approx(0.210, abs=5e-4)
    assert krippendorff(coincidences(votes(KRIPPENDORFF))) == pytest.approx(0.743, abs=5e-4)


def test_icc_gives_the_published_figures() -> None:
    found = icc(SHROUT_FLEISS)
    assert found is not None
    assert (found.things, found.coders) == (6, 4)
    assert found.absolute.value == pytest.approx(0.290, abs=5e-4)
    assert (found.absolute.low, found.absolute.high) == pytest.approx((0.019, 0.761), abs=5e-4)
    assert found.consistent.value == pytest.approx(0.715, abs=5e-4)
    assert (found.consistent.low, found.consistent.high) == pytest.approx((0.342, 0.946), abs=5e-4)


def test_where_nothing_differs_there_is_nothing_to_tell() -> None:
    assert np.isnan(cohen(np.diag([10.0, 0.0])))
    assert np.isnan(cohen(np.zeros((2, 2))))
    assert np.isnan(krippendorff(np.diag([10.0, 0.0])))
    assert icc(np.full((5, 2), 0.3)) is None
    same = icc(np.array([[0.1, 0.1], [0.5, 0.5], [0.9, 0.9]]))
    assert same is not None
    assert (same.absolute.value, same.consistent.value) == (1.0, 1.0)


def test_agreement_on_yes_and_no() -> None:
    yes, no = yes_and_no(np.array([[80.0, 7.0], [3.0, 10.0]]))
    assert (yes, no) == pytest.approx((20 / 30, 160 / 170))
    assert np.isnan(yes_and_no(np.array([[5.0, 0.0], [0.0, 0.0]]))[0])


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Twelve clusters of 30 s whose coders agree more in some than in others."""
    held = 0
    # Two coders who each see the truth a share a of the time, else guess one of two: kappa is E[a^2].
    truth = float(np.mean([0.5**2, 0.9**2]))
    for study in range(200):
        draw = stream(5, "coverage", study)
        tables = []
        for _ in range(12):
            sees = draw.choice([0.5, 0.9])
            real = draw.integers(0, 2, 30)
            one, other = (np.where(draw.random(30) < sees, real, draw.integers(0, 2, 30)) for _ in range(2))
            tables.append(crossed(one, other, 2))
        found = jackknifed(np.array(tables), cohen)
        held += found.low <= truth <= found.high
    assert 180 <= held <= 200


def test_what_few_clusters_show_has_no_interval() -> None:
    """One expression, seen in two recordings of six alone: leaving out the others changes nothing."""
    seen, unseen = np.array([[40.0, 2.0], [1.0, 8.0]]), np.diag([50.0, 0.0])
    for tables in ([seen, seen, *[unseen] * 4], [seen, *[unseen] * 5]):
        found = jackknifed(np.array(tables), cohen)
        assert found.value > 0.7
        assert np.isnan([found.low, found.high]).all()
    told = jackknifed(np.array([[[40.0, k], [1.0, 8.0]] for k in range(5)]), cohen)
    assert told.low < told.value < told.high


def test_one_cluster_has_no_interval() -> None:
    found = jackknifed(np.array([[[20.0, 5.0], [10.0, 15.0]]]), cohen)
    assert found.value == pytest.approx(0.4)
    assert np.isnan(found.low)
    assert np.isnan(found.high)

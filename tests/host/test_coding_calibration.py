"""Calibration by parts: an honest coder is told as one; the error that picking by truth makes is foreseen."""

import numpy as np
import numpy.typing as npt
import pytest

from telltale.host.coding_calibration import Part, calibrations

Floats = npt.NDArray[np.float64]
ROWS = 60_000


def honest(rng: np.random.Generator) -> tuple[Floats, npt.NDArray[np.intp]]:
    """Probabilities of three expressions and rest, and what shows, drawn by just these."""
    scores = rng.dirichlet([0.4, 0.3, 0.3, 0.8], ROWS)
    return scores, (scores.cumsum(axis=1) > rng.random((ROWS, 1))).argmax(axis=1)


def test_an_honest_coder_errs_by_no_more_than_is_foreseen() -> None:
    scores, label = honest(np.random.default_rng(1))
    talks = np.arange(ROWS) % 3 == 0
    found = {one.part: one for one in calibrations(scores, label, talks)}
    assert found["expressions"].error > 0.05  # it is honest, and this part does not show it
    assert found["rest"].error > 0.05
    for one in found.values():
        assert one.error == pytest.approx(one.of_honest, abs=0.015)
    assert found["rest"].rows + found["talking"].rows == (label == 3).sum()
    assert found["expression told"].rows + found["rest told"].rows == ROWS


@pytest.mark.parametrize("part", ["all", "expression told", "rest told", "which"])
def test_a_coder_that_is_too_sure_is_told(part: Part) -> None:
    scores, label = honest(np.random.default_rng(2))
    sure = scores**2 / (scores**2).sum(axis=1, keepdims=True)
    found = {one.part: one for one in calibrations(sure, label, np.zeros(ROWS, dtype=bool))}
    assert found[part].error > 0.05
    assert found[part].of_honest == 0
    assert all(one.right < one.probability for one in found[part].bins if 0.5 < one.low < 0.9)


def test_parts_without_rows_have_no_error() -> None:
    found = {one.part: one for one in calibrations(np.array([[0.7, 0.3]]), np.array([0]), np.array([False]))}
    assert found["all"].error == pytest.approx(0.3)
    assert found["rest told"].rows == found["talking"].rows == 0
    assert np.isnan(found["talking"].error)

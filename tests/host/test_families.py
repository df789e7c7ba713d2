"""Corrections for many questions: against SciPy, by hand, and that they keep what they promise."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from telltale.core.rng import stream
from telltale.host.families import across, benjamini_hochberg, over_families, simes


def test_equal_to_scipy() -> None:
    p = stream(1, "p").random(40) ** 2
    np.testing.assert_allclose(benjamini_hochberg(p), stats.false_discovery_control(p))
    np.testing.assert_allclose(simes(p), stats.false_discovery_control(p).min())


def test_what_was_not_asked_counts_nowhere() -> None:
    p = np.array([0.01, np.nan, 0.04])
    np.testing.assert_allclose(benjamini_hochberg(p), [0.02, np.nan, 0.04])
    assert np.isnan(simes(np.array([np.nan, np.nan])))
    q = over_families(np.array([[0.01, 0.5], [np.nan, np.nan]]))
    np.testing.assert_allclose(q, [[0.02, 0.5], [np.nan, np.nan]])


def test_families_by_hand() -> None:
    """Simes .004, .06, .8, so .012, .09, .8 over families: one of three is selected, asked at .05 / 3."""
    p = np.array([[0.002, 0.02], [0.03, 0.9], [0.8, 0.8]])
    np.testing.assert_allclose(over_families(p), [[0.012, 0.06], [0.09, 0.9], [0.8, 0.8]])


@pytest.mark.parametrize("planted", [0, 3])
def test_claims_by_chance_are_as_few_as_promised(planted: int) -> None:
    """7 families of 28, in some of which one p is tiny: the mean false share of what is told, in 400."""
    rng, shares = stream(planted, "families"), []
    for _ in range(400):
        p = rng.random((7, 28))
        p[:planted, 0] = 1e-9
        told = over_families(p) <= 0.05
        by_family = [
            (row[1:] if k < planted else row).sum() / max(row.sum(), 1) for k, row in enumerate(told)
        ]
        chosen = told.any(axis=1)
        shares.append(np.sum(by_family) / max(chosen.sum(), 1))
        assert told[:planted, 0].all()
    # 5 % and two standard errors.
    assert np.mean(shares) <= 0.05 + 2 * np.std(shares) / 20


def test_families_of_any_size_say_something_as_seldom_as_one() -> None:
    rng, sizes, claims = stream(6, "sizes"), (28, 28, 4, 140, 1, 0), 0
    for _ in range(400):
        q = across([benjamini_hochberg(rng.random(size)) for size in sizes])
        assert [len(one) for one in q] == list(sizes)
        claims += any((one <= 0.05).any() for one in q)
    assert claims <= 400 * 0.05 + 2 * np.sqrt(400 * 0.05 * 0.95)
    alone = [benjamini_hochberg(np.array([0.001, 0.5])), benjamini_hochberg(rng.random(3) / 2 + 0.5)]
    np.testing.assert_allclose(across(alone)[0], np.minimum(2 * alone[0], 1))
    rows = stream(7, "rows").random((3, 9)) ** 2
    np.testing.assert_allclose(across([benjamini_hochberg(row) for row in rows]), over_families(rows))

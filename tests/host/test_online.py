"""Live correlation: the numbers of a stream are those of the whole, and its intervals hold what is true."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from telltale.core.errors import ConfigError
from telltale.core.rng import stream
from telltale.host.online import OnlineCorrelation

Array = npt.NDArray[np.float64]
NAMES, OUTCOMES = ("elation", "doubt", "pride"), ("purchases", "likes")


def made(stretches: int, seed: int = 3) -> tuple[Array, Array]:
    """Shares and counts that go along with each other, and with their own past."""
    rng = stream(seed, "online")
    shares = np.zeros((stretches, 3))
    for t in range(1, stretches):
        shares[t] = 0.6 * shares[t - 1] + rng.standard_normal(3)
    counts = np.column_stack([shares[:, 0] + rng.standard_normal(stretches), rng.poisson(4.0, stretches)])
    return shares, counts


def streamed(shares: Array, counts: Array, **settings: object) -> OnlineCorrelation:
    live = OnlineCorrelation(NAMES, OUTCOMES, **settings)  # type: ignore[arg-type]
    for x, y in zip(shares, counts, strict=True):
        live.add(x, y)
    return live


def weighted(x: Array, y: Array, weight: Array, beyond: Array) -> float:
    """A partial correlation by its definition: of what weighted least squares on covariates leaves."""
    known = np.isfinite(x) & np.isfinite(y) & np.isfinite(beyond).all(axis=1)
    root = np.sqrt(weight[known])
    both = root[:, None] * np.column_stack([x[known], y[known]])
    on = root[:, None] * np.column_stack([np.ones(known.sum()), beyond[known]])
    dx, dy = (both - on @ np.linalg.lstsq(on, both)[0]).T
    return float((dx * dy).sum() / np.sqrt((dx**2).sum() * (dy**2).sum()))


def worth(known: Array, weight: Array, series: tuple[Array, Array], beyond: Array) -> float:
    """Effective stretches by their definition."""
    w, alike = weight[known == 1], 1.0
    for one in series:
        alike *= weighted(one[:-1], one[1:], weight[1:], beyond[1:])
    alike = max(alike, 0.0)
    return float(w.sum() ** 2 / (w**2).sum() * (1 - alike) / (1 + alike))


@pytest.mark.parametrize("covariate", [False, True])
@pytest.mark.parametrize("half_life", [None, 12.0])
def test_a_stream_ends_in_the_numbers_of_the_whole(half_life: float | None, covariate: bool) -> None:
    shares, counts = made(300)
    # Gaps of both counts, of each alone, of all expressions and of one.
    counts[[5, 40, 41]] = np.nan
    counts[100:160, 1] = counts[[0, 299], 0] = counts[7, 0] = np.nan
    shares[[7, 120]] = shares[200:240, 2] = np.nan
    present = 5 + stream(4, "present").standard_normal(300).cumsum()
    present[[60, 61]] = np.nan
    beside = present[:, None] if covariate else np.empty((300, 0))
    live = OnlineCorrelation(NAMES, OUTCOMES, (0, 1, 3), half_life, ("viewers",) * covariate)
    for x, y, z in zip(shares, counts, beside, strict=True):
        live.add(x, y, z)
    found = live.correlations()
    assert found.beyond == ("trend", "viewers")[: 1 + covariate]
    beyond = np.column_stack([np.arange(300.0), beside])
    keep = 1.0 if half_life is None else 0.5 ** (1 / half_life)
    weight: Array = keep ** np.arange(300, dtype=np.float64)[::-1]
    for row, lag in enumerate(found.lags):
        for i in range(3):
            for k in range(2):
                earlier = np.concatenate([np.full(lag, np.nan), shares[: 300 - lag, i]])
                wanted = weighted(earlier, counts[:, k], weight, beyond)
                assert found.r[row, i, k] == pytest.approx(wanted, abs=1e-10)
                known = np.isfinite(earlier + counts[:, k] + beyond.sum(axis=1)).astype(float)
                n = worth(known, weight, (shares[:, i], counts[:, k]), beyond)
                assert found.effective[row, i, k] == pytest.approx(n, rel=1e-9)
    assert found.stretches == 300


def test_what_was_not_counted_takes_nothing_from_what_was() -> None:
    shares, counts = made(200)
    whole = streamed(shares, counts, lags=(0, 2)).correlations()
    counts[::3, 1] = np.nan
    gaps = streamed(shares, counts, lags=(0, 2)).correlations()
    for part in ("r", "low", "high", "effective"):
        before, after = getattr(whole, part), getattr(gaps, part)
        np.testing.assert_array_equal(after[..., 0], before[..., 0])
        assert (after[..., 1] != before[..., 1]).all()
    counts[:, 1] = np.nan
    never = streamed(shares, counts, lags=(0, 2)).correlations()
    np.testing.assert_array_equal(never.r[..., 0], whole.r[..., 0])
    assert np.isnan(never.r[..., 1]).all()
    assert not never.effective[..., 1].any()


def test_without_a_half_life_it_is_numpy_s_beyond_a_line() -> None:
    shares, counts = made(200)
    found = streamed(shares, counts).correlations()
    both = np.column_stack([shares, counts])
    left = (
        both
        - np.polynomial.polynomial.polyval(
            np.arange(200.0), np.polynomial.polynomial.polyfit(np.arange(200.0), both, 1)
        ).T
    )
    assert found.r[0] == pytest.approx(np.corrcoef(left.T)[:3, 3:], abs=1e-10)


def test_two_trends_do_not_go_along_and_what_moves_beyond_them_does() -> None:
    rng = stream(8, "trends")
    line, noise = np.linspace(0, 9, 200)[:, None], rng.standard_normal((200, 5))
    shares, counts = 5 * line + noise[:, :3], 3 * line + noise[:, 3:]
    counts[:, 1] = -2 * line[:, 0] + noise[:, 2]
    assert (np.abs(np.corrcoef(shares.T, counts.T)[:3, 3:]) > 0.9).all()
    r = streamed(shares, counts).correlations().r[0]
    assert r[2, 1] == pytest.approx(1.0)
    assert (np.abs(np.delete(r.ravel(), 5)) < 0.2).all()
    # Lines alone leave rounding, and that is no correlation.
    for half_life in (None, 20.0):
        alone = streamed(np.repeat(line, 3, axis=1), np.repeat(-line, 2, axis=1), half_life=half_life)
        assert np.isnan(alone.correlations().r).all()


def test_covariates_that_tell_nothing_new_change_nothing() -> None:
    shares, counts = made(200)
    plain = streamed(shares, counts).correlations().r
    live = OnlineCorrelation(NAMES, OUTCOMES, covariates=("constant", "line"))
    for k, (x, y) in enumerate(zip(shares, counts, strict=True)):
        live.add(x, y, np.array([7.0, 3.0 - 2 * k]))
    np.testing.assert_allclose(live.correlations().r, plain, atol=1e-9)


def test_intervals_hold_the_truth_though_neighbours_are_alike() -> None:
    held = naive = 0
    for seed in range(200):
        rng = stream(seed, "null")
        series = np.zeros((120, 2))
        for t in range(1, 120):
            series[t] = 0.8 * series[t - 1] + rng.standard_normal(2)
        live = OnlineCorrelation(("elation",), ("purchases",))
        for x, y in series:
            live.add(np.array([x]), np.array([y]))
        found = live.correlations()
        held += bool(found.low[0, 0, 0] < 0 < found.high[0, 0, 0])
        naive += abs(found.r[0, 0, 0]) < 1.96 / np.sqrt(117)
    assert held >= 180
    assert naive < 160


def test_a_half_life_forgets() -> None:
    rng = stream(1, "turn")
    shares = rng.standard_normal((400, 1))
    counts = np.where(np.arange(400)[:, None] < 200, shares, -shares) + 0.1 * rng.standard_normal((400, 1))
    forgets, keeps = (OnlineCorrelation(("elation",), ("likes",), half_life=h) for h in (20.0, None))
    for x, y in zip(shares, counts, strict=True):
        forgets.add(x, y)
        keeps.add(x, y)
    assert forgets.correlations().r[0, 0, 0] < -0.9
    assert abs(keeps.correlations().r[0, 0, 0]) < 0.2


def test_too_little_and_nothing_that_moves_tell_nothing() -> None:
    shares, counts = made(6)
    assert np.isnan(streamed(shares, counts).correlations().r).all()
    shares, counts = made(60)
    shares[:, 1], counts[:, 1] = 0.2, 0.0
    found = streamed(shares, counts).correlations()
    assert np.isnan(found.r[0, 1]).all()
    assert np.isnan(found.r[0, :, 1]).all()
    assert np.isfinite(found.r[0, 0, 0])


def test_what_cannot_be_asked_is_told() -> None:
    with pytest.raises(ConfigError, match="lags"):
        OnlineCorrelation(NAMES, OUTCOMES, lags=(1, 1))
    with pytest.raises(ConfigError, match="half-life"):
        OnlineCorrelation(NAMES, OUTCOMES, half_life=0)

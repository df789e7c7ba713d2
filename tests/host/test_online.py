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


def weighted(x: Array, y: Array, weight: Array) -> float:
    """A correlation by its definition."""
    known = np.isfinite(x) & np.isfinite(y)
    x, y, w = x[known], y[known], weight[known]
    dx, dy = x - np.average(x, weights=w), y - np.average(y, weights=w)
    return float((w * dx * dy).sum() / np.sqrt((w * dx**2).sum() * (w * dy**2).sum()))


def worth(known: Array, weight: Array, series: tuple[Array, Array]) -> float:
    """Effective stretches by their definition."""
    w, alike = weight[known == 1], 1.0
    for one in series:
        alike *= weighted(one[:-1], one[1:], weight[1:])
    alike = max(alike, 0.0)
    return float(w.sum() ** 2 / (w**2).sum() * (1 - alike) / (1 + alike))


@pytest.mark.parametrize("half_life", [None, 12.0])
def test_a_stream_ends_in_the_numbers_of_the_whole(half_life: float | None) -> None:
    shares, counts = made(300)
    # Gaps of both counts, of each alone, of all expressions and of one.
    counts[[5, 40, 41]] = np.nan
    counts[100:160, 1] = counts[[0, 299], 0] = counts[7, 0] = np.nan
    shares[[7, 120]] = shares[200:240, 2] = np.nan
    found = streamed(shares, counts, lags=(0, 1, 3), half_life=half_life).correlations()
    keep = 1.0 if half_life is None else 0.5 ** (1 / half_life)
    weight: Array = keep ** np.arange(300, dtype=np.float64)[::-1]
    for row, lag in enumerate(found.lags):
        for i in range(3):
            for k in range(2):
                earlier = np.concatenate([np.full(lag, np.nan), shares[: 300 - lag, i]])
                wanted = weighted(earlier, counts[:, k], weight)
                assert found.r[row, i, k] == pytest.approx(wanted, abs=1e-10)
                known = np.isfinite(earlier + counts[:, k]).astype(float)
                n = worth(known, weight, (shares[:, i], counts[:, k]))
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


def test_without_a_half_life_it_is_numpy_s() -> None:
    shares, counts = made(200)
    found = streamed(shares, counts).correlations()
    assert found.r[0] == pytest.approx(np.corrcoef(shares.T, counts.T)[:3, 3:], abs=1e-12)


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

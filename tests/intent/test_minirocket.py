"""MiniRocket against its definition written out, and on shapes that nothing simpler tells apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.linear_model import RidgeClassifierCV

from telltale.core.signal import Values
from telltale.intent import minirocket as module
from telltale.intent.minirocket import (
    TWOS,
    MiniRocketKernels,
    MiniRocketSettings,
    fit_minirocket,
    minirocket,
)


def whole_numbers(count: int, steps: int = 21, channel_count: int = 5, seed: int = 0) -> Values:
    """Small whole numbers: every sum of them is exact, whatever its order."""
    draw = np.random.default_rng(seed)
    return draw.integers(-4, 5, (count, steps, channel_count)).astype(np.float32)


def naive_convolution(window: Values, kernels: MiniRocketKernels, j: int) -> npt.NDArray[np.float64]:
    """Multiply and add, kernel by kernel, as the paper defines it."""
    weights = np.full(9, -1.0)
    weights[kernels.twos[j]] = 2.0
    dilation = int(kernels.dilations[j])
    series = np.nan_to_num(window[:, kernels.channels[j][kernels.channels[j] >= 0]]).sum(axis=1)
    if kernels.padded[j]:
        series = np.pad(series, 4 * dilation)
    places = range(len(series) - 8 * dilation)
    return np.array([sum(weights[i] * series[t + i * dilation] for i in range(9)) for t in places])


def naive_features(values: Values, kernels: MiniRocketKernels) -> npt.NDArray[np.float64]:
    features = np.zeros((len(values), len(kernels.biases)))
    for n, window in enumerate(values):
        for j in range(len(kernels.dilations)):
            convolved = naive_convolution(window, kernels, j)
            for feature in range(kernels.starts[j], kernels.starts[j + 1]):
                features[n, feature] = np.mean(convolved > kernels.biases[feature])
    return features


@pytest.mark.parametrize(("steps", "channel_count", "features"), [(9, 1, 84), (21, 5, 84 * 7), (40, 12, 700)])
def test_the_fast_way_gives_what_the_definition_gives(steps: int, channel_count: int, features: int) -> None:
    values = whole_numbers(4, steps, channel_count)
    kernels = fit_minirocket(values, MiniRocketSettings(features=features))
    assert len(kernels.biases) == features // 84 * 84
    assert minirocket(values, kernels) == pytest.approx(naive_features(values, kernels), abs=1e-6)


def test_sums_of_more_than_255_steps_are_right() -> None:
    values = whole_numbers(2, steps=600, channel_count=2)
    kernels = fit_minirocket(values, MiniRocketSettings(features=84))
    assert minirocket(values, kernels) == pytest.approx(naive_features(values, kernels), abs=1e-6)


def test_biases_are_quantiles_of_one_training_window() -> None:
    values = whole_numbers(1, steps=300)
    values += np.random.default_rng(1).normal(0, 0.01, values.shape).astype(np.float32)
    kernels = fit_minirocket(values, MiniRocketSettings(features=84 * 20))
    golden = (1 + 5**0.5) / 2
    above = 1 - np.arange(1, len(kernels.biases) + 1) * golden % 1
    steps = np.repeat(np.where(kernels.padded, 300, 300 - 8 * kernels.dilations), np.diff(kernels.starts))
    assert np.all(np.abs(minirocket(values, kernels)[0] - above) <= 1.5 / steps)


def test_kernels_are_all_and_mind_no_level() -> None:
    assert len({tuple(places) for places in TWOS.tolist()}) == 84
    values = whole_numbers(3)
    kernels = fit_minirocket(values, MiniRocketSettings(features=84 * 4))
    inside = ~np.repeat(kernels.padded, np.diff(kernels.starts))
    raised = minirocket(values + 7, kernels)
    assert np.array_equal(raised[:, inside], minirocket(values, kernels)[:, inside])
    assert not np.array_equal(raised, minirocket(values, kernels))


@pytest.mark.parametrize(
    ("steps", "per_kernel", "dilations", "counts"),
    [
        (300, 1, [1], [1]),
        # Exponents 0 and log2(299 / 8) = 5.2.
        (300, 2, [1, 37], [1, 1]),
        # A window of 257 steps is spanned by nine weights 32 steps apart, exactly.
        (257, 6, [1, 2, 4, 8, 16, 32], [1] * 6),
        # Nine steps leave one dilation, which takes all features.
        (9, 50, [1], [50]),
        # 32 exponents up to log2(2): 31 stay below 2, and 40 features go 31 : 1, the last one to the first.
        (17, 40, [1, 2], [39, 1]),
    ],
)
def test_dilations_by_hand(steps: int, per_kernel: int, dilations: list[int], counts: list[int]) -> None:
    settings = MiniRocketSettings(features=84 * per_kernel)
    kernels = fit_minirocket(whole_numbers(1, steps), settings)
    assert kernels.dilations.tolist() == np.repeat(dilations, 84).tolist()
    assert np.diff(kernels.starts).tolist() == np.repeat(counts, 84).tolist()


def test_half_of_each_kernel_and_of_each_dilation_are_padded() -> None:
    kernels = fit_minirocket(whole_numbers(1, 300, 3), MiniRocketSettings(features=84 * 100))
    padded = kernels.padded.reshape(-1, 84)
    assert (padded.sum(axis=1) == 42).all()
    assert set(padded.sum(axis=0).tolist()) <= {len(padded) // 2, (len(padded) + 1) // 2}


@pytest.mark.parametrize("channel_count", [1, 2, 5, 128])
def test_channels_are_a_few_different_ones(channel_count: int) -> None:
    kernels = fit_minirocket(whole_numbers(1, 40, channel_count), MiniRocketSettings(features=84 * 30))
    chosen = [row[row >= 0].tolist() for row in kernels.channels]
    assert all(len(set(row)) == len(row) for row in chosen)
    assert {len(row) for row in chosen} == set(range(1, min(channel_count, 9) + 1))
    assert {channel for row in chosen for channel in row} == set(range(channel_count))


def test_the_seed_says_it_all() -> None:
    values = whole_numbers(6, 40)
    first, again, other = (
        fit_minirocket(values, MiniRocketSettings(features=420, seed=seed)) for seed in (3, 3, 4)
    )
    assert all(np.array_equal(a, again.arrays()[name]) for name, a in first.arrays().items())
    assert not np.array_equal(first.channels, other.channels)
    assert not np.array_equal(first.biases, other.biases)


def test_kernels_come_back_from_a_file(tmp_path: Path) -> None:
    values = whole_numbers(3)
    kernels = fit_minirocket(values, MiniRocketSettings(features=420))
    np.savez(tmp_path / "kernels.npz", **kernels.arrays())  # type: ignore[arg-type]
    with np.load(tmp_path / "kernels.npz") as file:
        loaded = MiniRocketKernels.from_arrays(file)
    assert np.array_equal(minirocket(values, loaded), minirocket(values, kernels))


def test_neither_order_nor_chunks_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(2).standard_normal((7, 60, 6)).astype(np.float32)
    kernels = fit_minirocket(values, MiniRocketSettings(features=840))
    features = minirocket(values, kernels)
    order = np.array([3, 6, 0, 2, 5, 1, 4])
    assert np.array_equal(minirocket(values[order], kernels), features[order])
    for size in (1, 3):
        monkeypatch.setattr(module, "_WINDOWS_AT_ONCE", size)
        assert np.array_equal(minirocket(values, kernels), features)


def test_nan_count_as_zero_and_the_windows_stay_as_they_were() -> None:
    values = whole_numbers(4, 40)
    values[1, 10:30] = np.nan
    values[2] = np.nan
    before = values.copy()
    kernels = fit_minirocket(values, MiniRocketSettings(features=420))
    features = minirocket(values, kernels)
    assert np.array_equal(features, minirocket(np.nan_to_num(values), kernels))
    assert np.array_equal(values, before, equal_nan=True)


def test_a_memory_map_of_half_floats_is_read_as_it_is(tmp_path: Path) -> None:
    values = np.random.default_rng(2).standard_normal((3, 60, 6)).astype(np.float16)
    np.save(tmp_path / "windows.npy", values)
    mapped = np.load(tmp_path / "windows.npy", mmap_mode="r")
    kernels = fit_minirocket(mapped, MiniRocketSettings(features=420))
    assert np.array_equal(minirocket(mapped, kernels), minirocket(values.astype(np.float32), kernels))


def test_windows_in_which_nothing_happens_give_no_biases() -> None:
    moving = whole_numbers(1, 40)
    still = np.full((50, 40, 5), np.nan, dtype=np.float32)
    settings = MiniRocketSettings(features=84)
    among_still = fit_minirocket(np.concatenate([still, moving]), settings)
    assert np.array_equal(among_still.biases, fit_minirocket(moving, settings).biases)
    with pytest.raises(ValueError, match="no window changes"):
        fit_minirocket(still, settings)


def test_windows_of_another_shape_are_refused() -> None:
    kernels = fit_minirocket(whole_numbers(2), MiniRocketSettings(features=84))
    assert minirocket(whole_numbers(0), kernels).shape == (0, 84)
    with pytest.raises(ValueError, match=r"\(21, 4\), kernels for \(21, 5\)"):
        minirocket(whole_numbers(2, channel_count=4), kernels)
    with pytest.raises(ValueError, match="9 steps or more, not 8"):
        fit_minirocket(whole_numbers(2, steps=8))


def brief_events(count: int, seed: int) -> tuple[Values, npt.NDArray[np.int64]]:
    """Noise in five channels and one event in the third, at any time: up and down, or down and up."""
    draw = np.random.default_rng(seed)
    values = draw.normal(0, 0.3, (count, 100, 5)).astype(np.float32)
    label = draw.integers(0, 2, count)
    for window, down_first, start in zip(values, label, draw.integers(5, 85, count), strict=True):
        event = np.repeat([1.5, -1.5], 4)
        window[start : start + 8, 2] += -event if down_first else event
    return values, label


def test_ridge_on_its_features_tells_shapes_of_brief_events_apart() -> None:
    (train, train_label), (test, test_label) = brief_events(300, seed=1), brief_events(300, seed=2)
    kernels = fit_minirocket(train, MiniRocketSettings(features=4_000))
    alphas = np.logspace(-1, 4, 8)

    def accuracy(train_features: Values, test_features: Values) -> float:
        model = RidgeClassifierCV(alphas=alphas).fit(train_features, train_label)
        return float(model.score(test_features, test_label))

    assert accuracy(minirocket(train, kernels), minirocket(test, kernels)) > 0.9
    # Mean, variance and maximum of both kinds of event are the same.
    plain = [np.concatenate([x.mean(axis=1), x.var(axis=1), x.max(axis=1)], axis=1) for x in (train, test)]
    assert accuracy(plain[0], plain[1]) < 0.62

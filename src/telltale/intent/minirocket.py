"""MiniRocket: how often each of some ten thousand small patterns is there in a window, whatever the moment.

A kernel has nine weights, three of them 2 and six -1: 84 kernels in all, and none of them minds a level.
Spread over time by a dilation d and slid over S, the sum of a few channels, the kernel with 2s at places a, b
and c and a bias give one feature, the proportion of positive values (PPV):

    C[t] = 3 (S[t + a d] + S[t + b d] + S[t + c d]) - sum over i = 0 ... 8 of S[t + i d]
    PPV  = share of t where C[t] > bias

since a weight of 2 is -1 + 3. The nine terms take four additions: pairs, pairs of pairs, and so on. Dilations
run exponentially from 1 until the kernel spans the window; every other combination of kernel and dilation
sees zeros before and after the window, the others only what lies in it; biases are quantiles of C over a
training window. Dempster, Schmidt and Webb, "MiniRocket", KDD 2021, 10.1145/3447548.3467231; for many
channels each combination takes a random few.

NaN count as 0: scale each channel around its mean first, and what was not read stands at the mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from itertools import combinations
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from telltale.core.rng import stream
from telltale.core.signal import Values

LENGTH: Final = 9
"""Weights of a kernel."""

TWOS: Final = np.array(list(combinations(range(LENGTH), 3)), dtype=np.int64)
"""Shape (84, 3): the places of a kernel's three 2s."""

MOST_DILATIONS: Final = 32
MOST_CHANNELS: Final = 9
"""Both as the authors have them."""

_WINDOWS_AT_ONCE: Final = 256
"""Windows lie beside each other in memory: enough for long inner loops, few enough for the cache."""

_GOLDEN: Final = (1 + 5**0.5) / 2


@dataclass(frozen=True, slots=True)
class MiniRocketSettings:
    """How many features, and which of the random ones.

    >>> MiniRocketSettings(features=50)
    Traceback (most recent call last):
    ValueError: features must be 84 or more, not 50
    """

    features: int = 10_000
    """Rounded down to a multiple of 84."""
    seed: int = 0

    def __post_init__(self) -> None:
        if self.features < len(TWOS):
            raise ValueError(f"features must be {len(TWOS)} or more, not {self.features}")
        if self.seed < 0:
            raise ValueError(f"seed must be 0 or more, not {self.seed}")


@dataclass(frozen=True, slots=True, eq=False)
class MiniRocketKernels:
    """What was learned: m combinations of kernel and dilation, and the biases of each."""

    shape: npt.NDArray[np.int64]
    """Shape (2,): steps and channels of a window."""
    dilations: npt.NDArray[np.int64]
    """Shape (m,), steps."""
    twos: npt.NDArray[np.int64]
    """Shape (m, 3): places of the weights 2."""
    padded: npt.NDArray[np.bool_]
    """Shape (m,): whether zeros stand before and after the window."""
    channels: npt.NDArray[np.int64]
    """Shape (m, 9): the channels added up, -1 where there are fewer than nine."""
    starts: npt.NDArray[np.int64]
    """Shape (m + 1,): combination j has the features `starts[j]` to `starts[j + 1]`."""
    biases: npt.NDArray[np.float32]
    """Shape (F,)."""

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """All of it by name, as `numpy.savez` takes it."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Self:
        """What `arrays` gave, or the file that `numpy.load` has opened."""
        return cls(**{field.name: arrays[field.name] for field in fields(cls)})


def fit_minirocket(
    values: npt.NDArray[np.floating], settings: MiniRocketSettings | None = None
) -> MiniRocketKernels:
    """Choose dilations and channels, and learn the biases from training windows.

    Parameters
    ----------
    values
        Shape (n, steps, channels), scaled by the caller, at least 9 steps; only windows drawn are read.

    >>> values = np.random.default_rng(0).standard_normal((5, 60, 4)).astype(np.float32)
    >>> kernels = fit_minirocket(values, MiniRocketSettings(features=1000))
    >>> len(kernels.biases), np.unique(kernels.dilations).tolist()
    (924, [1, 2, 3, 4, 6, 7])
    """
    settings = settings or MiniRocketSettings()
    steps, channel_count = values.shape[1:]
    if steps < LENGTH:
        raise ValueError(f"a window must have {LENGTH} steps or more, not {steps}")
    dilations, counts = _dilations(steps, settings.features // len(TWOS))
    kernel, dilation = np.tile(np.arange(len(TWOS)), len(dilations)), np.repeat(dilations, len(TWOS))
    starts = np.concatenate([[0], np.cumsum(np.repeat(counts, len(TWOS)))])
    kernels = MiniRocketKernels(
        shape=np.array([steps, channel_count]),
        dilations=dilation,
        twos=TWOS[kernel],
        # By kernel and dilation in turn, so that half of either's combinations are padded.
        padded=(kernel + np.repeat(np.arange(len(dilations)), len(TWOS))) % 2 == 0,
        channels=_channels(len(kernel), channel_count, settings.seed),
        starts=starts,
        biases=np.empty(starts[-1], dtype=np.float32),
    )
    # Multiples of the golden ratio fill 0 ... 1 evenly wherever they are cut off.
    quantiles = np.arange(1, starts[-1] + 1) * _GOLDEN % 1
    draws = _moving_windows(values, stream(settings.seed, "minirocket", "windows"))
    for j, block in zip(range(len(kernel)), draws, strict=False):
        mine = slice(starts[j], starts[j + 1])
        kernels.biases[mine] = np.quantile(_convolved(block, kernels, j).astype(np.float64), quantiles[mine])
    return kernels


def minirocket(values: npt.NDArray[np.floating], kernels: MiniRocketKernels) -> Values:
    """The features of windows. Shape (n, F), shares of time between 0 and 1.

    Parameters
    ----------
    values
        Shape (n, steps, channels), scaled as those that the kernels were fitted to.

    >>> values = np.random.default_rng(0).standard_normal((5, 60, 4)).astype(np.float32)
    >>> features = minirocket(values, fit_minirocket(values, MiniRocketSettings(features=84)))
    >>> features.shape, bool((features >= 0).all() and (features <= 1).all())
    ((5, 84), True)
    """
    if values.shape[1:] != tuple(kernels.shape):
        raise ValueError(f"windows of shape {values.shape[1:]}, kernels for {tuple(kernels.shape.tolist())}")
    features = np.empty((len(values), len(kernels.biases)), dtype=np.float32)
    for first in range(0, len(values), _WINDOWS_AT_ONCE):
        block = _block(values[first : first + _WINDOWS_AT_ONCE])
        shares = np.empty((len(kernels.biases), block.shape[2]), dtype=np.float32)
        for j in range(len(kernels.dilations)):
            mine = slice(kernels.starts[j], kernels.starts[j + 1])
            shares[mine] = _positive_shares(_convolved(block, kernels, j), kernels.biases[mine])
        features[first : first + _WINDOWS_AT_ONCE] = shares.T
    return features


def _dilations(steps: int, per_kernel: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Dilations, and how many of a kernel's features each has; they add up to `per_kernel`."""
    exponents = np.linspace(0, np.log2((steps - 1) / (LENGTH - 1)), min(per_kernel, MOST_DILATIONS))
    # A hair more: 2 to the power of a logarithm may fall short of the whole number it stands for.
    powers = np.floor(np.exp2(exponents) + 1e-9).astype(np.int64)
    dilations, times = np.unique(powers, return_counts=True)
    counts = times * per_kernel // len(exponents)
    counts[: per_kernel - counts.sum()] += 1
    return dilations, counts


def _channels(count: int, channel_count: int, seed: int) -> npt.NDArray[np.int64]:
    """A random few channels for each combination, one as often as two or three, or four to seven."""
    draw = stream(seed, "minirocket", "channels")
    sizes = np.exp2(draw.uniform(0, np.log2(min(channel_count, MOST_CHANNELS) + 1), count)).astype(int)
    chosen = np.full((count, MOST_CHANNELS), -1, dtype=np.int64)
    for row, size in zip(chosen, sizes, strict=True):
        row[:size] = draw.choice(channel_count, size, replace=False)
    return chosen


def _moving_windows(values: npt.NDArray[np.floating], draw: np.random.Generator) -> Iterator[Values]:
    """Windows one at a time, in random order and round after round.

    A window in which no face was read holds constants and would give its features a bias of nothing.
    """
    some = True
    while some:
        some = False
        for i in draw.permutation(len(values)).tolist():
            block = _block(values[i : i + 1])
            if np.ptp(block, axis=1).any():
                some = True
                yield block
    raise ValueError("no window changes over time, so there is nothing to take biases from")


def _block(values: npt.NDArray[np.floating]) -> Values:
    """Shape (channels, steps, n) with 0 for NaN: a step later is a constant distance in memory."""
    block = np.array(values.transpose(2, 1, 0), dtype=np.float32, order="C")
    block[np.isnan(block)] = 0
    return block


def _convolved(block: Values, kernels: MiniRocketKernels, j: int) -> Values:
    """C of combination j. Shape (steps, n), or (steps - 8 d, n) where it is not padded."""
    d, steps = int(kernels.dilations[j]), block.shape[1]
    pad = 4 * d if kernels.padded[j] else 0
    first, *others = kernels.channels[j][kernels.channels[j] >= 0]
    series = np.zeros((steps + 2 * pad, block.shape[2]), dtype=np.float32)
    inside = series[pad : pad + steps]
    inside += block[first]
    for channel in others:
        inside += block[channel]
    out = len(series) - (LENGTH - 1) * d
    twos = series[kernels.twos[j, 0] * d :][:out] + series[kernels.twos[j, 1] * d :][:out]
    twos += series[kernels.twos[j, 2] * d :][:out]
    twos *= 3
    pairs = series[:-d] + series[d:]
    fours = pairs[: -2 * d] + pairs[2 * d :]
    twos -= fours[:out]
    twos -= fours[4 * d :][:out]
    twos -= series[8 * d :]
    return twos


def _positive_shares(convolved: Values, biases: Values) -> Values:
    """Share of steps above each of k biases. Shape (k, n)."""
    above = (convolved > biases[:, None, None]).view(np.uint8)
    steps = above.shape[1]
    # Bytes add up several times faster than wider numbers, and hold a sum of 255 of them.
    parts = [above[:, i : i + 255].sum(axis=1, dtype=np.uint8) for i in range(0, steps, 255)]
    total: Values = np.sum(parts, axis=0, dtype=np.float32)
    return total / np.float32(steps)

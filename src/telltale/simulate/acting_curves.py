"""Curves in continuous time: what moves is a function of seconds, so any frame rate samples the same act."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def smooth_step(x: Array) -> Array:
    """From 0 at 0 to 1 at 1 with speed and acceleration 0 at both ends (6x^5 - 15x^4 + 10x^3).

    >>> smooth_step(np.array([-1.0, 0.0, 0.5, 1.0, 2.0])).tolist()
    [0.0, 0.0, 0.5, 1.0, 1.0]
    """
    x = np.clip(x, 0.0, 1.0)
    return x * x * x * (x * (6.0 * x - 15.0) + 10.0)


@dataclass(frozen=True, slots=True)
class Bump:
    """A rise from `start_s` to `top_s`, a plateau to `leave_s`, a fall to `end_s`; height 1."""

    start_s: float
    top_s: float
    leave_s: float
    end_s: float

    def __post_init__(self) -> None:
        if not self.start_s < self.top_s <= self.leave_s < self.end_s:
            raise ValueError(f"a bump's times want to rise: {self}")

    def at(self, times_s: Array) -> Array:
        """Height at each time.

        >>> Bump(0, 1, 2, 4).at(np.array([0.0, 0.5, 1.5, 3.0, 5.0])).tolist()
        [0.0, 0.5, 1.0, 0.5, 0.0]
        """
        up = smooth_step((times_s - self.start_s) / (self.top_s - self.start_s))
        down = smooth_step((times_s - self.leave_s) / (self.end_s - self.leave_s))
        return up - down


@dataclass(frozen=True, slots=True, eq=False)
class Drift:
    """A slow wander around 0: a sum of sines, standard deviation 1."""

    rates_hz: Array
    """Shape (n,)."""
    phases_rad: Array
    """Shape (n,)."""

    @classmethod
    def draw(cls, rng: np.random.Generator, slowest_hz: float, fastest_hz: float, count: int = 5) -> Drift:
        """Rates spread evenly in their logarithm, one in each part of the range."""
        share = (np.arange(count) + rng.random(count)) / count
        return cls(slowest_hz * (fastest_hz / slowest_hz) ** share, rng.uniform(0, 2 * np.pi, count))

    def at(self, times_s: Array) -> Array:
        """Value at each time. Shape of `times_s`."""
        angles = 2 * np.pi * np.multiply.outer(times_s, self.rates_hz) + self.phases_rad
        # Slower sines are higher, as in everything that wanders.
        heights = self.rates_hz**-0.5
        waves = np.sin(angles) @ heights
        return np.asarray(waves / np.sqrt(0.5 * float(heights @ heights)))


def steps_between(times_s: Array, moments_s: Array, values: Array, glide_s: float) -> Array:
    """A value that holds, and glides to the next within `glide_s` from each moment on.

    Parameters
    ----------
    times_s
        Shape (F,).
    moments_s
        Shape (n,), rising; at the first the value is already there.
    values
        Shape (n,): the value from each moment on.

    Returns
    -------
    Shape (F,).

    >>> moments, values = np.array([0.0, 1.0]), np.array([3.0, 5.0])
    >>> steps_between(np.array([0.0, 1.0, 1.05, 2.0]), moments, values, 0.1).round(6).tolist()
    [3.0, 3.0, 4.0, 5.0]
    """
    total = np.full(times_s.shape, values[0])
    for moment, change in zip(moments_s[1:], np.diff(values), strict=True):
        total += change * smooth_step((times_s - moment) / glide_s)
    return total


def spaced(
    rng: np.random.Generator, duration_s: float, gap_s: tuple[float, float], first_s: float = 0.0
) -> Array:
    """Moments from `first_s` to `duration_s`, with gaps drawn evenly from a range. Shape (n,)."""
    count = int((duration_s - first_s) / gap_s[0]) + 2
    moments: Array = first_s + np.cumsum(rng.uniform(*gap_s, size=count))
    return moments[moments < duration_s]

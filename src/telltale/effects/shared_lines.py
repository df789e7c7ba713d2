"""Lines of both arms learnt together: what they share and what sets them apart, a ridge for each.

    m_t(x) = a + b'z + s (c + d'z),     s = t - 1/2

A strong ridge on d says that the effect is one number, a weak one that each arm has a line of its own; both
are chosen by how well rows of other clusters are forecast. A binary outcome has these lines on the log odds.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from scipy.special import expit

from telltale.effects.folds import cluster_folds, split
from telltale.effects.variance import Bools, Floats, Ints

_RIDGES: Final = np.logspace(-1, 4, 11)
_FREE: Final = 1e-6
"""On a and c."""
_FOLDS: Final = 5
_STEPS: Final = 25
_CLOSE: Final = 1e-8


@dataclass(frozen=True, slots=True, eq=False)
class SharedLines:
    """Fitted lines over p columns."""

    coefficient: Floats
    """Shape (2 p + 2,): b, d, a, c."""
    ridges: tuple[float, float]
    """On b and on d."""

    def both(self, z: Floats) -> tuple[Floats, Floats]:
        """Control's and treated's line at z of shape (n, p), each (n,); log odds of a binary outcome."""
        p = z.shape[1]
        b, d, (a, c) = self.coefficient[:p], self.coefficient[p:-2], self.coefficient[-2:]
        middle, half = a + z @ b, (c + z @ d) / 2
        return middle - half, middle + half


def fit_shared_lines(
    z: Floats, treated: Bools, outcome: Floats, cluster: Ints, *, binary: bool = False, seed: int = 0
) -> SharedLines:
    """Lines from standardised covariates (n, p) and outcomes (n,), of standard deviation near 1 or binary.

    >>> z = np.linspace(-1.7, 1.7, 80)[:, None]
    >>> t = np.arange(80) % 2 == 0
    >>> low, high = fit_shared_lines(z, t, z[:, 0] + 2 * t, np.arange(80)).both(z[:1])
    >>> round(float((high - low)[0]), 2)
    2.0
    """
    s = treated - 0.5
    columns = np.column_stack([z, s[:, None] * z, np.ones(len(s)), s])
    fold = cluster_folds(cluster, treated, _FOLDS, seed, "shared lines")
    ridges = _chosen(columns, outcome, fold)
    strength = _strengths(z.shape[1], *ridges)
    if binary:
        return SharedLines(_newton(columns, outcome, strength), ridges)
    found = np.linalg.solve(columns.T @ columns + np.diag(strength), columns.T @ outcome)
    return SharedLines(found, ridges)


def _strengths(p: int, on_both: float, on_gap: float) -> Floats:
    return np.concatenate([np.full(p, on_both), np.full(p, on_gap), [_FREE, _FREE]])


def _chosen(columns: Floats, outcome: Floats, fold: Ints) -> tuple[float, float]:
    """The two ridges of least squared error on other clusters, from moments alone."""
    a = np.column_stack([columns, outcome])
    held = np.stack([a[rows].T @ a[rows] for _, rows in split(fold)])
    learn = held.sum(axis=0) - held
    p = columns.shape[1] // 2 - 1
    found: dict[tuple[float, float], float] = {}
    for on_both, on_gap in product(_RIDGES.tolist(), repeat=2):
        ridge = np.diag(_strengths(p, on_both, on_gap))
        b = np.linalg.solve(learn[:, :-1, :-1] + ridge, learn[:, :-1, -1:])[..., 0]
        off = np.column_stack([-b, np.ones(len(b))])
        found[on_both, on_gap] = float(np.einsum("ki,kij,kj->", off, held, off))
    return min(found, key=lambda key: found[key])


def _newton(columns: Floats, label: Floats, strength: Floats) -> Floats:
    """Log odds, with ridges that mean what they mean to the chance: a row weighs its variance."""
    strength = strength * float(label.var())
    b = np.zeros(columns.shape[1])
    for _ in range(_STEPS):
        chance = expit(columns @ b)
        weight = np.maximum(chance * (1 - chance), 1e-4)
        slope = columns.T @ (label - chance) - strength * b
        step = np.linalg.solve((columns.T * weight) @ columns + np.diag(strength), slope)
        # A step that moved log odds by more than some units would leave the region where it is right.
        reach = float(np.abs(columns @ step).max(initial=0.0))
        b += step * min(1.0, 3.0 / max(reach, 1e-12))
        if reach < _CLOSE:
            break
    return b

"""Lines and nets of every fold as one model: both mean outcomes and the chance of treatment at X.

    m_t(x) = link( line_t(x) + g_t net_t(x) ),     e(x) = expit( line_e(x) + g_e net_e(x) )

The lines of a fold (`shared_lines.py`, `propensity.py`) and its nets (`neural_net.py`) never saw its rows.
How much of the nets is believed, g from 0 to 1, is what forecasts those rows best: where lines say all there
is, nothing of the nets is left. These three numbers are the only ones for which a row's own fold counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.special import expit, logit

from telltale.effects.design import Design
from telltale.effects.neural_net import CHANCE, CONTROL, TREATED, Nets, NetSettings
from telltale.effects.neural_training import Lesson, train_nets
from telltale.effects.propensity import Chances, PropensitySettings, fit_chances
from telltale.effects.shared_lines import SharedLines, fit_shared_lines
from telltale.effects.variance import Floats, Ints

_SHARES: Final = np.linspace(0, 1, 11)
_LINEAR: Final = PropensitySettings()
_LEAST: Final = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What the model says of n units."""

    control: Floats
    """Shape (n,): the mean outcome, in its own unit."""
    treated: Floats
    chance: Floats


@dataclass(frozen=True, slots=True, eq=False)
class NeuralFit:
    """The model of all folds; all arrays, no torch."""

    mean: Floats
    """Shape (p,), of the covariates."""
    scale: Floats
    middle: float
    """Of the outcome; 0 where it is binary."""
    size: float
    """Its standard deviation; 1 where it is binary."""
    binary: bool
    lines: tuple[SharedLines, ...]
    """One a fold."""
    odds: tuple[Chances, ...]
    nets: Nets
    share: Floats
    """Shape (3,): g of control, treated and chance."""
    stopped: Ints
    """Shape (K,): steps after which each fold's nets stopped."""

    def predict(self, covariates: Floats) -> Told:
        """The mean over all folds, at covariates of shape (n, p)."""
        links = self.links(covariates)
        return Told(*(self._unlinked(k, link).mean(axis=0) for k, link in enumerate(links)))

    def held_out(self, covariates: Floats, fold: Ints) -> Told:
        """Of each row what models say that never saw its fold, shape (N,)."""
        rows = np.arange(len(fold))
        return Told(*(self._unlinked(k, link[fold, rows]) for k, link in enumerate(self.links(covariates))))

    def links(self, covariates: Floats) -> Floats:
        """Lines and the believed part of the nets of each fold, (3, K, n); log odds, or standardised."""
        return self.starts(covariates) + self.share[:, None, None] * self.added(covariates)

    def starts(self, covariates: Floats) -> Floats:
        """The lines of each fold, shape (3, K, n)."""
        z = self._standardised(covariates)
        arms = np.array([line.both(z) for line in self.lines])
        odds = np.array([logit(np.clip(model.chance(covariates), _LEAST, 1 - _LEAST)) for model in self.odds])
        return np.stack([arms[:, CONTROL], arms[:, TREATED], odds])

    def added(self, covariates: Floats) -> Floats:
        """What the nets of each fold say on top, shape (3, K, n)."""
        told = self.nets.add(self._standardised(covariates))
        found: Floats = told.reshape(3, len(self.lines), -1, told.shape[2]).mean(axis=2)
        return found

    def _standardised(self, covariates: Floats) -> Floats:
        z: Floats = (covariates - self.mean) / self.scale
        return z

    def _unlinked(self, head: int, link: Floats) -> Floats:
        if head == CHANCE or self.binary:
            found: Floats = expit(link)
            return found
        return self.middle + self.size * link


def fit_neural(design: Design, fold: Ints, settings: NetSettings, seed: int = 0) -> NeuralFit:
    """The model of a design with covariates, from folds of shape (N,), each 0 to K - 1."""
    x, t, y = design.covariates, design.treated, design.outcome
    binary = design.outcome_kind == "binary"
    mean, scale = x.mean(axis=0), x.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    middle, size = (0.0, 1.0) if binary else (float(y.mean()), float(y.std()) or 1.0)
    z, target = (x - mean) / scale, (y - middle) / size
    lines, odds = [], []
    for k in range(int(fold.max()) + 1):
        learn = fold != k
        cluster = design.cluster[learn]
        lines.append(fit_shared_lines(z[learn], t[learn], target[learn], cluster, binary=binary, seed=seed))
        odds.append(fit_chances(x[learn], t[learn], cluster, _LINEAR, seed))
    empty = Nets((), ())
    found = NeuralFit(
        mean,
        scale,
        middle,
        size,
        binary,
        tuple(lines),
        tuple(odds),
        empty,
        np.zeros(3),
        np.zeros(len(lines), dtype=np.int64),
    )
    start = found.starts(x)
    trained = train_nets(Lesson(z, t, target, fold, start, binary), settings, seed)
    found = replace(found, nets=trained.nets, stopped=trained.stopped)
    return replace(found, share=_believed(start, found.added(x), fold, design, target, binary))


def _believed(
    start: Floats, added: Floats, fold: Ints, design: Design, target: Floats, binary: bool
) -> Floats:
    """g of each head, by the loss on rows that the nets never saw."""
    rows = np.arange(len(fold))
    t = design.treated
    everyone = np.ones(len(t), dtype=bool)
    whose = ((~t, target, binary), (t, target, binary), (everyone, t.astype(np.float64), True))
    found = []
    for head, (some, label, odds) in enumerate(whose):
        line, more = start[head, fold, rows][some], added[head, fold, rows][some]
        told = line + _SHARES[:, None] * more
        y = label[some]
        # The log loss of log odds v is log(1 + e^v) - y v.
        loss = np.logaddexp(0.0, told) - y * told if odds else (y - told) ** 2
        found.append(_SHARES[int(np.argmin(loss.mean(axis=1)))])
    return np.array(found)

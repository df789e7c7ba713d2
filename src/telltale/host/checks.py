"""All checks of a candidate; what has too few points to be told is not known, and sinks (`verdict.py`)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from telltale.core.errors import FormatError
from telltale.host import permute, placebo, wild
from telltale.host.driver import Checks
from telltale.host.estimate import Estimate, Estimates
from telltale.host.focus import place_of
from telltale.host.question import Question, lay_out
from telltale.host.rungs import Ladder


class Checker:
    """Checks of one outcome's candidates; what they share is worked out once."""

    def __init__(
        self, ladder: Ladder, outcome: str, level: float, seed: int, permutations: int, bootstraps: int
    ) -> None:
        self._ladder, self._outcome, self._level, self._seed = ladder, outcome, level, seed
        self._permutations, self._bootstraps = permutations, bootstraps
        self._found: dict[float, Estimates] = {}

    def __call__(self, asked: Question) -> Checks:
        """The checks of one question."""
        ladder, one = self._ladder, lay_out(self._ladder, asked)
        x, fit = one.x, one.fit()
        told = wild.wild_p(
            fit, x, one.design.y, [x.shape[1] - 1], weight=one.design.weight, draws=self._bootstraps,
            seed=self._seed,
        )  # fmt: skip
        return Checks(
            self._later(asked.lag_s)[place_of(ladder, asked.name)],
            _or_unknown(lambda: placebo.around(ladder, asked, self._level)),
            _or_unknown(lambda: placebo.shifted(ladder, asked, self._level)),
            _or_unknown(lambda: placebo.nearby(ladder, asked, self._level)),
            permute.permutation_p(
                one, ladder.points.host[one.design.rows], name=asked.name, draws=self._permutations,
                seed=self._seed,
            ),
            float(told[0]),
        )  # fmt: skip

    def _later(self, lag_s: float) -> Estimates:
        """The check of later faces, of every expression at once."""
        if lag_s not in self._found:
            try:
                found = placebo.later(self._ladder.at(lag_s), self._outcome, self._level)
            except FormatError:
                nothing = np.full(len(self._ladder.asked.names), np.nan)
                found = Estimates(nothing, nothing, nothing, nothing)
            self._found[lag_s] = found
        return self._found[lag_s]


def _or_unknown(check: Callable[[], Estimate]) -> Estimate:
    try:
        return check()
    except FormatError:
        return Estimate(*(float("nan"),) * 4)

"""What if the same host had shown the same faces at other times? A test by permutation.

An expression's series are swapped between broadcasts of one host and turned in a circle within each, so that
they keep their ups and downs and lose what they had to do with the minute. With u the residual of the full
design without the expression, W its weights and x~ the expression less what the rest of the design tells of
it, each draw tells x'u / sqrt(x~' W x~); p is the share of draws that reach what was seen.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from telltale.core.rng import stream
from telltale.host.glm import centred
from telltale.host.question import LaidOut
from telltale.host.shown import Array, Codes

DRAWS: Final = 999
_AT_ONCE: Final = 4_000_000
"""Numbers that are held at a time."""


def permutation_p(asked: LaidOut, host: Codes, *, name: str = "", draws: int = DRAWS, seed: int = 0) -> float:
    """Two-sided p of what is asked about.

    Parameters
    ----------
    host
        Shape (n,): host of each row.
    name
        Of the expression: each has draws of its own.
    """
    x = np.column_stack([asked.design.controls, asked.held])
    fit = asked.fit(x)
    rows, own = fit.rows, asked.own[fit.rows]
    x = centred(x[np.ix_(rows, fit.kept)], fit.working, fit.group)
    rng = stream(seed, "permute", asked.design.outcome, name)
    turn = Turns(asked.design.room[rows], host[rows])
    heavy = x * fit.working[:, None]

    def told(columns: Array) -> Array:
        columns = centred(columns, fit.working, fit.group)
        score = columns.T @ fit.residual
        common = heavy.T @ columns
        size = fit.working @ columns**2 - np.einsum("km,km->m", common, fit.bread @ common)
        found: Array = np.abs(score) / np.sqrt(np.maximum(size, 1e-300))
        return found

    seen, more, left = float(told(own[:, None])[0]), 0, draws
    while left:
        count = min(left, max(_AT_ONCE // len(own), 1))
        places = np.stack([turn.draw(rng) for _ in range(count)], axis=1)
        more += int((told(own[places]) >= seen * (1 - 1e-9)).sum())
        left -= count
    return (1 + more) / (1 + draws)


class Turns:
    """Ways to give each broadcast the face of another one of its host, at another time.

    >>> Turns(np.array([0, 0, 0]), np.zeros(3, int)).draw(np.random.default_rng(1)).tolist()
    [1, 2, 0]
    """

    def __init__(self, room: Codes, host: Codes) -> None:
        _, self._first, self._length = np.unique(room, return_index=True, return_counts=True)
        self._own = np.repeat(np.arange(len(self._first)), self._length)
        self._step = np.arange(len(room)) - self._first[self._own]
        of = host[self._first]
        self._hosts = [mine for one in np.unique(of) if len(mine := np.flatnonzero(of == one)) > 1]

    def draw(self, rng: np.random.Generator) -> Codes:
        """For each row the row whose face it gets, shape (n,)."""
        given = np.arange(len(self._first))
        for mine in self._hosts:
            given[mine] = rng.permutation(mine)
        start = rng.integers(0, self._length[given])
        first, length = self._first[given], self._length[given]
        place = (start[self._own] + self._step) % length[self._own]
        return np.asarray(first[self._own] + place, dtype=np.int64)

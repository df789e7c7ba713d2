"""The best that is possible, where the truth of a simulated study is at hand: beside every AUC of a report.

Whoever knows what was planted knows how probable each window is before a cart and elsewhere. No model that
sees the face alone can do better on average; what a model reaches of it says more than its AUC.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from telltale.intent.alarms import PRECEDES
from telltale.intent.evidence import WINDOW_S, Evidence, Span
from telltale.intent.live import NOTHING_DONE, SessionLog
from telltale.intent.live_scores import LiveSession

Floats = npt.NDArray[np.float64]

NAME: Final = "truth of this second"
"""Its row live: who is told what was planted, and asked whether a cart comes at this very second."""


class Oracle(Protocol):
    """Who knows the truth of a study."""

    @property
    def sees_all(self) -> bool:
        """Whether it uses all that faces show; else a model may do better."""
        ...

    def score(
        self,
        session_ids: list[str],
        ends_s: Floats,
        label: npt.NDArray[np.int64],
        look: tuple[float, float] = (0.0, WINDOW_S),
    ) -> Floats:
        """Log odds that a cart comes at each window's end, but for a constant. Shape (n,).

        Parameters
        ----------
        session_ids, ends_s
            Where each window of 30 s ends.
        label
            1 for those that end at a cart.
        look
            Which part of the window is seen, from the nearer to the farther second before its end.
        """
        ...


def of_moments(oracle: Oracle | None, evidence: Evidence, span: Span | None = None) -> Floats | None:
    """The best possible score of each moment, shape (n,), from some seconds; None where nobody knows."""
    if oracle is None:
        return None
    names: list[str] = evidence.table["session_id"].to_pylist()
    ends_s, label = evidence.table["end_s"].to_numpy(), evidence.label.astype(np.int64)
    seen = span or Span()
    return oracle.score(names, ends_s, label, (seen.until_s, seen.from_s))


def of_sessions(
    oracle: Oracle, sessions: Sequence[LiveSession], logs: Mapping[str, SessionLog]
) -> Iterator[LiveSession]:
    """Whole sessions with the best possible score of each second beside what models told."""
    seconds = [one.seconds for one in sessions]
    names = [one.session_id for one in sessions for _ in range(one.seconds)]
    ends_s = np.concatenate([np.arange(1.0, count + 1) for count in seconds])
    kinds = [logs.get(one.session_id, NOTHING_DONE).kinds(one.seconds) for one in sessions]
    label = (np.concatenate(kinds) == PRECEDES).astype(np.int64)
    scores = np.split(expit(oracle.score(names, ends_s, label)), np.cumsum(seconds)[:-1])
    for one, score in zip(sessions, scores, strict=True):
        read = np.isfinite(next(iter(one.told.values())))
        yield replace(one, told={**one.told, NAME: np.where(read, score, np.nan)})

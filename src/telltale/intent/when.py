"""When it shows: the seconds before a cart that a model weighs, needs, and can do with alone.

Attention says what a network looks at, and is weak evidence. Occlusion hides a second of the face and asks
how much less surely carts are told: log odds lost. Both stand side by side, by second before the moment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from telltale.core import channels
from telltale.intent.baselines import log_odds
from telltale.intent.contract import IntentModel, Predictor
from telltale.intent.evidence import Evidence, FaceRows, Rows, Span
from telltale.intent.intervals import Interval, auc_interval, interval_of
from telltale.intent.saved import SavedModel

Floats = npt.NDArray[np.float64]

SECONDS: Final = 30
SPANS: Final = (Span(5), Span(10), Span(15), Span(20), Span(30), Span(30, 15))
"""The paper's: the last 5, 10, 15, 20 s, all, and 15 to 30 s before."""
LEFT_OUT_S: Final = (0.0, 0.5, 1.0, 2.0, 3.0)
"""Of the last seconds, which may show only the hand on its way to the button."""


@dataclass(frozen=True, slots=True, eq=False)
class BySecond:
    """A number for each second before the moment, k = 0 the last, with its interval over people."""

    value: Floats
    """Shape (30,)."""
    low: Floats
    high: Floats

    def share(self, from_s: int, until_s: int) -> float:
        """The share of what is above nothing that lies between two seconds before the moment.

        >>> float(BySecond(np.ones(30), np.ones(30), np.ones(30)).share(3, 8)).__round__(3)
        0.167
        """
        above = self.value.clip(0)
        return float(above[from_s:until_s].sum() / above.sum()) if above.sum() else float("nan")


@dataclass(frozen=True, slots=True)
class SpanScore:
    """A model that sees only some seconds."""

    span: Span
    auc: Interval


def attention_by_second(model: SavedModel, evidence: Evidence, *, seed: int = 0) -> BySecond:
    """Share of attention in each second before a cart; adds up to 1."""
    carts = evidence[np.flatnonzero(evidence.label == 1)]
    weight = model.attention(carts).astype(np.float64)
    by_second = weight.reshape(len(weight), SECONDS, -1).sum(axis=2)[:, ::-1]
    return _by_second(by_second, carts.people, seed)


def attention_over(repeats: Sequence[tuple[SavedModel, Evidence]], *, level: float = 0.95) -> BySecond:
    """The same over networks of other seeds and folds, each on its own people: mean and Student's interval.

    Parameters
    ----------
    repeats
        Two or more networks, each with the moments of the people it has not seen.
    """
    from scipy.stats import t as student

    each = np.array([attention_by_second(model, evidence).value for model, evidence in repeats])
    count, mean = len(each), each.mean(axis=0)
    wide = student.ppf((1 + level) / 2, count - 1) * each.std(axis=0, ddof=1) / np.sqrt(count)
    return BySecond(mean, mean - wide, mean + wide)


def occlusion_by_second(model: Predictor, evidence: Evidence, *, seed: int = 0) -> BySecond:
    """Log odds of a cart that are lost when one second of the face before it is hidden."""
    carts = evidence[np.flatnonzero(evidence.label == 1)]
    whole = log_odds(model.predict_proba(carts)[:, 1])
    lost = np.empty((len(carts), SECONDS))
    for second in range(SECONDS):
        hidden = replace(carts, faces=_hidden(carts.faces, second))
        lost[:, second] = whole - log_odds(model.predict_proba(hidden)[:, 1])
    return _by_second(lost, carts.people, seed)


def _hidden(faces: FaceRows, second: int) -> FaceRows:
    """The same faces with one second before the moment unread."""
    rows = round(channels.RATE_HZ)
    stop = faces.values.shape[1] - second * rows
    values = np.array(faces.values[faces.places])
    values[:, stop - rows : stop] = np.nan
    values[:, stop - rows : stop, channels.VALID] = 0.0
    return FaceRows(values, np.arange(len(values)))


def _by_second(values: Floats, people: npt.NDArray[np.str_], seed: int) -> BySecond:
    def mean_of(second: int) -> Interval:
        column = values[:, second]
        return interval_of(lambda weight: weight @ column / weight.sum(axis=1), people, seed)

    found = [mean_of(second) for second in range(values.shape[1])]
    return BySecond(*(np.array([getattr(one, name) for one in found]) for name in ("value", "low", "high")))


def score_spans(
    model: IntentModel, evidence: Evidence, learn: Rows, test: Rows, spans: tuple[Span, ...]
) -> Iterator[SpanScore]:
    """Train the same kind of model on some seconds alone, and judge it on the same people."""
    from sklearn.base import clone

    for span in spans:
        settings: dict[str, Any] = {"from_s": float(span.from_s), "until_s": float(span.until_s)}
        taught = clone(model).set_params(**settings).fit(evidence[learn])
        told = taught.predict_proba(evidence[test])[:, 1]
        yield SpanScore(span, auc_interval(evidence.label[test], told, evidence.people[test]))

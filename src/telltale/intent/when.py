"""When it shows: the seconds before a cart that a model weighs, needs, and can do with alone.

Attention says what a network looks at, and is weak evidence. Occlusion hides a second of the face and asks
how much less surely carts are told: log odds lost. Both stand side by side, by second before the moment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from telltale.core import channels
from telltale.intent.baselines import log_odds
from telltale.intent.contract import IntentModel, Predictor
from telltale.intent.evidence import Evidence, FaceRows, Rows, Span
from telltale.intent.intervals import (
    Interval,
    auc_interval,
    mean_interval,
    paired_difference,
    percentiles,
    resampled,
)
from telltale.intent.saved import SavedModel

Floats = npt.NDArray[np.float64]

SECONDS: Final = 30
SPANS: Final = (Span(5), Span(10), Span(15), Span(20), Span(30), Span(30, 15))
"""The paper's: the last 5, 10, 15, 20 s, all, and 15 to 30 s before."""
NEAR_S: Final = (3, 8)
FAR_S: Final = (12, 15)
"""Seconds before a cart in which the paper finds much of the attention, and little."""
LEFT_OUT_S: Final = (0.0, 0.5, 1.0, 2.0, 3.0)
"""Of the last seconds, which may show only the hand on its way to the button."""


@dataclass(frozen=True, slots=True, eq=False)
class BySecond:
    """A number for each second before the moment, k = 0 the last, with its interval."""

    value: Floats
    """Shape (30,)."""
    low: Floats
    high: Floats
    near: Interval
    """The share of all that is above nothing that lies in `NEAR_S`."""
    far: Interval
    """And in `FAR_S`."""


def share(by_second: Floats, from_s: int, until_s: int) -> Floats:
    """The share of what is above nothing that lies between two seconds before the moment.

    `by_second` has shape (..., 30), the result (...); NaN where all is at or below nothing.

    >>> float(share(np.ones(30), 3, 8)).__round__(3)
    0.167
    """
    above = by_second.clip(0)
    part, whole = above[..., from_s:until_s].sum(axis=-1), above.sum(axis=-1)
    found: Floats = np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=whole > 0)
    return found


@dataclass(frozen=True, slots=True)
class SpanScore:
    """A model that sees only some seconds."""

    span: Span
    auc: Interval
    lost: Interval | None = None
    """AUC of the model that sees all less that of this one, on the same people; None where nobody saw all."""
    best: float | None = None
    """The best AUC that is possible from these seconds, where the truth is known."""


def attention_by_second(model: SavedModel, evidence: Evidence, *, seed: int = 0) -> BySecond:
    """Share of attention in each second before a cart; adds up to 1. Intervals are over people."""
    return _by_second(_attention(model, evidence), evidence.people[evidence.label == 1], seed)


def _attention(model: SavedModel, evidence: Evidence) -> Floats:
    """Share of attention in each second before each cart. Shape (carts, 30)."""
    weight = model.attention(evidence[np.flatnonzero(evidence.label == 1)]).astype(np.float64)
    by_second: Floats = weight.reshape(len(weight), SECONDS, -1).sum(axis=2)[:, ::-1]
    return by_second


def attention_over(repeats: Sequence[tuple[SavedModel, Evidence]], *, level: float = 0.95) -> BySecond:
    """The same over networks of other seeds and folds, each on its own people: mean and Student's interval.

    Parameters
    ----------
    repeats
        Two or more networks, each with the moments of the people it has not seen.
    """
    each = np.array([_attention(model, evidence).mean(axis=0) for model, evidence in repeats])
    found = [mean_interval(second, level) for second in each.T]
    near, far = (mean_interval(share(each, *span), level) for span in (NEAR_S, FAR_S))
    value, low, high = np.array([(one.value, one.low, one.high) for one in found]).T
    return BySecond(value, low, high, near, far)


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
    """Means over carts, shape (carts, 30) to (30,), all seconds on the same resamples."""
    drawn = resampled(lambda weight: weight @ values / weight.sum(axis=1, keepdims=True), people, seed)
    mean = values.mean(axis=0)
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    near, far = (percentiles(float(share(mean, *span)), share(drawn, *span)) for span in (NEAR_S, FAR_S))
    return BySecond(mean, low, high, near, far)


def score_spans(
    model: IntentModel,
    evidence: Evidence,
    learn: Rows,
    test: Rows,
    spans: tuple[Span, ...],
    *,
    seed: int = 0,
) -> tuple[SpanScore, ...]:
    """Train the same kind of model on some seconds alone, and judge it on the same people."""
    from sklearn.base import clone

    told = {}
    for span in spans:
        settings: dict[str, Any] = {"from_s": float(span.from_s), "until_s": float(span.until_s)}
        taught = clone(model).set_params(**settings).fit(evidence[learn])
        told[span] = taught.predict_proba(evidence[test])[:, 1]
    return judge_spans(told, evidence[test], seed=seed)


def judge_spans(told: Mapping[Span, Floats], judged: Evidence, *, seed: int = 0) -> tuple[SpanScore, ...]:
    """Score what models of some seconds told of the same moments, shape (n,) each."""
    label, people, whole = judged.label, judged.people, told.get(Span())
    found = []
    for span, probability in told.items():
        lost = None
        if whole is not None and span != Span():
            lost = paired_difference(label, whole, probability, people, seed).interval
        found.append(SpanScore(span, auc_interval(label, probability, people, seed), lost))
    return tuple(found)

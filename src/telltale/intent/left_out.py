"""Models that see only some seconds: the paper's spans, and all but the last g seconds.

What vanishes with the last half second was no expression of intent: it was the hand on its way to the button.
So three kinds are asked: the line on acts, which knows units alone; trees on every channel, head and gaze
too, which a hand's way moves first; and clicks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from telltale.intent.baselines import BoostedSummaries, Clicks, UnitActs
from telltale.intent.clicks import click_features
from telltale.intent.evidence import Span
from telltale.intent.metrics import Floats, auc
from telltale.intent.possible import Oracle, of_moments
from telltale.intent.repeats import KIND, SPANS_REPEATED, Repeated
from telltale.intent.unseen import Asked
from telltale.intent.when import LEFT_OUT_S, SPANS, SpanScore, judge_spans, score_spans

_WITHOUT: Final = tuple(Span(30.0, gone) for gone in LEFT_OUT_S)
_TREES: Final = 30
"""So few are enough to see a hand."""


@dataclass(frozen=True, slots=True, eq=False)
class Seconds:
    """One kind of model, trained on some seconds alone."""

    model: str
    spans: tuple[SpanScore, ...]
    """The paper's spans."""
    left_out: tuple[SpanScore, ...]
    """Without the last g seconds."""


def seconds_alone(
    asked: Asked, repeats: tuple[Repeated, ...], oracle: Oracle | None = None
) -> Iterator[Seconds]:
    """Of every kind that is asked; of networks, those that the run trained on some seconds alone."""
    best = _best(asked, oracle)
    rows = (asked.evidence, asked.learn, asked.test)
    acts = UnitActs(seed=asked.seed)
    yield _in_order(acts.kind, score_spans(acts, *rows, SPANS_REPEATED, seed=asked.seed), best)
    trees = BoostedSummaries(iterations=_TREES, seed=asked.seed)
    without = score_spans(trees, *rows, _WITHOUT, seed=asked.seed)
    yield Seconds(f"{trees.kind}, {_TREES} trees", (), _with_best(without, best))
    test = asked.evidence[asked.test]
    if Clicks.kind in asked.models:
        clicks = judge_spans(dict(_clicks(asked)), test, seed=asked.seed)
        yield Seconds(Clicks.kind, (), clicks)
    networks = {r.span: r.told(asked.evidence) for r in repeats if not r.is_fold}
    if networks:
        yield _in_order(f"{KIND}, narrow", judge_spans(networks, test, seed=asked.seed), best)


def _best(asked: Asked, oracle: Oracle | None) -> dict[Span, float]:
    """The best AUC that is possible from each span on the people judged; nothing where nobody knows."""
    test = asked.evidence[asked.test]
    scores = {span: of_moments(oracle, asked.evidence, span) for span in SPANS_REPEATED}
    return {span: auc(test.label, s[asked.test]) for span, s in scores.items() if s is not None}


def _with_best(scores: Iterable[SpanScore], best: Mapping[Span, float]) -> tuple[SpanScore, ...]:
    return tuple(replace(score, best=best.get(score.span)) for score in scores)


def _in_order(name: str, scores: Iterable[SpanScore], best: Mapping[Span, float]) -> Seconds:
    """What is known of the paper's spans, and of the whole without the last seconds."""
    scored = {score.span: score for score in _with_best(scores, best)}
    spans, without = (tuple(scored[s] for s in asked if s in scored) for asked in (SPANS, _WITHOUT))
    return Seconds(name, spans, without)


def _clicks(asked: Asked) -> Iterator[tuple[Span, Floats]]:
    """What clicks tell of the half minute that ends so long before the moment."""
    for span in _WITHOUT:
        clicks = click_features(asked.study, asked.evidence.table, until_s=span.until_s)
        evidence = replace(asked.evidence, clicks=clicks)
        model = Clicks(seed=asked.seed).fit(evidence[asked.learn])
        yield span, model.predict_proba(evidence[asked.test])[:, 1]

"""Models that see only some seconds: the paper's spans, and all but the last g seconds.

What vanishes with the last half second was no expression of intent: it was the hand on its way to the button.
So three kinds are asked: the line on acts, which knows units alone; trees on every channel, head and gaze
too, which a hand's way moves first; and clicks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from telltale.intent.baselines import BoostedSummaries, Clicks, UnitActs
from telltale.intent.clicks import click_features
from telltale.intent.evidence import Span
from telltale.intent.intervals import auc_interval
from telltale.intent.repeats import KIND, SPANS_REPEATED, Repeated
from telltale.intent.unseen import Asked
from telltale.intent.when import LEFT_OUT_S, SPANS, SpanScore, score_spans

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


def seconds_alone(asked: Asked, repeats: tuple[Repeated, ...]) -> Iterator[Seconds]:
    """Of every kind that is asked; of networks, those that the run trained on some seconds alone."""
    rows = (asked.evidence, asked.learn, asked.test)
    acts = UnitActs(seed=asked.seed)
    scored = score_spans(acts, *rows, SPANS_REPEATED, seed=asked.seed)
    yield _in_order(acts.kind, {score.span: score for score in scored})
    trees = BoostedSummaries(iterations=_TREES, seed=asked.seed)
    yield Seconds(trees.kind, (), tuple(score_spans(trees, *rows, _WITHOUT, seed=asked.seed)))
    if Clicks.kind in asked.models:
        yield Seconds(Clicks.kind, (), tuple(_clicks(asked)))
    networks = {
        repeat.span: SpanScore(repeat.span, repeat.score(asked.evidence, asked.seed))
        for repeat in repeats
        if not repeat.is_fold
    }
    if networks:
        yield _in_order(f"{KIND}, narrow", networks)


def _in_order(name: str, scored: Mapping[Span, SpanScore]) -> Seconds:
    """What is known of the paper's spans, and of the whole without the last seconds."""
    spans, without = (tuple(scored[s] for s in asked if s in scored) for asked in (SPANS, _WITHOUT))
    return Seconds(name, spans, without)


def _clicks(asked: Asked) -> Iterator[SpanScore]:
    """Clicks of the half minute that ends so long before the moment."""
    for span in _WITHOUT:
        clicks = click_features(asked.study, asked.evidence.table, until_s=span.until_s)
        evidence = replace(asked.evidence, clicks=clicks)
        told = Clicks(seed=asked.seed).fit(evidence[asked.learn]).predict_proba(evidence[asked.test])[:, 1]
        test = evidence[asked.test]
        yield SpanScore(span, auc_interval(test.label, told, test.people, asked.seed))

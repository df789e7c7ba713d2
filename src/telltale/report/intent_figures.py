"""The figures of the report on intent, each an SVG."""

from __future__ import annotations

import numpy as np

from telltale.intent.evaluation import Evaluation, When
from telltale.intent.judgement import Judgement, ModelJudgement
from telltale.intent.when import SECONDS, SpanScore
from telltale.intent.whom import Groups
from telltale.report.svg import Chart, intervals_chart


def models_figure(evaluation: Evaluation) -> str:
    """AUC of every model with its interval, and the best that is possible where it is known."""
    rows = [(m.kind, m.auc.value, m.auc.low, m.auc.high) for m in evaluation.judgement.models]
    if evaluation.oracle is not None:
        best = evaluation.oracle
        rows.insert(0, ("best possible", best.value, best.low, best.high))
    rows.append(
        ("labels shuffled", evaluation.shuffled.value, evaluation.shuffled.low, evaluation.shuffled.high)
    )
    return intervals_chart("AUC of each model on people not seen", rows, chance=0.5)


def seconds_figure(when: When) -> str:
    """Occlusion by second before the cart; the cart is at the right."""
    by = when.occlusion
    low, high = float(min(by.low.min(), 0)), float(by.high.max())
    margin = 0.08 * (high - low or 1)
    chart = Chart(
        f"{when.model}: log odds lost when one second is hidden",
        (SECONDS, 0),
        (low - margin, high + margin),
        x_label="seconds before the cart",
        y_label="log odds lost",
    )
    edges = np.arange(SECONDS + 1, dtype=float)
    chart.steps(edges, by.value, by.low, by.high, "hidden")
    chart.level(0.0, "")
    return chart.svg(_seconds(), _ticks(low, high), "{:.2g}".format)


def attention_figure(when: When) -> str:
    """Attention by second before the cart; empty where the model has none."""
    if when.attention is None:
        return ""
    by = when.attention
    top = float(max(by.high.max(), 2 / SECONDS))
    chart = Chart(
        f"{when.model}: share of attention by second",
        (SECONDS, 0),
        (0, top * 1.08),
        x_label="seconds before the cart",
        y_label="share of attention",
    )
    edges = np.arange(SECONDS + 1, dtype=float)
    chart.steps(edges, by.value, by.low, by.high, "attention")
    chart.level(1 / SECONDS, "even")
    return chart.svg(_seconds(), _ticks(0, top), "{:.0%}".format)


def spans_figure(title: str, scores: tuple[SpanScore, ...], names: list[str]) -> str:
    """AUC of models that see some seconds alone."""
    rows = [(name, s.auc.value, s.auc.low, s.auc.high) for name, s in zip(names, scores, strict=True)]
    return intervals_chart(title, rows, chance=0.5)


def groups_figure(groups: Groups) -> str:
    """AUC of each group that is not withheld; empty where none is."""
    rows = [
        (f"{g.name} ({g.people} people)", g.auc.value, g.auc.low, g.auc.high)
        for g in groups.groups
        if g.auc is not None
    ]
    return intervals_chart(f"AUC by {groups.column}", rows, chance=0.5) if rows else ""


def reliability_figure(model: ModelJudgement) -> str:
    """What was told against what came."""
    chart = Chart(
        f"{model.kind}: reliability",
        (0, 1),
        (0, 1),
        x_label="probability told",
        y_label="share with a cart",
        width=420,
        height=360,
    )
    chart.line([0, 1], [0, 1], "even")
    curve = model.reliability
    chart.dots(curve.probability, curve.share, curve.low, curve.high, model.kind)
    quarters = [(v, f"{v:g}") for v in (0, 0.25, 0.5, 0.75, 1)]
    return chart.svg(quarters, [0, 0.25, 0.5, 0.75, 1])


def roc_figure(judgement: Judgement) -> str:
    """Sensitivity against false alarms, of the best three models."""
    chart = Chart(
        "ROC of the best three models",
        (0, 1),
        (0, 1),
        x_label="share of moments without a cart that are flagged",
        y_label="share of carts found",
        width=420,
        height=360,
    )
    for model in judgement.models[:3]:
        chart.line(model.roc.false_positive_rate, model.roc.recall, model.kind)
    quarters = [(v, f"{v:g}") for v in (0, 0.25, 0.5, 0.75, 1)]
    return chart.svg(quarters, [0, 0.25, 0.5, 0.75, 1])


def _seconds() -> list[tuple[float, str]]:
    return [(s, f"{s}") for s in range(0, SECONDS + 1, 5)]


def _ticks(low: float, high: float) -> list[float]:
    """A few round numbers from low to high."""
    step = 10 ** np.floor(np.log10(max(high - low, 1e-9)))
    step = next(s for s in (step / 5, step / 2, step, 2 * step) if (high - low) / s <= 6)
    return [float(v) for v in np.arange(np.ceil(low / step) * step, high + step / 1e6, step)]

"""The figures of the report on intent, each an SVG."""

from __future__ import annotations

from telltale.intent.calibration import ReliabilityCurve
from telltale.intent.evaluation import Evaluation
from telltale.intent.judgement import Judgement, ModelJudgement
from telltale.intent.whom import Groups
from telltale.report.svg import Chart, intervals_chart


def models_figure(evaluation: Evaluation) -> str:
    """AUC of every model with its interval, and the best that is possible where it is known."""
    rows = [(m.kind, m.auc.value, m.auc.low, m.auc.high) for m in evaluation.judgement.models]
    if (best := evaluation.judgement.oracle) is not None:
        rows.insert(0, ("best possible", best.value, best.low, best.high))
    if (chance := evaluation.shuffled) is not None:
        rows.append(("labels shuffled", chance.value, chance.low, chance.high))
    return intervals_chart("AUC of each model on people not seen", rows, chance=0.5)


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
    return reliability_chart(model.kind, model.reliability, "share with a cart")


def reliability_chart(name: str, curve: ReliabilityCurve, came: str) -> str:
    """Probabilities of one model against shares of what came, both from 0 to 1."""
    chart = _square(f"{name}: reliability", "probability told", came)
    chart.guide([0, 1], [0, 1])
    chart.dots(curve.probability, curve.share, curve.low, curve.high, name)
    return _quartered(chart)


def roc_figure(judgement: Judgement) -> str:
    """Sensitivity against false alarms, of the best three models."""
    chart = _square(
        "ROC of the best three models",
        "share of moments without a cart that are flagged",
        "share of carts found",
    )
    for model in judgement.models[:3]:
        chart.line(model.roc.false_positive_rate, model.roc.recall, model.kind)
    return _quartered(chart)


def precision_recall_figure(judgement: Judgement) -> str:
    """Precision against recall, of the best three models; the share with a cart is what chance gives."""
    chart = _square(
        "Precision and recall of the best three models",
        "share of carts found (recall)",
        "share of flags that are right (precision)",
    )
    share = judgement.with_cart / judgement.moments
    chart.guide([0, 1], [share, share])
    for model in judgement.models[:3]:
        chart.line(model.precision_recall.recall, model.precision_recall.precision, model.kind)
    return _quartered(chart)


def _square(title: str, x_label: str, y_label: str) -> Chart:
    """Both axes from 0 to 1."""
    return Chart(title, (0, 1), (0, 1), x_label=x_label, y_label=y_label, width=420, height=360)


def _quartered(chart: Chart) -> str:
    quarters = (0, 0.25, 0.5, 0.75, 1)
    return chart.svg([(v, f"{v:g}") for v in quarters], list(quarters))

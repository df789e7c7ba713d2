"""The report's tables of scores: the paper's Table 2 and what stands beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

import numpy as np

from telltale.intent.evaluation import Evaluation, Words
from telltale.intent.intervals import Interval
from telltale.intent.judgement import Judgement
from telltale.report.html_parts import figure, table


def table_2(judgement: Judgement, words: Mapping[str, Words]) -> str:
    """Every model: AUC with its interval, what it does at a threshold, and its probabilities."""
    rows = [
        (
            m.kind,
            f"{m.auc.value:.3f}",
            f"{m.auc.low:.3f} - {m.auc.high:.3f}",
            f"{m.at_threshold.f1:.3f}",
            f"{m.at_threshold.precision:.3f}",
            f"{m.at_threshold.recall:.3f}",
            f"{m.average_precision:.3f}",
            f"{m.brier:.3f}",
            f"{m.calibration_error:.3f}",
        )
        for m in judgement.models
    ]
    head = ("model", "AUC", "interval", "F1", "precision", "recall", "AP", "Brier", "ECE")
    named = "; ".join(f"<em>{escape(m.kind)}</em> {escape(words[m.kind].says)}" for m in judgement.models)
    return table(head, rows) + f'<p class="soft">{named}.</p>'


def comparisons(judgement: Judgement) -> str:
    """The best against each other model."""
    rows = [
        (
            c.kind,
            f"{c.difference.interval.value:+.3f}",
            f"{c.difference.interval.low:+.3f} - {c.difference.interval.high:+.3f}",
            f"{c.difference.p_value:.3f}",
            f"{c.corrected_p:.3f}",
        )
        for c in judgement.comparisons
    ]
    best = escape(judgement.reference)
    told = f"<p>AUC of <em>{best}</em> less that of each other model, on the same people.</p>"
    return told + table(("model", "difference", "95 % interval", "p", "p corrected (Holm)"), rows)


def matched_section(evaluation: Evaluation) -> Iterable[str]:
    """The same models where both labels are of the same people."""
    yield "<h2>Does it know the moment, or only who buys?</h2>"
    matched = evaluation.matched
    if matched is None:
        yield "<p>Too few moments without a cart in the sessions of those who bought to tell.</p>"
        return
    before = {m.kind: m.auc.value for m in evaluation.judgement.models}
    yield (
        f"<p>Above, moments without a cart are of sessions without a purchase. Here they are of the sessions "
        f"in which the same people bought, at other times: {matched.moments:,} half minutes of "
        f"{matched.people:,} people. A model that only knows who buys falls to 0.5.</p>"
    )
    rows = [
        (m.kind, f"{m.auc.value:.3f}", f"{m.auc.low:.3f} - {m.auc.high:.3f}", f"{before[m.kind]:.3f}")
        for m in matched.models
    ]
    yield table(("model", "AUC, same people", "interval", "AUC above"), rows)


def splits_section(evaluation: Evaluation) -> Iterable[str]:
    """People on one side beside the paper's split."""
    yield "<h2>What does the paper's split add?</h2>"
    yield (
        "<p>Split by session, as in the paper, most people stand on both sides, and a model may know them "
        "instead of their intent. The same lines, trained and tried both ways:</p>"
    )
    rows = [(both.kind, _told(both.by_person), _told(both.by_session)) for both in evaluation.splits]
    yield table(("model", "nobody on both sides", "the paper's split"), rows)


def operating_section(judgement: Judgement) -> Iterable[str]:
    """Thresholds by rule."""
    rows = [
        (
            rule.words + (" (chosen)" if place == 0 else ""),
            " and ".join("none" if np.isinf(v) else f"{v:.2f}" for v in rule.threshold),
            f"{rule.scores.precision:.2f}",
            f"{rule.scores.recall:.2f}",
            f"{rule.scores.f1:.2f}",
            f"{rule.flagged:.0%}",
        )
        for place, rule in enumerate(judgement.rules)
    ]
    yield (
        f"<p>Thresholds of <em>{escape(judgement.models[0].kind)}</em>. Each half of the people is judged by "
        "the threshold that the other half chose; Table 2 uses the first rule for every model.</p>"
    )
    yield table(("rule", "thresholds", "precision", "recall", "F1", "flagged"), rows)


def groups_section(evaluation: Evaluation, figures: Mapping[str, str]) -> Iterable[str]:
    """AUC by group, small groups withheld."""
    name = escape(evaluation.groups_of)
    yield f"<p>AUC of <em>{name}</em> by group. Groups of few people are withheld.</p>"
    for groups in evaluation.groups:
        held = [g.name for g in groups.groups if g.auc is None]
        words = f"{groups.column}: gap {groups.gap:.3f}." if groups.gap == groups.gap else f"{groups.column}."
        if held:
            words += f" Withheld: {', '.join(held)}."
        if f"groups-{groups.column}" in figures:
            yield figure(figures, f"groups-{groups.column}", words)
        else:
            yield f'<p class="soft">{escape(words)}</p>'


def _told(found: Interval) -> str:
    return f"{found.value:.3f} ({found.low:.3f} - {found.high:.3f})"

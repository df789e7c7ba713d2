"""The report's tables of scores: the paper's Table 2 and what stands beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Final

import numpy as np

from telltale.intent.contrasts import Contrast
from telltale.intent.evaluation import Evaluation, Words
from telltale.intent.intervals import Interval
from telltale.intent.judgement import Judgement, ModelJudgement, Rule
from telltale.intent.whom import Groups
from telltale.report.html_parts import Cell, figure, slug, table

_ECE: Final = (
    "ECE is above zero even where every probability is true: under it stands what nineteen of twenty samples "
    "of true probabilities stay under."
)


def table_2(judgement: Judgement, words: Mapping[str, Words]) -> str:
    """Every model: AUC, what it does at a threshold, and its probabilities, all with intervals."""
    head: list[str | Cell] = ["model", "AUC", "of the way", "F1", "precision", "recall", "AP", "Brier", "ECE"]
    rows = [_scored(m, _way(judgement, m, words[m.kind])) for m in judgement.models]
    if judgement.oracle is not None:
        rows.insert(0, ["best possible", _cell(judgement.oracle), "", *[""] * (len(head) - 3)])
    else:
        for row in (head, *rows):
            del row[2]
    named = "; ".join(f"<em>{escape(m.kind)}</em> {escape(words[m.kind].says)}" for m in judgement.models)
    return table([str(name) for name in head], rows) + f'<p class="soft">{named}. {_ECE}</p>'


def _way(judgement: Judgement, model: ModelJudgement, words: Words) -> str:
    """How far a model of the face goes; clicks and surveys are no part of the best that is possible."""
    way = judgement.share_of_the_way(model.auc)
    return f"{way:.0%}" if words.reads_face and np.isfinite(way) else ""


def _scored(model: ModelJudgement, way: str) -> list[str | Cell]:
    at = model.at_threshold
    others = (at.f1, at.precision, at.recall, model.average_precision, model.brier)
    error = Cell(f"{model.calibration_error:.3f}", f"perfect < {model.error_of_perfect:.3f}")
    return [model.kind, _cell(model.auc), way, *(_cell(found) for found in others), error]


def contrasts_section(judgement: Judgement) -> Iterable[str]:
    """The questions that were named beforehand."""
    yield "<h2>How much more than clicks and surveys?</h2>"
    if not judgement.contrasts:
        yield "<p>Not asked: there is no model of the face beside one of clicks or of the survey.</p>"
        return
    yield (
        "<p>On the same people. Which models to compare was laid down before anybody saw "
        "a score; p is corrected for all of these questions (Holm).</p>"
    )
    yield _contrasts_table(judgement)


def _contrasts_table(judgement: Judgement) -> str:
    head = ("question", "difference in AUC", "p", "p corrected")
    return table(head, [_contrast_row(contrast) for contrast in judgement.contrasts])


def _contrast_row(contrast: Contrast) -> tuple[str | Cell, ...]:
    found = contrast.difference.interval
    return (
        Cell(contrast.asks, f"{contrast.one} less {contrast.other}"),
        _cell_signed(found),
        _p(contrast.difference.p_value),
        _p(contrast.corrected_p),
    )


def _p(value: float) -> str:
    return "unknown" if np.isnan(value) else "< 0.001" if value < 0.001 else f"{value:.3f}"


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
        f"{matched.sessions:,} sessions of {matched.people:,} people. A model that only knows who buys falls "
        "to 0.5.</p>"
    )
    rows: list[list[str | Cell]]
    rows = [[m.kind, _cell(m.auc), f"{before[m.kind]:.3f}"] for m in matched.models]
    best = evaluation.judgement.oracle
    if matched.oracle is not None and best is not None:
        rows.insert(0, ["best possible", _cell(matched.oracle), f"{best.value:.3f}"])
    yield table(("model", "AUC, same people", "AUC above"), rows)
    if matched.contrasts:
        yield _contrasts_table(matched)


def splits_section(evaluation: Evaluation) -> Iterable[str]:
    """People on one side beside the paper's split."""
    if not evaluation.splits:
        return
    yield "<h2>What does the paper's split add?</h2>"
    yield (
        "<p>Split by session, as in the paper, most people stand on both sides, and a model may know them "
        "instead of their intent. The same lines, trained and tried both ways on "
        f"{evaluation.splits[0].adds.repeats} splits each (AUC, means):</p>"
    )
    rows: list[list[str | Cell]] = [
        [both.kind, f"{both.by_person:.3f}", f"{both.by_session:.3f}", _cell_signed(both.adds)]
        for both in evaluation.splits
    ]
    yield table(("model", "nobody on both sides", "the paper's split", "it adds"), rows)
    if not any(both.adds.low > 0 for both in evaluation.splits):
        yield '<p class="soft">What it adds cannot be told from nothing.</p>'


def operating_section(judgement: Judgement) -> Iterable[str]:
    """Thresholds by rule."""
    rows = [_ruled(rule, chosen=place == 0) for place, rule in enumerate(judgement.rules)]
    yield (
        f"<p>Thresholds of <em>{escape(judgement.models[0].kind)}</em>. Each half of the people is judged by "
        "the threshold that the other half chose; Table 2 uses the first rule for every model.</p>"
    )
    yield table(("rule", "thresholds", "precision", "recall", "F1", "flagged"), rows)


def _ruled(rule: Rule, *, chosen: bool) -> list[str | Cell]:
    at = rule.scores
    return [
        rule.words + (" (chosen)" if chosen else ""),
        " and ".join("none" if np.isinf(v) else f"{v:.2f}" for v in rule.threshold),
        *(_cell(found, 2) for found in (at.precision, at.recall, at.f1)),
        f"{rule.flagged:.0%}",
    ]


def groups_section(evaluation: Evaluation, figures: Mapping[str, str]) -> Iterable[str]:
    """AUC by group, small groups withheld."""
    name = escape(evaluation.groups_of)
    yield (
        f"<p>AUC of <em>{name}</em> by group, and how much better or worse it is than for all the rest. "
        "Groups of few people are withheld. A gap is above nothing by chance alone; p is of the test that "
        "all groups of a column have one AUC, corrected over the columns (Holm).</p>"
    )
    for groups in evaluation.groups:
        yield figure(figures, f"groups-{slug(groups.column)}", f"{groups.column}, with 95 % intervals.")
        yield f'<p class="soft">{escape(_groups_words(groups))}</p>'


def _groups_words(groups: Groups) -> str:
    words, parts = f"{groups.column}: ", []
    if not groups.groups:
        return words + "too many different words to tell groups apart."
    if np.isfinite(groups.gap):
        parts.append(f"gap {groups.gap:.3f}, p {_p(groups.p_alike)}, corrected {_p(groups.corrected_p)}")
    told = [(g.name, g.less_rest) for g in groups.groups if g.less_rest is not None]
    if told:
        apart = (f"{name} {rest.value:+.3f} ({rest.low:+.3f} to {rest.high:+.3f})" for name, rest in told)
        parts.append("against all the rest " + ", ".join(apart))
    best = [f"{g.name} {g.oracle:.3f}" for g in groups.groups if g.oracle is not None]
    if best:
        parts.append(f"best possible {', '.join(best)}")
    if held := [g.name for g in groups.groups if g.auc is None]:
        parts.append(f"withheld {', '.join(held)}")
    return words + "; ".join(parts) + "."


def _cell(found: Interval, digits: int = 3) -> Cell:
    if np.isnan(found.value):
        return Cell("unknown", "")
    return Cell(f"{found.value:.{digits}f}", f"{found.low:.{digits}f} - {found.high:.{digits}f}")


def _cell_signed(found: Interval) -> Cell:
    return Cell(f"{found.value:+.3f}", f"{found.low:+.3f} to {found.high:+.3f}")

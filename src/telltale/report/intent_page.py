"""The report on intent: one page that opens without a server, its figures beside it, every number as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from html import escape
from importlib import resources
from pathlib import Path

from telltale.core.files import new_folders
from telltale.intent.evaluation import Evaluation
from telltale.intent.registry import MODELS
from telltale.report.intent_figures import (
    attention_figure,
    groups_figure,
    models_figure,
    reliability_figure,
    roc_figure,
    seconds_figure,
    spans_figure,
)
from telltale.report.json_form import jsonable


def write_intent_report(evaluation: Evaluation, out: Path) -> Path:
    """Write `report.html`, `report.json` and `figures/` to a new folder; returns the page's path."""
    figures = _figures(evaluation)
    with new_folders(out) as (beside,):
        (beside / "figures").mkdir()
        for name, svg in figures.items():
            # By itself a figure has no page to take its colour from.
            alone = svg.replace("<svg ", '<svg color="#23272b" ', 1)
            (beside / "figures" / f"{name}.svg").write_text(alone, encoding="utf-8")
        numbers = json.dumps(jsonable(evaluation), indent=1, ensure_ascii=False) + "\n"
        (beside / "report.json").write_text(numbers, encoding="utf-8")
        (beside / "report.html").write_text(_page(evaluation, figures), encoding="utf-8")
    return out / "report.html"


def _figures(evaluation: Evaluation) -> dict[str, str]:
    judgement = evaluation.judgement
    found = {"models": models_figure(evaluation), "roc": roc_figure(judgement)}
    found["reliability"] = reliability_figure(judgement.models[0])
    for when in evaluation.when:
        found[f"occlusion-{when.model}"] = seconds_figure(when)
        found[f"attention-{when.model}"] = attention_figure(when)
    names = [f"{s.span.from_s:g} to {s.span.until_s:g} s before" for s in evaluation.spans]
    found["spans"] = spans_figure("AUC of models of some seconds alone", evaluation.spans, names)
    names = [f"without the last {s.span.until_s:g} s" for s in evaluation.left_out]
    found["left-out"] = spans_figure("AUC without the last seconds", evaluation.left_out, names)
    for groups in evaluation.groups:
        found[f"groups-{groups.column}"] = groups_figure(groups)
    return {name: svg for name, svg in found.items() if svg}


def _page(evaluation: Evaluation, figures: dict[str, str]) -> str:
    judgement = evaluation.judgement
    parts = [
        f"<h1>Purchase intent in {escape(evaluation.study)}</h1>",
        f'<p class="first">{escape(evaluation.first_line)}</p>',
        f'<p class="soft">{judgement.moments:,} half minutes of {judgement.people:,} people whom no model '
        f"has seen; {judgement.with_cart:,} of them end with a product put into the cart. Intervals resample "
        "people; those of AUC allow for how many models were asked.</p>",
    ]
    if evaluation.simulated:
        parts.append(
            '<p class="simulated">These people are <strong>simulated</strong>. What is found here was '
            "planted; it says nothing about real faces.</p>"
        )
    parts += [
        "<h2>Does the face say anything?</h2>",
        _figure(figures, "models", "AUC on people not seen; the dashed line is chance."),
        _table_2(evaluation),
        "<h2>How much more than clicks and surveys?</h2>",
        _comparisons(evaluation),
        "<h2>When does it show?</h2>",
        *_when(evaluation, figures),
        "<h2>Is it only the hand on its way to the button?</h2>",
        "<p>The same line, trained and tried without the last seconds. What vanishes at once was no "
        "expression of intent.</p>",
        _figure(figures, "left-out", "AUC by how many of the last seconds are hidden."),
        "<h2>For whom does it work?</h2>",
        *_groups(evaluation, figures),
        "<h2>Can its numbers be taken as probabilities?</h2>",
        '<div class="two">',
        _figure(figures, "reliability", f"{judgement.models[0].kind}: what was told against what came."),
        _figure(figures, "roc", "The best three models."),
        "</div>",
        "<p>Windows are cut so that about three in ten end with a cart. Live, far fewer do: probabilities "
        "must be corrected for that before anybody acts on them.</p>",
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Purchase intent in {escape(evaluation.study)}</title>"
        f"<style>\n{_style()}</style></head>\n<body>\n"
        + "\n".join(part for part in parts if part)
        + "\n</body></html>\n"
    )


def _style() -> str:
    return resources.files("telltale.report").joinpath("intent_page.css").read_text(encoding="utf-8")


def _table_2(evaluation: Evaluation) -> str:
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
        for m in evaluation.judgement.models
    ]
    head = ("model", "AUC", "interval", "F1", "precision", "recall", "AP", "Brier", "ECE")
    words = "; ".join(f"<em>{m.kind}</em> {escape(MODELS[m.kind].says)}" for m in evaluation.judgement.models)
    return _table(head, rows) + f'<p class="soft">{words}.</p>'


def _comparisons(evaluation: Evaluation) -> str:
    judgement = evaluation.judgement
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
    told = f"<p>AUC of <em>{judgement.reference}</em> less that of each other model, on the same people.</p>"
    return told + _table(("model", "difference", "95 % interval", "p", "p corrected (Holm)"), rows)


def _when(evaluation: Evaluation, figures: dict[str, str]) -> Iterable[str]:
    for when in evaluation.when:
        near, far = when.occlusion.share(3, 8), when.occlusion.share(12, 15)
        words = f"Hidden, seconds 3 to 8 cost {near:.0%} of all that is lost, 12 to 15 {far:.0%}."
        if when.attention is not None:
            near, far = when.attention.share(3, 8), when.attention.share(12, 15)
            words += f" Attention lies there with {near:.1%} and {far:.1%} (even would be 16.7% and 10.0%)."
        yield f"<h3>{when.model}</h3><p>{words}</p>"
        yield _figure(
            figures, f"occlusion-{when.model}", "Log odds of a cart lost when one second is hidden."
        )
        yield _figure(
            figures, f"attention-{when.model}", "Where attention lies: weak evidence of what is needed."
        )
    yield "<h3>Some seconds alone</h3>"
    yield _figure(
        figures, "spans", "A line on each unit's greatest energy by second, trained on these seconds alone."
    )


def _groups(evaluation: Evaluation, figures: dict[str, str]) -> Iterable[str]:
    yield f"<p>AUC of <em>{evaluation.groups_of}</em> by group. Groups of few people are withheld.</p>"
    for groups in evaluation.groups:
        held = [g.name for g in groups.groups if g.auc is None]
        words = f"{groups.column}: gap {groups.gap:.3f}." if groups.gap == groups.gap else f"{groups.column}."
        if held:
            words += f" Withheld: {', '.join(held)}."
        if f"groups-{groups.column}" in figures:
            yield _figure(figures, f"groups-{groups.column}", words)
        else:
            yield f'<p class="soft">{escape(words)}</p>'


def _figure(figures: dict[str, str], name: str, words: str) -> str:
    if name not in figures:
        return ""
    return f"<figure>{figures[name]}<figcaption>{escape(words)}</figcaption></figure>"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    top = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"

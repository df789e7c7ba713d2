"""The report on intent: one page that opens without a server, its figures beside it, every number as JSON."""

from __future__ import annotations

from html import escape
from pathlib import Path

from telltale.intent.evaluation import Evaluation
from telltale.report.html_parts import figure, simulated_note, slug
from telltale.report.intent_figures import (
    groups_figure,
    models_figure,
    precision_recall_figure,
    reliability_figure,
    roc_figure,
)
from telltale.report.intent_live import live_figures, live_section
from telltale.report.intent_scores import (
    contrasts_section,
    groups_section,
    matched_section,
    operating_section,
    splits_section,
    table_2,
)
from telltale.report.intent_what import what_figures, what_section
from telltale.report.intent_when import hand_section, when_figures, when_section
from telltale.report.page import write_page


def write_intent_report(evaluation: Evaluation, out: Path) -> Path:
    """Write `report.html`, `report.json` and `figures/` to a new folder; returns the page's path."""
    figures = _figures(evaluation)
    title = f"Purchase intent in {evaluation.study}"
    return write_page(
        out, title, _parts(evaluation, figures), figures, evaluation, simulated=evaluation.simulated
    )


def _figures(evaluation: Evaluation) -> dict[str, str]:
    judgement = evaluation.judgement
    found = {"models": models_figure(evaluation), "roc": roc_figure(judgement)}
    found["precision-recall"] = precision_recall_figure(judgement)
    found["reliability"] = reliability_figure(judgement.models[0])
    found |= when_figures(evaluation)
    if evaluation.what is not None:
        found |= what_figures(evaluation.what)
    if evaluation.live is not None:
        found |= live_figures(evaluation.live)
    for groups in evaluation.groups:
        found[f"groups-{slug(groups.column)}"] = groups_figure(groups)
    return {name: svg for name, svg in found.items() if svg}


def _parts(evaluation: Evaluation, figures: dict[str, str]) -> list[str]:
    judgement = evaluation.judgement
    parts = [
        f"<h1>Purchase intent in {escape(evaluation.study)}</h1>",
        f'<p class="first">{escape(evaluation.first_line)}</p>',
        f'<p class="soft">{judgement.moments:,} half minutes of {judgement.sessions:,} sessions of '
        f"{judgement.people:,} people, judged on {evaluation.whom}; {judgement.with_cart:,} end with a "
        "product put into the cart. Intervals resample people; those of AUC in the first table allow for how "
        "many models were asked, others are of 95 %.</p>",
    ]
    parts += [
        simulated_note(evaluation.simulated),
        "<h2>Does the face say anything?</h2>",
        figure(
            figures,
            "models",
            f"AUC on {evaluation.whom}. Intervals of models allow for how many were asked; that of the best "
            "possible is of 95 %, that of labels shuffled the spread over shuffles.",
        ),
        table_2(judgement, evaluation.words),
        *_of_the_best(evaluation),
        *contrasts_section(judgement),
        *matched_section(evaluation),
        *when_section(evaluation, figures),
        *hand_section(evaluation, figures),
        *([] if evaluation.what is None else what_section(evaluation.what, figures)),
        "<h2>For whom does it work?</h2>",
        *groups_section(evaluation, figures),
        *([] if evaluation.live is None else live_section(evaluation.live, figures)),
        *splits_section(evaluation),
        "<h2>Where to draw the line, and can its numbers be taken as probabilities?</h2>",
        *operating_section(judgement),
        '<div class="two">',
        figure(figures, "reliability", f"{judgement.models[0].kind}: what was told against what came."),
        figure(figures, "roc", "The best three models."),
        figure(figures, "precision-recall", "The same; the dashed line flags by chance."),
        "</div>",
        "<p>Windows are cut so that about three in ten end with a cart. Live, far fewer do: probabilities "
        "must be corrected for that before anybody acts on them.</p>",
    ]
    return parts


def _of_the_best(evaluation: Evaluation) -> list[str]:
    """What the best possible is, where it is shown."""
    if evaluation.judgement.oracle is None:
        return []
    words = (
        "<em>Best possible</em>: what somebody who knows how these people were simulated can tell from the "
        "acts on their faces; <em>of the way</em>: how far a model goes from 0.5 to it. Clicks and surveys "
        "are no part of it."
    )
    if not evaluation.oracle_sees_all:
        words += " Here faces show more than acts: a model may do better."
    return [f'<p class="soft">{words}</p>']

"""The page of a forecast: how good it is beside other models, and which edges of the network move it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from telltale.causal.forecast_rows import RISE_SD
from telltale.causal.forecast_scores import ForecastScore, Lead, Measure
from telltale.causal.forecast_words import NO_EFFECT, forecast_assumptions, forecast_sentences
from telltale.causal.graph_network import SHOWN, ForecastStudy, NetworkEdge
from telltale.intent.calibration import ReliabilityCurve, reliability_curve
from telltale.report.html_parts import Cell, figure, simulated_note, soft, table, three_sentences
from telltale.report.intent_figures import reliability_chart
from telltale.report.json_form import jsonable
from telltale.report.page import write_page
from telltale.report.svg import said
from telltale.report.svg_rows import Row, Rows, rows_chart


def write_forecast_page(found: ForecastStudy, out: Path, *, study: str, simulated: bool = False) -> Path:
    """Write `report.html`, `report.json` and `figures/` to a new folder; returns the page's path."""
    title = f"{said(found.forecaster.target)} {found.horizon_s:g} s ahead, in {study}"
    figures, facts = _figures(found), forecast_facts(found)
    parts = [
        f"<h1>{escape(title)}</h1>",
        *three_sentences(forecast_sentences(found)),
        simulated_note(simulated),
        *_good(found, figures),
        *_moves(found, figures),
        *_rests(found),
    ]
    return write_page(out, title, parts, figures, facts, simulated=simulated)


def forecast_facts(found: ForecastStudy) -> dict[str, Any]:
    """Every number of it as JSON, but for what is told of single windows."""
    facts = {
        "sentences": forecast_sentences(found),
        "target": found.forecaster.target,
        "horizon_s": found.horizon_s,
        "factors": found.forecaster.factors,
        "people": dict(zip(("learn", "stop", "judge"), found.people, strict=True)),
        "windows": dict(zip(("learn", "stop", "judge"), found.windows, strict=True)),
        "same_rooms": found.same_rooms,
        "parameters": dict(zip(("graph network", "plain network"), found.parameters, strict=True)),
        "scores": found.scores,
        "reliability": _reliability(found),
        "edges": found.edges,
        "refits": found.refits,
        "circles": found.circles,
        "stop_loss": found.stop_loss,
        "edges_are": NO_EFFECT,
        "assumptions": forecast_assumptions(found),
        "notes": found.notes,
        "settings": found.settings,
    }
    told: dict[str, Any] = jsonable(facts)
    return told


def _figures(found: ForecastStudy) -> dict[str, str]:
    target, models = found.forecaster.target, found.scores.models
    figures = {
        "value": _models_figure(
            f"How much of {target} each model explains",
            [(one.model, one.r2) for one in models],
            "share of the variance explained (R2)",
        )
    }
    if all(math.isfinite(one.auc.low) for one in models):
        figures["rises"] = _models_figure(
            f"How well each model knows a rise of {target}",
            [(one.model, one.auc) for one in models],
            "AUC over that of chance, 0.5",
            chance=0.5,
        )
        figures["reliability"] = reliability_chart(models[0].model, _reliability(found), "share that rose")
    if found.edges:
        figures["edges"] = rows_chart(
            f"Edges that move the forecast of {target} most",
            [Rows("", [_edge_row(edge) for edge in found.edges[:SHOWN]])],
            x_label=f"standard deviations of {said(target)} for one of the cause",
            left=270,
            right=110,
        )
    return figures


def _models_figure(
    title: str, measured: Sequence[tuple[str, Measure]], x_label: str, *, chance: float = 0.0
) -> str:
    """All models on one scale whose 0 is what chance gives; small enough for two side by side."""
    rows = [
        Row(
            name,
            one.value - chance,
            one.low - chance,
            one.high - chance,
            after=_told(one.value),
            main=place == 0,
        )
        for place, (name, one) in enumerate(measured)
    ]
    return rows_chart(title, [Rows("", rows)], x_label=x_label, left=122, right=60, width=380)


def _edge_row(edge: NetworkEdge) -> Row:
    return Row(_named(edge), *_three(edge.effect_sd), after=f"moves it {edge.moved.value:.3f}")


def _reliability(found: ForecastStudy) -> ReliabilityCurve:
    rises = found.rises
    return reliability_curve(rises.came, rises.probability, rises.person, level=found.scores.level)


def _good(found: ForecastStudy, figures: dict[str, str]) -> Iterable[str]:
    scores = found.scores
    sure = f"{100 * scores.level:.3g} %"
    yield "<h2>How good is it beside others?</h2>"
    yield '<div class="two">'
    yield figure(figures, "value", "The value: 0 is to tell the mean always.")
    yield figure(
        figures,
        "rises",
        "Rises: of a moment from which it rises and one from which it does not, how often the first is "
        "ranked higher.",
    )
    yield "</div>"
    yield (
        f'<p class="soft">With {sure} intervals that draw people. All models are asked of the same windows, '
        "so that leads, in the table, are surer than two intervals look side by side. A rise is more than "
        f"{RISE_SD:g} standard deviations over its mean of late; it rises in {scores.rises:.0%} of the "
        "windows.</p>"
    )
    head = ("model", "R2", "lead over it", "AUC", "lead over it", "mean error", "log loss")
    leads: list[Lead | None] = [None, *scores.leads]
    yield table(head, [_score_row(*pair) for pair in zip(scores.models, leads, strict=True)])
    yield (
        '<p class="soft"><em>linear</em> is ridge regression for the value and logistic regression for '
        "rises; <em>persistence</em> says that it stays as it is.</p>"
    )
    if "reliability" in figures:
        yield "<h2>Are its probabilities true?</h2>"
        yield '<div class="two">'
        yield figure(figures, "reliability", "")
        yield (
            "<div><p>Each dot is a tenth of the windows, by how likely the graph network called a rise; up "
            f"is how often one came, with {sure} intervals that allow for windows of one person being alike. "
            "On the dashed line a probability is true.</p></div></div>"
        )


def _moves(found: ForecastStudy, figures: dict[str, str]) -> Iterable[str]:
    yield "<h2>What moves the forecast?</h2>"
    if not found.edges:
        yield "<p>No edge between two factors is left: it forecasts from the target's own past.</p>"
        return
    shown, count = min(SHOWN, len(found.edges)), len(found.edges)
    which = f"The {shown} of {count} edges that move the forecast most" if shown < count else "All edges"
    yield figure(
        figures,
        "edges",
        f"{which}: a cause is set as in another row, for this edge alone. Dots are what follows for one "
        f"standard deviation more of the cause, with {100 * found.scores.level:.3g} % intervals that draw "
        "people of whom the network has not learnt, some narrower than their dot; at the right, how many "
        "standard deviations the forecast moves on average, whichever way.",
    )
    yield f"<p>{escape(_whose(found))}</p>"
    head = ["edge", "for one SD", "moves it", "weight", "began"]
    if found.refits:
        head.append("again")
    yield table(head, map(_cells, found.edges))


def _whose(found: ForecastStudy) -> str:
    """Of what the intervals are, and of what not."""
    own = (
        "The intervals are of this network as it was trained, each for itself: they tell what other people "
        "would make of its edges, not which edges another training would find. Weight is what an "
        "edge ended with, began what it began with."
    )
    if not found.refits:
        return f"{own} How many would come back was not asked (--refits)."
    return (
        f"{own} For that it was trained anew {found.refits} times on people drawn again; the last column is "
        f"the share of these networks in which an edge is among the first {SHOWN}."
    )


def _rests(found: ForecastStudy) -> Iterable[str]:
    yield "<h2>What it rests on</h2>"
    listed = "".join(f"<li>{escape(one)}</li>" for one in forecast_assumptions(found))
    yield f"<p>{escape(NO_EFFECT)} Its interval holds if</p><ul>{listed}</ul>"
    learn, stop, judge = found.people
    network, plain = found.parameters
    beside = f", the plain network of {plain:,}" if plain else ""
    yield (
        f'<p class="soft">It learnt from {learn} people, {stop} said when to stop, {judge} judge. The graph '
        f"network is of {network:,} numbers{beside}.</p>"
    )
    yield from soft(found.notes)


def _score_row(score: ForecastScore, lead: Lead | None) -> tuple[str | Cell, ...]:
    over = ("", "") if lead is None else (_cell(lead.r2, signed=True), _cell(lead.auc, signed=True))
    error, loss = f"{score.mae.value:.3g}", f"{score.log_loss.value:.3f}"
    return (score.model, _cell(score.r2), over[0], _cell(score.auc), over[1], error, loss)


def _cells(edge: NetworkEdge) -> tuple[str | Cell, ...]:
    again = () if edge.again is None else (f"{edge.again:.0%}",)
    return (
        _named(edge),
        _cell(edge.effect_sd, signed=True),
        _cell(edge.moved),
        f"{edge.weight:+.2f}",
        f"{edge.start:+.2f}",
        *again,
    )


def _named(edge: NetworkEdge) -> str:
    late = f", {edge.lag} step{'s' * (edge.lag != 1)} on" if edge.lag else ""
    return f"{said(edge.cause)} > {said(edge.effect)}{late}"


def _cell(measure: Measure, *, signed: bool = False) -> str | Cell:
    sign = "+" if signed else ""
    if not math.isfinite(measure.value):
        return "unknown"
    ends = f"{measure.low:{sign}.3f} to {measure.high:{sign}.3f}"
    return Cell(f"{measure.value:{sign}.3f}", ends)


def _told(value: float) -> str:
    return f"{value:.3f}" if math.isfinite(value) else "unknown"


def _three(measure: Measure) -> tuple[float, float, float]:
    return measure.value, measure.low, measure.high

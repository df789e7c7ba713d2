"""The page of a forecast: three sentences first, and no number that its JSON does not hold."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.causal.forecast_worlds import brief_study
from tests.report.causal_cases import NASTY
from tests.report.svg_reading import number, parts, read, words

from telltale.causal.forecast_scores import Measure
from telltale.causal.forecast_words import NO_EFFECT, forecast_assumptions, forecast_sentences
from telltale.causal.graph_network import SHOWN, ForecastStudy
from telltale.core.errors import FormatError
from telltale.report.causal_forecast import forecast_facts, write_forecast_page


def page_of(found: ForecastStudy, out: Path, *, simulated: bool = True) -> tuple[str, dict[str, Any]]:
    """The page's text and its numbers, once its figures are known to be sound."""
    page = write_forecast_page(found, out, study="a shop", simulated=simulated)
    text = page.read_text(encoding="utf-8")
    assert "<script" not in text
    assert not re.search(r'(?:src|href)="|url\(|@import', text)
    assert len(list((out / "figures").glob("*.svg"))) == text.count("<svg ")
    numbers: dict[str, Any] = json.loads((out / "report.json").read_text(encoding="utf-8"))
    return text, numbers


def svg_of(out: Path, name: str) -> Any:
    return read((out / "figures" / f"{name}.svg").read_text(encoding="utf-8"))


def test_the_answer_stands_first_and_plots_before_tables(tmp_path: Path) -> None:
    found = brief_study()
    text, numbers = page_of(found, tmp_path / "out")
    sentences = forecast_sentences(found)
    assert f'<p class="first">{sentences[0]}</p>\n<p>{sentences[1]}</p>\n<p>{sentences[2]}</p>' in text
    assert text.index(sentences[2]) < text.index("<figure>") < text.index("<table>")
    assert numbers == {"simulated": True} | forecast_facts(found)
    assert numbers["sentences"] == list(sentences)
    assert all(f"<li>{one}</li>" in text for one in forecast_assumptions(found))
    assert f"{NO_EFFECT} Its interval holds if" in text
    assert "An edge is a cause" not in text
    assert {path.stem for path in (tmp_path / "out" / "figures").iterdir()} == {
        "value", "rises", "reliability", "edges",
    }  # fmt: skip


def test_a_page_of_simulated_people_says_so_on_every_figure(tmp_path: Path) -> None:
    for simulated in (True, False):
        out = tmp_path / str(simulated)
        text, numbers = page_of(brief_study(), out, simulated=simulated)
        assert ("<strong>simulated</strong>" in text) is simulated
        assert numbers["simulated"] is simulated
        marked = ["simulated people" in words(svg_of(out, name)) for name in ("value", "rises", "edges")]
        assert marked == [simulated] * 3


def test_every_number_of_a_table_is_in_the_json(tmp_path: Path) -> None:
    text, numbers = page_of(brief_study(), tmp_path / "out")
    rows = re.findall(r"<tr><td>(.*?)</td></tr>", text)
    models = numbers["scores"]["models"]
    assert len(rows) == len(models) + len(numbers["edges"])
    for row, model in zip(rows, models, strict=False):
        assert row.startswith(f"{model['model']}</td>")
        for score in ("r2", "auc"):
            one = model[score]
            assert f"{one['value']:.3f}<small>{one['low']:.3f} to {one['high']:.3f}</small>" in row
    for row, edge in zip(rows[len(models) :], numbers["edges"], strict=True):
        effect, moved = edge["effect_sd"], edge["moved"]
        assert row.startswith(f"{edge['cause']} &gt; {edge['effect']}")
        assert (", 1 step on" in row) == (edge["lag"] == 1)
        assert f"{effect['value']:+.3f}<small>{effect['low']:+.3f} to {effect['high']:+.3f}</small>" in row
        assert f"{moved['value']:.3f}<small>{moved['low']:.3f} to {moved['high']:.3f}</small>" in row
    told = numbers["reliability"]
    assert sum(told["count"]) == numbers["windows"]["judge"]
    # Of single windows nothing is kept.
    assert "rises" not in numbers


def test_edges_are_drawn_where_their_effects_lie(tmp_path: Path) -> None:
    found = brief_study()
    edge = found.edges[0]
    values = (-0.2, 0.0, 0.1, 0.3)
    four = tuple(replace(edge, effect_sd=Measure(v, v - 0.05, v + 0.05)) for v in values)
    page_of(replace(found, edges=four), tmp_path / "out")
    at = [number(dot, "cx") for dot in parts(svg_of(tmp_path / "out", "edges"), "circle")]
    slope = (at[3] - at[0]) / 0.5
    np.testing.assert_allclose([x - at[1] for x in at], np.array(values) * slope, atol=0.2)
    many = tuple(replace(edge, lag=k % 2) for k in range(SHOWN + 5))
    text, _ = page_of(replace(found, edges=many), tmp_path / "many")
    assert len(parts(svg_of(tmp_path / "many", "edges"), "circle")) == SHOWN
    assert f"The {SHOWN} of {SHOWN + 5} edges that move the forecast most" in text


def test_chance_is_nothing_on_the_figure_of_rises(tmp_path: Path) -> None:
    found = brief_study()
    models = tuple(
        replace(one, auc=Measure(auc, auc - 0.05, auc + 0.05))
        for one, auc in zip(found.scores.models, (0.7, 0.5, 0.6), strict=True)
    )
    page_of(replace(found, scores=replace(found.scores, models=models)), tmp_path / "out")
    root = svg_of(tmp_path / "out", "rises")
    first, chance, half = (number(dot, "cx") for dot in parts(root, "circle"))
    nothing = next(number(line, "x1") for line in parts(root, "line") if line.get("opacity") == "0.6")
    assert chance == pytest.approx(nothing, abs=0.1)
    assert first - chance == pytest.approx(2 * (half - chance), abs=0.2)
    assert {"0.700", "0.500", "0.600"} <= set(words(root))


def test_networks_trained_anew_have_a_column_only_where_they_were_asked(tmp_path: Path) -> None:
    found = brief_study()
    text, _ = page_of(found, tmp_path / "none")
    assert "How many would come back was not asked (--refits)." in text
    assert "<th>again</th>" not in text
    edges = tuple(replace(edge, again=0.75) for edge in found.edges)
    text, numbers = page_of(replace(found, edges=edges, refits=4), tmp_path / "four")
    assert "it was trained anew 4 times on people drawn again" in text
    assert "<th>again</th>" in text
    assert text.count("<td>75%</td>") == len(edges)
    assert (numbers["refits"], numbers["edges"][0]["again"]) == (4, 0.75)


def test_what_could_not_be_judged_is_unknown_and_not_drawn(tmp_path: Path) -> None:
    found = brief_study()
    unknown = Measure(np.nan, np.nan, np.nan)
    scores = replace(
        found.scores,
        models=tuple(replace(one, auc=unknown) for one in found.scores.models),
        leads=tuple(replace(one, auc=unknown) for one in found.scores.leads),
    )
    rises = replace(found.rises, came=np.zeros_like(found.rises.came))
    text, numbers = page_of(replace(found, scores=scores, rises=rises, edges=()), tmp_path / "out")
    assert [path.stem for path in (tmp_path / "out" / "figures").iterdir()] == ["value"]
    assert "nan" not in text
    assert "<td>unknown</td>" in text
    assert "No edge between two factors is left" in text
    assert numbers["scores"]["models"][0]["auc"]["value"] is None


def test_notes_and_names_are_shown_as_words(tmp_path: Path) -> None:
    found = brief_study()
    edges = (replace(found.edges[0], cause=NASTY), *found.edges[1:])
    text, _ = page_of(replace(found, edges=edges, notes=("3 rows dropped",)), tmp_path / "out")
    assert '<p class="soft">3 rows dropped.</p>' in text
    assert "&lt;script&gt;" in text
    with pytest.raises(FormatError, match="exists and is not empty"):
        page_of(found, tmp_path / "out")

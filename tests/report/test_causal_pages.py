"""Pages of causes: the answer first, nothing from outside, every number as JSON."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from tests.report.causal_cases import NASTY, before_and_after, effect_case, graph, yes_or_no
from tests.report.svg_reading import read, words

from telltale.causal.asked_graph import AskedGraph
from telltale.causal.discovery import FactorGraph
from telltale.causal.graph_words import WRONG
from telltale.causal.path_intervals import path_intervals
from telltale.causal.whatif import what_if
from telltale.core.errors import FormatError
from telltale.core.rng import stream
from telltale.effects.did_balance import balance_line
from telltale.effects.mediated import MediatedDesign
from telltale.effects.mediated_case import mediated_case
from telltale.effects.mediated_strategy import MediatedStrategy
from telltale.effects.strategy_case import StrategyCase
from telltale.effects.strategy_design import StrategyDesign
from telltale.report.causal_chains import write_paths_page
from telltale.report.causal_checks import amount
from telltale.report.causal_did import write_did_page
from telltale.report.causal_effect import write_effect_page
from telltale.report.causal_graph import write_graph_page
from telltale.report.causal_through import write_through_page
from telltale.report.causal_whatif import write_whatif_page
from telltale.report.html_parts import simulated_note


@pytest.fixture(scope="module")
def found() -> FactorGraph:
    return graph()


@pytest.fixture(scope="module")
def case() -> StrategyCase:
    return effect_case()


def held(page: Path) -> tuple[str, dict[str, object]]:
    """The page's text and its numbers, once both and the figures are known to be sound."""
    text = page.read_text(encoding="utf-8")
    assert "<script" not in text
    assert not re.search(r'(?:src|href)="|url\(|@import', text)
    svgs = sorted((page.parent / "figures").glob("*.svg"))
    assert len(svgs) == text.count("<svg ")
    for svg in svgs:
        read(svg.read_text(encoding="utf-8"))
    numbers: dict[str, object] = json.loads((page.parent / "report.json").read_text(encoding="utf-8"))
    return text, numbers


def first_line(text: str) -> str:
    said = re.search(r'<p class="first">(.*?)</p>', text)
    assert said
    return said[1]


def test_an_effect_is_answered_first(case: StrategyCase, tmp_path: Path) -> None:
    text, numbers = held(write_effect_page(case, tmp_path / "out", study="a shop", simulated=True))
    assert first_line(text) == case.sentences[0]
    assert text.index(case.sentences[1]) < text.index(case.sentences[2]) < text.index("<figure>")
    assert "<strong>simulated</strong>: what is found here says nothing about real ones" in text
    for svg in (tmp_path / "out" / "figures").iterdir():
        assert words(read(svg.read_text(encoding="utf-8")))[-1] == "simulated people"
    assert numbers["simulated"] is True
    assert [text.count(f"<td>{check.name}</td>") for check in case.finding.checks] == [1] * len(
        case.finding.checks
    )
    assert numbers["effect"]["value"] == case.effect.value  # type: ignore[index]
    assert numbers["balance"]["after"] == case.balance.after.tolist()  # type: ignore[index]
    assert numbers["bias_curve"]["zero_at"] == case.bias.zero_at  # type: ignore[index]
    assert len(numbers["checks"]) == len(case.finding.checks)  # type: ignore[arg-type]
    # What is told of single viewers stays with whoever asked.
    assert numbers["who_gains"]["expected"] == []  # type: ignore[index]


def test_what_is_found_of_simulated_people_is_not_called_planted() -> None:
    note = simulated_note(True)
    assert "was planted; it" not in note
    assert "what was planted stands in the truth folder" in note
    assert not simulated_note(False)


def test_a_yes_or_no_is_told_in_percentage_points_all_over_the_page(tmp_path: Path) -> None:
    """Numbers are held raw, with their unit named."""
    case = yes_or_no()
    text, numbers = held(write_effect_page(case, tmp_path / "out", study="a shop"))
    text = re.sub(r"<svg.*?</svg>", "", text, flags=re.DOTALL)
    value = case.effect.value
    for place in (
        f"as large as the claimed {100 * value:.2g} percentage points.",
        f"the whole says {100 * value:.2g} percentage points.",
        f"by dr: {100 * value:.2g} percentage points, 95 % interval ",
        f"An effect on purchase after it of {100 * case.smallest.value:.2g} percentage points or more",
    ):
        assert place in text
    raw = [case.effect.value, case.effect.low, case.effect.high, case.smallest.value]
    raw += [end for check in case.finding.checks for end in (check.low, check.high)]
    assert not [one for one in raw if np.isfinite(one) and f"{one:.3g}" in text]
    assert numbers["outcome_unit"] == "share of viewers"
    assert numbers["effect"]["value"] == value  # type: ignore[index]


def test_warnings_stand_before_the_figures(case: StrategyCase, tmp_path: Path) -> None:
    warned = replace(case, warnings=("half of them <b>cannot</b> be compared",))
    text, _ = held(write_effect_page(warned, tmp_path / "out", study="a shop"))
    assert text.index("half of them &lt;b&gt;cannot&lt;/b&gt; be compared.") < text.index("<figure>")
    assert "<strong>simulated</strong>" not in text


@pytest.mark.parametrize(("sign", "word"), [(1, "more"), (-1, "less")])
def test_who_gains_is_said_where_it_is_sure(case: StrategyCase, tmp_path: Path, sign: int, word: str) -> None:
    assert case.who is not None
    half = case.who.halves[0]
    sure = replace(half, apart=replace(half.apart, value=sign * 1.0, low=sign - 0.1, high=sign + 0.1))
    unsure = replace(half, apart=replace(half.apart, low=-1.0, high=1.0))
    for halves, said in (
        ((sure, unsure), f"they gain {word} where "),
        ((unsure,), "No covariate was found that goes along with it."),
    ):
        out = tmp_path / f"{len(halves)}"
        text, _ = held(
            write_effect_page(replace(case, who=replace(case.who, halves=halves)), out, study="a shop")
        )
        assert said in text


def test_a_lot_with_one_chance_needs_no_picture_of_overlap(tmp_path: Path) -> None:
    text, _ = held(write_effect_page(effect_case(by_lot=True), tmp_path / "out", study="a shop"))
    assert "All had one chance of getting it: 50%." in text
    assert "A lot needs no adjustment" in text
    assert not (tmp_path / "out" / "figures" / "overlap.svg").exists()


def test_nothing_hidden_is_asked_of_a_lot(case: StrategyCase, tmp_path: Path) -> None:
    drawn, _ = held(write_effect_page(effect_case(by_lot=True), tmp_path / "lot", study="a shop"))
    assert "nothing hidden moves a lot" in drawn
    assert "Where the effect would lie" not in drawn
    assert not (tmp_path / "lot" / "figures" / "hidden.svg").exists()
    asked, _ = held(write_effect_page(case, tmp_path / "none", study="a shop"))
    assert "Where the effect would lie" in asked
    assert "A lot needs no adjustment" not in asked


@pytest.mark.parametrize(
    ("estimand", "whom"), [("ATE", "the effect on all."), ("ATT", "the effect on those who got it.")]
)
def test_captions_tell_whom_the_effect_is_of(
    case: StrategyCase, tmp_path: Path, estimand: Literal["ATE", "ATT"], whom: str
) -> None:
    effect = replace(case.effect, estimand=estimand)
    one = replace(case, finding=replace(case.finding, effect=effect))
    text, _ = held(write_effect_page(one, tmp_path / "out", study="a shop"))
    assert f"Shaded: {whom}" in text


def test_what_matching_left_unlike_stands_before_the_figures(tmp_path: Path) -> None:
    case = replace(before_and_after(), warnings=("both arms still <b>differ</b>",))
    text, numbers = held(write_did_page(case, tmp_path / "out", study="a shop"))
    assert text.index("both arms still &lt;b&gt;differ&lt;/b&gt;.") < text.index("<figure>")
    assert numbers["warnings"] == ["both arms still <b>differ</b>"]


def test_a_page_is_never_written_over(case: StrategyCase, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("mine", encoding="utf-8")
    with pytest.raises(FormatError):
        write_effect_page(case, tmp_path, study="a shop")
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_before_and_after_is_answered_first(tmp_path: Path) -> None:
    case = before_and_after()
    text, numbers = held(write_did_page(case, tmp_path / "out", study="a shop"))
    assert numbers["simulated"] is False
    drawn = (tmp_path / "out" / "figures" / "arms.svg").read_text(encoding="utf-8")
    assert "simulated people" not in words(read(drawn))
    assert first_line(text) == case.sentences[0]
    assert {path.stem for path in (tmp_path / "out" / "figures").iterdir()} == {
        "arms", "balance", "checks", "periods", "starts", "ways",
    }  # fmt: skip
    assert numbers["treated"] == case.treated.tolist()
    assert numbers["outcome_unit"] == "its own"
    assert f"{escape(balance_line(case.did))}. Upright lines: after matching alone" in text
    assert numbers["balanced_by"] == "matching and regression"
    assert numbers["matched_alone"]["after"] == case.did.alone.after.tolist()  # type: ignore[index]
    assert numbers["trends"]["verdict"] == case.did.trends.verdict  # type: ignore[index]
    assert numbers["staggered"]["effect"]["value"] is not None  # type: ignore[index]
    # The reference has no interval, and JSON no NaN.
    at = [int(k) for k in case.did.study.relative].index(-1)
    assert numbers["event_study"]["low"][at] is None  # type: ignore[index]


def test_where_all_began_at_once_the_page_says_so_and_draws_no_starts(tmp_path: Path) -> None:
    case = before_and_after(starts=1)
    text, numbers = held(write_did_page(case, tmp_path / "out", study="a shop"))
    assert "All began within one period of 5 s: there are no starts to compare." in text
    assert "group-time" not in text
    assert "did2s" not in text
    assert not (tmp_path / "out" / "figures" / "starts.svg").exists()
    assert numbers["staggered"] is numbers["sun_abraham"] is numbers["did2s"] is None
    assert numbers["starts_note"] == case.starts_note
    several, _ = held(write_did_page(before_and_after(), tmp_path / "several", study="a shop"))
    assert "no starts to compare" not in several
    assert "group-time" in several


def test_a_graph_tells_every_arrow(found: FactorGraph, tmp_path: Path) -> None:
    text, numbers = held(write_graph_page(found, tmp_path / "out", study="a shop"))
    edges = numbers["edges"]
    assert isinstance(edges, list)
    assert text.count("<tr><td>") == len(found.edges) == len(edges)
    assert [edge["weight"] for edge in edges] == [edge.weight for edge in found.edges]
    assert {("chat_mood", "desire"), ("desire", "buying")} <= {
        (edge["cause"], edge["effect"]) for edge in edges
    }
    assert first_line(text) == "Desire is moved by chat mood (up)."


def test_how_far_sorting_would_lead_stands_before_the_graph(found: FactorGraph, tmp_path: Path) -> None:
    text, _ = held(write_graph_page(found, tmp_path / "out", study="a shop"))
    words = f"Varsortability {found.sortability.by_variance:.2f}, R2-sortability"
    assert text.index(words) < text.index("<figure") < text.index("<table>")


def test_a_weight_stands_beside_its_pair(found: FactorGraph, tmp_path: Path) -> None:
    """A phone shows the first two columns."""
    one = found.edges[0]
    unasked = replace(one, cause="chat_mood", effect="desire", seen=np.nan, one_way=np.nan, oriented=False)
    text, _ = held(write_graph_page(replace(found, edges=(unasked,)), tmp_path / "out", study="a shop"))
    assert (
        "<tr><td>chat mood &gt; desire<small>or back</small></td>"
        f"<td>{one.weight:+.2f}<small>{one.low:+.2f} to {one.high:+.2f}</small></td>"
        f"<td>{one.lag} step{'s' * (one.lag != 1)}</td><td>-</td><td>-</td></tr>" in text
    )
    assert "nan" not in text


def test_a_page_of_paths_tells_what_the_data_leave_open(found: FactorGraph, tmp_path: Path) -> None:
    edges = tuple(replace(edge, oriented=edge.effect != "desire") for edge in found.edges)
    turned = replace(found, edges=edges, rows=replace(found.rows, notes=("left out: <b>",)))
    asked = AskedGraph(turned)
    sure = path_intervals(turned, "chat_mood", "buying", steps=3)
    text, numbers = held(write_paths_page(sure, tmp_path / "out", asked=asked, study="a shop"))
    assert "<li>chat_mood - desire: the data do not say which way.</li>" in text
    assert '<p class="soft">left out: &lt;b&gt;.</p>' in text
    assert numbers["notes"] == list(asked.notes(["chat_mood"], ["buying"]))


def test_the_first_sentence_names_what_moves_most(found: FactorGraph, tmp_path: Path) -> None:
    one = found.edges[0]
    weights = {"a": 0.1, "b": -0.4, "c": 0.2, "d": 0.3}
    edges = [replace(one, cause=name, effect="desire", weight=weight) for name, weight in weights.items()]
    edges += [replace(one, cause="a", effect="desire", lag=1, weight=0.5, oriented=True)]
    edges += [replace(one, cause="desire", effect="buying", weight=0.9)]
    rows = replace(found.rows, factors=(*"abcd", "desire", "buying"), tiers=(0, 0, 0, 0, 1, 2))
    many = replace(found, edges=tuple(edges), rows=rows)
    text, _ = held(write_graph_page(many, tmp_path / "out", study="a shop"))
    assert first_line(text) == "Desire is moved by 4 factors, most by a (up), b (down) and d (up)."


def test_a_graph_without_arrows_says_so(found: FactorGraph, tmp_path: Path) -> None:
    text, _ = held(write_graph_page(replace(found, edges=()), tmp_path / "out", study="a shop"))
    assert first_line(text) == "No arrow was found among 4 factors."


def test_a_what_if_tells_what_follows_and_where_the_data_never_went(
    found: FactorGraph, tmp_path: Path
) -> None:
    answer = what_if(found, {"chat_mood": 9.0}, steps=4, draws=120)
    asked = AskedGraph(found)
    text, numbers = held(write_whatif_page(answer, tmp_path / "out", asked=asked, study="a shop"))
    assert answer.warnings
    assert all(f"<li>{warning}.</li>" in text for warning in answer.warnings)
    best = max(answer.outcomes, key=lambda one: abs(one.in_sd[-1]))
    assert best.factor == "desire"
    compared = f"against its mean {asked.mean('chat_mood'):.3g}"
    assert first_line(text).startswith(f"If chat mood is held at 9 ({compared}), desire rises by ")
    told = numbers["outcomes"]
    assert isinstance(told, list)
    assert [one["change"] for one in told] == [one.change.tolist() for one in answer.outcomes]
    assert {NASTY, "desire", "buying"} == {one["factor"] for one in told}


def test_what_moves_nothing_is_not_called_a_move(found: FactorGraph, tmp_path: Path) -> None:
    answer = what_if(found, {"buying": 1.0}, ["chat_mood"], steps=2, draws=120)
    assert np.allclose(answer.outcomes[0].change, 0)
    asked = AskedGraph(found, frozenset({"buying"}))
    text, _ = held(write_whatif_page(answer, tmp_path / "out", asked=asked, study="a shop"))
    assert first_line(text) == (
        f"If buying is held at 1 ({asked.compared_with('buying')}): no way was found to chat mood among 30 "
        "people within 2 s; a weak one may have been missed."
    )
    assert "<table>" not in text


def test_what_does_not_move_has_no_row_and_no_figure(found: FactorGraph, tmp_path: Path) -> None:
    answer = what_if(found, {"desire": 1.0}, steps=2, draws=120)
    still = [one.factor for one in answer.outcomes if not one.high.any()]
    assert set(still) == {"chat_mood", NASTY}
    text, numbers = held(write_whatif_page(answer, tmp_path / "out", asked=AskedGraph(found), study="a shop"))
    assert text.count("<tr><td>") == text.count("<svg ") == 1
    assert "To 2 others no way was found." in text
    assert len(numbers["outcomes"]) == 3  # type: ignore[arg-type]


def test_labels_of_a_what_if_hold_no_underscores(found: FactorGraph, tmp_path: Path) -> None:
    answer = what_if(found, {"desire": 1.0}, steps=2, draws=120)
    mood = replace(
        answer.outcomes[-1], factor="chat_mood", low=np.full(3, -1.0), high=np.full(3, 1.0), reached=True
    )
    moved = replace(answer, outcomes=(mood,))
    text, _ = held(write_whatif_page(moved, tmp_path / "out", asked=AskedGraph(found), study="a shop"))
    assert "<td>chat mood</td>" in text
    assert "chat_mood" not in text


def test_paths_tell_the_chains_and_how_it_builds_up(found: FactorGraph, tmp_path: Path) -> None:
    sure = path_intervals(found, "chat_mood", "buying", steps=3)
    asked = AskedGraph(found)
    text, numbers = held(write_paths_page(sure, tmp_path / "out", asked=asked, study="a shop"))
    assert first_line(text).startswith(
        "One standard deviation more of chat mood from then on lowers buying by "
    )
    assert f"One standard deviation of chat mood is {asked.sd('chat_mood'):.3g}." in text
    assert "chat mood &gt; desire &gt; buying" in text
    assert {path.stem for path in (tmp_path / "out" / "figures").iterdir()} == {"chains", "response"}
    told = numbers["paths"]
    assert isinstance(told, dict)
    assert told["paths"]["total"] == sure.paths.total.tolist()
    assert told["total"]["low"] == sure.total.low.tolist()


def test_where_no_way_leads_nothing_is_drawn(found: FactorGraph, tmp_path: Path) -> None:
    sure = path_intervals(found, "buying", "chat_mood", steps=3)
    text, _ = held(write_paths_page(sure, tmp_path / "out", asked=AskedGraph(found), study="a shop"))
    found_none = "No way was found from buying to chat mood among 30 people within 3 s"
    assert first_line(text) == f"{found_none}; a weak one may have been missed."
    assert "<p>Intervals draw the 30 people again and keep the arrows that were found, so here" in text
    assert " Drawn in all the same, the arrow buying &gt; chat mood after 1 s would be " in text
    assert "0.000" not in text
    assert f"<p>{WRONG}</p>" in text
    assert not list((tmp_path / "out" / "figures").iterdir())


def test_what_carried_an_effect_is_answered_first(tmp_path: Path) -> None:
    draw = stream(8, "pages", "through")
    treated = draw.random(300) < 0.5
    mood = 0.8 * treated + draw.normal(size=300)
    rows = {
        "note": treated.astype(int), "mood": mood, "age": draw.normal(size=300),
        "spend": 0.5 * mood + 0.3 * treated + draw.normal(size=300),
    }  # fmt: skip
    given = MediatedDesign.from_frame(
        rows, treatment="note", mediators=["mood"], outcome="spend", covariates=["age"]
    )
    asked = StrategyDesign(
        given.design, None, np.arange(300) % 6, tuple(map(str, range(300))), None, np.empty(0, np.int64), 0.0
    )
    case = mediated_case(MediatedStrategy(given, asked), outcome_model="linear", draws=5)
    effects = case.effects
    text, numbers = held(write_through_page(case, tmp_path / "out", study="a shop"))
    assert first_line(text) == case.sentences[0]
    assert all(f"<td>{check.name}</td>" in text for check in case.finding.checks)
    assert numbers["stands"] == case.finding.stands
    assert all(f"<li>{one}</li>" in text for one in effects.assumptions)
    told = numbers["effects"]
    assert isinstance(told, dict)
    assert told["indirect"]["value"] == effects.indirect.value
    assert numbers["outcome_unit"] == "its own"
    drawn = words(read((tmp_path / "out" / "figures" / "through.svg").read_text(encoding="utf-8")))
    assert {"in all", "through mood", amount(effects.indirect.value, "continuous")} <= set(drawn)

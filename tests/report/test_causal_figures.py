"""Figures of causes: what they draw stands where the numbers say, once, and no name can break out of them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from tests.report.causal_cases import NASTY, before_and_after, effect_case
from tests.report.svg_reading import number, parts, read, words

from telltale.effects.balance import Balance
from telltale.effects.did_case import DidCase
from telltale.effects.overlap import BINS, measure_overlap
from telltale.effects.strategy_case import StrategyCase
from telltale.report.causal_balance import love_figure, overlap_figure
from telltale.report.causal_checks import checks_figure
from telltale.report.causal_did import did_figures
from telltale.report.causal_effect import effect_figures
from telltale.report.causal_hidden import bias_figure, strength_alike
from telltale.report.causal_trends import arms_figure, event_figure, staggered_figure
from telltale.report.svg import COLOURS
from telltale.report.svg_rows import Row, Rows, rows_chart


@pytest.fixture(scope="module")
def case() -> StrategyCase:
    return effect_case()


@pytest.fixture(scope="module")
def did() -> DidCase:
    return before_and_after()


def test_rows_stand_on_one_scale() -> None:
    rows = [Row("one", 1.0, 0.5, 2.0, "pass", "stands"), Row("two", -1.0, -1.5, 0.0, "fail", "fails")]
    root = read(rows_chart("Rows", [Rows("", rows)], x_label="change", left=100, right=100, width=600))
    spans = [
        (number(one, "x1"), number(one, "x2")) for one in parts(root, "line") if one.get("stroke-linecap")
    ]
    dots = [number(one, "cx") for one in parts(root, "circle") if one.get("cx")]
    # From -1.5 to 2 and a twentieth more at each side, over 400 pixels from 100 on.
    low, scale = -1.5 - 0.05 * 3.5, 400 / (1.1 * 3.5)
    wanted = [100 + (value - low) * scale for value in (0.5, 2.0, -1.5, 0.0, 1.0, -1.0)]
    assert [x for span in spans for x in span] + dots == pytest.approx(wanted, abs=0.06)
    assert [title.text for title in parts(root, "title")] == ["Rows", "pass", "fail"]


def test_the_scale_of_percentage_points_is_told_times_a_hundred() -> None:
    root = read(rows_chart("Rows", [Rows("", [Row("one", 0.1, 0.0, 0.2)])], x_label="change", scale=100))
    assert {"0", "5", "10", "20"} <= set(words(root))


def test_every_check_has_a_row_and_its_verdict(case: StrategyCase) -> None:
    root = read(checks_figure(case.finding, case.design.outcome_kind))
    told = words(root)
    for check in case.finding.checks:
        assert told.count(check.name) == 1
    marks = [title.text for title in parts(root, "title")][1:]
    order = sorted(case.finding.checks, key=lambda one: not one.name.startswith("placebo"))
    assert marks == [check.verdict for check in order]
    assert "change of desire after it, in its own unit" in told


def test_what_a_check_tells_is_drawn_as_an_effect(case: StrategyCase) -> None:
    """A check whose value is no effect has none drawn; one that tells a move is drawn where it moved to."""
    effect = case.effect
    root = read(checks_figure(case.finding, "continuous"))
    dots = {number(one, "cy"): number(one, "cx") for one in parts(root, "circle") if one.get("cx")}
    rows = {one.text: number(one, "y") - 4 for one in parts(root, "text")}
    by_name = {check.name: check for check in case.finding.checks}
    main = dots[rows["the effect"]]
    placebo = dots[rows["placebo treatment"]]
    scale = (main - placebo) / (effect.value - by_name["placebo treatment"].value)
    moved = dots[rows["random common cause"]] - main
    assert moved == pytest.approx(scale * by_name["random common cause"].value, abs=0.11)
    assert rows["leave one group out"] not in dots
    assert rows["hidden cause"] not in dots


def test_a_love_plot_names_the_worst_twenty_once_each() -> None:
    names = tuple(f"covariate {k}" for k in range(30))
    before, after = np.linspace(0.0, -0.6, 30), np.full(30, 0.05)
    root = read(love_figure(Balance(names, before, after, np.ones(30), np.ones(30))))
    told = [word for word in words(root) if word.startswith("covariate")]
    assert told == [f"covariate {k}" for k in range(29, 9, -1)]
    hollow = [number(one, "cx") for one in parts(root, "circle") if one.get("fill") == "none"]
    # Sizes without their sign, all on one scale from 190 on.
    assert np.diff(hollow) == pytest.approx(np.diff(hollow)[0], abs=0.15)
    assert (hollow[0] - 190) / (hollow[-1] - 190) == pytest.approx(0.6 / np.abs(before[10]), rel=0.01)


def test_a_love_plot_marks_what_matching_alone_left_of_what_was_matched_on() -> None:
    ones = np.ones(2)
    found = Balance(("mood", "age"), np.array([0.4, 0.2]), np.array([0.0, 0.1]), ones, ones)
    alone = Balance(("mood",), np.array([0.4]), np.array([-0.1]), ones[:1], ones[:1])
    root = read(love_figure(found, alone))
    upright = [one for one in parts(root, "line") if one.get("stroke-width") == "2.5"]
    before = next(one for one in parts(root, "circle") if one.get("fill") == "none")
    assert [number(one, "x1") - 190 for one in upright] == [
        pytest.approx((number(before, "cx") - 190) / 4, abs=0.1)
    ]
    assert "matched" in words(root)
    assert "matched" not in words(read(love_figure(found)))


def test_a_covariate_that_does_not_vary_has_no_point() -> None:
    nan = np.array([np.nan, 0.3])
    root = read(love_figure(Balance(("flat", "moving"), nan, nan, nan, nan)))
    assert len(parts(root, "circle")) == 2
    assert "nan" not in "".join(value for one in root.iter() for value in one.attrib.values())


def test_both_arms_mirror_each_other() -> None:
    chance = np.repeat([0.2, 0.4, 0.6], 20)
    treated = np.tile([True, False], 30)
    root = read(overlap_figure(measure_overlap(treated, chance)))
    bars = [one for one in parts(root, "rect") if one.get("opacity") == "0.85"]
    assert len(bars) == 6
    up = [one for one in bars if one.attrib["fill"] == COLOURS[0]]
    down = [one for one in bars if one.attrib["fill"] == COLOURS[1]]
    zero = number(up[0], "y") + number(up[0], "height")
    assert all(number(one, "y") + number(one, "height") == pytest.approx(zero, abs=0.11) for one in up)
    assert all(number(one, "y") == pytest.approx(zero, abs=0.11) for one in down)
    wide = (640 - 56 - 16) / BINS - 2
    assert [number(one, "width") for one in bars] == pytest.approx([wide] * len(bars), abs=0.11)


def test_the_bias_curve_meets_nothing_where_it_says(case: StrategyCase) -> None:
    root = read(bias_figure(case.bias, case.effect, "continuous"))
    line = parts(root, "polyline")[0].attrib["points"].split()
    points = np.array([[float(value) for value in point.split(",")] for point in line])
    crossing = next(one for one in parts(root, "circle") if one.attrib["fill"] == COLOURS[1])
    meets = np.interp(number(crossing, "cy"), points[:, 1], points[:, 0])
    assert meets == pytest.approx(number(crossing, "cx"), abs=2)
    told = words(root)
    assert f"nothing left: {100 * case.bias.zero_at:.2g} %" in told
    assert f"no longer sure: {100 * case.bias.unsure_at:.2g} %" in told


def test_a_known_cause_stands_where_it_brings_as_much(case: StrategyCase) -> None:
    """The curve at the strength that is drawn moves the effect as far as the known cause would."""
    for known in case.bias.known:
        at = strength_alike(case.bias, case.effect, known)
        brought = np.interp(at, case.bias.strength, case.bias.high) - case.effect.value
        assert brought == pytest.approx(known.high - case.effect.value, abs=1e-9)


def test_an_effect_that_lowers_is_drawn_the_other_way_round(case: StrategyCase) -> None:
    effect, bias = case.effect, case.bias
    down = replace(effect, value=-effect.value, low=-effect.high, high=-effect.low)
    turned = replace(
        bias, low=-bias.high, high=-bias.low, sure_low=-bias.sure_high, sure_high=-bias.sure_low, known=()
    )
    ends = []
    for curve, of in ((bias, effect), (turned, down)):
        line = parts(read(bias_figure(curve, of, "continuous")), "polyline")[0].attrib["points"].split()
        ends.append([float(line[k].split(",")[1]) for k in (0, -1)])
    assert ends[0][1] > ends[0][0]
    assert ends[1][1] < ends[1][0]


def test_no_figure_of_an_effect_holds_a_name_as_code(case: StrategyCase) -> None:
    figures = effect_figures(case)
    assert set(figures) == {"checks", "balance", "overlap", "hidden", "who-gains", "halves"}
    for svg in figures.values():
        root = read(svg)
        assert not parts(root, "script")
        assert "nan" not in svg
    told = [title.text for title in parts(read(figures["balance"]), "title")]
    assert NASTY in told


def test_both_arms_are_drawn_where_their_means_are(did: DidCase) -> None:
    root = read(arms_figure(did, "continuous"))
    lines = [
        np.array([[float(value) for value in point.split(",")] for point in one.attrib["points"].split()])
        for one in parts(root, "polyline")
    ]
    got, others, without = lines
    early = did.seconds < 0
    scale = (got[:, 1] - others[:, 1]) / (did.treated - did.control)
    assert scale == pytest.approx(np.full(len(scale), scale[0]), rel=0.05)
    assert scale[0] < 0
    # Dashed: moved as the others did, from where those who got it were.
    assert without[early, 1].mean() == pytest.approx(got[early, 1].mean(), abs=0.1)
    assert np.diff(without[:, 1]) == pytest.approx(np.diff(others[:, 1]), abs=0.11)


def test_the_event_study_shades_what_was_before(did: DidCase) -> None:
    study = did.did.study
    root = read(event_figure(study, did.did.trends, 5.0, "continuous"))
    shade = next(one for one in parts(root, "rect") if one.get("opacity") == "0.1")
    edge = number(shade, "x") + number(shade, "width")
    dots = [one for one in parts(root, "circle") if one.get("r") == "4"]
    assert [number(one, "cx") < edge for one in dots] == [bool(k < 0) for k in study.relative]
    hollow = [one for one in dots if one.attrib["fill"] == "none"]
    assert [number(one, "cx") for one in hollow] == [number(dots[list(study.relative).index(-1)], "cx")]
    spans = [one for one in parts(root, "line") if one.get("stroke-linecap")]
    lengths = [number(one, "y1") - number(one, "y2") for one in spans]
    wide = (study.high - study.low)[np.isfinite(study.low)]
    assert np.array(lengths) / wide == pytest.approx(np.full(len(wide), lengths[0] / wide[0]), rel=0.02)
    wanted = {"holds": "pass", "does not hold": "fail", "cannot tell": "cannot tell"}
    assert wanted[did.did.trends.verdict] in [title.text for title in parts(root, "title")]


def test_each_start_and_period_has_a_field(did: DidCase) -> None:
    assert did.staggered is not None
    root = read(staggered_figure(did.staggered, 5.0))
    fields = [one for one in parts(root, "rect") if list(one)]
    assert len(fields) == len(did.staggered.value)
    assert [float(title.text or "") for one in fields for title in one] == pytest.approx(
        did.staggered.value[np.lexsort((did.staggered.period, did.staggered.group))], rel=0.01
    )
    strong = fields[int(np.argmax([number(one, "opacity") for one in fields]))]
    assert strong.attrib["fill"] == COLOURS[0]


def test_many_starts_are_put_together(did: DidCase) -> None:
    assert did.staggered is not None
    group = np.repeat(np.arange(60), 2)
    many = replace(
        did.staggered, group=group, period=group + np.tile([0, 1], 60), value=np.tile([0.0, 1.0], 60)
    )
    root = read(staggered_figure(many, 5.0))
    told = [word for word in words(root) if " to " in word]
    assert told[0] == "0 to 10"
    assert len([one for one in parts(root, "rect") if list(one)]) == 2 * 24


def test_shares_of_steps_are_told_in_percentage_points() -> None:
    case = before_and_after(event=True)
    figures = did_figures(case)
    assert "change, percentage points" in words(read(figures["ways"]))
    assert "mean of each arm, %" in words(read(figures["arms"]))
    ticks = [float(word) for word in words(read(figures["arms"])) if word.replace("-", "").isdigit()]
    assert max(ticks) >= 20  # Of 100, not of 1.
    assert math.isfinite(case.effect.value)


def test_how_often_an_event_came_is_told_of_a_hundred_viewers_wherever_it_is_told() -> None:
    """Sentences, axes and numbers beside rows have one unit; what is held stays per viewer."""
    own, case = before_and_after(), before_and_after(counted=True)
    assert case.effect.value == own.effect.value
    assert case.unit == "times per viewer in 25 s"
    assert f" by {100 * case.effect.value:.2g} per 100 viewers, " in case.sentences[0]
    told, plain = ({name: words(read(svg)) for name, svg in did_figures(one).items()} for one in (case, own))
    assert "change, per 100 viewers" in told["ways"]
    assert f"{100 * case.effect.value:+.2g}" in told["ways"]
    assert "mean of each arm, per 100 viewers" in told["arms"]
    assert "difference of both arms against just before, per 100 viewers" in told["periods"]
    assert any(word.endswith("per 100 viewers or more)") for word in told["starts"])
    ticks = [[float(word) for word in of["periods"] if word.lstrip("-").isdigit()] for of in (told, plain)]
    assert max(ticks[0]) >= 100 > max(ticks[1])


def test_checks_of_an_event_are_told_in_its_unit() -> None:
    checks = {check.name: check for check in before_and_after(counted=True).finding.checks}
    early, beside = checks["placebo in time"], checks["other matches"]
    assert f"{100 * early.low:.2g} to {100 * early.high:.2g} per 100 viewers" in early.found
    assert beside.found.startswith(f"It says {100 * beside.value:.2g} per 100 viewers (")
    drift = before_and_after(counted=True).did.trends.drift
    assert f"{100 * drift:.2g} per 100 viewers" in checks["parallel trends"].found


def test_an_effect_without_an_interval_is_drawn_without_one(case: StrategyCase) -> None:
    effect = replace(case.effect, low=math.nan, high=math.nan)
    bias = replace(case.bias, sure_low=np.full(51, np.nan), sure_high=np.full(51, np.nan), unsure_at=math.nan)
    finding = replace(case.finding, effect=effect)
    figures = effect_figures(replace(case, finding=finding, bias=bias))
    assert not [name for name, svg in figures.items() if "nan" in svg]
    assert len(parts(read(figures["hidden"]), "polygon")) == 1


def test_an_effect_that_no_match_told_leaves_its_row_empty(case: StrategyCase) -> None:
    nothing = replace(case.effect, value=math.nan, low=math.nan, high=math.nan)
    figures = effect_figures(replace(case, finding=replace(case.finding, effect=nothing)))
    assert "hidden" not in figures
    told = words(read(figures["checks"]))
    assert "unknown" in told
    assert "nan" not in figures["checks"]

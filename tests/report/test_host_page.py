"""The page on hosts: its figures, numbers and words, whatever was found and however much was asked."""

from __future__ import annotations

import csv
import json
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.host.planted_path import NoCoder
from tests.hosts_studies import SHOWN, changed

from telltale.core import clock
from telltale.host.advice_words import say_all
from telltale.host.climb import FOR_LATE, LATE
from telltale.host.closer import Closer
from telltale.host.dose import Dose
from telltale.host.driver_words import of_the_time
from telltale.host.focus import Curve
from telltale.host.hazards import Hazard, Hazards, Ratio
from telltale.host.lags import Lags, When
from telltale.host.placebo import NEARBY_MINUTES
from telltale.host.report_case import HostCase, host_case
from telltale.host.rungs import FEW_HOSTS, LEAST_HOSTS
from telltale.host.study_points import PointSettings
from telltale.host.verdict import PICKED
from telltale.host.viewers import _PARTS
from telltale.report.host_closer import closer_figures, closer_section
from telltale.report.host_minute_rows import amount, percent
from telltale.report.host_page import page_numbers, write_host_page
from telltale.report.json_form import jsonable
from telltale.signs.expressions import Evidence
from telltale.study.store import Study


def coached(case: HostCase) -> HostCase:
    """The same told to the host alone."""
    return replace(case, self_coaching=True, said=say_all(case.advice, case.drivers, case.closer, "you"))


def asked(folder: Path) -> HostCase:
    return host_case(Study.open(folder), NoCoder(), clock.now(), settings=PointSettings(300.0), viewers=False)


def check(case: HostCase, out: Path) -> tuple[str, dict[str, Any]]:
    """Write the page and look at what every page holds; the page and its numbers."""
    written = write_host_page(case, out)
    assert written == out / "report.html"
    page = written.read_text(encoding="utf-8").replace("&nbsp;", " ")
    told: dict[str, Any] = json.loads((out / "report.json").read_text(encoding="utf-8"))
    for sentence in case.sentences:
        assert sentence.split(".")[0][:60].replace("'", "&#x27;") in page
    assert ("<strong>simulated</strong>" in page) == case.points.simulated
    assert told["simulated"] is case.points.simulated
    figures = {path.stem for path in (out / "figures").glob("*.svg")}
    assert figures
    assert page.count("<svg ") >= len(figures)
    for svg in (out / "figures").glob("*.svg"):
        text = svg.read_text(encoding="utf-8")
        assert ("simulated people" in text) == case.points.simulated
        assert not re.search(r"\b(nan|inf)\b", text)
    assert not re.search(r"\bnan\b", page)
    assert all(name in page for name in SHOWN)
    assert "http://" not in re.sub(r"http://www\.w3\.org/\S+", "", page)
    assert "<script" not in page
    for one in case.said:
        assert one.what[1:40].replace("'", "&#x27;") in page
    return page, told


def test_a_page_tells_what_was_found(found_case: HostCase, tmp_path: Path) -> None:
    page, told = check(found_case, tmp_path / "out")
    assert found_case.said
    # The caveat of the names, and whose inference a look is.
    assert "Of a name." in page
    assert "ours" in page
    assert {"forest", "everything"} <= {path.stem for path in (tmp_path / "out/figures").iterdir()}
    numbers = page_numbers(found_case)
    assert {key: told[key] for key in numbers} == jsonable(numbers)


def test_a_reader_is_told_per_what_and_in_plain_words(found_case: HostCase, tmp_path: Path) -> None:
    page, _ = check(found_case, tmp_path / "out")
    figures = {path.stem: path.read_text(encoding="utf-8") for path in (tmp_path / "out/figures").iterdir()}
    # A standard deviation is spoken of where the numbers are folded away, and nowhere else.
    assert page.count("standard deviation") == 1
    assert "<summary>All numbers</summary><p>Changes are for one standard deviation" in page
    for svg in figures.values():
        assert "Hazard" not in svg
        assert "standard deviation" not in svg
    assert "when it shows that much more of the time" in figures["forest"]
    assert all(f">{of_the_time(one)}</text>" in figures["forest"] for one in found_case.answers)


def test_a_late_answer_says_when_and_names_stay_whole(found_case: HostCase, tmp_path: Path) -> None:
    first, *others = found_case.drivers.answers
    late = replace(first, lag_s=120.0, verdict="unresolved", reasons=("weak",))
    case = replace(found_case, drivers=replace(found_case.drivers, answers=(late, *others)))
    page = write_host_page(case, tmp_path / "out").read_text(encoding="utf-8")
    forest = (tmp_path / "out/figures/forest.svg").read_text(encoding="utf-8")
    assert ">unresolved, 2 minutes before</text>" in forest
    rows = list(csv.DictReader((tmp_path / "out/answers.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["lag_s"] for row in rows] == ["120", *("0" for _ in others)]
    assert ("<td>120</td>" in page) == (late.outcome == case.outcome)


def test_the_longest_words_of_time_stay_whole_in_the_forest(found_case: HostCase, tmp_path: Path) -> None:
    answers = tuple(
        replace(one, lag_s=30.0, verdict="unresolved", reasons=("weak",))
        for one in found_case.drivers.answers
    )
    case = replace(found_case, drivers=replace(found_case.drivers, answers=answers))
    write_host_page(case, tmp_path / "out")
    forest = (tmp_path / "out/figures/forest.svg").read_text(encoding="utf-8")
    assert forest.count(">unresolved, half a minute before</text>") == len(case.answers)


def test_a_late_answer_without_lower_q_leaves_their_cells_empty(found_case: HostCase, tmp_path: Path) -> None:
    first, *others = found_case.drivers.answers
    steps = (*(replace(step, q=math.nan) for step in first.steps[:4]), *first.steps[4:])
    answers = (replace(first, lag_s=60.0, steps=steps), *others)
    write_host_page(
        replace(found_case, drivers=replace(found_case.drivers, answers=answers)), tmp_path / "out"
    )
    row = next(csv.DictReader((tmp_path / "out/answers.csv").read_text(encoding="utf-8").splitlines()))
    assert (row["alone_q"], row["promotion_q"]) == ("", "")
    assert float(row["within_q"]) == pytest.approx(first.last.q, rel=1e-5)


def test_a_closer_look_says_of_which_minute_it_is(found_case: HostCase) -> None:
    first, *others = found_case.drivers.answers
    flat = np.ones(2)
    curve = Curve(np.array([0.1, 0.4]), *[flat] * 5)
    lags = Lags(
        first.name, first.outcome, 20.0, curve, curve, curve, (1.3, 1.2, 1.4), 0.001, 0.5,
        When(10.0, 0.0, 20.0), 900, 12, (),
    )  # fmt: skip
    dose = Dose(first.name, first.outcome, curve, 0.17, (0.1, 0.2, 0.3), 0.5, False, None, "no sign", 900, 12)

    def section(lag_s: float) -> str:
        answers = (replace(first, verdict="driver", lag_s=lag_s), *others)
        drivers = replace(found_case.drivers, answers=answers)
        case = replace(found_case, drivers=drivers, closer=Closer((lags,), (dose,)))
        return " ".join(closer_section(case, closer_figures(case))).replace("&nbsp;", " ")

    once, late = section(0.0), section(60.0)
    # The curve is 1 at the middle share, not at the mean.
    assert once.count("Against its usual share (17 % of the time): no sign.") == 1
    assert "before the count" not in once
    assert late.count("Of the face a minute before the count. Against its usual share (17 %") == 1
    assert late.count("Of the times asked about it stood out most a minute before the count. Left of 0") == 1


def test_the_method_says_what_is_done(found_case: HostCase, tmp_path: Path) -> None:
    page = write_host_page(found_case, tmp_path / "out").read_text(encoding="utf-8").replace("&nbsp;", " ")
    assert (FOR_LATE, LATE) == (0.2, (0.5, 1.0, 2.0))
    assert "half a minute, a minute and two before the count; all late ones together share a fifth" in page
    assert (NEARBY_MINUTES, f"{PICKED:g}") == (4, "0.005")
    assert "against the four minutes next to it it must be told once more (p of .005 or less)" in page
    assert (FEW_HOSTS, LEAST_HOSTS) == (30, 4)
    assert "where hosts are fewer than thirty" in page
    assert "where there are four hosts or more it must hold from host to host" in page
    assert len(_PARTS) == 6
    assert "six families of questions" in page


def test_minutes_are_told_by_host_and_by_what_the_face_showed(found_case: HostCase, tmp_path: Path) -> None:
    page, _ = check(found_case, tmp_path / "out")
    told = found_case.efficiency
    for name, bins in (("by-host", told.by_host), ("by-face", told.by_face), ("by-what", told.by_hour)):
        svg = (tmp_path / f"out/figures/{name}.svg").read_text(encoding="utf-8")
        assert len(bins) > 1
        for one in bins:
            assert f">{one.name}" in svg
            assert one.a_viewer_hour is not None
            assert f">{amount(one.a_viewer_hour.value)}<" in svg
            assert f">{percent(one.share_of_all)}<" in svg
    assert "elation°" in (tmp_path / "out/figures/by-face.svg").read_text(encoding="utf-8")
    assert "<summary>Purchases a minute by host</summary>" in page
    alone = replace(told, by_host=told.by_host[:1], by_face=told.by_face[:1])
    write_host_page(replace(found_case, efficiency=alone), tmp_path / "alone")
    assert not {"by-host", "by-face"} & {path.stem for path in (tmp_path / "alone/figures").iterdir()}


def test_names_of_a_coder_of_one_s_own_are_marked_wherever_they_stand(
    found_case: HostCase, tmp_path: Path
) -> None:
    shown = found_case.points.shown
    kinds: tuple[Evidence, ...] = tuple("own" if n == "elation" else "published" for n in shown.names)
    points = replace(found_case.points, shown=replace(shown, evidence=kinds))
    page, _ = check(replace(found_case, points=points), tmp_path / "out")
    for name in ("forest", "by-face"):
        assert "elation†" in (tmp_path / f"out/figures/{name}.svg").read_text(encoding="utf-8")
    assert page.count("† as your own classifier names it") >= 2
    assert "°" not in page.split("What goes with", 1)[1].split("</figure>")[0]


def test_viewers_are_told_of_sales_carts_and_staying(found_case: HostCase, tmp_path: Path) -> None:
    viewers = found_case.viewers
    assert viewers is not None
    ratio = Ratio(1.2, 1.1, 1.3, 0.001)
    row = Hazard("elation", ("ours",), 0.13, ratio, ratio, 0.01)
    weak = replace(row, expression="pride", evidence=("published",), q=0.5)
    sale = Hazards("purchase", 60.0, 90, 200, 900.0, 8, "host", (row, weak), ("12 events are few",))
    cart, gone = replace(sale, event="add_to_cart", notes=()), replace(sale, event="leave", notes=())
    told = replace(viewers, time_to_sale=sale, time_to_cart=cart, staying=gone, notes=("3 visits left out",))
    page, _ = check(replace(found_case, viewers=told), tmp_path / "out")
    for name, title in (
        ("sooner", "Who buys sooner"),
        ("cart", "Who puts something into the cart sooner"),
        ("staying", "Who leaves sooner"),
    ):
        svg = (tmp_path / f"out/figures/{name}.svg").read_text(encoding="utf-8")
        assert f'aria-label="{title}"' in svg
        assert "elation°" in svg
        assert svg.count("8 s more") == 2
    assert "for 8 s more of the 60 s before" in page
    assert "Who buys sooner: 12 events are few." in page
    assert "3 visits left out." in page


def test_every_answer_stands_in_its_numbers_unrounded(found_case: HostCase, tmp_path: Path) -> None:
    _, told = check(found_case, tmp_path / "out")

    def numbers_in(value: Any) -> set[float]:
        if isinstance(value, dict):
            return set().union(*map(numbers_in, value.values()))
        if isinstance(value, list):
            return set().union(*map(numbers_in, value))
        return {float(value)} if isinstance(value, int | float) else set()

    there = numbers_in(told)
    for one in found_case.drivers.answers:
        assert one.last.estimate.value in there
        assert one.last.q in there or not math.isfinite(one.last.q)


def test_the_host_alone_is_told_in_their_own_words(found_case: HostCase, tmp_path: Path) -> None:
    check(coached(found_case), tmp_path / "out")


def test_where_nothing_stands_out_it_says_so(shares_study: Path, tmp_path: Path) -> None:
    case = asked(shares_study)
    assert not case.drivers.with_verdict("driver")
    for one, out in ((case, "team"), (coached(case), "you")):
        page, _ = check(one, tmp_path / out)
        assert ("Nothing." in page) == (not case.said)
    assert case.viewers is None


@pytest.mark.parametrize("outcome", ["comments", "likes"])
def test_one_count_alone_has_its_page(shares_study: Path, tmp_path: Path, outcome: str) -> None:
    kept = ("room_id", "time_s", "length_s", outcome)
    study = changed(
        shares_study,
        tmp_path / "study",
        room_counts=lambda rows: [{key: row[key] for key in kept} for row in rows],
        products=lambda rows: rows,
    )
    case = asked(study)
    assert case.outcome == outcome
    page, _ = check(case, tmp_path / "out")
    assert outcome in page


def test_every_answer_stands_in_the_table(found_case: HostCase, tmp_path: Path) -> None:
    page = write_host_page(found_case, tmp_path / "page")
    rows = list(csv.DictReader((page.parent / "answers.csv").read_text(encoding="utf-8").splitlines()))
    answers = found_case.drivers.answers
    assert [(row["outcome"], row["expression"]) for row in rows] == [
        (one.outcome, one.name) for one in answers
    ]
    for row, one in zip(rows, answers, strict=True):
        assert row["verdict"] == one.verdict
        assert float(row["within_ratio"]) == pytest.approx(np.exp(one.last.estimate.value), rel=1e-5)
        assert float(row["alone_p"]) == pytest.approx(one.steps[0].p, rel=1e-5)
        assert float(row["r"]) == pytest.approx(one.correlation.value, rel=1e-5)
        assert (row["check_permutation_p"] != "") == (one.checks is not None)
    html = page.read_text(encoding="utf-8")
    assert "answers.csv" in html
    assert "All numbers" in html

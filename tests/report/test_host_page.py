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
from telltale.host.report_case import HostCase, host_case
from telltale.host.study_points import PointSettings
from telltale.report.host_page import page_numbers, write_host_page
from telltale.report.json_form import jsonable
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
    page = written.read_text(encoding="utf-8")
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

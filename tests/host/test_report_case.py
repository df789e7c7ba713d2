"""All that a report on hosts tells, from a small simulated study, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.host.planted_path import NoCoder
from tests.hosts_studies import SHOWN, Row, changed, of_rooms

from telltale.core import clock
from telltale.core.errors import FormatError
from telltale.host.advice_words import say_all
from telltale.host.driver import Verdict
from telltale.host.report_case import HostCase, case_lines, host_case
from telltale.host.study_points import PointSettings
from telltale.study.store import Study


def case_of(folder: Path, **more: object) -> HostCase:
    return host_case(Study.open(folder), NoCoder(), clock.now(), viewers=False, **more)  # type: ignore[arg-type]


def test_everything_is_asked_of_the_same_points(found_case: HostCase, found_study: Path) -> None:
    case = found_case
    assert (case.outcome, case.points.simulated, case.self_coaching) == ("purchases", True, False)
    assert len(case.points) == 660
    assert case.points.counted_by == "room_counts"
    assert {one.name for one in case.answers} == set(SHOWN)
    assert {one.outcome for one in case.answers} == {"purchases"}
    assert (case.groups[0].by, case.groups[0].held.points) == ("all", 660)
    assert case.viewers is not None
    assert case.viewers.visits == 24
    assert set(case.viewers.untold) <= set(case.untold)
    assert all("\n" not in line for line in case.untold)
    # Shares that a study holds were coded by nobody here.
    assert (case.missing, case.caveat) == ({}, "Of a name.")
    assert [case.evidence_of(name) for name in ("elation", "contentment", "interest")] == [
        "ours", "recalled", "published",
    ]  # fmt: skip
    assert case.evidence_of("interest or contentment") == "recalled"
    assert case.evidence_of("interest or elation or contentment") == "ours"
    total = Study.open(found_study).table("room_counts")["purchases"].to_numpy().sum()
    assert case.points.counts["purchases"].sum() == total


def test_its_sentences_say_what_was_found_and_on_what(found_case: HostCase) -> None:
    case = found_case
    answer, sure, wrong = case.sentences
    assert "660 stretches of 60 s, 11 hours in 11 broadcasts of 8 hosts, by the platform's own counts" in sure
    assert f"{4 * len(case.drivers.answers)} questions were asked" in sure
    drivers = {one.name for one in case.drivers.with_verdict("driver")}
    waits = {one.name for one in case.drivers.with_verdict("unresolved")}
    assert waits
    assert all(name.casefold() in answer.casefold() for name in drivers) or not drivers
    assert all((name.casefold() in wrong.casefold()) == (name not in drivers) for name in waits)
    assert "only a trial can tell" in wrong
    told = case_lines(case)
    verdicts = [one for one in case.drivers.answers if one.verdict in ("driver", "unresolved", "explained")]
    assert len(told) == len(verdicts) > 0
    assert [line.split()[0] for line in told[: len(drivers)]] == [
        one.name for one in case.drivers.with_verdict("driver")
    ][: len(drivers)]


def test_the_same_seed_gives_the_same_case(shares_study: Path, tmp_path: Path) -> None:
    folder = of_rooms(shares_study, tmp_path / "few", ["r0000", "r0001", "r0002", "r0003"])
    one, same = case_of(folder), case_of(folder)
    assert one.sentences == same.sentences
    assert [answer.last for answer in one.answers] == [answer.last for answer in same.answers]
    assert one.viewers is None


def test_without_sales_the_page_is_about_what_was_counted(shares_study: Path, tmp_path: Path) -> None:
    def none(rows: list[Row]) -> list[Row]:
        return [row | {"purchases": 0.0, "revenue": 0.0} for row in rows]

    found = case_of(changed(shares_study, tmp_path / "s", room_counts=none), settings=PointSettings(300.0))
    assert found.outcome == "comments"
    assert found.untold[:2] == tuple(
        f"{name}: none in any point: ask for an outcome that occurs" for name in ("purchases", "revenue")
    )


def test_gaps_are_told_and_never_sold(shares_study: Path, tmp_path: Path) -> None:
    def gaps(rows: list[Row]) -> list[Row]:
        return [row | ({"purchases": None} if k % 60 == 59 else {}) for k, row in enumerate(rows) if k % 60]

    found = case_of(changed(shares_study, tmp_path / "s", room_counts=gaps))
    assert len(found.points) == 11 * 59
    assert np.isnan(found.points.counts["purchases"]).sum() == 11
    assert "purchases were not counted in 11 of 649 stretches" in found.points.notes
    alone = found.drivers.points["purchases"]
    assert alone < found.drivers.points["comments"]


def test_longer_stretches_are_asked_for(shares_study: Path) -> None:
    found = case_of(shares_study, settings=PointSettings(300.0))
    assert (len(found.points), found.points.step_s) == (132, 300.0)
    assert "132 stretches of 300 s" in found.sentences[1]


def test_self_coaching_is_of_one_host(found_study: Path, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="holds 8 hosts, and self-coaching is of one: make a study of your"):
        case_of(found_study, self_coaching=True)

    def mine(rows: list[Row]) -> list[Row]:
        return [row | {"host_id": "h000"} for row in rows]

    every = PointSettings()
    mine_alone = changed(found_study, tmp_path / "s", rooms=mine)
    found, team = case_of(mine_alone, settings=every, self_coaching=True), case_of(mine_alone, settings=every)
    assert (found.self_coaching, team.self_coaching) == (True, False)
    assert "of 1 host" in found.sentences[1]
    assert found.advice == team.advice
    # Nobody is told to act on something and not to.
    some = found.drivers.answers[0].name
    verdicts: dict[str, Verdict] = {"purchases": "driver", "revenue": "unresolved"}
    both = tuple(
        replace(one, verdict=verdicts[one.outcome]) if one.outcome in verdicts and one.name == some else one
        for one in found.drivers.answers
    )
    told = replace(found, drivers=replace(found.drivers, answers=both)).sentences
    assert some in told[0].casefold()
    assert some not in told[2].casefold()
    for one, wording in ((found, "you"), (team, "team")):
        assert one.said == say_all(one.advice, one.drivers, one.closer, wording)  # type: ignore[arg-type]

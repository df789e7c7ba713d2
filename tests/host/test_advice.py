"""Advice: a driver becomes a line with a trial, doubt stays doubt, nothing is nothing."""

import dataclasses

import numpy as np
import pytest
from tests.host.made_points import Made, made_points

from telltale.core.errors import ConfigError
from telltale.host.advice import NOT_ADVISED, Advice, advise, found_ratio
from telltale.host.advice_words import say, say_all, say_nothing, say_trial
from telltale.host.closer import Closer, look_closer
from telltale.host.driver import DriverStudy
from telltale.host.drivers import find_drivers
from telltale.host.points import HostPoints
from telltale.host.trial_size import TrialSize
from telltale.signs.expressions import Evidence

STRONG = Made(ratio=1.4, expressions=5)
"""Its fifth expression sells."""


def renamed(points: HostPoints, name: str, evidence: Evidence = "published") -> HostPoints:
    """The study with another name for the expression that sells."""
    shown = dataclasses.replace(
        points.shown, names=(*points.names[:4], name), evidence=(*points.shown.evidence[:4], evidence)
    )
    return dataclasses.replace(points, shown=shown)


def asked(points: HostPoints) -> tuple[DriverStudy, Closer, Advice]:
    study = find_drivers(points, ["purchases"], permutations=199, bootstraps=999)
    closer = look_closer(points, study)
    return study, closer, advise(points, study, closer)


@pytest.fixture(scope="module")
def driven() -> HostPoints:
    return made_points(3, STRONG)


def test_a_driver_becomes_a_line_with_a_trial(driven: HostPoints) -> None:
    points = renamed(driven, "pride", "ours")
    study, closer, advice = asked(points)
    (line,) = advice.lines
    assert (line.kind, line.answer.name, line.evidence) == ("more", "pride", "ours")
    assert line.from_share == line.answer.mean < line.to_share <= np.quantile(points.shares[:, 4], 0.95)
    by = (line.to_share - line.from_share) / line.answer.sd
    assert line.ratio[0] == pytest.approx(np.exp(by * line.answer.last.estimate.value))
    assert line.ratio[1] < line.ratio[0] < line.ratio[2]
    assert line.trial is not None
    assert line.trial.cautious is not None
    assert line.trial.expected.blocks < line.trial.cautious.blocks
    (team,), (own,) = say_all(advice, study, closer), say_all(advice, study, closer, "you")
    assert "hosts show it" in str(team)
    assert "you show it" in str(own)
    for said in (str(team), str(own)):
        assert "ours" in said
        assert f"{line.trial.expected.blocks} blocks" in said
        assert "simulated" in said
        assert "half of what follows has come" in said.lower()
        assert not any(word in said.lower() for word in ("price", "hurry", "cause", "urgen", "discount"))


def test_a_bad_feeling_is_never_advised(driven: HostPoints) -> None:
    for name in sorted(NOT_ADVISED - set(driven.names))[:2]:
        study, closer, advice = asked(renamed(driven, name))
        (line,) = advice.lines
        assert line.kind == "not advised"
        assert line.trial is None
        (said,) = say_all(advice, study, closer)
        assert "not advised" in said.headline
        assert "manipulation" in said.what
        assert "blocks" not in said.test


def test_what_comes_with_less_is_advised_less() -> None:
    points = renamed(made_points(3, dataclasses.replace(STRONG, ratio=0.7)), "contempt")
    _, _, advice = asked(points)
    line = next(one for one in advice.lines if one.answer.name == "contempt")
    assert line.kind == "less"
    assert line.to_share < line.from_share
    assert line.ratio[0] > 1  # less of it, more sold
    assert line.trial is not None


def test_doubt_is_told_as_doubt() -> None:
    points = made_points(4, Made(surge=0.7, rise=1.5, recorded=False, expressions=5))
    study, closer, advice = asked(points)
    line = next(line for line in advice.lines if line.answer.name == "confusion")
    said = say_all(advice, study, closer)[advice.lines.index(line)]
    assert line.kind == "wait"
    assert line.answer.reasons
    assert said.what.startswith("do not act on confusion yet: ")
    assert line.trial is not None
    assert "to test it" in said.test
    assert "blocks of 10 minutes" in say_trial(advice)
    assert "you let it show" in say_trial(advice, "you")


def test_no_trial_is_promised_that_nobody_can_run(driven: HostPoints) -> None:
    study, closer, advice = asked(driven)
    (line,) = advice.lines
    assert line.trial is not None
    vast = dataclasses.replace(line.trial, cautious=TrialSize(1.005, 100_000, 20_000))
    said = say(dataclasses.replace(line, trial=vast), study, closer)
    assert "if it is only 0.5 % more, no trial that can be run would tell" in said.test
    none = say(dataclasses.replace(line, trial=dataclasses.replace(line.trial, cautious=None)), study, closer)
    assert "may also be nothing" in none.test
    there = dataclasses.replace(line, to_share=line.from_share, trial=None, why_no_trial="it is enough")
    assert "leave it there" in say(there, study, closer).what


def test_nothing_is_nothing_and_says_what_could_have_been_found() -> None:
    study, closer, advice = asked(made_points(6, Made(expressions=5)))
    assert advice.lines == ()
    assert say_all(advice, study, closer) == ()
    least = advice.least_ratio["purchases"]
    assert 1.03 < least < 1.3
    assert f"{100 * (least - 1):.0f} % more purchases" in say_nothing(advice)
    more = find_drivers(made_points(6, Made(expressions=5, rooms=50, hosts=25)), ["purchases"])
    assert found_ratio(more, "purchases") < least


def test_what_could_have_been_found_hangs_on_broadcasts_and_on_hosts() -> None:
    """Of fewer than four hosts nobody asks whether it holds for another; broadcasts still tell chance."""
    points = made_points(6, Made(expressions=5, rooms=24, hosts=24))
    least = {}
    for hosts in (24, 6, 4, 3, 1):
        few = dataclasses.replace(points, host=points.room % hosts)
        least[hosts] = found_ratio(find_drivers(few, ["purchases"]), "purchases")
    assert all(1.05 < ratio < 1.3 for ratio in least.values())
    for hosts in (6, 3, 1):
        assert least[hosts] == pytest.approx(least[24], abs=0.08)


def test_at_most_ten_lines(driven: HostPoints) -> None:
    study, closer, _ = asked(driven)
    (one,) = study.with_verdict("driver")
    with pytest.raises(ConfigError, match="ask for 1 to 10"):
        advise(driven, study, closer, most=11)
    names = driven.names
    more = tuple(dataclasses.replace(one, name=name) for name in names)
    advice = advise(driven, dataclasses.replace(study, answers=more), most=3)
    assert (len(advice.lines), advice.left_out) == (3, 2)

"""Advice in words: to a host about their own face ("you"), or to a team that runs rooms."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

from telltale.host.advice import Advice, Line, Trial, seen_on
from telltale.host.closer import Closer
from telltale.host.driver import Answer, DriverStudy
from telltale.host.driver_words import more_points, percent, size, span, when_beside, when_more, why_words
from telltale.host.estimate import Estimate
from telltale.host.lags import Lags
from telltale.host.trial_size import LEVEL, TrialSize
from telltale.signs.expressions import Evidence

Wording = Literal["you", "team"]
EVIDENCE_WORDS: Final[dict[Evidence, str]] = {
    "published": "",
    "recalled": " (recalled: its prototype is still to be checked against its source)",
    "ours": " (ours: its prototype is our own inference, not published)",
    "own": " (own: how it looks is its classifier's maker's to say)",
}
_ENORMOUS: Final = 3.0
"""No expression comes with so much: data that could only find that could find nothing."""
_TOLD: Final = ("purchases", "revenue", "engagement")
"""Outcomes named where nothing stood out."""
_MOST_BROADCASTS: Final = 500
"""A trial of more than these is not told."""
_WHO: Final[dict[Wording, str]] = {"you": "you", "team": "hosts"}


@dataclass(frozen=True, slots=True)
class Said:
    """One line of advice."""

    headline: str
    expression: str
    """With its mark where its evidence is not published."""
    what: str
    when: str
    expect: str
    rests_on: str
    test: str

    def __str__(self) -> str:
        parts = (self.what, self.when, self.expect, self.rests_on, self.test)
        return " ".join(f"{part[0].upper()}{part[1:]}." for part in parts if part)


def say(line: Line, study: DriverStudy, closer: Closer, wording: Wording = "team") -> Said:
    """A line in words.

    Parameters
    ----------
    wording
        `you` where a host reads of their own face alone.
    """
    name = line.answer.name
    change = line.kind in ("more", "less") and line.from_share != line.to_share
    lags = closer.lags_of(line.answer.outcome, name)
    return Said(
        f"{name}: {_HEADLINES[line.kind]}",
        f"{name}{EVIDENCE_WORDS[line.evidence]}",
        _what(line, wording),
        "" if lags is None else _when(lags),
        _expected(line, change),
        _rests_on(line, study, closer),
        _test(line),
    )


def say_nothing(advice: Advice) -> str:
    """What is said where nothing stood out: the smallest that could have been found, by outcome."""
    told = [name for name in _TOLD if advice.least_ratio.get(name, math.inf) < _ENORMOUS]
    if not told:
        return "Nothing passed; these data are too few to find anything."
    least = ", ".join(f"{percent(math.log(advice.least_ratio[name]))} {name}" for name in told)
    return (
        f"No expression passed. With these data one that comes with {least} when it shows as much more of"
        " the time as it usually goes up and down would have been found in 4 of 5 cases or more; what is"
        " weaker may be there."
    )


def say_all(
    advice: Advice, study: DriverStudy, closer: Closer, wording: Wording = "team"
) -> tuple[Said, ...]:
    """All lines; none where there is nothing to say (`say_nothing`)."""
    return tuple(say(line, study, closer, wording) for line in advice.lines)


_HEADLINES: Final = {
    "more": "try more of it",
    "less": "try less of it",
    "wait": "do not act on it yet",
    "not advised": "comes with more; not advised",
}


def _what(line: Line, wording: Wording) -> str:
    name, who = line.answer.name, _WHO[wording]
    now, then = _of_time(line.from_share), _of_time(line.to_share)
    if line.kind == "not advised":
        law = "to work on viewers with a bad feeling may be manipulation (EU AI Act, 5(1)(a))"
        return f"do not show {name} to sell: {law}"
    if line.kind == "wait":
        return f"do not act on {name} yet: {why_words(line.answer.reasons[0], line.answer.outcome)}"
    if line.from_share == line.to_share:
        return f"{who} show {name} {now} of the time, as much as was seen to help: leave it there"
    how = "more often, where it is felt" if line.kind == "more" else "less often"
    return f"let {name} show {how}: {who} show it {now} of the time now, try {then}"


def _when(lags: Lags) -> str:
    if lags.when is None:
        return lags.notes[-1]
    if lags.when.low_s == 0:
        return f"half of what follows has come within {lags.when.high_s:g} s of the face"
    return f"half of what follows has come {lags.when.low_s:g} to {lags.when.high_s:g} s after the face"


def _expected(line: Line, change: bool) -> str:
    answer, outcome = line.answer, line.answer.outcome
    beside = _beside(line, change)
    if not change:
        told = f"it comes with {size(line.step.estimate, outcome)} {when_more(answer)}"
        return f"{told}; also {beside}" if beside else told
    after = f", {span(answer.lag_s)} after it" if answer.lag_s else ""
    told = (
        f"expect {size(_log(line.ratio), outcome)} for that change{after}, if the link holds when it is tried"
    )
    return f"{told}; also {beside}" if beside else told


def _beside(line: Line, change: bool) -> str:
    """Other outcomes, those of one lag together: per how much more of the face, and of the face when.

    Not said again where `when_more` has just said both.
    """
    by_lag: dict[float, list[Answer]] = {}
    for one in line.also:
        by_lag.setdefault(one.lag_s, []).append(one)
    told = []
    for lag_s, group in by_lag.items():
        sizes = "; ".join(size(seen_on(one).estimate, one.outcome) for one in group)
        first = group[0]
        per = f" for {more_points(first)} more of the time{when_beside(first, line.answer)}"
        told.append(sizes if not change and lag_s == line.answer.lag_s else sizes + per)
    return "; ".join(told)


def _rests_on(line: Line, study: DriverStudy, closer: Closer) -> str:
    answer = line.answer
    told = (
        f"rests on {study.points[answer.outcome]:,} {'simulated ' if study.simulated else ''}stretches of"
        f" {_many(study.hosts, 'host')} in {_many(study.broadcasts, 'broadcast')}"
    )
    if line.evidence != "published":
        known = "its classifier's to say" if line.evidence == "own" else line.evidence
        told += f"; how {answer.name} looks is {known}, not published"
    if answer.verdict != "driver":
        more = [why_words(reason, answer.outcome) for reason in answer.reasons[1:]]
        return "; ".join((told, *more))
    dose = closer.dose_of(answer.outcome, answer.name)
    return told if dose is None else f"{told}; {dose.told}"


def _test(line: Line) -> str:
    if line.trial is None:
        return f"no trial: {line.why_no_trial}" if line.why_no_trial else ""
    if line.kind == "wait":
        return _doubtful(line.trial)
    return f"to test it: {_sizes(line.trial)}"


def _doubtful(trial: Trial) -> str:
    """The trial of what may be nothing: sized by the end of the interval that is nearer to nothing."""
    if trial.cautious is None or trial.cautious.broadcasts > _MOST_BROADCASTS:
        return "if it is anything it may be too little for any trial that can be run"
    least = percent(math.log(trial.cautious.ratio))
    return f"to test it: {_blocks(trial.cautious)} if it is {least}, which it may not be"


def say_trial(advice: Advice, wording: Wording = "team") -> str:
    """How any of the lines is tested, said once; empty where there is nothing to test."""
    noise = next((line.trial.noise for line in advice.lines if line.trial is not None), None)
    if noise is None:
        return ""
    host = "you let it show" if wording == "you" else "the host lets it show"
    return (
        f"How to test a line: cut broadcasts into blocks of {noise.block_s / 60:g} minutes, two by two; a"
        f" coin says in which of the two {host} more (or less), in the other all is as usual; leave the first"
        f" {noise.skipped_s / 60:g} minutes of each block out, and compare what was counted."
    )


def _sizes(trial: Trial) -> str:
    expected = f"{_blocks(trial.expected)} find such a change in 4 of 5 cases (at {100 * LEVEL:g} %)"
    if trial.cautious is None:
        return f"{expected}; it may also be nothing, which no trial can show"
    least = percent(math.log(trial.cautious.ratio))
    if trial.cautious.broadcasts > _MOST_BROADCASTS:
        return f"{expected}; if it is only {least}, no trial that can be run would tell"
    return f"{expected}, {_blocks(trial.cautious)} if it is only {least}"


def _blocks(size: TrialSize) -> str:
    return f"{size.blocks:,} blocks (about {_many(size.broadcasts, 'broadcast')})"


def _log(ratio: tuple[float, float, float]) -> Estimate:
    value, low, high = (math.log(end) for end in ratio)
    return Estimate(value, low, high, float("nan"))


def _of_time(share: float) -> str:
    """
    >>> _of_time(0.123), _of_time(0.0123)
    ('12 %', '1.2 %')
    """
    return f"{100 * share:.2g} %"


def _many(count: int, what: str) -> str:
    """
    >>> _many(1, "host"), _many(1200, "broadcast")
    ('1 host', '1,200 broadcasts')
    """
    return f"{count:,} {what}{'s' * (count != 1)}"

"""What to try next: at most ten lines, each with its size, its evidence and a trial that would tell.

    driver, comes with more     let it show more          driver, comes with less     let it show less
    unresolved                  do not act on it yet      a bad feeling that comes with more: not advised
    nothing found               one line: what these data could have found

A line is of one expression and the outcome that matters most (purchases before revenue before engagement);
other outcomes are named beside it. Nothing is said of prices or hurry, and never that a host should act
what is not felt: advice is what to test, not what sells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from scipy import stats

from telltale.core.errors import ConfigError, FormatError
from telltale.host.climb import FOR_LATE
from telltale.host.closer import Closer
from telltale.host.dose import Dose
from telltale.host.driver import Answer, DriverStudy, Step
from telltale.host.evidence_words import weakest
from telltale.host.points import COUNTS, HostPoints
from telltale.host.rungs import FEW_HOSTS
from telltale.host.trial_size import POWER, BlockNoise, TrialSize, block_noise, trial_size
from telltale.signs.expressions import Evidence

MOST: Final = 10
NOT_ADVISED: Final = frozenset(
    {
        "anger", "contempt", "disappointment", "disgust", "distress",
        "embarrassment", "fear", "pain", "sadness", "shame",
    }
)  # fmt: skip
"""Bad feelings. To show them so that viewers buy works on the viewers' own distress: it may be a manipulative
technique such as the EU AI Act forbids (Article 5(1)(a)). That one comes with more is told, never advised."""
_PRECISION: Final = 0.05
_SEEN: Final = (0.05, 0.95)
"""Advice stays within the shares that were seen."""
_CHECKED: Final = 1.3
"""How much larger a logarithm must be for every check to stand as well: `benchmarks/hosts/lags.py least`."""

Kind = Literal["more", "less", "wait", "not advised"]


@dataclass(frozen=True, slots=True)
class Trial:
    """The switchback that would tell: for the ratio found, and for the end of its interval nearer to none."""

    noise: BlockNoise
    expected: TrialSize
    cautious: TrialSize | None
    """None where the interval reaches no change."""


@dataclass(frozen=True, slots=True)
class Line:
    """One piece of advice, in numbers; `advice_words.py` says it."""

    kind: Kind
    answer: Answer
    evidence: Evidence
    """The weakest of its expressions'."""
    from_share: float
    to_share: float
    """Of the time."""
    ratio: tuple[float, float, float]
    """Of the outcome for that change, and the ends of its interval."""
    trial: Trial | None
    why_no_trial: str
    also: tuple[Answer, ...]
    """The same expression and other outcomes, of the same verdict."""

    @property
    def step(self) -> Step:
        """The rung on which it was seen."""
        return seen_on(self.answer)


@dataclass(frozen=True, slots=True)
class Advice:
    """All lines of a study, and what could have been found."""

    lines: tuple[Line, ...]
    left_out: int
    """Further lines that there was no room for."""
    least_ratio: dict[str, float]
    """By outcome: the smallest ratio per standard deviation that these data find in four of five cases."""
    simulated: bool


def advise(
    points: HostPoints, study: DriverStudy, closer: Closer | None = None, *, most: int = MOST
) -> Advice:
    """What to try next.

    Parameters
    ----------
    closer
        Of the same study: lags and doses of its drivers.
    """
    if not 1 <= most <= MOST:
        raise ConfigError(f"{most} lines of advice", hint=f"ask for 1 to {MOST}")
    closer = closer or Closer()
    noises: dict[str, BlockNoise | str] = {}
    lines: list[Line] = []
    for verdict in ("driver", "unresolved"):
        found = study.with_verdict(verdict)
        for name in dict.fromkeys(one.name for one in found):
            own = sorted(
                (one for one in found if one.name == name), key=lambda one: COUNTS.index(one.outcome)
            )
            if any(line.answer.name == name for line in lines):
                continue
            outcome = own[0].outcome
            if outcome not in noises:
                noises[outcome] = _noise(points, outcome)
            lines.append(_line(points, own, closer.dose_of(outcome, name), noises[outcome]))
    kinds = ("more", "less", "wait", "not advised")
    lines.sort(key=lambda line: (kinds.index(line.kind), COUNTS.index(line.answer.outcome)))
    least = {outcome: found_ratio(study, outcome) for outcome in study.outcomes}
    return Advice(tuple(lines[:most]), max(len(lines) - most, 0), least, study.simulated)


def seen_on(answer: Answer) -> Step:
    """The highest rung on which it stands once corrected; the last of what is left too weak."""
    if "weak" in answer.reasons:
        return answer.last
    return next((step for step in reversed(answer.steps) if step.q <= _PRECISION), answer.last)


def found_ratio(study: DriverStudy, outcome: str, power: float = POWER) -> float:
    """The smallest ratio per standard deviation that would have been found so often, were it alone.

    Two things must be passed: the correction for all questions, by the errors that are corrected (s over
    broadcasts where hosts are few, f degrees of freedom), and the hosts' own errors (h, g degrees). So it is
    exp(c m), m the larger of s (t_f(1 - a / 2) + t_f(power)) and h (t_g(.975) + t_g(power)), with
    a = .05 (1 - FOR_LATE) / questions and s, h the middle ones of all expressions on the last rung. c is
    `_CHECKED`: the rung before and every check must see it too. NaN where nothing could be told.
    """
    last = [one.last for one in study.answers if one.outcome == outcome and one.lag_s == 0]
    hosts = study.clusters - 1
    fine = hosts if study.clusters >= FEW_HOSTS else study.broadcasts - 1
    half = stats.t.ppf((1 + study.level) / 2, hosts)
    by_host = np.array([(one.estimate.high - one.estimate.low) / (2 * half) for one in last])
    corrected = np.array([abs(one.estimate.value) / stats.t.isf(one.p / 2, fine) for one in last])
    if not (np.isfinite(by_host).any() and np.isfinite(corrected).any()):
        return float("nan")
    strict = stats.t.isf(_PRECISION * (1 - FOR_LATE) / (2 * len(study.answers)), fine)
    told = np.nanmedian(corrected) * (strict + stats.t.ppf(power, fine))
    agreed = np.nanmedian(by_host) * (stats.t.isf(_PRECISION / 2, hosts) + stats.t.ppf(power, hosts))
    # Of two broadcasts no ratio that a float holds would be found.
    with np.errstate(over="ignore"):
        return float(np.exp(_CHECKED * max(told, agreed)))


def _line(points: HostPoints, own: Sequence[Answer], dose: Dose | None, noise: BlockNoise | str) -> Line:
    answer = own[0]
    estimate = seen_on(answer).estimate
    members = answer.name.split(" or ")
    kind: Kind = "more" if estimate.value > 0 else "less"
    if kind == "more" and NOT_ADVISED.intersection(members):
        kind = "not advised"
    elif answer.verdict != "driver":
        kind = "wait"
    now, then = _shares(points, answer, estimate.value > 0, dose)
    by = (then - now) / answer.sd
    low, high = sorted((by * estimate.low, by * estimate.high))
    ratio = (float(np.exp(by * estimate.value)), float(np.exp(low)), float(np.exp(high)))
    trial, why = None, ""
    if kind == "not advised":
        why = "a trial would push viewers"
    elif isinstance(noise, str):
        why = noise
    elif by == 0:
        why = "it already shows as much as was seen to help"
    else:
        trial = _trial(noise, ratio)
    return Line(kind, answer, _evidence(points, members), now, then, ratio, trial, why, tuple(own[1:]))


def _shares(points: HostPoints, answer: Answer, more: bool, dose: Dose | None) -> tuple[float, float]:
    """From its mean share, one standard deviation on, within what was seen and what was best."""
    places = [points.names.index(name) for name in answer.name.split(" or ")]
    shares = points.shares[:, places].astype(np.float64).mean(axis=1)
    lowest, highest = np.nanquantile(shares, _SEEN).tolist()
    if not more:
        return answer.mean, min(max(answer.mean - answer.sd, lowest), answer.mean)
    if dose is not None and dose.best is not None:
        highest = min(highest, dose.best.share)
    return answer.mean, max(min(answer.mean + answer.sd, highest), answer.mean)


def _trial(noise: BlockNoise, ratio: tuple[float, float, float]) -> Trial:
    near = min(ratio[1:], key=lambda end: abs(np.log(end)))
    crossed = ratio[1] <= 1 <= ratio[2]
    return Trial(noise, trial_size(noise, ratio[0]), None if crossed else trial_size(noise, near))


def _noise(points: HostPoints, outcome: str) -> BlockNoise | str:
    try:
        return block_noise(points, outcome)
    except FormatError as error:
        return str(error)


def _evidence(points: HostPoints, members: list[str]) -> Evidence:
    return weakest(points.shown.evidence[points.names.index(name)] for name in members)

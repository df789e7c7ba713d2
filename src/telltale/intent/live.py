"""Could it have been used live? Models over whole sessions of people they have not seen, judged each second.

AUC by second   the second so long before a cart against seconds of plain watching
alarms          thresholds that raise 0.1, 0.5 and 1 false alarms a viewer-hour: how many carts are warned of,
                how long before, and who is bothered for nothing
calibration     windows are learnt from at 1 : 2.4, live about one second in a hundred precedes a cart:
                probabilities corrected for that prior, against what came
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from telltale.intent.alarms import (
    NEAR,
    PLAIN,
    Floats,
    Kinds,
    alarm_seconds,
    cart_within,
    judge_alarms,
    kinds_of_seconds,
)
from telltale.intent.baselines import log_odds
from telltale.intent.calibration import (
    ReliabilityCurve,
    calibration_error,
    fit_platt,
    prior_corrected,
    reliability_curve,
)
from telltale.intent.intervals import Interval, interval_of
from telltale.intent.judgement import half_of_people
from telltale.intent.live_auc import AucBySecond, auc_by_second
from telltale.intent.live_scores import LiveSession
from telltale.intent.metrics import brier
from telltale.study.display import cart_actions
from telltale.study.store import Study

BUDGETS: Final = (0.1, 0.5, 1.0)
"""False alarms a viewer-hour."""
HORIZON_S: Final = 10.0
"""A probability of the live rate is of a cart within so many seconds."""
_TRIED: Final = 80
_BINS: Final = 12


@dataclass(frozen=True, slots=True, eq=False)
class SessionLog:
    """What was done with the cart in one session."""

    carts_s: Floats
    """Products put into it, in a session with a purchase."""
    actions_s: Floats
    """Anything, in any session."""

    def kinds(self, seconds: int) -> Kinds:
        """What each second is."""
        return kinds_of_seconds(seconds, self.carts_s, self.actions_s)


@dataclass(frozen=True, slots=True)
class AlarmRate:
    """Alarms at a threshold that was chosen, on the other half of the people, for a rate of false ones."""

    budget_per_hour: float
    threshold: tuple[float, float]
    """Each half's."""
    false_per_hour: Interval
    """What came of the budget, per viewer-hour."""
    carts_warned: Interval
    """Share of carts with an alarm in the 30 s before."""
    warning_s: tuple[float, float, float]
    """Seconds from the alarm to the cart: lower quartile, median, upper quartile; NaN where none was."""
    alarms: int
    """That count: right or false."""
    false_share: float
    """Of those, for nothing."""
    bothered: Interval
    """Share of sessions without a cart in which a false alarm was raised."""


@dataclass(frozen=True, slots=True)
class Recalibrated:
    """With Platt's two numbers fitted to whole sessions of one half of the people, told of the other."""

    told: float
    brier: float
    calibration_error: float


@dataclass(frozen=True, slots=True, eq=False)
class LiveCalibration:
    """Probabilities of a cart within ten seconds, corrected for how rare it is, against what came."""

    share_taken: float
    """The live share that they were corrected to: that of the sessions learnt from."""
    share_found: float
    told: float
    """Their mean."""
    brier: float
    brier_of_constant: float
    """Of telling the share always."""
    calibration_error: float
    reliability: ReliabilityCurve
    again: Recalibrated | None
    """None where one half of the people has no cart."""


@dataclass(frozen=True, slots=True, eq=False)
class LiveModel:
    """One model, live."""

    kind: str
    by_second: AucBySecond
    alarms: tuple[AlarmRate, ...]
    calibration: LiveCalibration | None
    """None where it tells no probability, or the sessions learnt from say nothing of how rare a cart is."""


@dataclass(frozen=True, slots=True, eq=False)
class Live:
    """All models on the same sessions."""

    sessions: int
    people: int
    hours: float
    """Viewer-hours."""
    hours_read: float
    """Of those, in which a face was read in the half minute before."""
    carts: int
    models: tuple[LiveModel, ...]


def read_logs(study: Study) -> dict[str, SessionLog]:
    """What was done with carts, by session; sessions in which nothing was are left out."""
    table = cart_actions(study)
    found: dict[str, tuple[list[float], list[float]]] = {}
    for row in table.to_pylist():
        carts_s, actions_s = found.setdefault(row["session_id"], ([], []))
        actions_s.append(row["time_s"])
        if row["converted"] and row["type"] == "add_to_cart":
            carts_s.append(row["time_s"])
    return {name: SessionLog(np.array(carts), np.array(every)) for name, (carts, every) in found.items()}


NOTHING_DONE: Final = SessionLog(np.zeros(0), np.zeros(0))


def share_preceding(logs: Mapping[str, SessionLog], durations_s: Mapping[str, float]) -> float:
    """Share of seconds, but those near other cart actions, after which a cart comes within `HORIZON_S`."""
    with_cart = asked = 0
    for session, duration_s in durations_s.items():
        log = logs.get(session, NOTHING_DONE)
        kept = log.kinds(int(duration_s)) != NEAR
        with_cart += int(cart_within(int(duration_s), log.carts_s, HORIZON_S)[kept].sum())
        asked += int(kept.sum())
    return with_cart / asked if asked else float("nan")


def judge_live(
    sessions: Sequence[LiveSession],
    logs: Mapping[str, SessionLog],
    learnt_at: Mapping[str, float | None],
    live_share: float,
    *,
    seed: int = 0,
) -> Live:
    """Judge what models told of whole sessions.

    Parameters
    ----------
    logs
        Of `read_logs`.
    learnt_at
        For each model the share of moments with a cart that it learnt from; None for what tells no
        probability.
    live_share
        `share_preceding` of the sessions it learnt from.
    """
    of_sessions = [logs.get(one.session_id, NOTHING_DONE) for one in sessions]
    return Live(
        sessions=len(sessions),
        people=len({one.person for one in sessions}),
        hours=sum(one.seconds for one in sessions) / 3600,
        hours_read=sum(_seconds_read(one) for one in sessions) / 3600,
        carts=sum(len(log.carts_s) for log in of_sessions),
        models=tuple(
            _judged(kind, sessions, of_sessions, share, live_share, seed) for kind, share in learnt_at.items()
        ),
    )


def _seconds_read(session: LiveSession) -> int:
    return int(np.isfinite(next(iter(session.told.values()))).sum())


def _judged(
    kind: str,
    sessions: Sequence[LiveSession],
    logs: Sequence[SessionLog],
    learnt_at: float | None,
    live_share: float,
    seed: int,
) -> LiveModel:
    told = [one.told[kind] for one in sessions]
    kinds = [log.kinds(len(probability)) for log, probability in zip(logs, told, strict=True)]
    people = np.array([one.person for one in sessions])
    return LiveModel(
        kind,
        auc_by_second(told, kinds, [log.carts_s for log in logs], people, seed=seed),
        tuple(_alarms(budget, told, kinds, logs, people, seed) for budget in BUDGETS),
        _calibration(told, kinds, logs, people, learnt_at, live_share, seed)
        if learnt_at and 0 < live_share < 1
        else None,
    )


def _alarms(
    budget: float,
    told: Sequence[Floats],
    kinds: Sequence[Kinds],
    logs: Sequence[SessionLog],
    people: npt.NDArray[np.str_],
    seed: int,
) -> AlarmRate:
    half = half_of_people(people, seed)
    chosen = [_threshold(budget, told, kinds, np.flatnonzero(half != side)) for side in (0, 1)]
    alarms = [alarm_seconds(p, chosen[side]) for p, side in zip(told, half, strict=True)]
    found = [judge_alarms(a, k, log.carts_s) for a, k, log in zip(alarms, kinds, logs, strict=True)]
    false, right = np.array([f.false for f in found]), np.array([f.right for f in found])
    hours = np.array([len(p) / 3600 for p in told])
    carts = np.array([len(log.carts_s) for log in logs])
    warned = np.array([int(np.isfinite(f.warned_s).sum()) for f in found])
    warned_s = np.concatenate([f.warned_s[np.isfinite(f.warned_s)] for f in found])
    quartiles = np.quantile(warned_s, [0.25, 0.5, 0.75]) if len(warned_s) else np.full(3, np.nan)
    without = (carts == 0).astype(np.float64)
    counted = int(false.sum() + right.sum())
    return AlarmRate(
        budget_per_hour=budget,
        threshold=(chosen[0], chosen[1]),
        false_per_hour=_ratio(false, hours, people, seed),
        carts_warned=_ratio(warned, carts, people, seed),
        warning_s=(float(quartiles[0]), float(quartiles[1]), float(quartiles[2])),
        alarms=counted,
        false_share=float(false.sum() / counted) if counted else float("nan"),
        bothered=_ratio(without * np.minimum(false, 1), without, people, seed),
    )


def _threshold(
    budget: float, told: Sequence[Floats], kinds: Sequence[Kinds], among: npt.NDArray[np.intp]
) -> float:
    """The lowest threshold at which, and above which, false alarms stay within the budget."""
    plain = np.concatenate([told[k][kinds[k] == PLAIN] for k in among]) if len(among) else np.zeros(0)
    plain = plain[np.isfinite(plain)]
    hours = sum(len(told[k]) for k in among) / 3600
    lowest = np.inf
    if not len(plain):
        return lowest
    tried = np.unique(np.quantile(plain, 1 - np.geomspace(1 / len(plain), 0.3, _TRIED)))[::-1]
    # Over every plain second first: that raises no false alarm, and may still warn.
    for threshold in (np.nextafter(plain.max(), np.inf), plain.max(), *tried):
        false = sum(int((kinds[k][alarm_seconds(told[k], threshold)] == PLAIN).sum()) for k in among)
        if false > budget * hours:
            break
        lowest = float(threshold)
    return lowest


def _ratio(
    over: npt.NDArray[np.generic], under: npt.NDArray[np.generic], people: npt.NDArray[np.str_], seed: int
) -> Interval:
    """Sum of the one over the sum of the other, with its interval over people; NaN where there is nothing."""
    top, foot = over.astype(np.float64), under.astype(np.float64)

    def statistic(weight: Floats) -> Floats:
        with np.errstate(invalid="ignore", divide="ignore"):
            found: Floats = (weight @ top) / (weight @ foot)
        return found

    return interval_of(statistic, people, seed)


def _calibration(
    told: Sequence[Floats],
    kinds: Sequence[Kinds],
    logs: Sequence[SessionLog],
    people: npt.NDArray[np.str_],
    learnt_at: float,
    live_share: float,
    seed: int,
) -> LiveCalibration:
    kept = [(k != NEAR) & np.isfinite(p) for k, p in zip(kinds, told, strict=True)]
    label = np.concatenate(
        [
            cart_within(len(p), log.carts_s, HORIZON_S)[keep]
            for p, log, keep in zip(told, logs, kept, strict=True)
        ]
    ).astype(np.int8)
    raw = np.concatenate([p[keep] for p, keep in zip(told, kept, strict=True)])
    whose = np.repeat(people, [int(keep.sum()) for keep in kept])
    corrected = prior_corrected(raw, learnt_at, live_share)
    share = float(label.mean())
    return LiveCalibration(
        share_taken=live_share,
        share_found=share,
        told=float(corrected.mean()),
        brier=brier(label, corrected),
        brier_of_constant=share * (1 - share),
        calibration_error=calibration_error(label, corrected),
        reliability=reliability_curve(label, corrected, whose, bins=_BINS),
        again=_recalibrated(label, raw, half_of_people(whose, seed)),
    )


def _recalibrated(
    label: npt.NDArray[np.int8], raw: Floats, half: npt.NDArray[np.intp]
) -> Recalibrated | None:
    odds, told = log_odds(raw), np.empty(len(raw))
    for side in (0, 1):
        here, there = half == side, half != side
        if not 0 < label[there].sum() < there.sum():
            return None
        told[here] = fit_platt(label[there], odds[there]).apply(odds[here])
    return Recalibrated(float(told.mean()), brier(label, told), calibration_error(label, told))

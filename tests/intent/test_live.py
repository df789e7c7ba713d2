"""Live: alarms, AUC by second and calibration against sums done by hand and made-up sessions."""

from __future__ import annotations

import numpy as np
import pytest

from telltale.intent.alarms import NEAR, PLAIN, PRECEDES, alarm_seconds, judge_alarms, kinds_of_seconds
from telltale.intent.live import SessionLog, judge_live, share_preceding
from telltale.intent.live_auc import auc_by_second
from telltale.intent.live_scores import LiveSession
from telltale.intent.metrics import auc

LENGTH = 600


def session(number: int, cart_s: float | None, *, sharp: float = 3.0, seed: int = 0) -> LiveSession:
    """A session whose probability rises in the ten seconds before its cart."""
    rng = np.random.default_rng((seed, number))
    score = rng.normal(-4, 1, LENGTH)
    if cart_s is not None:
        last = int(cart_s)
        score[last - 10 : last] += sharp
    return LiveSession(f"s{number}", f"p{number % 20}", {"model": 1 / (1 + np.exp(-score))})


def sessions(sharp: float = 3.0) -> tuple[list[LiveSession], dict[str, SessionLog]]:
    carts = {k: 200.4 + 7 * k if k % 2 else None for k in range(40)}
    logs = {
        f"s{k}": SessionLog(np.array([cart_s]), np.array([cart_s, cart_s + 5]))
        for k, cart_s in carts.items()
        if cart_s is not None
    }
    return [session(k, cart_s, sharp=sharp) for k, cart_s in carts.items()], logs


def test_seconds_near_other_cart_actions_are_neither() -> None:
    kinds = kinds_of_seconds(300, np.array([100.0]), np.array([100.0, 250.0]))
    assert (kinds[69:100] == PRECEDES).all()
    assert (kinds[100:130] == NEAR).all()
    assert (kinds[130:219] == PLAIN).all()
    assert (kinds[219:280] == NEAR).all()
    assert (kinds_of_seconds(50, np.zeros(0), np.zeros(0)) == PLAIN).all()


def test_an_alarm_waits_out_its_cool_down_and_nothing_read_raises_none() -> None:
    told = np.full(100, np.nan)
    told[10:60] = 0.9
    assert alarm_seconds(told, 0.5).tolist() == [10, 40]
    assert alarm_seconds(told, 0.95).tolist() == []


def test_a_cart_is_warned_of_by_the_first_alarm_before_it() -> None:
    carts_s = np.array([100.0, 400.0])
    kinds = kinds_of_seconds(600, carts_s, carts_s)
    found = judge_alarms(np.array([74, 94, 119, 300]), kinds, carts_s)
    # Alarms at 75, 95 s are right, that at 120 s is near the cart before, that at 301 s false.
    assert (found.right, found.false) == (2, 1)
    assert found.warned_s[0] == 25.0
    assert np.isnan(found.warned_s[1])


def test_auc_by_second_is_the_plain_auc_of_those_seconds() -> None:
    made, logs = sessions()
    told = [one.told["model"] for one in made]
    logs_of = [logs.get(one.session_id) for one in made]
    carts = [log.carts_s if log else np.zeros(0) for log in logs_of]
    kinds = [
        kinds_of_seconds(LENGTH, c, log.actions_s if log else c)
        for c, log in zip(carts, logs_of, strict=True)
    ]
    people = np.array([one.person for one in made])
    found = auc_by_second(told, kinds, carts, people)
    plain = np.concatenate([p[np.flatnonzero(k == PLAIN)[::10]] for p, k in zip(told, kinds, strict=True)])
    for before in (0, 4, 25):
        asked = [p[int(c[0]) - 1 - before] for p, c in zip(told, carts, strict=True) if len(c)]
        label = np.r_[np.ones(len(asked)), np.zeros(len(plain))].astype(int)
        place = found.before_s.index(before)
        assert found.value[place] == pytest.approx(auc(label, np.r_[asked, plain]))
        assert found.low[place] <= found.value[place] <= found.high[place]
    assert found.value[found.before_s.index(2)] > 0.9
    assert abs(found.value[found.before_s.index(40)] - 0.5) < 0.2


def test_false_alarms_keep_to_what_is_allowed_and_carts_are_warned_of() -> None:
    made, logs = sessions(sharp=8.0)
    live = judge_live(made, logs, {"model": 0.3}, 0.01)
    (model,) = live.models
    assert live.carts == 20
    assert live.hours == pytest.approx(40 * LENGTH / 3600)
    for rate in model.alarms:
        # A threshold chosen on twenty people overshoots on twenty others by chance, not by much.
        assert rate.false_per_hour.value <= rate.budget_per_hour + 1.0
    hourly = model.alarms[-1]
    assert hourly.carts_warned.value > 0.9
    assert 5 < hourly.warning_s[1] <= 30
    assert hourly.alarms > 0


def test_scores_of_chance_warn_of_few_and_mostly_for_nothing() -> None:
    made, logs = sessions(sharp=0.0)
    (model,) = judge_live(made, logs, {"model": 0.3}, 0.01).models
    assert model.alarms[-1].carts_warned.value < 0.3
    assert model.alarms[-1].false_share > 0.6


def test_probabilities_are_corrected_to_the_share_of_the_sessions_learnt_from() -> None:
    made, logs = sessions()
    share = share_preceding(logs, {one.session_id: float(LENGTH) for one in made})
    # Ten seconds and the cart's own before each of 20 carts; what is near a cart afterwards is not asked.
    asked = 40 * LENGTH - 20 * ((30 + 35) - 30)
    assert share == pytest.approx(20 * 10 / asked, rel=0.05)
    (model,) = judge_live(made, logs, {"model": 0.3}, share).models
    found = model.calibration
    assert found is not None
    assert found.share_found == pytest.approx(share)
    assert found.told < 0.1
    assert found.brier_of_constant == pytest.approx(share * (1 - share))


def test_a_study_without_carts_is_judged_without_inventing_any() -> None:
    made = [session(k, None) for k in range(12)]
    with np.errstate(all="raise"):
        live = judge_live(made, {}, {"model": 0.3}, 0.01)
    (model,) = live.models
    assert live.carts == 0
    assert np.isnan(model.by_second.value).all()
    assert all(np.isnan(rate.carts_warned.value) for rate in model.alarms)

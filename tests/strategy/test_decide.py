"""Every guard can refuse, all are asked, and nothing is shown that one of them or chance holds back."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.strategy.builder import (
    CATALOGUE,
    DEFAULT,
    EU,
    FACTS,
    GOOD,
    NOW,
    US_IL,
    decided,
    fact,
    note,
    of_one,
    treating,
)

from telltale.core.errors import ConfigError
from telltale.strategy.assignment import Experiment, Experiments, Holdout
from telltale.strategy.catalogue import Catalogue
from telltale.strategy.decide import decide
from telltale.strategy.decision import GUARDS, Decision, Verdict
from telltale.strategy.moment import Moment, Past
from telltale.strategy.policy import Policy, shipped_policies

BADGE, SOCIAL = of_one("limited_time_badge"), of_one("social_proof_note")


def past(seconds_ago: float, intervention: str = "other", session: str = "s1") -> Past:
    return Past(intervention, NOW - timedelta(seconds=seconds_ago), session)


def reasons(decision: Decision) -> dict[str, str]:
    return {verdict.guard: verdict.reason for verdict in decision.refusals}


def test_when_all_is_well_it_is_shown() -> None:
    decision = decided()
    assert decision.shown
    assert decision.counts
    assert reasons(decision) == {}
    assert decision.intervention == "ready_checkout"
    assert (decision.arm, decision.propensity) == ("treated", 1.0)
    assert decision.catalogue == CATALOGUE.digest
    assert (decision.policy, decision.policy_version) == ("eu", EU.version)


def test_nothing_rose_nothing_is_decided() -> None:
    assert decide(replace(GOOD, risen=()), CATALOGUE, EU, treating()) is None


REFUSALS: list[tuple[dict[str, Any], Policy, str, str]] = [
    ({"consents": frozenset({"read_face"})}, EU, "consent", "no consent to personalise"),
    ({"consents": frozenset()}, EU, "consent", "no consent to read_face, personalise"),
    ({"opted_out": True}, EU, "opt_out", "opted out"),
    ({"jurisdiction": "US"}, EU, "jurisdiction", "policy eu does not hold in US"),
    ({"jurisdiction": ""}, EU, "jurisdiction", "an unknown place"),
    ({"risen": (SOCIAL,)}, EU, "jurisdiction", "lets no social_proof_note follow from affect"),
    ({"risen": (BADGE,)}, DEFAULT, "jurisdiction", "lets no limited_time_badge follow from affect"),
    ({"disclosed": False}, EU, "jurisdiction", "told that emotion recognition runs"),
    ({"released": False, "jurisdiction": "US-IL"}, US_IL, "jurisdiction", "wants a written release"),
    ({"age_at_least": 17}, EU, "jurisdiction", "an age of 18"),
    ({"risen": (BADGE,), "facts": {}}, EU, "fact", "the fact sale_ends_at is missing"),
    ({"confidence": 0.69}, EU, "reading_confidence", "read at 0.69"),
    ({"confidence": math.nan}, EU, "reading_confidence", "read at nan"),
    ({"local_time": time(22, 0)}, EU, "quiet_hours", "22:00 is in quiet hours"),
    ({"local_time": time(7, 59)}, EU, "quiet_hours", "07:59"),
    ({"switched_off": {"all": "fire"}}, EU, "kill_switch", "(all): fire"),
    ({"switched_off": {"room:r1": "smoke"}}, EU, "kill_switch", "(room:r1): smoke"),
    ({"switched_off": {"intervention:ready_checkout": "odd"}}, EU, "kill_switch", "odd"),
    ({"past": (past(100),)}, EU, "cool_down", "the last of any was 100 s ago"),
    ({"past": (past(121, "ready_checkout"),) * 2}, EU, "frequency_cap", "2 a session of ready_checkout"),
    ({"past": (past(119, "ready_checkout", "s0"),)}, EU, "cool_down", "cools down 120 s"),
    ({"past": (past(5000),) * 3}, EU, "frequency_cap", "3 a session is the policy's most"),
    ({"past": (past(3000, session="s0"),) * 3}, EU, "frequency_cap", "3 an hour is the policy's most"),
    ({"past": (past(50_000, session="s0"),) * 6}, EU, "frequency_cap", "6 a day is the policy's most"),
]


@pytest.mark.parametrize(("changes", "policy", "guard", "reason"), REFUSALS)
def test_each_guard_refuses_and_says_why(
    changes: dict[str, Any], policy: Policy, guard: str, reason: str
) -> None:
    decision = decided(policy=policy, **changes)
    assert not decision.shown
    assert reason in reasons(decision)[guard]
    assert [verdict.guard for verdict in decision.verdicts] == list(GUARDS)


@pytest.mark.parametrize(
    "changes",
    [
        {"switched_off": {"room:r2": "smoke", "intervention:stock_note": "odd"}},
        {"past": (past(121),)},
        {"past": (past(3601, session="s0"),) * 3},
        {"past": (past(86_401, session="s0"),) * 9},
        {"local_time": time(8, 0)},
        {"confidence": 0.7},
        {"facts": {}},
        {"jurisdiction": "fr"},
        {"released": False},
    ],
)
def test_at_the_edge_it_is_still_allowed(changes: dict[str, Any]) -> None:
    assert decided(**changes).shown


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"valid_until": NOW}, "has expired"),
        ({"true_for_everyone": False}, "is not true for everyone"),
        ({"about": "r2"}, "is about r2, which is not on show"),
        ({"shown_without_inference": False}, "would not be shown without the inference"),
    ],
)
def test_a_badge_wants_a_fact_that_is_true_for_everyone_and_shown_anyway(
    changes: dict[str, Any], reason: str
) -> None:
    ends = fact("sale_ends_at", "20:15")
    assert decided(risen=(BADGE,), facts={"sale_ends_at": ends}).shown
    assert decided(risen=(BADGE,), facts={"sale_ends_at": replace(ends, about="p1")}).shown
    for policy, place in ((EU, "DE"), (US_IL, "US-IL")):
        spoilt = {"sale_ends_at": replace(ends, **changes)}
        decision = decided(policy=policy, jurisdiction=place, risen=(BADGE,), facts=spoilt)
        assert reason in reasons(decision)["fact"]


def test_a_note_needs_no_fact_that_is_shown_anyway_where_notes_are_allowed() -> None:
    facts = {"bought_in_last_hour": fact("bought_in_last_hour", 9, shown_without_inference=False)}
    assert decided(policy=US_IL, jurisdiction="US-IL", risen=("bought_note",), facts=facts).shown


def test_the_audit_has_every_reason_at_once() -> None:
    decision = decided(
        consents=frozenset(),
        opted_out=True,
        jurisdiction="",
        risen=(BADGE,),
        facts={},
        past=(past(1),) * 9,
        confidence=0.0,
        local_time=time(3, 0),
        switched_off={"all": "fire"},
        experiments=treating(held_out=0.999_999),
    )
    assert set(reasons(decision)) == set(GUARDS)


def test_the_first_by_priority_is_taken_that_no_guard_refuses() -> None:
    assert decided(risen=(BADGE, "plain_fact", "ready_checkout")).intervention == "ready_checkout"
    without = {"product_sentence": fact("product_sentence", "Blue", valid_until=NOW)}
    facts = FACTS | without
    assert decided(risen=("plain_fact", BADGE), facts=facts).intervention == BADGE
    assert decided(risen=("plain_fact", BADGE), facts={}).intervention == "plain_fact"
    same = Catalogue((note("b"), note("a")))
    assert decided(catalogue=same, risen=("b", "a")).intervention == "a"


def test_who_is_held_out_comes_up_for_the_same() -> None:
    facts = {"sale_ends_at": FACTS["sale_ends_at"]}
    decision = decided(risen=("plain_fact", BADGE), facts=facts, experiments=treating(held_out=0.999_999))
    assert decision.intervention == BADGE
    assert decision.held_out
    assert decision.arm == "control"
    assert decision.counts
    assert not decision.shown
    assert decision.propensity == pytest.approx(0.999_999)


def test_control_is_decided_and_counts_but_is_not_shown() -> None:
    running = (Experiment("e", "ready_checkout", "a long salt", share=0.0),)
    decision = decided(experiments=Experiments("salt of the rest", Holdout("salt of holdout", 0.0), running))
    assert (decision.arm, decision.shown, decision.counts, decision.refusals) == ("control", False, True, ())


def test_another_catalogues_name_is_told() -> None:
    with pytest.raises(ConfigError, match="has no intervention 'nothing'"):
        decided(risen=("nothing",))


SPOILT: list[tuple[dict[str, Any], str]] = [
    ({"verdicts": ()}, "verdict of every guard"),
    ({"verdicts": tuple(Verdict(guard, True, "") for guard in reversed(GUARDS))}, "verdict of every guard"),
    ({"verdicts": tuple(Verdict(guard, True, "") for guard in GUARDS[:-1])}, "verdict of every guard"),
    (
        {"verdicts": tuple(Verdict(guard, guard != "fact", "") for guard in GUARDS)},
        "shown is what is treated",
    ),
    ({"arm": "third"}, "is no arm"),
    ({"arm": "control"}, "shown is what is treated"),
    ({"shown": False}, "shown is what is treated"),
    ({"propensity": 0.0}, "propensity 0.0"),
    ({"propensity": 1.1}, "propensity 1.1"),
    ({"propensity": math.nan}, "propensity nan"),
    ({"probability": math.nan}, "nothing was read"),
    ({"probability": 1.5}, "probability 1.5"),
    ({"held_out": True}, "in control of everything"),
    ({"second": -1}, "a second from 0 on"),
    ({"decided_at": datetime(2026, 3, 1)}, "time zone"),
]


@pytest.mark.parametrize(("changes", "told"), SPOILT)
def test_half_a_decision_cannot_be_made(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        replace(decided(), **changes)


_NAMES = [one.name for one in CATALOGUE.interventions]
_PAST = st.builds(
    past, st.floats(0, 90_000), st.sampled_from([*_NAMES, "other"]), st.sampled_from(["s0", "s1"])
)


@st.composite
def moments(draw: st.DrawFn) -> Moment:
    """Any moment, good ones among them: each thing is well in half of the cases."""

    def or_good(name: str, other: st.SearchStrategy[Any]) -> Any:
        return getattr(GOOD, name) if draw(st.booleans()) else draw(other)

    facts = {
        name: replace(
            one,
            valid_until=or_late(draw),
            true_for_everyone=draw(st.booleans()),
            shown_without_inference=draw(st.booleans()),
            about=draw(st.sampled_from(["r1", "p1", "r2"])),
        )
        for name, one in FACTS.items()
        if draw(st.booleans())
    }
    return replace(
        GOOD,
        viewer=draw(st.text(min_size=1, max_size=5)),
        consents=or_good(
            "consents", st.frozensets(st.sampled_from(["read_face", "personalise", "research"]))
        ),
        opted_out=or_good("opted_out", st.booleans()),
        jurisdiction=or_good("jurisdiction", st.sampled_from(["", "US", "US-IL", "FR"])),
        risen=tuple(draw(st.lists(st.sampled_from(_NAMES), min_size=1, unique=True))),
        confidence=or_good("confidence", st.one_of(st.just(math.nan), st.floats(0, 1))),
        local_time=or_good("local_time", st.times()),
        disclosed=or_good("disclosed", st.booleans()),
        released=or_good("released", st.booleans()),
        age_at_least=or_good("age_at_least", st.integers(0, 99)),
        past=or_good("past", st.lists(_PAST, max_size=8).map(tuple)),
        facts=or_good("facts", st.just(facts)),
        switched_off=or_good("switched_off", st.just({"all": "fire"})),
        probability=draw(st.floats(0, 1)),
    )


def or_late(draw: st.DrawFn) -> datetime:
    return draw(st.sampled_from([NOW - timedelta(seconds=1), NOW, NOW + timedelta(hours=1)])).astimezone(UTC)


ANY_EXPERIMENTS = st.builds(
    lambda held_out, share, unit: Experiments(
        "salt of the rest",
        Holdout("salt of holdout", held_out),
        tuple(Experiment(name, name, f"salt {name}", unit, share) for name in _NAMES),
    ),
    st.sampled_from([0.0, 0.1, 0.5, 0.9]),
    st.sampled_from([0.0, 0.3, 1.0]),
    st.sampled_from(["viewer", "room", "switchback"]),
)
ANY_POLICY = st.sampled_from(sorted(shipped_policies().by_name))


@settings(max_examples=400)
@given(moments(), ANY_POLICY, ANY_EXPERIMENTS)
def test_nothing_is_shown_that_anything_holds_back(
    moment: Moment, name: str, experiments: Experiments
) -> None:
    policy = shipped_policies().by_name[name]
    decision = decide(moment, CATALOGUE, policy, experiments)
    assert decision is not None
    assert decision == decide(moment, CATALOGUE, policy, experiments)
    if decision.shown:
        assert all(verdict.allowed for verdict in decision.verdicts)
        assert decision.arm == "treated"
        assert not experiments.holdout.holds_out(moment.viewer)
        assert {"read_face", "personalise"} <= moment.consents
        assert not moment.opted_out
        assert not moment.switched_off
        assert moment.confidence >= 0.7
    if experiments.holdout.holds_out(moment.viewer):
        assert (decision.shown, decision.arm, decision.held_out) == (False, "control", True)
    # Chance has no say in what is decided and in what else refuses, so arms can be compared.
    nobody = treating(held_out=0.0)
    treated = decide(moment, CATALOGUE, policy, nobody)
    assert treated is not None
    assert (treated.intervention, treated.counts) == (decision.intervention, decision.counts)


@settings(max_examples=200)
@given(moments(), ANY_EXPERIMENTS)
def test_what_default_lets_pass_every_policy_lets_pass(moment: Moment, experiments: Experiments) -> None:
    strict = decide(moment, CATALOGUE, DEFAULT, experiments)
    assert strict is not None
    if strict.shown:
        one = replace(moment, risen=(strict.intervention,))
        for policy in shipped_policies().others:
            there = replace(one, jurisdiction=policy.places[0])
            decision = decide(there, CATALOGUE, policy, experiments)
            assert decision is not None
            assert decision.shown

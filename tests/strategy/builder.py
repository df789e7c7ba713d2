"""A moment in which all is well, to be spoilt one thing at a time, and all that goes with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from functools import cache
from typing import Any

from telltale.strategy.assignment import Experiment, Experiments, Holdout
from telltale.strategy.catalogue import Catalogue, Intervention, shipped_catalogue
from telltale.strategy.decide import decide
from telltale.strategy.decision import Decision
from telltale.strategy.facts import Fact
from telltale.strategy.moment import Moment
from telltale.strategy.policy import Policy, shipped_policies

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
EU = shipped_policies().by_name["eu"]
US_IL = shipped_policies().by_name["us-il"]
DEFAULT = shipped_policies().default
CATALOGUE = shipped_catalogue()


def note(name: str = "note", **changes: Any) -> Intervention:
    """A checkout that is loaded ahead, or what the changes make of it."""
    plain = Intervention(
        name=name,
        kind="preloaded_checkout",
        text={"en": "Your checkout is ready", "zh-Hans": "结算页已为你准备好"},
        threshold=0.6,
        release=0.4,
        hold_s=2.0,
        cool_down_s=60.0,
        most_per_session=2,
        share=0.5,
    )
    return replace(plain, **changes)


def fact(name: str = "stock_left", value: str | int = 3, **changes: Any) -> Fact:
    """A fact of room r1 that holds."""
    return replace(Fact(name, "r1", value, NOW + timedelta(minutes=5), True, "warehouse", True), **changes)


FACTS = {
    "stock_left": fact(),
    "bought_in_last_hour": fact("bought_in_last_hour", 12),
    "sale_ends_at": fact("sale_ends_at", "20:15"),
    "product_sentence": fact("product_sentence", "Washable at 40 degrees"),
}

GOOD = Moment(
    session="s1",
    room="r1",
    viewer="v1",
    second=61,
    now=NOW,
    local_time=time(13, 0),
    probability=0.7,
    model="tcn 1",
    confidence=0.95,
    consents=frozenset({"read_face", "personalise"}),
    opted_out=False,
    jurisdiction="DE",
    inputs="0" * 64,
    risen=("ready_checkout",),
    product="p1",
    disclosed=True,
    released=True,
    age_at_least=18,
    facts=FACTS,
)


def treating(*interventions: str, held_out: float = 0.0) -> Experiments:
    """Experiments in which everybody who is not held out is treated."""
    names = interventions or tuple(one.name for one in CATALOGUE.interventions)
    running = tuple(Experiment(f"e-{n}", n, f"salt of {n}", share=1.0) for n in names)
    return Experiments("salt of the rest", Holdout("salt of holdout", held_out), running)


@cache
def of_one(intervention_kind: str) -> str:
    """The name of the first intervention of a kind in the shipped catalogue."""
    return next(one.name for one in CATALOGUE.interventions if one.kind == intervention_kind)


def decided(
    moment: Moment = GOOD,
    *,
    catalogue: Catalogue = CATALOGUE,
    policy: Policy = EU,
    experiments: Experiments | None = None,
    **changes: Any,
) -> Decision:
    """The decision at a moment at which something rose."""
    decision = decide(replace(moment, **changes), catalogue, policy, experiments or treating())
    assert decision is not None
    return decision

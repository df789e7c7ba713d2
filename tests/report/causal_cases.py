"""Small answered questions for the pages of causes: an effect, before and after, a graph."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from telltale.causal.discovery import DiscoverySettings, FactorGraph, learn_graph
from telltale.causal.graph_rows import graph_rows
from telltale.core.rng import stream
from telltale.effects.design import Design
from telltale.effects.did_case import DidCase, did_case
from telltale.effects.did_panel import DidPanel
from telltale.effects.doubly_robust import DoublyRobust
from telltale.effects.strategy_case import StrategyCase, strategy_case
from telltale.effects.strategy_design import StrategyDesign
from telltale.effects.strategy_did import StrategyDid
from telltale.factors.panel import FactorPanel

NASTY = '<script>alert("x")</script> & co'
"""A name that a page must not run."""


@cache
def effect_case(*, by_lot: bool = False) -> StrategyCase:
    """240 viewers; what is named nastily drives both who got it and what came of it."""
    draw = stream(5, "pages", "effect")
    count = 240
    x = draw.normal(size=(count, 3))
    chance = np.full(count, 0.5) if by_lot else 1 / (1 + np.exp(-x[:, 0]))
    treated = draw.random(count) < chance
    before = x[:, 1] + draw.normal(size=count)
    y = 0.8 * treated + x[:, 0] + 0.5 * before + draw.normal(size=count)
    names = (NASTY, "chat_mood", "price", "desire")
    design = Design(
        treated, y, np.column_stack([x, before]), names, np.arange(count) // 2,
        chance if by_lot else None, "viewer", "note", "desire after it",
    )  # fmt: skip
    asked = StrategyDesign(
        design, before, np.arange(count) % 6, tuple(map(str, range(count))), None, np.empty(0, np.int64), 0.0
    )
    return strategy_case(asked, DoublyRobust(), draws=5)


@cache
def yes_or_no() -> StrategyCase:
    """The same viewers, and whether they bought."""
    asked = effect_case().asked
    bought = (asked.design.outcome > 0.5).astype(float)
    design = replace(asked.design, outcome=bought, outcome_kind="binary", outcome_name="purchase after it")
    assert asked.earlier is not None
    asked = replace(asked, design=design, earlier=(asked.earlier > 0.5).astype(float))
    return strategy_case(asked, DoublyRobust(), draws=5)


@cache
def before_and_after(*, event: bool = False, counted: bool = False, starts: int = 3) -> DidCase:
    """120 sessions of 16 steps of 5 s; half get it, at so many moments, and rise by 1."""
    draw = stream(6, "pages", "did")
    rows: dict[str, list[float]] = {name: [] for name in ("who", "t", "y", "start", "moment", "x", "person")}
    for who in range(120):
        x, level = draw.normal(size=2)
        moment = 30.0 + 5 * draw.integers(0, starts)
        start = moment if draw.random() < 1 / (1 + np.exp(-x)) else np.nan
        for step in range(16):
            risen = 1.0 if 5 * step >= start else 0.0
            y = level + x + 0.03 * step + risen + 0.5 * draw.normal()
            values = (who, 5.0 * step, float(y > 1) if event else y, start, moment, x, who // 2)
            for name, value in zip(rows, values, strict=True):
                rows[name].append(float(value))
    panel = DidPanel.from_frame(
        rows, unit="who", time="t", outcome="y", treated_from="start", moment="moment", covariates=["x"],
        cluster="person",
    )  # fmt: skip
    return did_case(StrategyDid(panel, 5, 5, event, by_lot=False, counted=counted), by_start=True)


@cache
def graph() -> FactorGraph:
    """mood > desire > buying, and mood > what is named nastily."""
    draw = stream(7, "pages", "graph")
    mood = draw.normal(size=(30, 40))
    desire = 0.6 * mood + draw.normal(size=(30, 40))
    buying = -0.5 * desire + draw.normal(size=(30, 40))
    other = 0.4 * mood + draw.normal(size=(30, 40))
    table = {
        "viewer": np.repeat(np.arange(30).astype(str), 40),
        "step": np.tile(np.arange(40), 30),
        "chat_mood": mood.ravel(),
        "desire": desire.ravel(),
        "buying": buying.ravel(),
        NASTY: other.ravel(),
    }
    tiers = {"chat_mood": 1, "desire": 2, "buying": 3, NASTY: 2}
    panel = FactorPanel.from_frame(table, unit="viewer", time="step", tiers=tiers)
    return learn_graph(graph_rows(panel), DiscoverySettings(halves=2))

"""What a simulated world's own equations say that a cause does, beside what is found: bias, not spread alone.

    x(h) = (1 - now)^-1 [before x(h - 1) + push],  x(-1) = 0,  h = 0 ... 12        rows are effects

A cause is put up by one of its planted standard deviations (a promotion is switched on) and held, whatever
else would move it; told is the effect after 12 steps of 5 s, in its own planted standard deviations: those of
a world in which promotion, price and people do not differ. A reading keeps this unit and adds noise of .3 to
it, so the graph is asked in its factors' own units. A host's expression alone is read as a share of frames:
in the graph it is put up by what one planted standard deviation moves that share, by the line through truth
and reading of this very study. Noise, and people who differ lastingly in what no column tells, bend what is
found: a world without either says how much. Intervals draw rooms for what is a room's where there are 20 or
more, people for the rest.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Collection
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from planted_study import simulated

from telltale.causal.discovery import DiscoverySettings, learn_graph
from telltale.causal.graph_clusters import drawn_anew, drawn_by, drawn_for
from telltale.causal.graph_rows import graph_rows
from telltale.causal.whatif import what_if
from telltale.factors.factor import DOING
from telltale.factors.from_study import factor_panel
from telltale.simulate import tables
from telltale.simulate.panel import build_panel
from telltale.simulate.spec import EXOGENOUS, Spec
from telltale.simulate.spec_checks import host_factors
from telltale.simulate.spec_file import load_spec
from telltale.simulate.strategies import standardised_promotion
from telltale.simulate.truth import Truth
from telltale.study.store import Study

STEPS = 12
SWITCH = "promotion"
ASKED = {
    "promotion": ("desire",),
    "host_voice": ("desire", "chat_rate"),
    "host_elation": ("desire",),
    "chat_rate": ("desire", "attention"),
    "chat_mood": ("desire",),
    "attention": ("desire", "disengagement"),
    "surprise": ("desire", "attention"),
    "hesitation": ("desire", "disengagement"),
    "disengagement": ("desire",),
}
"""Causes, and the effects asked of each."""
LASTING = ("taste", "price_sensitivity")
"""In what people differ all the time."""
WITHOUT = {"noise": "noise of readings", "people": "what lasts in people"}
Found = tuple[float, float, float]


def planted_effects(spec: Spec, cause: str, steps: int = STEPS) -> dict[str, float]:
    """By factor: what follows after these steps where a cause is put up by one, or switched on, and held."""
    panel = build_panel(spec)
    now, before, push = panel.now.copy(), panel.before.copy(), np.zeros(len(panel.names))
    if cause == SWITCH:
        off, on = (standardised_promotion(spec, promotion) for promotion in (0.0, 1.0))
        push = (on - off) * panel.exogenous[:, EXOGENOUS.index(cause)]
    else:
        place = panel.names.index(cause)
        now[place] = before[place] = 0.0
        push[place] = 1.0
    at_once = np.linalg.inv(np.eye(len(panel.names)) - now)
    state = np.zeros(len(panel.names))
    for _ in range(steps + 1):
        state = at_once @ (before @ state + push)
    return dict(zip(panel.names, state.tolist(), strict=True))


def print_planted(sessions: int, seeds: range, without: Collection[str] = ()) -> None:
    """One row a pair: planted, found, how sure, over simulated studies.

    Parameters
    ----------
    without
        Of `WITHOUT`, what would bend what is found.
    """
    if "noise" in without:
        tables.READING_NOISE_SD = 0.0
    spec = _all_alike(load_spec()) if "people" in without else load_spec()
    found: dict[tuple[str, str], list[Found]] = {}
    owners: dict[str, Counter[str]] = {cause: Counter() for cause in ASKED}
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            study, truth = simulated(spec, sessions, seed, folder)
            _ask(study, truth, found, owners)
    studies = f"{len(seeds)} simulated studies of {sessions} sessions from seed {seeds[0]}"
    left = "".join(f", without {WITHOUT[what]}" for what in without)
    print(f"{studies}{left}; each with its own arrows; after {STEPS} steps")
    print("\n| cause | effect | planted | mean found | off by % | spread | half width | drawn | held % |")
    print("|---|---|---|---|---|---|---|---|---|")
    for (cause, effect), each in found.items():
        planted = planted_effects(spec, cause)[effect]
        drawn = ", ".join(f"{owner} {count}" for owner, count in sorted(owners[cause].items()))
        numbers = _row(np.array(each), planted, drawn)
        print(f"| {cause} | {effect} | {planted:+.3f} | {numbers} |")


def _all_alike(spec: Spec) -> Spec:
    """The same world of people who differ in nothing that lasts, and whom a strategy moves alike."""
    edges = tuple(edge for edge in spec.edges if edge.cause not in LASTING)
    strategies = tuple(replace(strategy, effect_sd=0.0, effect_by={}) for strategy in spec.strategies)
    return replace(spec, edges=edges, strategies=strategies)


def _ask(
    study: Study,
    truth: Truth,
    found: dict[tuple[str, str], list[Found]],
    owners: dict[str, Counter[str]],
) -> None:
    """Ask one study each pair, in the way that `telltale causal whatif` asks; half samples are not asked."""
    panel = factor_panel(study)
    panel = panel.select([factor.name for factor in panel.factors if factor.tier < DOING])
    first = drawn_by(panel)
    rows = {first: graph_rows(panel, cluster=first)}
    graph = learn_graph(rows[first], DiscoverySettings(halves=0))
    for cause, effects in ASKED.items():
        owner = drawn_for(panel, [cause])
        if owner not in rows:
            rows[owner] = graph_rows(panel, cluster=owner)
        owners[cause][owner] += 1
        drawn = replace(graph, rows=drawn_anew(rows[first], rows[owner]))
        mean = graph.linear.mean[graph.linear.place(cause)]
        answer = what_if(drawn, {cause: mean + _unit(study, truth, cause)}, effects, steps=STEPS)
        for outcome in answer.outcomes:
            ends = (float(each[-1]) for each in (outcome.change, outcome.low, outcome.high))
            found.setdefault((cause, outcome.factor), []).append(tuple(ends))  # type: ignore[arg-type]


def _unit(study: Study, truth: Truth, cause: str) -> float:
    """By how much a reading moves with one planted standard deviation, or from off to on."""
    if cause not in host_factors():
        return 1.0
    read, true = (
        source.table("room_factors", [cause]).column(cause).to_numpy().astype(np.float64)
        for source in (study, truth)
    )
    covariance = np.cov(true, read)
    return float(covariance[0, 1] / covariance[0, 0])


def _row(found: npt.NDArray[np.float64], planted: float, drawn: str) -> str:
    value, low, high = found.T
    off = 100 * (value.mean() / planted - 1)
    held = (low <= planted) & (planted <= high)
    half = (high - low).mean() / 2
    return (
        f"{value.mean():+.3f} | {off:+.0f} | {value.std(ddof=1):.3f} | {half:.3f} | {drawn}"
        f" | {100 * held.mean():.0f}"
    )

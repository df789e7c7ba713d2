"""What was planted in simulated studies, found again: the graph, and what a strategy did.

    python benchmarks/causal/planted.py graph --sessions 150 600 --seeds 21 22 23
    python benchmarks/causal/planted.py effects --sessions 150 --seeds 100
    python benchmarks/causal/planted.py null --sessions 150 --seeds 200

`graph` prints the F1 of joined pairs, among all factors and among those that were planted, beside what
joining all that time order allows would give; the empty graph gives 0. `effects` prints how often the true
effect on the study's own sessions lies in the interval; `null` how often something is claimed where nothing
was planted.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from telltale.causal.discovery import DiscoverySettings, learn_graph
from telltale.causal.graph_rows import graph_rows
from telltale.causal.registry_effects import make_estimator
from telltale.causal.strategy_design import strategy_design
from telltale.factors.factor import DOING
from telltale.factors.from_study import factor_panel
from telltale.simulate.spec import EXOGENOUS, Spec
from telltale.simulate.spec_file import load_spec
from telltale.simulate.study import simulate_study
from telltale.simulate.truth import Truth
from telltale.study.store import Study

Pair = frozenset[str]
QUESTIONS = (
    ("social_proof", "desire", "desire_mean"),
    ("social_proof", "purchase", "conversion_probability"),
    ("preloaded_checkout", "purchase", "conversion_probability"),
)


def simulated(spec: Spec, sessions: int, seed: int, folder: str) -> tuple[Study, Truth]:
    """A study without vectors, and its truth."""
    made = simulate_study(Path(folder) / "study", spec.scaled(sessions), seed=seed, signals="none")
    return Study.open(made.study), Truth.open(made.truth)


def f1(found: set[Pair], wanted: set[Pair]) -> float:
    """Of pairs."""
    return 2 * len(found & wanted) / (len(found) + len(wanted)) if found or wanted else 1.0


def graphs(sizes: list[int], seeds: list[int]) -> None:
    """How much of the planted graph is found."""
    print("| sessions | seed | F1 of all factors | of planted ones | all that time allows | pairs planted |")
    print("|---|---|---|---|---|---|")
    for sessions in sizes:
        for seed in seeds:
            with tempfile.TemporaryDirectory() as folder:
                study, truth = simulated(load_spec(), sessions, seed, folder)
                panel = factor_panel(study)
                chosen = panel.select([factor.name for factor in panel.factors if factor.tier < DOING])
                rows = graph_rows(chosen)
                graph = learn_graph(rows, DiscoverySettings(halves=0, draws=10))
            found = {frozenset((edge.cause, edge.effect)) for edge in graph.edges}
            named = {"price": "price_on_show"}
            wanted = {frozenset((named.get(e.cause, e.cause), e.effect)) for e in truth.spec.edges}
            wanted |= {frozenset((s.name, s.target)) for s in truth.spec.strategies}
            wanted = {pair for pair in wanted if pair <= set(rows.factors)}
            planted = {f.name for f in truth.spec.all_factors} | {named.get(e, e) for e in EXOGENOUS}
            planted |= {strategy.name for strategy in truth.spec.strategies}
            n, lags = rows.size, range(1, rows.lags + 1)
            may = rows.allowed[:n, :n] | np.any([rows.allowed[k * n : (k + 1) * n, :n] for k in lags], axis=0)
            joined = {frozenset((rows.factors[i], rows.factors[j])) for i, j in np.argwhere(may) if i != j}
            print(
                f"| {sessions:,} | {seed} | {f1(found, wanted):.3f}"
                f" | {f1({pair for pair in found if pair <= planted}, wanted):.3f}"
                f" | {f1(joined, wanted):.3f} | {len(wanted)} |",
                flush=True,
            )


def effects(sessions: int, seeds: int, *, null: bool) -> None:
    """How often the truth is in the interval, or how often nothing is taken for something."""
    spec = load_spec()
    if null:
        still = {"effect": 0.0, "effect_sd": 0.0, "effect_by": {}}
        spec = replace(spec, strategies=tuple(replace(s, **still) for s in spec.strategies))
    held: dict[tuple[str, str, str], list[tuple[bool, bool]]] = {question: [] for question in QUESTIONS}
    for seed in range(seeds):
        with tempfile.TemporaryDirectory() as folder:
            study, truth = simulated(spec, sessions, seed, folder)
            panel = factor_panel(study)
            worlds = truth.table("potential_outcomes").to_pandas()
            for strategy, outcome, column in QUESTIONS:
                asked = strategy_design(study, panel, strategy, outcome)
                mine = worlds[worlds.strategy == strategy].pivot(
                    index="session_id", columns="arm", values=column
                )
                tau = float((mine.treated - mine.control).loc[list(asked.sessions)].mean())
                found = make_estimator("dr").fit(asked.design).effect()
                inside = bool(found.low <= tau <= found.high)
                held[strategy, outcome, column].append((inside, not found.low <= 0 <= found.high))
    print(f"{seeds} studies of {sessions} sessions, doubly robust, 95 % intervals\n")
    print("| strategy | outcome | truth inside | something claimed |\n|---|---|---|---|")
    for (strategy, outcome, _), told in held.items():
        inside, claimed = np.array(told).sum(axis=0)
        print(f"| {strategy} | {outcome} | {inside} of {seeds} | {claimed} of {seeds} |")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("graph", "effects", "null"))
    parser.add_argument("--sessions", type=int, nargs="+", default=[150])
    parser.add_argument("--seeds", type=int, nargs="+", default=[3])
    given = parser.parse_args()
    if given.what == "graph":
        graphs(given.sessions, given.seeds)
    else:
        effects(given.sessions[0], given.seeds[0], null=given.what == "null")


if __name__ == "__main__":
    main()

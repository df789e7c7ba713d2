"""How well a viewer's desire is forecast on people nobody learnt from, in simulated studies.

    python benchmarks/causal/forecast.py --sessions 600 --seeds 7 --horizons 5 30

The graph network beside persistence, ridge and logistic regression, boosting and a plain network of as many
parameters; then the graph network not re-weighted by what its edges move, and one whose edges begin by
chance. The simulated world is linear, so that ridge is about as good as can be. Last, of the causes whose
edges into the target move the forecast most, how many were planted, and of how many planted causes what their
edges bring to the forecast, summed over now and before, has the planted sign: edges are no effects.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from telltale.causal.forecast_scores import ForecastScore
from telltale.causal.forecast_words import forecast_answer
from telltale.causal.graph_network import ForecastStudy, fit_forecast
from telltale.causal.graph_training import GraphNetwork
from telltale.factors.factor import DOING
from telltale.factors.from_study import factor_panel
from telltale.factors.panel import FactorPanel
from telltale.simulate.spec_file import load_spec
from telltale.simulate.study import simulate_study
from telltale.simulate.truth import Truth
from telltale.study.store import Study

TARGET = "desire"
VARIANTS = (
    ("graph network, not re-weighted", {"rounds": 0}),
    ("graph network, edges by chance", {"start": "chance"}),
)


def simulated(sessions: int, seed: int, folder: str) -> tuple[FactorPanel, dict[str, float]]:
    """A study's factors but for what the viewer does, and what was planted to move the target, how far."""
    made = simulate_study(Path(folder) / "study", load_spec().scaled(sessions), seed=seed, signals="none")
    panel, spec = factor_panel(Study.open(made.study)), Truth.open(made.truth).spec
    named = {"price": "price_on_show"}
    planted: dict[str, float] = {}
    for cause, weight in (
        *((named.get(edge.cause, edge.cause), edge.weight) for edge in spec.edges if edge.effect == TARGET),
        *((one.name, one.effect) for one in spec.strategies if one.target == TARGET),
    ):
        planted[cause] = planted.get(cause, 0.0) + weight
    chosen = panel.select([factor.name for factor in panel.factors if factor.tier < DOING])
    return chosen, {name: weight for name, weight in planted.items() if name in chosen.names}


def row(name: str, score: ForecastScore) -> str:
    """A line of the table."""
    told = [f"{one.value:.3f} ({one.low:.3f} to {one.high:.3f})" for one in (score.r2, score.auc)]
    return f"| {name} | {told[0]} | {score.mae.value:.3f} | {told[1]} | {score.log_loss.value:.3f} |"


def found_edges(found: ForecastStudy, planted: dict[str, float]) -> str:
    """How many of the causes that move the forecast most were planted, and how many planted ones come with
    the sign that was planted."""
    causes = dict.fromkeys(edge.cause for edge in found.edges if edge.effect == TARGET)
    count = len(planted)
    first = set(list(causes)[:count])
    brings = dict.fromkeys(planted, 0.0)
    for edge in found.edges:
        if edge.effect == TARGET and edge.cause in planted:
            brings[edge.cause] += edge.effect_sd.value
    right = sum(brings[name] * weight > 0 for name, weight in planted.items())
    single = sum(
        edge.effect_sd.value * planted[edge.cause] > 0
        for edge in found.edges
        if edge.effect == TARGET and edge.cause in planted
    )
    edges = sum(edge.effect == TARGET and edge.cause in planted for edge in found.edges)
    return (
        f"{len(first & planted.keys())} of the {count} planted causes are among the first {count},"
        f" {right} have the planted sign when their edges are summed ({single} of {edges} single edges do)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sessions", type=int, default=600)
    parser.add_argument("--seeds", type=int, nargs="+", default=[7])
    parser.add_argument("--horizons", type=float, nargs="+", default=[5.0, 30.0])
    given = parser.parse_args()
    for seed in given.seeds:
        with tempfile.TemporaryDirectory() as folder:
            panel, planted = simulated(given.sessions, seed, folder)
        for horizon_s in given.horizons:
            tell(panel, planted, horizon_s, f"{given.sessions} simulated sessions, seed {seed}")


def tell(panel: FactorPanel, planted: dict[str, float], horizon_s: float, what: str) -> None:
    """One study and horizon."""
    began, settings = time.process_time(), GraphNetwork()
    found = fit_forecast(panel, TARGET, horizon_s=horizon_s, settings=settings)
    spent = time.process_time() - began
    people, windows = (", ".join(f"{one:,}" for one in three) for three in (found.people, found.windows))
    print(
        f"\n{what}, {TARGET} {horizon_s:g} s ahead: people {people}; windows {windows} (learn, stop, judge)\n"
    )
    print("| model | R2 | error | AUC of rises | log loss |\n|---|---|---|---|---|")
    for score in found.scores.models:
        print(row(score.model, score), flush=True)
    for name, changes in VARIANTS:
        other = fit_forecast(
            panel, TARGET, horizon_s=horizon_s, settings=replace(settings, **changes), beside=("persistence",)
        )
        print(row(name, other.scores.models[0]), flush=True)
    print(f"\n{forecast_answer(found)}")
    print(f"{found_edges(found, planted)}; {len(found.edges)} edges; circles {found.circles:.1e}")
    print(f"loss on the people to stop by {', '.join(f'{one:.4f}' for one in found.stop_loss)}")
    print(
        f"parameters {found.parameters[0]:,} and {found.parameters[1]:,}; {spent:.0f} s of one core",
        flush=True,
    )


if __name__ == "__main__":
    main()

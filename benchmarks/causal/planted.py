"""What was planted in simulated studies, found again: the graph, and what a strategy did.

    python benchmarks/causal/planted.py graph --sessions 150 600 --seeds 21 22 23
    python benchmarks/causal/planted.py effects --sessions 150 --seeds 100
    python benchmarks/causal/planted.py did --sessions 200 --seeds 350 --first-seed 1000
    python benchmarks/causal/planted.py did --sessions 600 --seeds 40 --first-seed 2000 --by-taste
    python benchmarks/causal/planted.py null --sessions 100 --seeds 200
    python benchmarks/causal/planted.py hidden --sessions 200 --seeds 25
    python benchmarks/causal/planted.py checks --seeds 250 --first-seed 1000 --worlds weak

`graph` prints the F1 of joined pairs, among all factors and among those that were planted, beside what
joining all that time order allows would give (the empty graph gives 0), how many arrows have their way and
lag, and names those that were not planted so (`planted_graph.py`). `effects` and `did` print how often the
true effect on the study's own sessions lies in the interval, `did` beside it the mean error, its root mean
square, the errors told over those seen (1 is honest), the mean width, how many covariates stay apart and how
often a check fails; `--by-taste` lets taste, a promotion and sensitivity to price choose who gets it. `null`
prints how often something is claimed where no strategy does anything; `hidden` how often the truth lies where
the bias curve says it does at the strength of a cause that was hidden. `checks` asks worlds of independent
units, not studies, how often each check of an effect fails (`planted_checks.py`).
"""

from __future__ import annotations

import argparse
import math
import tempfile
from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd
from planted_checks import METHODS, WORLDS, print_failures
from planted_graph import print_graphs
from planted_study import simulated

from telltale.effects.balance import BALANCED
from telltale.effects.did_case import DidCase, did_case
from telltale.effects.refutation import Finding
from telltale.effects.refute import refute
from telltale.effects.registry_effects import make_estimator
from telltale.effects.sensitivity import hidden_bias, strength_of
from telltale.effects.strategy_design import strategy_design
from telltale.effects.strategy_did import strategy_did
from telltale.factors.from_study import factor_panel
from telltale.simulate.spec import Edge, Spec
from telltale.simulate.spec_file import load_spec
from telltale.simulate.truth import Truth

Question = tuple[str, str, str]
QUESTIONS: tuple[Question, ...] = (
    ("social_proof", "desire", "desire_mean"),
    ("social_proof", "purchase", "conversion_probability"),
    ("preloaded_checkout", "purchase", "conversion_probability"),
)
NULL_QUESTIONS = (
    ("social_proof", "desire"),
    ("social_proof", "add_to_cart"),
    ("preloaded_checkout", "purchase"),
)
HIDDEN = ((0.0, 0.0), (0.5, 0.1), (1.0, 0.2), (1.5, 0.4))
"""Of the hidden cause: log odds of treatment for one SD, and SD of desire a step."""
LONG_S = 600.0
"""Long enough that the first steps, in which an effect builds up, weigh little: the truth is a mean."""


def words_of(seeds: range) -> str:
    """How many studies, and which."""
    return f"{len(seeds)} studies (seeds {seeds[0]} to {seeds[-1]})"


def worlds_of(truth: Truth, strategy: str, column: str) -> pd.Series:
    """By session: what the strategy brings, treated less control; no analysis can see it."""
    table = truth.table("potential_outcomes").to_pandas()
    both = table[table.strategy == strategy].pivot(index="session_id", columns="arm", values=column)
    brings: pd.Series = both.treated - both.control
    return brings


def effects(sessions: int, seeds: range) -> None:
    """How often the truth is in the interval."""
    held: dict[Question, list[bool]] = {question: [] for question in QUESTIONS}
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            study, truth = simulated(load_spec(), sessions, seed, folder)
            panel = factor_panel(study)
            for strategy, outcome, column in QUESTIONS:
                asked = strategy_design(study, panel, strategy, outcome)
                tau = float(worlds_of(truth, strategy, column).loc[list(asked.units)].mean())
                found = make_estimator("dr").fit(asked.design).effect()
                held[strategy, outcome, column].append(bool(found.low <= tau <= found.high))
    print(f"{words_of(seeds)} of {sessions} sessions, doubly robust, 95 % intervals\n")
    print("| strategy | outcome | truth inside |\n|---|---|---|")
    for (strategy, outcome, _), inside in held.items():
        print(f"| {strategy} | {outcome} | {sum(inside)} of {len(seeds)} |")


TASTE = {"taste": 0.8, "promotion": 0.6, "price_sensitivity": -0.5}
"""By what, and how strongly, a strategy is chosen that is not assigned by lot."""


def did(sessions: int, seeds: range, *, by_taste: bool) -> None:
    """How often the true effect on the treated is in the interval of matched difference in differences."""
    spec = load_spec()
    if by_taste:
        first = replace(spec.strategies[0], randomised=False, chosen_by=TASTE)
        spec = replace(spec, strategies=(first, *spec.strategies[1:]))
    rows: list[list[tuple[float, ...]]] = []
    failed: Counter[str] = Counter()
    unlike = []
    for seed in seeds:
        case, tau = _did_case(spec, sessions, seed)
        ways = [w for w in (case.did.effect, case.did.beside, case.did.plain) if w is not None]
        rows.append(
            [
                (w.low <= tau <= w.high, w.low > 0, w.value - tau, w.standard_error, w.high - w.low)
                for w in ways
            ]
        )
        failed.update(check.name for check in case.finding.failed)
        failed["any"] += bool(case.finding.failed)
        unlike.append(_unlike(case))
    chosen = "chosen by taste" if by_taste else "by lot"
    print(f"{words_of(seeds)} of {sessions} sessions, social_proof ({chosen}) on desire in {LONG_S:g} s\n")
    print("| method | truth inside | % | found | mean error | root mean square | told / seen error | width |")
    print("|---|---|---|---|---|---|---|---|")
    for name, one in zip(("psm-did", "psm-did with history", "did"), zip(*rows, strict=True), strict=True):
        held, claimed, error, told, wide = np.array(one, dtype=float).T
        share, spread = held.mean(), error.std(ddof=1)
        unsure = 1.96 * math.sqrt(share * (1 - share) / len(seeds))
        print(
            f"| {name} | {held.sum():.0f} | {100 * share:.1f} ± {100 * unsure:.1f} | {claimed.sum():.0f}"
            f" | {error.mean():+.3f} ± {1.96 * spread / math.sqrt(len(seeds)):.3f}"
            f" | {math.sqrt((error**2).mean()):.3f}"
            f" | {math.sqrt((told**2).mean()) / spread:.2f} | {wide.mean():.3f} |"
        )
    count, before, by_matches, by_line = np.mean(unlike, axis=0)
    print(
        f"\nof {count:.1f} covariates {before:.1f} differ by more than {BALANCED} SD, {by_matches:.1f} after"
        f" matching alone, {by_line:.1f} once the rest is regressed away"
    )
    print("how often a check fails: " + ", ".join(f"{name} {n}" for name, n in failed.items()))


def _did_case(spec: Spec, sessions: int, seed: int) -> tuple[DidCase, float]:
    """The whole answer, and the true effect on those who got it."""
    with tempfile.TemporaryDirectory() as folder:
        study, truth = simulated(spec, sessions, seed, folder)
        panel = factor_panel(study)
        asked = strategy_did(study, panel, "social_proof", "desire", every_s=30, before_s=90, after_s=LONG_S)
        got = strategy_design(study, panel, "social_proof", "desire", within_s=LONG_S)
        mine = [unit for unit, on in zip(got.units, got.design.treated.tolist(), strict=True) if on]
        tau = float(worlds_of(truth, "social_proof", "desire_mean").loc[mine].mean())
        return did_case(asked), tau


def _unlike(case: DidCase) -> list[int]:
    """How many covariates were matched on, and of them are apart before, after matching, at the end."""
    alone, found = case.did.alone, case.did.balance
    after = dict(zip(found.names, found.after, strict=True))
    apart = alone.before, alone.after, np.array([after[name] for name in alone.names])
    return [len(alone.names), *(int((np.abs(each) > BALANCED).sum()) for each in apart)]


def null(sessions: int, seeds: range) -> None:
    """How often something is claimed where no strategy does anything."""
    spec = load_spec()
    still = (replace(s, effect=0.0, effect_sd=0.0, effect_by={}) for s in spec.strategies)
    spec = replace(spec, strategies=tuple(still))
    claims = {question: [0, 0] for question in NULL_QUESTIONS}
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            study, _ = simulated(spec, sessions, seed, folder)
            panel = factor_panel(study)
            for strategy, outcome in NULL_QUESTIONS:
                asked = strategy_design(study, panel, strategy, outcome)
                estimator = make_estimator("dr")
                effect = estimator.fit(asked.design).effect()
                if effect.low <= 0 <= effect.high:
                    continue
                claims[strategy, outcome][0] += 1
                checks = refute(
                    estimator, asked.design, effect, earlier_outcome=asked.earlier, pretended=asked.pretended,
                    groups=asked.room, draws=10,
                )  # fmt: skip
                claims[strategy, outcome][1] += not Finding(effect, checks).failed
        if seed % 20 == 19:
            print(f"after seed {seed}: {[told[0] for told in claims.values()]}", flush=True)
    print(f"\n{words_of(seeds)} of {sessions} sessions in which no strategy does anything, doubly robust\n")
    print("| strategy | assigned | outcome | something claimed at 5 % | and no check failed |")
    print("|---|---|---|---|---|")
    lots = {s.name: "by lot" if s.randomised else "by taste, hidden" for s in spec.strategies}
    for (strategy, outcome), (claimed, stood) in claims.items():
        print(f"| {strategy} | {lots[strategy]} | {outcome} | {claimed} of {len(seeds)} | {stood} |")


def hidden(sessions: int, seeds: range) -> None:
    """Whether the bias curve at the strength of a hidden cause brackets the truth.

    `hidden` makes social_proof likelier and raises desire; no table of the study tells it. Its strength is
    what it explains beyond the covariates, measured on the truth.
    """
    print(f"{words_of(seeds)} of {sessions} sessions each, social_proof on desire, doubly robust\n")
    print(
        "| log odds | SD of desire | explains of treatment | of outcome | truth inside the interval |", end=""
    )
    print(" inside once widened by the bias | bias at most | mean error |\n|---|---|---|---|---|---|---|---|")
    for odds, weight in HIDDEN:
        rows = [_bracketed(sessions, seed, odds, weight) for seed in seeds]
        treatment, outcome, plain, wide, bias, error = np.mean(rows, axis=0)
        print(
            f"| {odds:g} | {weight:g} | {treatment:.3f} | {outcome:.3f}"
            f" | {len(seeds) * plain:.0f} of {len(seeds)} | {len(seeds) * wide:.0f} of {len(seeds)}"
            f" | {bias:.3f} | {error:+.3f} |",
            flush=True,
        )


def _bracketed(sessions: int, seed: int, odds: float, weight: float) -> tuple[float, ...]:
    spec = load_spec()
    first = replace(spec.strategies[0], randomised=False, chosen_by={"hidden": odds})
    edges = (*spec.edges, Edge("hidden", "desire", weight))
    with tempfile.TemporaryDirectory() as folder:
        study, truth = simulated(
            replace(spec, strategies=(first, *spec.strategies[1:]), edges=edges), sessions, seed, folder
        )
        asked = strategy_design(study, factor_panel(study), first.name, "desire")
        cause = truth.table("sessions").to_pandas().set_index("session_id").hidden.loc[list(asked.units)]
        tau = float(worlds_of(truth, first.name, "desire_mean").loc[list(asked.units)].mean())
    effect = make_estimator("dr").fit(asked.design).effect()
    strength = strength_of(asked.design, cause)
    bias = hidden_bias(asked.design, *strength)
    return (
        *strength,
        float(effect.low <= tau <= effect.high),
        float(effect.low - bias <= tau <= effect.high + bias),
        bias,
        effect.value - tau,
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("graph", "effects", "did", "null", "hidden", "checks"))
    parser.add_argument("--sessions", type=int, nargs="+", default=[150])
    parser.add_argument("--seeds", type=int, nargs="+", default=[3], help="graph: which; else: how many")
    parser.add_argument("--first-seed", type=int, default=0, help="of all but graph")
    parser.add_argument("--by-taste", action="store_true", help="did: not by lot")
    parser.add_argument("--units", type=int, default=200, help="of a world, for checks")
    parser.add_argument("--methods", nargs="+", default=list(METHODS), help="for checks")
    parser.add_argument("--worlds", nargs="+", choices=WORLDS, default=list(WORLDS), help="for checks")
    given = parser.parse_args()
    if given.what == "graph":
        print_graphs(given.sessions, given.seeds)
        return
    seeds = range(given.first_seed, given.first_seed + given.seeds[0])
    if given.what == "checks":
        print_failures(given.units, seeds, given.methods, given.worlds)
        return
    if given.what == "did":
        did(given.sessions[0], seeds, by_taste=given.by_taste)
        return
    {"effects": effects, "null": null, "hidden": hidden}[given.what](given.sessions[0], seeds)


if __name__ == "__main__":
    main()

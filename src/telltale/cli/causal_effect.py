"""`telltale causal effect`: what a strategy did, how sure that is, and what would make it wrong."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from telltale.cli import console
from telltale.cli.causal_facts import facts_of
from telltale.cli.causal_panel import AsJson, Folder, Seed, read_panel
from telltale.cli.causal_report import Report, refuse_report, write_report
from telltale.cli.causal_rows import refuse_rows, write_rows
from telltale.cli.causal_strategy import Covariates, Outcome, Strategy, Together, print_checks, tell
from telltale.core.errors import ConfigError

if TYPE_CHECKING:
    from telltale.effects.contract import EffectEstimator, Estimand
    from telltale.effects.design import OutcomeKind
    from telltale.effects.group_effects import GroupEffect, WhoGains
    from telltale.effects.overlap import Trim
    from telltale.effects.sizes import Size
    from telltale.effects.strategy_case import StrategyCase

_SHOWN = 3
"""Covariates of a table that has more than a person would read."""
_METHODS = (
    "dr (doubly robust), ipw (weighting), matching, matching-caliper, matching-pairs, matching-mahalanobis,"
    " neural (nets; needs torch), or of EconML: econml-linear-dml, econml-causal-forest, econml-dr-learner,"
    " econml-x-learner."
)


def effect(
    folder: Folder,
    strategy: Strategy,
    outcome: Outcome,
    within_s: Annotated[
        float | None, typer.Option("--within", help="Seconds after it that count; to the end when not given.")
    ] = None,
    method: Annotated[str, typer.Option(help=_METHODS)] = "dr",
    estimand: Annotated[
        Literal["ATE", "ATT", "ATO"] | None,
        typer.Option(
            help="Over whom it is averaged: all, those who got it, those for whom both were open. ATE when"
            " not given; ATT for matching-pairs, which tells no other."
        ),
    ] = None,
    per: Annotated[
        Literal["viewer", "room"], typer.Option(help="room where whole rooms got it, or did not.")
    ] = "viewer",
    cluster: Together = "auto",
    covariate: Covariates = None,
    trim: Annotated[
        str | None, typer.Option(help="Leave out who has no like in the other arm: crump, or a bound as .05.")
    ] = None,
    draws: Annotated[
        int | None,
        typer.Option(min=5, help="Draws of each check; 20 when not given, 5 for neural and EconML's: slow."),
    ] = None,
    individual: Annotated[
        Path | None,
        typer.Option(
            help="Write a row a session to this file, .csv or .parquet: effect, low, high, and whether people"
            " are simulated. For dr and neural (conformal intervals) and EconML's (no intervals)."
        ),
    ] = None,
    seed: Seed = 0,
    report: Report = None,
    as_json: AsJson = False,
) -> None:
    """Say what a strategy did, with every check that could sink the claim."""
    from telltale.effects.exposed import read_exposed
    from telltale.effects.strategy_case import strategy_case
    from telltale.effects.strategy_design import strategy_design
    from telltale.factors.names import check_names
    from telltale.report.causal_effect import write_effect_page
    from telltale.study.store import Study

    refuse_report(report)
    refuse_rows(individual)
    # All that can be refused is refused before the study's factors are read.
    estimator, bound = _estimator(method, estimand, seed), _trim(trim)
    if individual is not None and not estimator.tells_individuals:
        raise ConfigError(
            f"'{method}' tells no individual effects", hint="choose dr, neural or one of EconML's"
        )
    study = Study.open(folder)
    read_exposed(study, strategy, per=per)
    check_names(study, [outcome, *(covariate or [])])
    asked = strategy_design(
        study,
        read_panel(folder, 5.0),
        strategy,
        outcome,
        covariates=covariate,
        within_s=within_s,
        cluster=cluster,
        per=per,
    )
    case = strategy_case(asked, estimator, trim=bound, draws=draws, seed=seed, progress=console.progress)
    each = None if individual is None else estimator.individual()
    if individual is not None and each is not None:
        write_rows(individual, case.asked.units, each, simulated=bool(study.manifest.simulated))
    write_report(report, folder, write_effect_page, case)
    if as_json:
        console.print_json(facts_of(case))
    else:
        _print(case)
        if individual is not None and each is not None:
            notes = "; ".join(["", *each.notes])
            console.out.print(console.escape(f"{individual.name}: {each}{notes}"), soft_wrap=True)


def _estimator(method: str, estimand: Estimand | None, seed: int) -> EffectEstimator:
    """The method with what was asked for, or with the first that it can tell."""
    from telltale.effects.registry_effects import make_estimator

    asked: tuple[Estimand, ...] = ("ATE", "ATT") if estimand is None else (estimand,)
    made = [make_estimator(method, estimand=one, seed=seed) for one in asked]
    able = [one for one in made if one.estimand_problem() is None]
    if not able:
        message, hint = made[0].estimand_problem() or ("", "")
        raise ConfigError(message, hint=hint)
    return able[0]


def _trim(given: str | None) -> Trim:
    if given is None:
        return None
    if given == "crump":
        return "crump"
    try:
        bound = float(given)
    except ValueError:
        bound = -1.0
    if not 0 <= bound < 0.5:
        raise ConfigError(f"--trim {given}", hint="write crump, or a bound from 0, below .5")
    return bound


def _print(case: StrategyCase) -> None:
    from telltale.effects.sizes import told_words

    size = partial(told_words, told=case.design.outcome_kind)
    tell(case.sentences, case.warnings)
    print_checks("What could have sunk it", case.finding.checks)
    if case.by_lot:
        console.out.print("\nA lot decided who got it: how strong something hidden must be is not asked.")
    else:
        title = "\nHow strong would something hidden have to be"
        console.print_table(title, ("measure", "value", "meaning"), _hidden(case, size), left=3)
    rows = _compared(case)
    console.print_table("\nWho is compared with whom", ("what", "before", "after"), rows)
    if case.by_lot:
        console.out.print("A lot needs no adjustment: what both differ in before it is chance.")
    if case.who is not None:
        _print_who(case.who, case.design.outcome_kind)
    console.out.print(f"\n{console.escape(case.effect.line(size))}", soft_wrap=True)


def _hidden(case: StrategyCase, size: Size) -> list[tuple[str, str, str]]:
    from telltale.effects.sizes import from_to

    e, bias, unit = case.e_value, case.bias, case.effect.unit
    rows = [
        (
            "E-value",
            f"{e.point:.2f} ({e.interval:.2f})",
            "times likelier it would have to make both getting it and the outcome (until unsure)",
        ),
        (
            "tipping point",
            f"{100 * bias.zero_at:.2g} % ({100 * bias.unsure_at:.2g} %)",
            "of what covariates leave of both it would have to explain (until unsure)",
        ),
    ]
    if bias.known:
        known = bias.known[0]
        rows.append(
            (
                "strongest known",
                f"{100 * known.of_treatment:.2g} %, {100 * known.of_outcome:.2g} %",
                f"of who got it and of the outcome is what '{known.name}' explains: hidden, one like it would"
                f" put the effect at {from_to(known.low, known.high, size)}",
            )
        )
    if case.bounds is not None:
        odds = case.bounds.odds
        value = "none" if odds != odds else f"{odds:.2f}"
        says = (
            f"times the odds by which matched {unit}s may differ until unsure, of {case.bounds.pairs:,} pairs"
        )
        rows.append(("Rosenbaum's bound", value, says))
    return rows


def _compared(case: StrategyCase) -> list[tuple[str, str, str]]:
    balance, overlap = case.balance, case.overlap
    rows = []
    if balance.names:
        before = balance.before
        rows.append(
            (
                "largest difference of both arms, SD",
                f"{max(abs(float(x)) for x in before):.2f}",
                f"{balance.worst:.2f}",
            )
        )
        over = [sum(abs(float(x)) > 0.1 for x in side) for side in (before, balance.after)]
        rows.append((f"covariates over 0.1 SD, of {len(balance.names)}", f"{over[0]}", f"{over[1]}"))
    arms = int(overlap.treated.sum()), int(overlap.control.sum())
    rows += [
        ("got it, and what they are worth weighted", f"{arms[0]:,}", f"{overlap.size_treated:,.0f}"),
        ("did not, and what they are worth weighted", f"{arms[1]:,}", f"{overlap.size_control:,.0f}"),
        ("without a like in the other arm", f"{100 * overlap.outside:.1f} %", ""),
    ]
    return rows


def _print_who(who: WhoGains, kind: OutcomeKind) -> None:
    from telltale.effects.sizes import scale_of, unit_words

    scale = scale_of(kind)
    unit = "" if scale == 1 else f", in {unit_words(kind)}"
    word = "no more apart than chance would have it"
    if who.groups_differ:
        word = "they differ by more than chance"
    elif who.differs:
        word = "by single covariates they differ by more than chance"
    head = ("expected to gain", "units", "gained", "interval")
    rows = [_row(one, scale) for one in (*who.groups, who.apart)]
    console.print_table(f"\nWho gained{unit}: {word}", head, rows)
    sides = [
        (
            f"{half.name} above {half.cut:.3g}",
            *_row(half.upper, scale)[1:3],
            *_row(half.lower, scale)[1:3],
            _between(half.apart, scale),
        )
        for half in who.halves[:_SHOWN]
    ]
    if sides:
        head_halves = ("half", "units", "gained", "others", "gained", "apart, for all looked at")
        console.print_table("", head_halves, sides)


def _row(one: GroupEffect, scale: float) -> tuple[str, str, str, str]:
    return one.name, f"{one.units:,}", f"{scale * one.value:.3g}", _between(one, scale)


def _between(one: GroupEffect, scale: float) -> str:
    return f"{scale * one.low:.3g} to {scale * one.high:.3g}"

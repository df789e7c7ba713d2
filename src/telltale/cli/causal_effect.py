"""`telltale causal effect`: what a strategy did, how sure that is, and what would make it wrong."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from telltale.cli import console
from telltale.cli.causal_panel import AsJson, Folder, Seed, read_panel

if TYPE_CHECKING:
    from telltale.causal.refutation import Finding


def effect(
    folder: Folder,
    strategy: Annotated[str, typer.Option(help="A strategy of the study's exposures.")],
    outcome: Annotated[str, typer.Option(help="A factor, such as desire, add_to_cart or purchase.")],
    within_s: Annotated[
        float | None, typer.Option("--within", help="Seconds after it that count; to the end when not given.")
    ] = None,
    method: Annotated[str, typer.Option(help="ipw, dr, matching, or one of EconML's.")] = "dr",
    estimand: Annotated[Literal["ATE", "ATT", "ATO"], typer.Option(help="Over whom it is averaged.")] = "ATE",
    cluster: Annotated[
        Literal["person", "room"], typer.Option(help="room where viewers of one room move each other.")
    ] = "person",
    covariate: Annotated[
        list[str] | None, typer.Option(help="Adjust for this factor; may be repeated. All when not given.")
    ] = None,
    draws: Annotated[int, typer.Option(min=5, help="Draws of each check.")] = 20,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Say what a strategy did, with every check that could sink the claim."""
    from telltale.causal.refutation import Finding
    from telltale.causal.refute import refute
    from telltale.causal.registry_effects import make_estimator
    from telltale.causal.strategy_design import strategy_design
    from telltale.causal.words import answer, how_sure, what_would_make_it_wrong
    from telltale.study.store import Study

    estimator = make_estimator(method, estimand=estimand, seed=seed)
    asked = strategy_design(
        Study.open(folder),
        read_panel(folder, 5.0),
        strategy,
        outcome,
        covariates=covariate,
        within_s=within_s,
        cluster=cluster,
    )
    found = estimator.fit(asked.design).effect()
    checks = refute(
        estimator,
        asked.design,
        found,
        earlier_outcome=asked.earlier,
        groups=asked.room,
        draws=draws,
        seed=seed,
        progress=console.progress,
    )
    finding = Finding(found, checks)
    sentences = (
        answer(found, asked.design),
        how_sure(found, asked.design),
        what_would_make_it_wrong(finding, asked.design),
    )
    if as_json:
        console.print_json(_facts(finding, sentences))
        return
    for sentence in sentences:
        console.out.print(console.escape(sentence), soft_wrap=True)
    rows = [(check.name, check.verdict, f"{check.did} {check.found}") for check in finding.checks]
    console.print_table(
        "\nWhat could have sunk it", ("check", "verdict", "what was done and found"), rows, left=3
    )
    console.out.print(f"\n{console.escape(str(found))}", soft_wrap=True)


def _facts(finding: Finding, sentences: tuple[str, ...]) -> dict[str, Any]:
    return {
        "sentences": list(sentences),
        "stands": finding.stands,
        "effect": _told(asdict(finding.effect)),
        "checks": [_told(asdict(check)) for check in finding.checks],
    }


def _told(facts: dict[str, Any]) -> dict[str, Any]:
    """JSON has no number that is none."""
    return {
        key: None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in facts.items()
    }

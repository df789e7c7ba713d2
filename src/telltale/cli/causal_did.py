"""`telltale causal did`: what changed in those who got a strategy, less what changed in others like them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from telltale.cli import console
from telltale.cli.causal_facts import did_facts_of
from telltale.cli.causal_panel import AsJson, Folder, Seed, read_panel
from telltale.cli.causal_report import Report, refuse_report, write_report
from telltale.cli.causal_strategy import Strategy, Together, print_checks, tell
from telltale.cli.options import made

if TYPE_CHECKING:
    from telltale.effects.contract import Effect
    from telltale.effects.did_case import DidCase

_GRID_S = 5.0
_UNBALANCED = 5
"""Covariates of a table that has more than a person would read."""


def did(
    folder: Folder,
    strategy: Strategy,
    outcome: Annotated[str, typer.Option(help="A factor, such as desire or add_to_cart.")],
    every_s: Annotated[float, typer.Option("--every", help="Seconds of a period.")] = _GRID_S,
    before_s: Annotated[float, typer.Option("--before", help="Seconds to look at before it.")] = 60.0,
    after_s: Annotated[float, typer.Option("--after", help="Seconds to look at from it on.")] = 60.0,
    covariate: Annotated[
        list[str] | None,
        typer.Option(
            help="Match on this factor; may be repeated. When not given on all, or, where sessions are too"
            " few for all, on those that go along most with who got it or with the outcome."
        ),
    ] = None,
    history: Annotated[
        list[str] | None,
        typer.Option(help="Match on the outcome before it too: last, level or trend; may be repeated."),
    ] = None,
    cluster: Together = "auto",
    by_start: Annotated[
        bool, typer.Option("--staggered", help="Compare starts with each other, where they differ.")
    ] = False,
    seed: Seed = 0,
    report: Report = None,
    as_json: AsJson = False,
) -> None:
    """Say what changed after a strategy, against others like those who got it."""
    from telltale.effects.did import DidSettings
    from telltale.effects.did_case import did_case
    from telltale.effects.exposed import read_exposed
    from telltale.effects.strategy_did import strategy_did, whole_periods
    from telltale.factors.names import check_names
    from telltale.report.causal_did import write_did_page
    from telltale.study.store import Study

    refuse_report(report)
    # All that can be refused is refused before the study's factors are read.
    whole_periods(_GRID_S, every_s, before_s, after_s)
    settings = made(DidSettings, history=tuple(history) if history else None, seed=seed)
    study = Study.open(folder)
    read_exposed(study, strategy)
    check_names(study, [outcome, *(covariate or [])])
    asked = strategy_did(
        study,
        read_panel(folder, _GRID_S),
        strategy,
        outcome,
        every_s=every_s,
        before_s=before_s,
        after_s=after_s,
        covariates=covariate,
        cluster=cluster,
    )
    case = did_case(asked, settings, by_start=by_start)
    write_report(report, folder, write_did_page, case)
    if as_json:
        console.print_json(did_facts_of(case))
    else:
        _print(case)


def _print(case: DidCase) -> None:
    from telltale.effects.sizes import scale_of, told_words, unit_words
    from telltale.report.causal_sections import sentence

    scale, unit = scale_of(case.told), "" if scale_of(case.told) == 1 else f", {unit_words(case.told)}"
    tell(case.sentences, case.warnings)
    print_checks("What could have sunk it", case.finding.checks)
    study = case.did.study
    rows = [
        (
            f"{seconds:+.0f} s",
            f"{scale * treated:.3g}",
            f"{scale * control:.3g}",
            *_apart(value, low, high, scale),
        )
        for seconds, treated, control, value, low, high in zip(
            case.seconds, case.treated, case.control, study.value, study.low, study.high, strict=True
        )
    ]
    titles = ("from the moment", "got it", "others like them", "apart", "interval")
    console.print_table(f"\nPeriod by period{_told(case)}", titles, rows)
    ways: list[Effect | None] = [case.effect, case.did.beside, case.did.plain]
    if case.staggered is not None:
        ways += [case.staggered.effect, case.did2s]
    told = [_row(one, scale) for one in ways if one is not None]
    head = ("method", f"effect{unit}", "interval", "got it", "did not")
    console.print_table("\nOther ways to ask", head, told)
    if case.staggered is not None:
        _print_by_start(case, scale, unit)
    if case.starts_note:
        console.out.print(f"\n{console.escape(sentence(case.starts_note))}", soft_wrap=True)
    _print_balance(case)
    line = case.effect.line(partial(told_words, told=case.told))
    console.out.print(f"\n{console.escape(line)}", soft_wrap=True)


def _told(case: DidCase) -> str:
    """The unit of arms and of how far they are apart, where it is not the outcome's own."""
    if case.told == "events":
        seconds = case.asked.after * case.asked.panel.step
        return f", how often it came per 100 viewers, scaled to {seconds:g} s"
    return ", both arms in %, apart in percentage points" if case.told == "binary" else ""


def _row(one: Effect, scale: float) -> tuple[str, ...]:
    between = f"{scale * one.low:+.3g} to {scale * one.high:+.3g}"
    return one.method, f"{scale * one.value:+.3g}", between, f"{one.treated:,}", f"{one.control:,}"


def _apart(value: float, low: float, high: float, scale: float) -> tuple[str, str]:
    """How far both arms are apart, and the interval of it."""
    between = "reference" if low != low else f"{scale * low:+.3g} to {scale * high:+.3g}"
    return f"{scale * value:+.3g}", between


def _print_by_start(case: DidCase, scale: float, unit: str) -> None:
    assert case.staggered is not None
    study, theirs, step = case.staggered.study, case.sun_abraham, case.asked.panel.step
    beside = {} if theirs is None else dict(zip(theirs.relative.tolist(), theirs.value.tolist(), strict=True))
    rows = [
        (
            f"{k * step:+.0f} s",
            *_apart(value, low, high, scale),
            f"{scale * beside[k]:+.3g}" if k in beside else "",
        )
        for k, value, low, high in zip(
            *(column.tolist() for column in (study.relative, study.value, study.low, study.high)), strict=True
        )
    ]
    head = ("from the start", f"apart{unit}", "interval", "Sun and Abraham")
    console.print_table("\nEach start with who was not reached", head, rows)


def _print_balance(case: DidCase) -> None:
    from telltale.effects.did_balance import balance_line

    balance = case.did.balance
    worst = sorted(range(len(balance.names)), key=lambda k: -abs(float(balance.before[k])))[:_UNBALANCED]
    alone = dict(zip(case.did.alone.names, case.did.alone.after.tolist(), strict=True))
    rows = []
    for k in worst:
        name, before, after = balance.names[k], float(balance.before[k]), float(balance.after[k])
        rows.append((name, _sd(before), _sd(alone[name]) if name in alone else "not matched on", _sd(after)))
    last = "and the rest regressed away" if case.did.adjusted else "in the end"
    head = ("covariate", "before", "matched", last)
    console.print_table("\nDifference of both arms, SD", head, rows)
    console.out.print(console.escape(balance_line(case.did)), soft_wrap=True)


def _sd(value: float) -> str:
    """A difference in standard deviations, without the sign of a nought."""
    return f"{round(value, 2) + 0.0:+.2f}"

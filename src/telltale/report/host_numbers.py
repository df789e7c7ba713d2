"""Every answer with its numbers: a table for the page, and a CSV of all counts to go on with."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterable
from typing import Final

from telltale.host.driver import Answer
from telltale.host.driver_words import of_the_time, verdict_words
from telltale.host.estimate import Estimate
from telltale.host.report_case import HostCase
from telltale.host.rungs import RUNGS
from telltale.report.host_forest import named
from telltale.report.html_parts import Cell, table

_CHECKS: Final = ("later", "around", "shifted", "nearby")


def numbers_section(case: HostCase) -> Iterable[str]:
    """Correlation, change and p of every expression, folded away."""
    head = ("expression", "of the time", "s before", "r", "at first sight", "after all", "p", "q", "")
    rows = [
        (
            named(case, one.name),
            of_the_time(one),
            f"{one.lag_s:g}",
            _cell(one.correlation, _plain),
            _cell(one.steps[0].estimate, change_words),
            _cell(one.last.estimate, change_words),
            _p(one.last.p),
            _p(one.last.q),
            verdict_words(one),
        )
        for one in sorted(case.answers, key=lambda one: one.last.p if math.isfinite(one.last.p) else 2.0)
    ]
    yield (
        "<details><summary>All numbers</summary>"
        "<p>Changes are for one standard deviation more of the share of the time, with 95 % intervals."
        " <em>s before</em> says how many seconds before the count the face was: 0 is at once, within its own"
        " minute. r is the plain correlation with the count by minute, from -1 to 1: 0 is nothing in common."
        " p says how often chance alone would bring as much for this one expression; q is p once all such"
        " questions are counted: what has a q of .05 or less is told. <code>answers.csv</code> beside this"
        " page holds every count, every rung and every check.</p>"
        f"{table(head, rows)}</details>"
    )


def answers_csv(case: HostCase) -> str:
    """One row an expression and count; ratios are for one standard deviation of the share."""
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    estimate = ("", "_low", "_high", "_p")
    rungs = [f"{rung}_{part}" for rung in RUNGS for part in ("ratio", "low", "high", "p", "q")]
    out.writerow(
        [
            *("outcome", "expression", "lag_s", "evidence", "verdict", "reasons", "gone_at"),
            *("points", "mean_share", "sd_share"),
            *(f"r{part}" for part in estimate),
            *rungs,
            *(f"negbin_ratio{part}" for part in estimate),
            *(f"ols_change{part}" for part in estimate),
            *(f"check_{name}_p" for name in _CHECKS),
            *("check_permutation_p", "check_hosts_p"),
        ]
    )
    for one in case.drivers.answers:
        out.writerow(_row(case, one))
    return text.getvalue()


def _row(case: HostCase, one: Answer) -> list[str]:
    steps = [
        part for step in one.steps for part in (*_ratio(step.estimate)[:3], _told(step.p), _told(step.q))
    ]
    checks = one.checks
    nothing = Estimate(*(math.nan,) * 4)
    beside = [] if checks is None else [_told(getattr(checks, name).p) for name in _CHECKS]
    last = [] if checks is None else [_told(checks.permutation_p), _told(checks.wild_p)]
    ols = one.ols
    return [
        one.outcome,
        one.name,
        f"{one.lag_s:g}",
        case.evidence_of(one.name),
        one.verdict,
        " ".join(one.reasons),
        one.gone_at or "",
        str(case.drivers.points[one.outcome]),
        _told(one.mean),
        _told(one.sd),
        *map(_told, (one.correlation.value, one.correlation.low, one.correlation.high, one.correlation.p)),
        *steps,
        *_ratio(one.negbin or nothing),
        *map(_told, (ols.value, ols.low, ols.high, ols.p)),
        *(beside or [""] * len(_CHECKS)),
        *(last or ["", ""]),
    ]


def _ratio(of: Estimate) -> list[str]:
    """
    >>> _ratio(Estimate(0.0, -0.1, 0.1, 1.0))
    ['1', '0.904837', '1.10517', '1']
    """
    return [*(_told(math.exp(end)) for end in (of.value, of.low, of.high)), _told(of.p)]


def _told(value: float) -> str:
    """Six digits, and nothing where nothing is known."""
    return f"{value:.6g}" if math.isfinite(value) else ""


def _cell(of: Estimate, say: Callable[[float], str]) -> Cell | str:
    if not math.isfinite(of.value):
        return "-"
    return Cell(say(of.value), f"{say(of.low)} to {say(of.high)}" if math.isfinite(of.low) else "")


def _plain(value: float) -> str:
    return f"{value:.2f}"


def change_words(value: float) -> str:
    """A log ratio as a change; nothing has no sign.

    >>> change_words(0.14), change_words(-0.001), change_words(float("nan"))
    ('+15 %', '0 %', '-')
    """
    if not math.isfinite(value):
        return "-"
    change = round(100 * math.expm1(value))
    return f"{change:+d} %" if change else "0 %"


def _p(value: float) -> str:
    """
    >>> _p(0.0312), _p(0.00004), _p(float("nan"))
    ('0.031', '< 0.001', '-')
    """
    if not math.isfinite(value):
        return "-"
    return "< 0.001" if value < 0.001 else f"{value:.2g}"

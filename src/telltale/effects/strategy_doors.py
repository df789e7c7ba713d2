"""What of a question to a study's panel is refused, and why: one line, before anything is estimated."""

from __future__ import annotations

import numpy as np

from telltale.core.errors import ConfigError, FormatError
from telltale.effects.design_faults import LEAST_ARM, LEAST_ROWS
from telltale.effects.strategy_rows import Question, Rows
from telltale.effects.variance import Bools
from telltale.factors.panel import FactorPanel, there_are, told


def refuse_question(panel: FactorPanel, outcome: str, within_s: float | None) -> None:
    """An outcome that is none, or a time in which nothing can be seen."""
    able = [factor.name for factor in panel.factors if factor.source != "exposures"]
    if outcome not in panel.names:
        raise ConfigError(f"no outcome {told([outcome], able)}", hint=there_are(able, [outcome]))
    if panel.factor(outcome).source == "exposures":
        raise ConfigError(f"'{outcome}' is a strategy, no outcome", hint="ask for what follows from it")
    if within_s == np.inf:
        raise ConfigError("within inf s is no time", hint="leave it out: then all that follows counts")
    if within_s is not None and not within_s >= panel.grid_s:
        raise ConfigError(f"within {within_s:g} s no step ends", hint=f"take {panel.grid_s:g} s or more")


def left_out(treated: Bools, there: Bools, whole: Bools) -> list[str]:
    """How many sessions cannot be used: the outcome of `there` was seen, of `whole` all covariates too."""
    return [
        f"{int(lost.sum()):,} sessions left out{by_arm(treated, lost)}: {why}"
        for lost, why in (
            (~there, "they ended or began too near"),
            (there & ~whole, "a covariate was not seen"),
        )
        if lost.any()
    ]


def by_arm(treated: Bools, lost: Bools) -> str:
    """How many of each arm, in brackets.

    >>> by_arm(np.array([True, True, False]), np.array([True, False, False]))
    ' (1 who got it, 0 who did not)'
    """
    return f" ({int((lost & treated).sum()):,} who got it, {int((lost & ~treated).sum()):,} who did not)"


def why_left_out(there: Bools, whole: Bools, asked: Question) -> str:
    """Why sessions cannot be used, in words."""
    event = asked.came is not None
    short = "they began too near the moment, or had ended by it" if event else (
        f"they ended or began too near the moment, or showed no {asked.outcome} after it"
    )  # fmt: skip
    return ", or ".join(
        [short] * bool((~there).any()) + ["a covariate was not seen"] * bool((there & ~whole).any())
    )


def refuse_arms(rows: Rows, whole: Bools, asked: Question) -> None:
    """One line where what was left out leaves too few: that nobody got it would be the wrong reason."""
    got, n, lost = int(rows.treated[whole].sum()), int(whole.sum()), int((~whole).sum())
    if not lost or (n >= LEAST_ROWS and min(got, n - got) >= LEAST_ARM):
        return
    there = np.isfinite(rows.y)
    short, gaps = int((~there).sum()), int((there & ~whole).sum())
    why = [f"{short:,} ended or began too near the moment, or showed no {asked.outcome} after it"] * (
        short > 0
    )
    why += [f"of {gaps:,} a covariate was not seen"] * (gaps > 0)
    raise FormatError(
        f"of {len(whole):,} sessions that were assigned to '{asked.exposed.strategy}' {got:,} who got it and"
        f" {n - got:,} who did not can be used: {', '.join(why)}",
        hint=f"a session wants {asked.panel.grid_s:g} s or more on both sides of the moment; of each arm"
        f" {LEAST_ARM} or more, and {LEAST_ROWS} in all",
    )

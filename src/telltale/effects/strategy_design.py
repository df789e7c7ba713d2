"""From a study to a design: who got a strategy, what came after, and all that was known before.

    exposures (who was assigned, when, to which arm, by which chance)
    panel before the moment > covariates, and the outcome before (a placebo)
    panel after it          > the outcome
    panel before it alone   > the same question of a moment that was pretended earlier (another placebo)

One row a session that was assigned, to either arm, or a room where whole rooms were. A factor's outcome is
its mean after the moment, that of an event is whether it came. Nothing from after the moment is a covariate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from telltale.core.errors import ConfigError, FormatError
from telltale.effects.design import Design, Unit
from telltale.effects.design_faults import LEAST_ARM, LEAST_ROWS, in_one_line
from telltale.effects.exposed import read_exposed
from telltale.effects.strategy_columns import independent, telling, told_by, varying
from telltale.effects.strategy_rows import Cluster, Question, Rows, ask
from telltale.effects.variance import Bools, Floats, Ints
from telltale.factors.panel import FactorPanel, told
from telltale.study.store import Study

_SEEN: Final = 0.95
"""A covariate that nobody named and that fewer units have is not worth the units that it costs."""
_HALF: Final = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class StrategyDesign:
    """A design of N units and what its checks need."""

    design: Design
    earlier: Floats | None
    """Shape (N,): the outcome before the moment; None where nothing was before."""
    room: Ints
    """Shape (N,): whose broadcast each session watched."""
    units: tuple[str, ...]
    """Ids of the N sessions or rooms."""
    pretended: Design | None
    """The same question of a moment that many seconds earlier, told from before the real one alone."""
    pretended_of: Ints
    """Shape (k,): which of the N units its rows are."""
    pretended_s: float
    offered: int = 0
    """Covariates that there were to adjust for."""
    unlogged: int = 0
    """Units without a logged chance, where others have one; all of them before any part was taken."""

    def part(self, kept: Bools, *facts: str) -> StrategyDesign:
        """Some of the units, as a mask of shape (N,), and what to say of them."""
        stay = kept[self.pretended_of]
        place = np.cumsum(kept) - 1
        return replace(
            self,
            design=self.design.part(kept, *facts),
            earlier=None if self.earlier is None else self.earlier[kept],
            room=self.room[kept],
            units=tuple(unit for unit, stays in zip(self.units, kept.tolist(), strict=True) if stays),
            pretended=_possible(self.pretended, stay),
            pretended_of=place[self.pretended_of[stay]],
        )


def strategy_design(
    study: Study,
    panel: FactorPanel,
    strategy: str,
    outcome: str,
    *,
    covariates: Sequence[str] | None = None,
    within_s: float | None = None,
    cluster: Cluster = "person",
    per: Unit = "viewer",
) -> StrategyDesign:
    """The design of one question.

    Parameters
    ----------
    panel
        The study's factors, as `factor_panel` gives them.
    outcome
        A factor. Of a binary or counted one (a cart, a like): whether it came after the moment.
    covariates
        Factors whose means before the moment are adjusted for. When not given, all but the strategies; where
        that is more than one for ten units of the smaller arm, those that go along most with treatment or
        outcome.
    within_s
        How long after the moment the outcome counts; to the session's end when not given.
    cluster
        Sessions of one person are never independent; those of one room are not where viewers move each other.
    per
        "room" makes one row a room, with the means of its sessions; all of them must be of one arm.
    """
    exposed = read_exposed(study, strategy, per=per)
    _refuse(panel, outcome, within_s)
    names = _covariates(panel, covariates, outcome)
    asked = ask(panel, exposed, outcome, names, cluster)
    until = np.full(len(asked.place), np.inf) if within_s is None else asked.exposed.time_s + within_s
    rows = asked.rows(asked.exposed.time_s, until)
    unseen, facts = _unseen(rows, names, covariates)
    rows = replace(rows, table=np.delete(rows.table, unseen, axis=1))
    names = tuple(np.delete(np.array(names, dtype=object), unseen).tolist())
    there = np.isfinite(rows.y)
    whole = there & np.isfinite(rows.table).all(axis=1)
    facts += _left_out(there, whole)
    _refuse_arms(rows, whole, asked)
    rows = rows.take(whole)
    if per == "room":
        facts.append(f"means of {len(rows.y):,} sessions in {len(np.unique(rows.room)):,} rooms")
        rows = rows.by_room(panel.room_ids)
    first = names.index(outcome) if outcome in names else -1
    wanted, offered, more = _wanted(rows, names, first, covariates, per)
    if covariates is not None:
        offered = sum(factor.source != "exposures" for factor in panel.factors)
    design = _design(rows, wanted, names, asked, within_s, per, (*facts, *more))
    shift = _shift(panel, asked.exposed.time_s[whole], within_s)
    pretended, of = _pretend(asked, rows, design, shift, per)
    known = bool(np.isfinite(rows.before).all() and np.ptp(rows.before) > 0)
    missing = int((~np.isfinite(rows.chance)).sum())
    return StrategyDesign(
        design, rows.before if known else None, rows.room, rows.unit, pretended, of, shift,
        offered=offered, unlogged=missing if missing < len(rows.chance) else 0,
    )  # fmt: skip


def _refuse(panel: FactorPanel, outcome: str, within_s: float | None) -> None:
    if outcome not in panel.names:
        raise ConfigError(
            f"no outcome {told([outcome], panel.names)}", hint=f"there are {', '.join(panel.names)}"
        )
    if panel.factor(outcome).source == "exposures":
        raise ConfigError(f"'{outcome}' is a strategy, no outcome", hint="ask for what follows from it")
    if within_s == np.inf:
        raise ConfigError("within inf s is no time", hint="leave it out: then all that follows counts")
    if within_s is not None and not within_s >= panel.grid_s:
        raise ConfigError(f"within {within_s:g} s no step ends", hint=f"take {panel.grid_s:g} s or more")


def _covariates(panel: FactorPanel, given: Sequence[str] | None, outcome: str) -> tuple[str, ...]:
    if given is None:
        return tuple(f.name for f in panel.factors if f.source != "exposures")
    known = [factor.name for factor in panel.factors if factor.source != "exposures"]
    unknown = [name for name in given if name not in panel.names]
    faults = [(f"no covariate {told(unknown, known)}", f"there are {', '.join(known)}")] * bool(unknown)
    own = [name for name in given if name in panel.names and name not in known]
    faults += [
        (f"'{name}' is a strategy, no covariate", "leave it out, or ask for what it did itself")
        for name in dict.fromkeys(own)
    ]
    if faults:
        message, hint = in_one_line(faults)
        raise ConfigError(message, hint=hint)
    return tuple(dict.fromkeys([*given, outcome]))


def _unseen(rows: Rows, names: tuple[str, ...], given: Sequence[str] | None) -> tuple[list[int], list[str]]:
    """Covariates that too many units lack, and what to say of them; one that was named is refused instead."""
    there = np.isfinite(rows.y)
    if not there.any():
        return [], []
    share = np.isfinite(rows.table[there]).mean(axis=0)
    if given is None:
        lost = np.flatnonzero(share < _SEEN).tolist()
        told = ", ".join(names[k] for k in lost)
        return lost, [f"not adjusted for, as unseen before too many moments: {told}"] if lost else []
    bad = np.flatnonzero(share < _HALF).tolist()
    if bad:
        told = ", ".join(f"'{names[k]}' {100 * (1 - share[k]):.0f} %" for k in bad)
        raise FormatError(f"values missing before the moment: {told}", hint="name other covariates")
    return [], []


def _left_out(there: Bools, whole: Bools) -> list[str]:
    short, gaps = int((~there).sum()), int((there & ~whole).sum())
    out = [f"{short:,} sessions left out: they ended or began too near"] if short else []
    return [*out, *([f"{gaps:,} sessions left out: a covariate was not seen"] if gaps else [])]


def _refuse_arms(rows: Rows, whole: Bools, asked: Question) -> None:
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


def _wanted(
    rows: Rows, names: tuple[str, ...], first: int, given: Sequence[str] | None, per: Unit
) -> tuple[list[int], int, list[str]]:
    """Columns to adjust for, of how many, and what to say of the others; named ones that cannot be used are
    refused."""
    kept, dropped = independent(rows.table, first)
    facts = []
    if dropped:
        facts.append(f"not adjusted for, as others nearly tell them: {', '.join(names[k] for k in dropped)}")
    if given is None:
        wanted = telling(rows.table, kept, rows.treated, rows.y, first)
        if len(wanted) < len(kept):
            facts.append(
                f"adjusted for {len(wanted)} of {len(kept)} covariates, for there are {len(rows.y)}"
                f" {'rooms' if per == 'room' else 'sessions'}"
            )
        return wanted, len(kept), facts
    wrong = [
        (f"covariates that {what}: {', '.join(repr(names[k]) for k in bad)}", "leave them out")
        for what, bad in (
            ("never change", [k for k in np.flatnonzero(~varying(rows.table)).tolist() if k != first]),
            ("follow from the others", [k for k in dropped if told_by(rows.table, k, kept)]),
        )
        if bad
    ]
    if wrong and len(rows.y):
        message, hint = in_one_line(wrong)
        raise FormatError(message, hint=hint)
    few = sorted({*range(len(names))} - {*kept, *dropped, first})
    if few:
        facts.append(f"not adjusted for, as few differ: {', '.join(names[k] for k in few)}")
    return kept, len(kept), facts


def _design(
    rows: Rows, wanted: list[int], names: tuple[str, ...], asked: Question, within_s: float | None,
    per: Unit, facts: tuple[str, ...],
) -> Design:  # fmt: skip
    logged = np.isfinite(rows.chance)
    some = logged.any() and not logged.all()
    told = (
        (f"chances were logged for {int(logged.sum()):,} of {len(logged):,} only: not used",) if some else ()
    )
    event = asked.panel.factor(asked.outcome).kind != "continuous"
    return Design(
        treated=rows.treated,
        outcome=rows.y,
        covariates=rows.table[:, wanted],
        names=tuple(names[k] for k in wanted),
        cluster=np.unique(rows.owner, return_inverse=True)[1],
        propensity=rows.chance if logged.all() else None,
        unit=per,
        treatment_name=asked.exposed.strategy,
        outcome_name=_named(asked.outcome, within_s),
        outcome_kind="binary" if event and per == "viewer" else "continuous",
        facts=(*facts, *told),
    )


def _shift(panel: FactorPanel, moment: Floats, within_s: float | None) -> float:
    """Seconds by which a moment is pretended earlier: those that count, at most half of all before."""
    if not len(moment):
        return 0.0
    half = panel.grid_s * (np.median(moment) / 2 // panel.grid_s)
    return float(half if within_s is None else min(half, panel.grid_s * (within_s // panel.grid_s)))


def _pretend(
    asked: Question, real: Rows, design: Design, shift: float, per: Unit
) -> tuple[Design | None, Ints]:
    """The design of a moment that many seconds earlier, and the places of its rows among the real ones."""
    none = None, np.empty(0, dtype=np.int64)
    if shift <= 0:
        return none
    moment = asked.exposed.time_s
    question = replace(asked, names=design.names)
    rows = question.rows(moment - shift, moment)
    rows = rows.take(np.isfinite(rows.y) & np.isfinite(rows.table).all(axis=1))
    if per == "room" and len(rows.y):
        rows = rows.by_room(asked.panel.room_ids)
    place = {unit: k for k, unit in enumerate(real.unit)}
    rows = rows.take(np.array([unit in place for unit in rows.unit], dtype=bool))
    first = design.names.index(asked.outcome) if asked.outcome in design.names else -1
    kept = independent(rows.table, first)[0]
    facts = (f"the moment was pretended {shift:g} s earlier",)
    try:
        found = _design(rows, kept, design.names, question, None, per, facts)
    except FormatError:
        return none
    return found, np.array([place[unit] for unit in rows.unit], dtype=np.int64)


def _possible(design: Design | None, rows: Bools) -> Design | None:
    """Some rows of a design, or nothing where they make none."""
    try:
        return None if design is None else design.part(rows)
    except FormatError:
        return None


def _named(outcome: str, within_s: float | None) -> str:
    when = "after it" if within_s is None else f"within {within_s:g} s"
    return f"{outcome} {when}"

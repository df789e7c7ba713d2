"""From a study to a design: who got a strategy, what came after, and all that was known before.

    exposures (who was assigned, when, to which arm, by which chance)
    panel before the moment > covariates, and the outcome before (a placebo)
    panel after it          > the outcome
    panel before it alone   > the same question of a moment that was pretended earlier (another placebo)

One row a session that was assigned, to either arm, or a room where whole rooms were. A factor's outcome is
its mean after the moment in whole steps, that of an event is whether it came, by its own time: who left
without it did not do it. Nothing from after the moment is a covariate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from telltale.core.errors import FormatError
from telltale.effects.attrition import Attrition
from telltale.effects.design import Design, Unit
from telltale.effects.drawn import Drawn, counted
from telltale.effects.exposed import read_exposed
from telltale.effects.strategy_columns import independent
from telltale.effects.strategy_covariates import covariates_of, unseen_of, wanted_of
from telltale.effects.strategy_doors import left_out, refuse_arms, refuse_question, why_left_out
from telltale.effects.strategy_events import came_of
from telltale.effects.strategy_rows import Question, Rows, ask
from telltale.effects.variance import Bools, Floats, Ints
from telltale.effects.whole_rooms import Cluster, drawn_by, lots_of
from telltale.factors.panel import FactorPanel
from telltale.study.store import Study


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
    unlogged: str = ""
    """That some units have no logged chance where others do, in words; before any part was taken."""
    left: Attrition | None = None
    """Who was assigned and is not among the units; None where nobody was left out."""

    def left_with(self, whole: Bools, why: str) -> Attrition | None:
        """Who is not among the units, with those of the N that `whole` (N,) does not hold."""
        if whole.all():
            return self.left
        treated, cluster = self.design.treated, self.design.cluster
        before = self.left or Attrition(treated, np.zeros(len(whole), dtype=bool), cluster, "")
        lost = before.lost.copy()
        lost[~before.lost] = ~whole
        return replace(before, lost=lost, why=", or ".join([*([before.why] if before.why else []), why]))

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
    cluster: Cluster = "auto",
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
        Sessions of one person are never independent; those of one room are not where viewers move each other,
        or where whole rooms were assigned: "auto" finds the latter in who got it (`whole_rooms.py`).
    per
        "room" makes one row a room, with the means of its sessions; all of them must be of one arm.
    """
    exposed = read_exposed(study, strategy, per=per)
    refuse_question(panel, outcome, within_s)
    drawn = Drawn("room") if per == "room" else drawn_by(exposed, cluster)
    names = covariates_of(panel, covariates, outcome)
    came = came_of(study, panel, outcome)
    asked = ask(panel, exposed, outcome, names, by_room=drawn.by == "room", came=came)
    until = np.full(len(asked.place), np.inf) if within_s is None else asked.exposed.time_s + within_s
    rows = asked.rows(asked.exposed.time_s, until)
    unseen, facts = unseen_of(rows, names, covariates)
    rows = replace(rows, table=np.delete(rows.table, unseen, axis=1))
    names = tuple(np.delete(np.array(names, dtype=object), unseen).tolist())
    there = np.isfinite(rows.y)
    whole = there & np.isfinite(rows.table).all(axis=1)
    facts += left_out(rows.treated, there, whole)
    refuse_arms(rows, whole, asked)
    left = Attrition(rows.treated, ~whole, rows.owner, why_left_out(there, whole, asked))
    rows = rows.take(whole)
    if per == "room":
        facts.append(f"means of {len(rows.y):,} sessions in {len(np.unique(rows.room)):,} rooms")
        rows = rows.by_room(panel.room_ids)
    first = names.index(outcome) if outcome in names else -1
    wanted, offered, more = wanted_of(rows, names, first, covariates, per)
    if covariates is not None:
        offered = sum(factor.source != "exposures" for factor in panel.factors)
    facts += _in_several_rooms(panel, rows, drawn, per)
    design = _design(rows, wanted, names, asked, within_s, per, drawn, (*facts, *more))
    shift = _shift(panel, asked.exposed.time_s[whole], within_s)
    pretended, of = _pretend(asked, rows, design, shift, per)
    known = bool(np.isfinite(rows.before).all() and np.ptp(rows.before) > 0)
    return StrategyDesign(
        design, rows.before if known else None, rows.room, rows.unit, pretended, of, shift,
        offered=offered, unlogged=_unlogged(rows.chance, per), left=None if whole.all() else left,
    )  # fmt: skip


def _design(
    rows: Rows, wanted: list[int], names: tuple[str, ...], asked: Question, within_s: float | None,
    per: Unit, drawn: Drawn, facts: tuple[str, ...],
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
        drawn=drawn,
        lot=_lots(asked, rows, drawn) if per == "viewer" else None,
    )


def _lots(asked: Question, rows: Rows, drawn: Drawn) -> Ints:
    """Of each row, told from all that were assigned: also from those who are no row."""
    codes, first = np.unique(asked.panel.session, return_index=True)
    person = asked.panel.person[first[np.searchsorted(codes, asked.place)]]
    lot = dict(zip(asked.exposed.session, lots_of(asked.exposed, drawn, person).tolist(), strict=True))
    return np.array([lot[unit] for unit in rows.unit], dtype=np.int64)


def _unlogged(chance: Floats, per: Unit) -> str:
    """How many chances are missing, where some were logged."""
    missing = int((~np.isfinite(chance)).sum())
    if missing in (0, len(chance)):
        return ""
    return f"chances are missing for {missing:,} of {counted(len(chance), per)}"


def _in_several_rooms(panel: FactorPanel, rows: Rows, drawn: Drawn, per: Unit) -> list[str]:
    """Who ties rooms together that count as independent."""
    if drawn.by != "room" or per == "room":
        return []
    place = {session: k for k, session in enumerate(panel.session_ids)}
    person = dict(zip(panel.session.tolist(), panel.person.tolist(), strict=True))
    pairs = {(person[place[unit]], room) for unit, room in zip(rows.unit, rows.room.tolist(), strict=True)}
    several = len(pairs) - len({who for who, _ in pairs})
    return ["people who watched several rooms count in each"] if several else []


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
        found = _design(rows, kept, design.names, question, None, per, design.drawn, facts)
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

"""From a study to a design with mediators, in the order of time.

    before the moment            > covariates, the mediators' own past among them
    the moment                   > who got the strategy
    the first seconds after it   > mediators
    all after these              > the outcome

So no mediator is read from a time in which the outcome already counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from telltale.core.errors import ConfigError
from telltale.effects.design import Design
from telltale.effects.design_faults import Line, in_one_line
from telltale.effects.exposed import Exposed, read_exposed
from telltale.effects.mediated import MediatedDesign
from telltale.effects.strategy_columns import independent
from telltale.effects.strategy_design import StrategyDesign, strategy_design
from telltale.effects.strategy_events import came_of
from telltale.effects.strategy_rows import Rows, ask
from telltale.effects.variance import Bools, Floats
from telltale.effects.whole_rooms import Cluster
from telltale.factors.panel import FactorPanel, there_are, told
from telltale.study.store import Study


@dataclass(frozen=True, slots=True, eq=False)
class MediatedStrategy:
    """A design with mediators, and what the checks of the effect in all need."""

    given: MediatedDesign
    asked: StrategyDesign
    """The same rows."""


def mediated_strategy(
    study: Study,
    panel: FactorPanel,
    strategy: str,
    mediators: Sequence[str],
    outcome: str,
    *,
    within_s: float = 30.0,
    until_s: float | None = None,
    covariates: Sequence[str] | None = None,
    cluster: Cluster = "auto",
) -> MediatedStrategy:
    """The design of one question.

    Parameters
    ----------
    mediators
        Factors: of a continuous one its mean, of an event whether it came, in the first seconds.
    outcome
        A factor, the same of all time after these.
    within_s
        How long after the moment mediators count, and from when on the outcome does.
    until_s
        Seconds after the moment until which the outcome counts; to the session's end when not given. What a
        lasting push does to a mediator later is no part of what went through its first seconds.
    covariates
        As in `strategy_design`; the mediators' means before the moment are always among them.
    """
    refuse_mediators(panel, mediators, outcome, within_s, until_s)
    last = np.inf if until_s is None else until_s
    asked = strategy_design(study, panel, strategy, outcome, covariates=covariates, cluster=cluster)
    exposed = read_exposed(study, strategy)
    soon = [_around(study, panel, exposed, name, 0.0, within_s) for name in mediators]
    beside = _around(study, panel, exposed, outcome, 0.0, within_s).y
    late = _around(study, panel, exposed, outcome, within_s, last)
    place = {unit: k for k, unit in enumerate(late.unit)}
    mine = [place[unit] for unit in asked.units]
    moved = np.column_stack([rows.y[mine] for rows in soon])
    y = late.y[mine]
    whole = np.isfinite(y) & np.isfinite(moved).all(axis=1)
    past = np.column_stack([rows.before[mine] for rows in soon])
    design = _with_past(asked.design, past, tuple(mediators), whole)
    lost = int((~whole).sum())
    why = f"they ended within {within_s:g} s"
    facts = [f"{lost:,} sessions left out: {why}"] * (lost > 0)
    design = replace(
        design.part(whole, *facts), outcome=y[whole], outcome_name=f"{outcome} {_when(within_s, until_s)}"
    )
    given = MediatedDesign(
        design,
        moved[whole],
        tuple(f"{name} within {within_s:g} s" for name in mediators),
        _seen_beside(beside[mine][whole]),
        f"by other ways or after {within_s:g} s",
        asked.unlogged,
    )
    return MediatedStrategy(
        given, replace(asked.part(whole), design=design, left=asked.left_with(whole, why))
    )


def refuse_mediators(
    panel: FactorPanel, mediators: Sequence[str], outcome: str, within_s: float, until_s: float | None = None
) -> None:
    """All that is no question, at once."""
    unknown = [name for name in mediators if name not in panel.names]
    known = [name for name in mediators if name in panel.names]
    able = [f.name for f in panel.factors if f.source != "exposures" and f.level != "session"]
    faults: list[Line] = []
    if unknown:
        faults.append((f"no mediator {told(unknown, able)}", there_are(able, unknown)))
    faults += [(f"'{name}' is mediator and outcome", "name another") for name in mediators if name == outcome]
    twice = sorted({name for name in known if known.count(name) > 1})
    faults += [(f"'{name}' is named twice", "name it once") for name in twice]
    faults += [
        (f"'{n}' is a strategy, no mediator", "ask what it did by 'causal effect'")
        for n in known
        if panel.factor(n).source == "exposures"
    ]
    faults += [
        (f"'{n}' never changes in a session", "name what a strategy may move")
        for n in known
        if panel.factor(n).level == "session"
    ]
    if not mediators:
        faults.append(("no mediators", there_are(able)))
    if within_s == np.inf:
        faults.append(("within inf s leaves no time for the outcome", "give a number of seconds"))
    elif not within_s >= panel.grid_s:
        faults.append((f"within {within_s:g} s no step ends", f"take {panel.grid_s:g} s or more"))
    if until_s is not None and not until_s >= within_s + panel.grid_s:
        least = f"let it end {panel.grid_s:g} s or more after the {within_s:g} s of the mediators"
        faults.append(("the outcome ends before it begins", least))
    if faults:
        message, hint = in_one_line(list(dict.fromkeys(faults)))
        raise ConfigError(message, hint=hint)


def _around(
    study: Study, panel: FactorPanel, exposed: Exposed, name: str, start_s: float, stop_s: float
) -> Rows:
    """A factor from so long after the moment until so long after it, of each session that was assigned."""
    asked = ask(panel, exposed, name, (), came=came_of(study, panel, name))
    moment = asked.exposed.time_s
    return replace(
        asked.rows(moment + start_s, moment + stop_s), before=asked.rows(moment, moment + stop_s).before
    )


def _when(start_s: float, stop_s: float | None) -> str:
    return f"from {start_s:g} s after it on" if stop_s is None else f"{start_s:g} to {stop_s:g} s after it"


def _seen_beside(values: Floats) -> Floats | None:
    """The outcome in the mediators' seconds, where all were seen and it moved at all."""
    return values if np.isfinite(values).all() and np.ptp(values) > 0 else None


def _with_past(design: Design, past: Floats, mediators: tuple[str, ...], whole: Bools) -> Design:
    """The design with the mediators' own past, where no other column tells it."""
    names = [name for name in mediators if name not in design.names]
    new = past[:, [mediators.index(name) for name in names]]
    table = np.column_stack([design.covariates, np.where(np.isfinite(new), new, 0.0)])
    kept, _ = independent(table[whole], -1)
    first = len(design.names)
    added = [k for k in range(first, table.shape[1]) if k in kept and np.isfinite(new[:, k - first]).all()]
    told_by = [name for k, name in enumerate(names, first) if k not in added]
    return replace(
        design,
        covariates=np.column_stack([design.covariates, table[:, added]]),
        names=(*design.names, *(names[k - first] for k in added)),
        facts=(
            *design.facts,
            *[f"not adjusted for, as others nearly tell it before: {', '.join(told_by)}"] * bool(told_by),
        ),
    )

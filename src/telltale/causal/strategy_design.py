"""From a study to a design: who got a strategy, what came after, and all that was known before.

    exposures (who was assigned, when, to which arm, by which chance)
    panel before the moment > covariates, and the outcome before (a placebo)
    panel after it          > the outcome

One row a session that was assigned, to either arm. A factor's outcome is its mean after the moment, that of
an event is whether it came. Nothing from after the moment is a covariate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from telltale.causal.design import Design, chance_of_treated
from telltale.core.errors import ConfigError
from telltale.factors.panel import FactorPanel, told
from telltale.study.store import Study, texts

Floats = npt.NDArray[np.float64]
Cluster = Literal["person", "room"]

_SAME: Final = 1e-8
_ROWS_A_COVARIATE: Final = 10
_FEWEST_APART: Final = 10
_SHARE_APART: Final = 0.05
_LEFT: Final = 0.2
"""Standard deviations that others must leave of a covariate: 4 % of its variance."""


@dataclass(frozen=True, slots=True, eq=False)
class StrategyDesign:
    """A design and what its checks need."""

    design: Design
    earlier: Floats | None
    """Shape (N,): the outcome before the moment; None where nothing was before."""
    room: npt.NDArray[np.int64]
    """Shape (N,): whose broadcast each session watched."""
    sessions: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Exposed:
    """Sessions that were assigned; n of them."""

    place: npt.NDArray[np.int64]
    """Shape (n,): their places in the panel's session ids."""
    time_s: Floats
    treated: npt.NDArray[np.bool_]
    chance: Floats
    """Of the arm that was drawn; NaN where none was logged."""


def strategy_design(
    study: Study,
    panel: FactorPanel,
    strategy: str,
    outcome: str,
    *,
    covariates: Sequence[str] | None = None,
    within_s: float | None = None,
    cluster: Cluster = "person",
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
        that is more than one for ten sessions of the smaller arm, those that go along most with treatment or
        outcome.
    within_s
        How long after the moment the outcome counts; to the session's end when not given.
    cluster
        Sessions of one person are never independent; those of one room are not where viewers move each other.
    """
    exposed = _exposed(study, panel, strategy)
    if outcome not in panel.names:
        raise ConfigError(
            f"no outcome {told([outcome], panel.names)}", hint=f"there are {', '.join(panel.names)}"
        )
    if panel.factor(outcome).source == "exposures":
        raise ConfigError(f"'{outcome}' is a strategy, no outcome", hint="ask for what follows from it")
    if within_s is not None and not within_s >= panel.grid_s:
        raise ConfigError(f"within {within_s:g} s no step ends", hint=f"take {panel.grid_s:g} s or more")
    before, after = _parts(panel, exposed, within_s)
    seen = np.isin(np.arange(len(exposed.place)), before[before >= 0])
    seen &= np.isin(np.arange(len(exposed.place)), after[after >= 0])
    names = _covariates(panel, covariates, outcome)
    x = np.column_stack([_means(panel.column(name), before, len(seen)) for name in names]) if names else None
    y, earlier = (_outcome(panel, outcome, part, len(seen)) for part in (after, before))
    if x is not None and outcome in names:
        x[:, names.index(outcome)] = earlier
    whole = seen & np.isfinite(y) & (np.isfinite(x).all(axis=1) if x is not None else True)
    table = np.empty((int(whole.sum()), 0)) if x is None else x[whole]
    treated, chance = exposed.treated[whole], exposed.chance[whole]
    kept, dropped = _independent(table, names.index(outcome) if outcome in names else -1)
    wanted = kept
    if covariates is None:
        wanted = _telling(table, kept, treated, y[whole], names.index(outcome))
    facts = [f"{int((~whole).sum())} sessions left out: they ended or began too near"] * (not whole.all())
    if dropped:
        facts.append(f"not adjusted for, as others nearly tell them: {', '.join(names[k] for k in dropped)}")
    if len(wanted) < len(kept):
        facts.append(
            f"adjusted for {len(wanted)} of {len(kept)} covariates, for there are {len(table)} sessions"
        )
    place = exposed.place[whole]
    first = np.unique(panel.session, return_index=True)[1]
    owner = getattr(panel, cluster)[first][place]
    design = Design(
        treated=treated,
        outcome=y[whole],
        covariates=table[:, wanted],
        names=tuple(names[k] for k in wanted),
        cluster=np.unique(owner, return_inverse=True)[1],
        propensity=chance_of_treated(treated, chance) if np.isfinite(chance).all() else None,
        treatment_name=strategy,
        outcome_name=_named(outcome, within_s),
        outcome_kind="binary" if panel.factor(outcome).kind != "continuous" else "continuous",
        facts=tuple(facts),
    )
    told_before = earlier[whole]
    return StrategyDesign(
        design,
        told_before if np.isfinite(told_before).all() and np.ptp(told_before) > 0 else None,
        panel.room[first][place],
        tuple(panel.session_ids[k] for k in place.tolist()),
    )


def _exposed(study: Study, panel: FactorPanel, strategy: str) -> _Exposed:
    if not study.has("exposures"):
        raise ConfigError(
            "the study has no exposures", hint="write the table exposures (docs/study-format.md)"
        )
    table = study.table("exposures")
    names = texts(table, "strategy")
    known = sorted(set(names))
    if strategy not in known:
        raise ConfigError(f"no strategy {told([strategy], known)}", hint=f"there are {', '.join(known)}")
    chosen = np.array([name == strategy for name in names])
    place = {session: k for k, session in enumerate(panel.session_ids)}
    sessions = [place.get(session, -1) for session in texts(table, "session_id")]
    times = table.column("time_s").to_numpy().astype(np.float64)
    arms = np.array([arm == "treated" for arm in texts(table, "arm")])
    chances = np.array(table.column("propensity").to_pylist(), dtype=np.float64)
    rows = np.flatnonzero(chosen & (np.array(sessions) >= 0))
    rows = rows[np.lexsort((times[rows], np.array(sessions)[rows]))]
    # The first assignment of a session counts: later ones come after its effect.
    rows = rows[np.unique(np.array(sessions)[rows], return_index=True)[1]]
    return _Exposed(np.array(sessions)[rows], times[rows], arms[rows], chances[rows])


def _parts(
    panel: FactorPanel, exposed: _Exposed, within_s: float | None
) -> tuple[npt.NDArray[np.int64], ...]:
    """Of each row of the panel, whose time before and after it is; shape (N,) each, -1 for nobody's."""
    owner = np.full(len(panel.session_ids), -1)
    owner[exposed.place] = np.arange(len(exposed.place))
    whose = owner[panel.session]
    moment = np.append(exposed.time_s, np.nan)[whose]
    starts, ends = panel.step * panel.grid_s, (panel.step + 1) * panel.grid_s
    until = np.inf if within_s is None else within_s
    before = np.where((whose >= 0) & (ends <= moment), whose, -1)
    after = np.where((whose >= 0) & (starts >= moment) & (ends <= moment + until), whose, -1)
    return before, after


def _means(values: Floats, whose: npt.NDArray[np.int64], count: int) -> Floats:
    """Mean of each session's part, shape (count,); NaN where nothing was seen."""
    used = (whose >= 0) & np.isfinite(values)
    sums = np.bincount(whose[used], weights=values[used], minlength=count)
    often = np.bincount(whose[used], minlength=count)
    means: Floats = np.divide(sums, often, out=np.full(count, np.nan), where=often > 0)
    return means


def _outcome(panel: FactorPanel, name: str, whose: npt.NDArray[np.int64], count: int) -> Floats:
    mean = _means(panel.column(name), whose, count)
    if panel.factor(name).kind == "continuous":
        return mean
    came: Floats = np.where(np.isfinite(mean), mean > 0, np.nan).astype(np.float64)
    return came


def _covariates(panel: FactorPanel, given: Sequence[str] | None, outcome: str) -> list[str]:
    if given is None:
        return [f.name for f in panel.factors if f.source != "exposures"]
    unknown = [name for name in given if name not in panel.names]
    if unknown:
        raise ConfigError(f"no covariate {told(unknown, panel.names)}", hint="name factors of the panel")
    return list(dict.fromkeys([*given, outcome]))


def _independent(table: Floats, first: int) -> tuple[list[int], list[int]]:
    """Columns that vary, `first` before all others, and those that the ones before nearly tell.

    What is the same for all but a few would stand for those few.
    """
    if not len(table) or not table.shape[1]:
        return [], []
    centred = table - table.mean(axis=0)
    spread = centred.std(axis=0)
    rare = np.array([len(x) - np.unique(x, return_counts=True)[1].max() for x in table.T])
    large = spread > _SAME * np.maximum(np.abs(table).max(axis=0), 1e-300)
    moving = np.flatnonzero(large & (rare >= max(_FEWEST_APART, _SHARE_APART * len(table))))
    if not len(moving):
        return [], []
    order = moving[np.argsort(moving != first, kind="stable")]
    left = np.abs(np.diagonal(np.linalg.qr(centred[:, order] / spread[order], mode="r")))
    told = order[: len(left)][left <= _LEFT * np.sqrt(len(table))].tolist() + order[len(left) :].tolist()
    return sorted(set(order.tolist()) - set(told)), sorted(told)


def _telling(
    table: Floats, kept: list[int], treated: npt.NDArray[np.bool_], y: Floats, before: int
) -> list[int]:
    """As many as the rows bear, in their order: the outcome before, then what goes along with either most."""
    arm = min(int(treated.sum()), int((~treated).sum()))
    most = max(1, arm // _ROWS_A_COVARIATE)
    if len(kept) <= most:
        return kept
    along = np.abs(np.corrcoef(np.column_stack([table[:, kept], treated, y]).T)[:-2, -2:])
    score = np.nan_to_num(along.max(axis=1))
    score[[k == before for k in kept]] = np.inf
    return sorted(kept[k] for k in np.argsort(-score, kind="stable")[:most].tolist())


def _named(outcome: str, within_s: float | None) -> str:
    when = "after it" if within_s is None else f"within {within_s:g} s"
    return f"{outcome} {when}"

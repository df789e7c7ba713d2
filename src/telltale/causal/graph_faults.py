"""What no graph can be learnt from, told before anything long runs, all at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Literal, get_args

import numpy as np
import numpy.typing as npt

from telltale.causal.dag import Floats
from telltale.causal.normal_scores import Types
from telltale.causal.shared_shocks import Shared
from telltale.core.errors import ConfigError, FormatError
from telltale.factors.edges import parse_edge
from telltale.factors.order import Background
from telltale.factors.panel import FactorPanel

Cluster = Literal["person", "room", "session"]
PLURAL: Final[dict[Cluster, str]] = {"person": "people", "room": "rooms", "session": "sessions"}

_NO_SPREAD: Final = 1e-8
_ROUNDING: Final = 1e-13
_NO_PART: Final = 1e-3
_FEWEST_CLUSTERS: Final = 10
_TOLD: Final = 5


def counted(clusters: int, cluster: Cluster) -> str:
    """So many people, rooms or sessions.

    >>> counted(1, "person"), counted(1_200, "person")
    ('1 person', '1,200 people')
    """
    return f"{clusters:,} {cluster if clusters == 1 else PLURAL[cluster]}"


def refuse_asked(lags: int, cluster: str, shared: str, types: str) -> None:
    """Settings that make no sense."""
    whole = isinstance(lags, int | np.integer) and lags >= 0
    faults = [] if whole else [f"{lags} lags are none: take 0, 1 or more whole steps"]
    asked = (("cluster", cluster, Cluster), ("shared", shared, Shared), ("types", types, Types))
    for name, value, kind in asked:
        if value not in (choices := get_args(kind)):
            faults.append(f"{name} is {value!r}: choose among {', '.join(choices)}")
    if faults:
        raise ConfigError("; ".join(faults), hint="change these settings")


def whole_rows(panel: FactorPanel) -> FactorPanel:
    """The rows without a hole; where none is whole, which factors are never or hardly seen."""
    found = panel.complete().panel
    if len(found) or not len(panel):
        return found
    missing = np.isnan(panel.values).mean(axis=0)
    worst = [k for k in np.argsort(-missing, kind="stable").tolist() if missing[k] > 0][:_TOLD]
    told = ", ".join(f"{panel.names[k]} in {missing[k]:.0%} of them".replace("%", " %") for k in worst)
    raise FormatError(
        f"none of {len(panel)} rows has every factor; not seen: {told}", hint="leave such factors out"
    )


def still_known(known: Background, panel: FactorPanel) -> Background:
    """What is known of factors that change; an arrow that must be needs both of its ends.

    Parameters
    ----------
    panel
        Without what never changes.
    """
    names = set(panel.names)

    def both(text: str) -> bool:
        edge = parse_edge(text)
        return {edge.cause, edge.effect} <= names

    broken = [text for text in known.required if not both(text)]
    if broken:
        raise FormatError(
            f"required, but one end never changes: {', '.join(broken)}", hint="take such arrows out"
        )
    return replace(
        known,
        forbidden=tuple(text for text in known.forbidden if both(text)),
        tiers={name: tier for name, tier in known.tiers.items() if name in names},
    )


def refuse_gaps(panel: FactorPanel, rows: npt.NDArray[np.int64], lags: int) -> None:
    """A panel without a step that has all its steps before it, said so that a finer or coarser grid is seen.

    Parameters
    ----------
    rows
        Those that have, see `FactorPanel.lagged`.
    """
    if len(rows):
        return
    same, gaps = np.diff(panel.session) == 0, np.diff(panel.step)
    longest = run = 0
    for follows in (same & (gaps == 1)).tolist():
        run = run + 1 if follows else 0
        longest = max(longest, run)
    if longest:
        raise FormatError(
            f"no step has {lags} before it without a hole, at most {longest}", hint="look back fewer steps"
        )
    told = "no step has one before it"
    if same.any():
        every = f"{float(np.median(gaps[same])) * panel.grid_s:g} s"
        raise FormatError(
            f"{told}: factors come every {every}, a step is {panel.grid_s:g} s",
            hint=f"take a grid of {every} or coarser",
        )
    raise FormatError(f"{told}: each session has one row", hint="take a finer grid, or 0 lags")


def refuse_rows(panel: FactorPanel, table: Floats, codes: npt.NDArray[np.int64], cluster: Cluster) -> None:
    """Rows that are too few, or of which one column follows from the others.

    Parameters
    ----------
    table, codes
        Shapes (M, d) and (M,): rows of now and before, and whose they are.
    """
    size = len(panel.factors)
    faults, mends = [], []
    if size < 2:
        faults.append(f"{size} factors that change, 2 at least")
        mends.append("take more factors that change")
    if len(table) < 5 * table.shape[1]:
        faults.append(f"{len(table)} rows for {table.shape[1]} columns")
        mends.append("leave factors out or gather more rows")
    count = len(np.unique(codes))
    if count < _FEWEST_CLUSTERS:
        faults.append(f"{counted(count, cluster)}, {_FEWEST_CLUSTERS} at least")
        mends.append(f"gather more {PLURAL[cluster]}")
    now = table[:, :size]
    if not faults and (still := _still(now, panel.values)):
        names = ", ".join(panel.names[k] for k in still)
        faults.append(f"{names} never change in the {len(now)} rows in use")
        mends.append("leave such factors out")
    if not faults:
        twins = [panel.names[k] for k in _collinear(now)]
        if twins:
            faults.append(f"{', '.join(twins)} say the same together: one follows from the others")
            mends.append("leave one of them out")
    if faults:
        raise FormatError("; ".join(faults), hint=", ".join(mends))


def _still(values: Floats, panel: Floats) -> list[int]:
    """Factors that change in the panel, but not in these rows: those that have a past, and company."""
    # About one of its own values a column that never differs has no spread, however large it is.
    left, usual = ((one - one[0]).std(axis=0) for one in (values, panel))
    return np.flatnonzero(left <= _NO_SPREAD * usual + _ROUNDING * np.abs(values).max(axis=0)).tolist()


def _collinear(values: Floats) -> list[int]:
    """Factors that have a part in a combination without spread."""
    spread, ways = np.linalg.eigh(np.corrcoef(values.T))
    told = ways[:, spread < _NO_SPREAD]
    return np.flatnonzero((np.abs(told) > _NO_PART).any(axis=1)).tolist()

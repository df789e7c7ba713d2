"""What a strategy's effect is adjusted for: the covariates that were named, or all that the rows bear.

What too few units have, what others tell and what hardly differs is left out and told; of a covariate that
was named it is refused instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from telltale.core.errors import ConfigError, FormatError
from telltale.effects.design import Unit
from telltale.effects.design_faults import in_one_line
from telltale.effects.strategy_columns import independent, telling, told_by, varying
from telltale.effects.strategy_rows import Rows
from telltale.factors.panel import FactorPanel, there_are, told

_SEEN: Final = 0.95
"""A covariate that nobody named and that fewer units have is not worth the units that it costs."""
_HALF: Final = 0.5


def covariates_of(panel: FactorPanel, given: Sequence[str] | None, outcome: str) -> tuple[str, ...]:
    """Names to begin with; the outcome before the moment is always one."""
    if given is None:
        return tuple(f.name for f in panel.factors if f.source != "exposures")
    known = [factor.name for factor in panel.factors if factor.source != "exposures"]
    unknown = [name for name in given if name not in panel.names]
    faults = [(f"no covariate {told(unknown, known)}", there_are(known, unknown))] * bool(unknown)
    own = [name for name in given if name in panel.names and name not in known]
    faults += [
        (f"'{name}' is a strategy, no covariate", "leave it out, or ask for what it did itself")
        for name in dict.fromkeys(own)
    ]
    if faults:
        message, hint = in_one_line(faults)
        raise ConfigError(message, hint=hint)
    return tuple(dict.fromkeys([*given, outcome]))


def unseen_of(rows: Rows, names: tuple[str, ...], given: Sequence[str] | None) -> tuple[list[int], list[str]]:
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


def wanted_of(
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

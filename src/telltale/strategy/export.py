"""Decisions as the table `exposures` of the study format, for whoever asks what an intervention brought.

Two tables can be had, and they answer two questions. `assigned` has what chance gave to each arm, whether the
page showed it or not: its arms can be compared. `exposed` has, of the treated, only what a page says it has
shown, at the time it did: who is missing from it is not by chance, so it describes and compares nothing.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import pyarrow as pa

from telltale.records.utc import moment
from telltale.strategy.consents import consents_held
from telltale.strategy.decision import GUARDS, TREATED
from telltale.strategy.keys import Readable, key_of, session_alias
from telltale.study.store import cast_table

Which = Literal["assigned", "exposed"]

_COLUMNS = ("exposure_id", "session_id", "time_s", "strategy", "arm", "propensity")


@dataclass(frozen=True, slots=True, eq=False)
class Exported:
    """The table, and what was left out of it."""

    table: pa.Table
    """`exposures` of the study format."""
    left_out: dict[str, int]
    """Decisions that are not in the table, by the reason."""


def export_exposures(readable: Readable, *, which: Which = "assigned", now: datetime) -> Exported:
    """The decisions of sessions that are still linked to a viewer who agrees to research.

    A decision that a guard refused was not chance's to give, so it is left out and counted under the first
    guard that refused. The holdout is chance: who is held out is in the control arm.
    """
    linked = _linked_sessions(readable, now)
    left_out: Counter[str] = Counter()
    rows: list[tuple[Any, ...]] = []
    for alias, second, strategy, arm, propensity, verdicts, shown_at in _decisions(readable):
        found = linked.get(alias)
        if found is None:
            left_out["unlinked: the viewer withdrew, or the visit is past its keeping"] += 1
        elif not found.agrees:
            left_out["no consent to research"] += 1
        elif guard := _refused_by(verdicts):
            left_out[f"refused: {guard}"] += 1
        elif which == "exposed" and arm == TREATED and shown_at is None:
            left_out["not shown by the page"] += 1
        else:
            exposed = which == "exposed" and shown_at is not None
            time_s = (moment(shown_at) - found.started_at).total_seconds() if exposed else float(second)
            # Not the ledger's id: a study that is kept would link the audit again after a withdrawal.
            name = f"{found.session}-{second}"
            rows.append((name, found.session, max(0.0, time_s), strategy, arm, propensity))
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(_COLUMNS)
    types = [pa.string(), pa.string(), pa.float64(), pa.string(), pa.string(), pa.float64()]
    arrays = [pa.array(column, kind) for column, kind in zip(columns, types, strict=True)]
    return Exported(cast_table("exposures", pa.table(arrays, names=list(_COLUMNS))), dict(left_out))


@dataclass(frozen=True, slots=True)
class _Session:
    session: str
    started_at: datetime
    agrees: bool


def _linked_sessions(readable: Readable, now: datetime) -> dict[str, _Session]:
    """Sessions by their alias, as long as the visit and its viewer's key exist."""
    linked: dict[str, _Session] = {}
    known: dict[str, tuple[bytes | None, bool]] = {}
    for session, viewer, started_at in readable.rows("SELECT session, viewer, started_at FROM visits"):
        if viewer not in known:
            agrees = "research" in consents_held(readable, viewer, now)
            known[viewer] = (key_of(readable, viewer), agrees)
        key, agrees = known[viewer]
        if key is not None:
            linked[session_alias(key, session)] = _Session(session, moment(started_at), agrees)
    return linked


def _decisions(readable: Readable) -> list[tuple[Any, ...]]:
    return readable.rows(
        "SELECT session, second, intervention, arm, propensity, verdicts, exposures.at"
        " FROM decisions LEFT JOIN exposures ON exposures.decision = decisions.id"
        " ORDER BY decided_at, id"
    )


def _refused_by(verdicts: str) -> str:
    """The first guard but the holdout that refused; empty when none did."""
    refused = {one["guard"] for one in json.loads(verdicts) if not one["allowed"]}
    return next((guard for guard in GUARDS if guard in refused and guard != "holdout"), "")

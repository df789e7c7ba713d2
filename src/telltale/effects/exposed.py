"""Who was assigned to a strategy: when, to which arm, by which chance.

Read from the study's tables alone: what cannot be asked is refused before any factor is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from telltale.core.errors import ConfigError, FormatError
from telltale.effects.design import Unit
from telltale.effects.design_faults import LEAST_ARM, LEAST_ROWS, Line, in_one_line
from telltale.effects.variance import Bools, Floats, Ints
from telltale.factors.panel import told
from telltale.factors.reading import milliseconds, moments_ms
from telltale.study.schema import ARMS
from telltale.study.store import Study, texts

_SHOWN: Final = 4
"""Names that a line can hold."""


@dataclass(frozen=True, slots=True, eq=False)
class Exposed:
    """Sessions that were assigned, to either arm; n of them, each with its first assignment alone.

    Later ones come after its effect.
    """

    strategy: str
    session: tuple[str, ...]
    room: tuple[str, ...]
    """Shape (n,): whose broadcast each watched."""
    time_s: Floats
    """Shape (n,): seconds from the session's start to the moment."""
    moment_ms: Ints
    """Shape (n,): the same by the clock, milliseconds: viewers of a room share it, whenever each came."""
    treated: Bools
    chance: Floats
    """Shape (n,): of the arm that was drawn; NaN where none was logged."""


def read_exposed(study: Study, strategy: str, *, per: Unit = "viewer") -> Exposed:
    """Who was assigned; one line where no effect can be told of it.

    Parameters
    ----------
    per
        "room" wants all sessions of a room in one arm.
    """
    if not study.has("exposures"):
        raise ConfigError(
            "the study has no exposures", hint="write the table exposures (docs/study-format.md)"
        )
    table = study.table("exposures")
    names = texts(table, "strategy")
    known = sorted(set(names))
    if strategy not in known:
        hint = f"there are {', '.join(known)}" if known else "the table exposures has no rows"
        raise ConfigError(f"no strategy {told([strategy], known)}", hint=hint)
    sessions, times = texts(table, "session_id"), table.column("time_s").to_numpy().astype(np.float64)
    chosen = np.flatnonzero([name == strategy for name in names])
    order = sorted(chosen.tolist(), key=lambda k: (sessions[k], times[k]))
    rows = [k for n, k in enumerate(order) if not n or sessions[order[n - 1]] != sessions[k]]
    arms, chances = texts(table, "arm"), table.column("propensity").to_pylist()
    visits = study.table("sessions", ["session_id", "room_id", "started_at"])
    ids = texts(visits, "session_id")
    room = dict(zip(ids, texts(visits, "room_id"), strict=True))
    began = dict(zip(ids, moments_ms(visits, "sessions", "started_at").tolist(), strict=True))
    rows = [k for k in rows if sessions[k] in room]
    _refuse_arms(strategy, {arms[k] for k in rows})
    found = Exposed(
        strategy,
        tuple(sessions[k] for k in rows),
        tuple(room[sessions[k]] for k in rows),
        times[rows],
        np.array([began[sessions[k]] for k in rows], dtype=np.int64) + milliseconds(times[rows]),
        np.array([arms[k] == "treated" for k in rows], dtype=bool),
        np.array([chances[k] for k in rows], dtype=np.float64),
    )
    faults = list(_faults(found, per))
    if faults:
        message, hint = in_one_line(faults)
        raise FormatError(message, hint=hint)
    return found


def _refuse_arms(strategy: str, arms: set[str]) -> None:
    """An arm by another name would count as held back."""
    others = sorted(arms - set(ARMS))
    if others:
        some = ", ".join(repr(arm) for arm in others[:_SHOWN]) + (" ..." if len(others) > _SHOWN else "")
        raise FormatError(
            f"exposures.arm of '{strategy}' is {some}",
            hint="write 'treated' for who got it and 'control' for who was held back",
        )


def _faults(found: Exposed, per: Unit) -> Iterator[Line]:
    """What no panel could mend, and what to do."""
    treated, n, what = found.treated, len(found.treated), "sessions"
    if per == "room":
        share = _share_by_room(found)
        mixed = int(((share > 0) & (share < 1)).sum())
        if mixed:
            yield (f"{mixed:,} of {len(share):,} rooms hold both arms", "ask per viewer, with --cluster room")
            return
        treated, n, what = share == 1, len(share), "rooms"
    name, got = found.strategy, int(treated.sum())
    if n and got in (0, n):
        yield (
            f"{'everybody' if got else 'nobody'} got '{name}' of the {n:,} {what} that were assigned",
            "an effect wants some with and some without it",
        )
    elif n < LEAST_ROWS:
        yield (
            f"{n} {what} were assigned to '{name}'",
            f"give {LEAST_ROWS} or more: fewer carry no interval",
        )
    elif min(got, n - got) < LEAST_ARM:
        yield (f"{got} {what} got '{name}' and {n - got} did not", f"give {LEAST_ARM} or more of each")


def _share_by_room(found: Exposed) -> Floats:
    code: Ints = np.unique(np.array(found.room), return_inverse=True)[1]
    share: Floats = np.bincount(code, weights=found.treated) / np.bincount(code)
    return share

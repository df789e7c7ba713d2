"""The switch of a room or an intervention; that of everything is the running service's own.

A turn is written down, and every process of the service reads the switches each second.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from telltale.core.clock import iso, now
from telltale.core.errors import FormatError
from telltale.records.database import AbstractDatabase
from telltale.strategy import switches
from telltale.strategy.catalogue import Catalogue
from telltale.strategy.switches import Switch


class PartTurn(BaseModel):
    """A turn of one room's or one intervention's switch."""

    model_config = ConfigDict(extra="forbid")
    scope: Annotated[str, Field(pattern=r"^(room|intervention):[A-Za-z0-9_.:-]{1,64}$")]
    """room:R or intervention:I"""
    on: bool
    why: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=200)]


def all_turns(database: AbstractDatabase) -> list[dict[str, Any]]:
    """Every turn of a room's or an intervention's switch, the latest first."""
    return [_told(turn) for turn in reversed(switches.history(database)) if turn.scope != "all"]


def turn_part(database: AbstractDatabase, catalogue: Catalogue, turn: PartTurn, who: str) -> dict[str, Any]:
    """Stop a room or an intervention, or let it go on."""
    kind, _, name = turn.scope.partition(":")
    if kind == "intervention" and name not in catalogue.by_name:
        raise FormatError(f"no intervention {name!r}", hint=f"choose {', '.join(catalogue.by_name)}")
    turned = Switch(turn.scope, not turn.on, who, turn.why, now())
    with database.transaction() as t:
        switches.turn(t, turned)
    return _told(turned)


def _told(turn: Switch) -> dict[str, Any]:
    return {
        "scope": turn.scope,
        "on": not turn.is_off,
        "by": turn.who,
        "why": turn.why,
        "at": iso(turn.at),
    }

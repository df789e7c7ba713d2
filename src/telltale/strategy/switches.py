"""Kill switches: whoever oversees the service can stop everything, a room or an intervention, at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from telltale.core.errors import FormatError
from telltale.records.database import AbstractTransaction
from telltale.records.utc import milliseconds, moment
from telltale.strategy.keys import Readable
from telltale.strategy.ledger_tables import SWITCHES


@dataclass(frozen=True, slots=True)
class Switch:
    """One turn of a switch."""

    scope: str
    """all, room:R or intervention:I"""
    is_off: bool
    """True: from now on nothing of this scope is shown."""
    who: str
    why: str
    at: datetime

    def __post_init__(self) -> None:
        kind, colon, name = self.scope.partition(":")
        if self.scope != "all" and (kind not in ("room", "intervention") or not colon or not name):
            raise FormatError(f"no switch {self.scope!r}", hint="choose all, room:R or intervention:I")
        if not self.who.strip() or not self.why.strip():
            raise FormatError("a switch wants a hand and a reason", hint="say who turns it and why")


def turn(transaction: AbstractTransaction, switch: Switch) -> None:
    """Turn a switch. The turns before stay on record."""
    # The lock makes numbers follow one another also where two turn at once.
    transaction.lock("telltale switches")
    number = transaction.rows("SELECT COALESCE(MAX(number), 0) + 1 FROM switches")[0][0]
    row = (int(number), switch.scope, switch.is_off, switch.who, switch.why, milliseconds(switch.at))
    transaction.run(SWITCHES.insert(), row)


def history(readable: Readable) -> list[Switch]:
    """Every turn of every switch, oldest first."""
    found = readable.rows("SELECT scope, is_off, who, why, at FROM switches ORDER BY number")
    return [Switch(scope, bool(is_off), who, why, moment(at)) for scope, is_off, who, why, at in found]


def switched_off(readable: Readable) -> dict[str, str]:
    """The scopes that are off now, and why: `Moment.switched_off`."""
    latest = {switch.scope: switch for switch in history(readable)}
    return {scope: switch.why for scope, switch in latest.items() if switch.is_off}

"""Culture as a setting: which parts of a face weigh more in coding it, and which rows of the table change.

A profile is a data file, `cultures/*.toml` or a user's own. A weight multiplies what the units of a region,
or one unit, say for each expression; a row replaces the one of its name. Every change says where it is from.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path
from typing import Final, Literal

from telltale.core import config
from telltale.core.config import MisfitsError, Problem
from telltale.core.errors import ConfigError
from telltale.signs.coding_units import AWAY, TOLD
from telltale.signs.expressions import Expression, ExpressionTable
from telltale.signs.facs import BY_NUMBER, Region

SHIPPED: Final = ("none", "east_asia")
_MOST: Final = 4.0


@dataclass(frozen=True, slots=True)
class RegionWeight:
    """How much the units of a region of the face count."""

    region: Region
    weight: float
    evidence: Literal["published", "ours"]
    """Of the size of the weight; that there is a difference may be better known than how large it is."""
    says: str
    """Where it is from."""

    def __post_init__(self) -> None:
        _check_weight(self.weight, self.says)


@dataclass(frozen=True, slots=True)
class UnitWeight:
    """How much one unit counts, in place of its region's weight."""

    number: int
    weight: float
    evidence: Literal["published", "ours"]
    says: str

    def __post_init__(self) -> None:
        _check_weight(self.weight, self.says)
        if self.number not in TOLD:
            raise ValueError(f"unit {self.number} cannot be told: choose of {', '.join(map(str, TOLD))}")


@dataclass(frozen=True, slots=True)
class Culture:
    """One profile."""

    name: str
    caveat: str
    """What must be said wherever scores under this profile are shown."""
    regions: tuple[RegionWeight, ...] = ()
    units: tuple[UnitWeight, ...] = ()
    expressions: tuple[Expression, ...] = ()
    """Rows in place of those of the same name."""
    sources: dict[str, str] = field(default_factory=dict)
    """What the rows cite, beside what the table cites."""

    def __post_init__(self) -> None:
        problems: list[Problem] = []
        if not self.name or not self.caveat:
            problems.append(((), "a profile wants 'name' and 'caveat', neither of them empty"))
        for key, given in (
            ("regions", [str(w.region) for w in self.regions]),
            ("units", [str(w.number) for w in self.units]),
            ("expressions", [row.name for row in self.expressions]),
        ):
            if twice := sorted({one for one in given if given.count(one) > 1}):
                problems.append(((key,), f"names {twice[0]} twice: keep one"))
        if problems:
            raise MisfitsError(problems)

    def weight(self, number: int) -> float:
        """How much a unit counts.

        >>> load_culture("east_asia").weight(5) > load_culture("none").weight(5) == 1.0
        True
        """
        own = next((w.weight for w in self.units if w.number == number), None)
        region = "eyes" if number == AWAY else BY_NUMBER[number].region
        return own or next((w.weight for w in self.regions if w.region == region), 1.0)

    def applied_to(self, table: ExpressionTable) -> ExpressionTable:
        """The table with this profile's rows in place of its own."""
        own = {row.name: row for row in self.expressions}
        if unknown := sorted(own.keys() - {row.name for row in table.expressions}):
            hint = "a profile replaces rows; add new ones to a table of your own"
            raise ConfigError(
                f"profile '{self.name}' has a row '{unknown[0]}' that the table lacks", hint=hint
            )
        rows = tuple(own.get(row.name, row) for row in table.expressions)
        try:
            return replace(table, expressions=rows, sources={**table.sources, **self.sources})
        except ValueError as error:
            raise ConfigError(f"profile '{self.name}': {error}", hint="mend the profile") from error


def load_culture(culture: str | Path = "none") -> Culture:
    """A profile by name or from a file; every fault of the file is told with its line.

    >>> load_culture("north_pole")
    Traceback (most recent call last):
    telltale.core.errors.ConfigError: no culture 'north_pole': choose none, east_asia or give a .toml
    """
    if isinstance(culture, Path) or culture.endswith(".toml"):
        return config.load(Culture, Path(culture))
    if culture not in SHIPPED:
        hint = f"choose {', '.join(SHIPPED)} or give a .toml"
        raise ConfigError(f"no culture '{culture}'", hint=hint)
    return _own_culture(culture)


@functools.cache
def _own_culture(name: str) -> Culture:
    text = resources.files("telltale.signs").joinpath("cultures", f"{name}.toml").read_text(encoding="utf-8")
    return config.parse(Culture, text, source=f"{name}.toml")


def _check_weight(weight: float, says: str) -> None:
    if not 0 < weight <= _MOST:
        raise ValueError(f"a weight of {weight:g}: choose one over 0, up to {_MOST:g}")
    if not says:
        raise ValueError("a weight does not say where it is from: fill in 'says'")

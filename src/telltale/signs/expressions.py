"""The table of expressions: which units show each, how well that is known, and what cannot be seen of it.

The table is the data file `expressions.toml` beside this one; a user may put another in its place. It is a
table of words and unit numbers: how a face is coded by it is no matter of this file.
"""

from __future__ import annotations

import difflib
import functools
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Literal

from telltale.core import config
from telltale.core.errors import ConfigError
from telltale.signs.facs import BY_NUMBER

Evidence = Literal["published", "recalled", "ours", "own"]
"""How well it is known what shows an expression. `own`: of a user's own classifier, which names it itself."""


@dataclass(frozen=True, slots=True)
class OtherForm:
    """Another form of an expression that has been published."""

    units: tuple[int, ...]
    """FACS numbers; empty where only the name is cited."""
    sources: tuple[str, ...]
    """Keys of the table's `sources`."""
    either: tuple[int, ...] = ()
    """One of these units as well."""
    called: str = ""
    """The source's own name for it, where it is another."""

    def __post_init__(self) -> None:
        _check_units(self.units, self.either)


@dataclass(frozen=True, slots=True)
class Expression:
    """One expression and its prototype."""

    name: str
    units: tuple[int, ...]
    """FACS numbers that belong together, rising."""
    evidence: Evidence
    """`published`, `recalled` (to be checked against the paper) or `ours` (an inference); never `own`."""
    sources: tuple[str, ...] = ()
    """Keys of the table's `sources`; none for what is ours."""
    either: tuple[int, ...] = ()
    """One of these units as well."""
    gaze: str = ""
    """Where the eyes look, if that belongs to it."""
    other: tuple[OtherForm, ...] = ()

    def __post_init__(self) -> None:
        if not self.units:
            raise ValueError(f"expression '{self.name}' has no units: give at least one")
        _check_units(self.units, self.either)
        if self.evidence == "own":
            raise ValueError(f"expression '{self.name}' is 'own', as classifiers' are: call it ours")
        if self.evidence == "ours" and self.sources:
            raise ValueError(f"expression '{self.name}' is ours and cites sources: leave them out")
        if self.evidence != "ours" and not self.sources:
            raise ValueError(f"expression '{self.name}' cites nothing: name its sources or call it ours")

    @property
    def cited(self) -> tuple[str, ...]:
        """Keys of all sources that it or one of its other forms names."""
        return (*self.sources, *(key for form in self.other for key in form.sources))

    @property
    def channel_units(self) -> tuple[int, ...]:
        """Those of its units that a `Signal` holds."""
        return tuple(number for number in self.units if BY_NUMBER[number].has_channels)

    @property
    def missing(self) -> tuple[int, ...]:
        """Those of its units that a `Signal` does not hold: a score must say that it lacks them."""
        return tuple(n for n in (*self.units, *self.either) if not BY_NUMBER[n].has_channels)

    @property
    def share_name(self) -> str:
        """Name of a column that holds how much of this expression a host showed."""
        return f"host_{self.name}"


@dataclass(frozen=True, slots=True)
class PadAnchor:
    """Where a feeling lies between displeasure and pleasure, calm and arousal, submission and dominance."""

    name: str
    pleasure: float
    arousal: float
    dominance: float

    def __post_init__(self) -> None:
        if not all(-1 <= value <= 1 for value in (self.pleasure, self.arousal, self.dominance)):
            raise ValueError(f"anchor '{self.name}' lies outside -1 to 1: rescale it")


@dataclass(frozen=True, slots=True)
class ExpressionTable:
    """All expressions, the seven plain categories, and the anchors of pleasure, arousal and dominance."""

    caveat: str
    """What must be said wherever these names are shown."""
    categories: tuple[str, ...]
    sources: dict[str, str]
    expressions: tuple[Expression, ...]
    pad: tuple[PadAnchor, ...] = ()

    def __post_init__(self) -> None:
        names = [expression.name for expression in self.expressions]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"expressions given twice: {', '.join(twice)}: keep one of each")
        cited = {key for e in self.expressions for key in e.cited}
        if unknown := sorted(cited - self.sources.keys()):
            raise ValueError(f"no source {', '.join(unknown)}: add it to [sources]")

    def __getitem__(self, name: str) -> Expression:
        for expression in self.expressions:
            if expression.name == name:
                return expression
        names = [expression.name for expression in self.expressions]
        close = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean '{close[0]}'?" if close else f"choose one of {', '.join(names)}"
        raise ConfigError(f"no expression '{name}'", hint=hint)


def load_table(path: Path | None = None) -> ExpressionTable:
    """Read the table of expressions; every fault of it is told with its line.

    Parameters
    ----------
    path
        A table of the user's own in the same form; Telltale's if left out.

    >>> load_table()["love"].missing
    (55, 56)
    """
    return _own_table() if path is None else config.load(ExpressionTable, path)


def units_of(expression: str) -> tuple[int, ...]:
    """The units of an expression that have channels, by Telltale's own table.

    >>> units_of("amusement")
    (6, 7, 12, 25, 26)
    >>> units_of("amusment")
    Traceback (most recent call last):
    telltale.core.errors.ConfigError: no expression 'amusment': did you mean 'amusement'?
    """
    return load_table()[expression].channel_units


@functools.cache
def _own_table() -> ExpressionTable:
    text = resources.files("telltale.signs").joinpath("expressions.toml").read_text(encoding="utf-8")
    return config.parse(ExpressionTable, text, source="expressions.toml")


def _check_units(units: tuple[int, ...], either: tuple[int, ...]) -> None:
    if unknown := [str(number) for number in (*units, *either) if number not in BY_NUMBER]:
        raise ValueError(f"no unit {', '.join(unknown)}: use FACS numbers of signs/facs.py")
    if list(units) != sorted(set(units)) or set(units) & set(either):
        raise ValueError(f"units {list(units)} want to rise and to be named once: put them in order")

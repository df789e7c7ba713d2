"""Numbers of the default coder: how each unit reads, at rest and shown, and what faces add or leave out.

They stand in `coding.toml` beside this file, each with where it is from. Numbers belong to units and not to
expressions, so that a table of a user's own works with them as they are.
"""

from __future__ import annotations

import functools
import json
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path

from telltale.core import config
from telltale.core.config import MisfitsError, Problem
from telltale.signs.coding_units import TOLD, ReadingSettings


@dataclass(frozen=True, slots=True)
class UnitSettings:
    """How one unit reads. Readings are about 0 at rest and 1 in full."""

    number: int
    """FACS number, or 0 for a gaze that goes away."""
    rest: float
    """Mean reading while the unit is not shown."""
    noise: float
    """Standard deviation of that."""
    gain: float
    """What the reading rises by as the unit is shown in full."""
    scatter: float
    """Standard deviation of that rise, as a share of it: the reader's errors and how faces vary."""
    floor: float = 0.0
    """Share of the rise that is there however slight the expression: closed eyes are closed."""
    speech: float = 0.0
    """What speech adds to the reading."""
    speech_noise: float = 0.0
    """Standard deviation of that."""
    carries: tuple[int, ...] = ()
    """Units that may read as shown when this one is: a jaw that drops parts the lips."""

    def __post_init__(self) -> None:
        problems: list[Problem] = []
        if self.number not in TOLD:
            problems.append((("number",), f"is {self.number}: choose of {', '.join(map(str, TOLD))}"))
        if unknown := [n for n in self.carries if n not in TOLD]:
            problems.append((("carries",), f"holds {unknown[0]}: choose of {', '.join(map(str, TOLD))}"))
        problems += [
            ((name,), f"is {getattr(self, name)}: choose one over 0")
            for name in ("noise", "gain", "scatter")
            if getattr(self, name) <= 0
        ]
        if not 0 <= self.floor <= 1:
            problems.append((("floor",), f"is {self.floor}: choose one from 0 to 1"))
        if self.speech_noise < 0:
            problems.append((("speech_noise",), f"is {self.speech_noise}: choose 0 or more"))
        if problems:
            raise MisfitsError(problems)


@dataclass(frozen=True, slots=True)
class CodingSettings:
    """All numbers of the default coder."""

    fitted_on: str
    """What the numbers were fitted on, in words that are shown beside scores."""
    levels: tuple[float, ...]
    """Intensities that an expression is tried at."""
    missing: float
    """Chance that a unit of an expression does not show."""
    added: float
    """Chance that a unit shows which belongs to no expression."""
    rest: float
    """How much more often a face is at rest than it shows any given expression."""
    other: float
    """The same of units that fit no row of the table."""
    other_up: float
    """Chance of each unit to show then."""
    temperature: float
    """What log-likelihoods of expressions are divided by, so that it is honest which one shows: units err
    together."""
    rest_temperatures: tuple[float, float]
    """The same of whether any shows: where that is more likely than not, and where it is less."""
    least_seen: float
    """Share of the units of the face that must be seen for it to be coded."""
    reading: ReadingSettings
    units: tuple[UnitSettings, ...]

    def __post_init__(self) -> None:
        problems: list[Problem] = []
        numbers = tuple(unit.number for unit in self.units)
        if sorted(numbers) != sorted(TOLD):
            text = f"are {', '.join(map(str, numbers))}: give each of {', '.join(map(str, TOLD))} once"
            problems.append((("units",), text))
        if not self.levels or not all(0 < level <= 1 for level in self.levels):
            problems.append((("levels",), "wants numbers over 0, up to 1"))
        problems += [
            ((name,), f"is {getattr(self, name)}: choose one between 0 and 1")
            for name in ("missing", "added", "other_up")
            if not 0 < getattr(self, name) < 1
        ]
        problems += [
            ((name,), f"is {getattr(self, name)}: choose one over 0")
            for name in ("rest", "other", "temperature")
            if getattr(self, name) <= 0
        ]
        if min(self.rest_temperatures) <= 0:
            problems.append((("rest_temperatures",), "wants two numbers over 0"))
        if not 0 <= self.least_seen <= 1:
            problems.append((("least_seen",), f"is {self.least_seen}: choose one from 0 to 1"))
        if problems:
            raise MisfitsError(problems)

    def unit(self, number: int) -> UnitSettings:
        """The numbers of one unit."""
        return next(unit for unit in self.units if unit.number == number)


def load_settings(path: Path | None = None) -> CodingSettings:
    """Read the coder's numbers; every fault of the file is told with its line.

    Parameters
    ----------
    path
        A file of the user's own in the same form (`telltale host evaluate --fit` writes one); Telltale's if
        left out.
    """
    return _own_settings() if path is None else config.load(CodingSettings, path)


@functools.cache
def _own_settings() -> CodingSettings:
    text = resources.files("telltale.signs").joinpath("coding.toml").read_text(encoding="utf-8")
    return config.parse(CodingSettings, text, source="coding.toml")


def to_toml(settings: CodingSettings) -> str:
    """The settings as a file that `load_settings` reads.

    >>> config.parse(CodingSettings, to_toml(load_settings()), source="again") == load_settings()
    True
    """
    top = asdict(settings)
    reading, units = top.pop("reading"), top.pop("units")
    tables = [_lines(top), ["[reading]", *_lines(reading)], *(["[[units]]", *_lines(unit)] for unit in units)]
    return "\n\n".join("\n".join(lines) for lines in tables) + "\n"


def _lines(table: dict[str, object]) -> list[str]:
    return [f"{key} = {_written(value)}" for key, value in table.items()]


def _written(value: object) -> str:
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)

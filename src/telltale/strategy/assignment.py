"""Who is treated: chance that can be worked out again, by SHA-256 of a salt and a unit.

Each arm of a unit draws u from its own digest, and the arm with the least -ln(u) / share takes the unit: a
race of exponential clocks, which arm k wins with probability share_k / sum of shares. When one share changes,
only units that must move do: all that move come to the arm that grew, or leave the one that shrank.

The universal holdout comes first, by a salt of its own: a viewer who is held out is in control of everything
as long as that salt lasts. With h the share held out and s that of an arm,

    propensity of treated = (1 - h) s        propensity of control = h + (1 - h) s
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Final, Literal

from telltale.core import config
from telltale.records.utc import milliseconds
from telltale.strategy.catalogue import Intervention
from telltale.strategy.decision import CONTROL, TREATED

Unit = Literal["viewer", "room", "switchback"]
"""switchback: a room for some minutes, so that it is its own control at other times."""

_LEAST_SALT: Final = 8


def chance(salt: str, unit: str, arm: str = "") -> float:
    """A number over 0, up to 1, evenly spread; always the same for the same words.

    >>> 0 < chance("a salt of ours", "viewer-1") <= 1
    True
    >>> chance("a salt of ours", "viewer-1") == chance("a salt of ours", "viewer-1")
    True
    """
    # The length keeps apart what would read the same run together.
    text = f"{len(salt)}:{salt}{len(unit)}:{unit}{arm}"
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    return ((number >> 11) + 1) / 2**53


def assign(salt: str, unit: str, shares: Mapping[str, float]) -> str:
    """The arm of a unit.

    Parameters
    ----------
    shares
        Of each arm, not negative and not all 0; they need not add up to 1.

    >>> assign("a salt of ours", "viewer-1", {"treated": 1.0, "control": 0.0})
    'treated'
    """
    clocks = {arm: -math.log(chance(salt, unit, arm)) / share for arm, share in shares.items() if share > 0}
    if not clocks:
        raise ValueError("no arm has a share: give one more than 0")
    return min(clocks, key=clocks.__getitem__)


@dataclass(frozen=True, slots=True)
class Holdout:
    """Viewers who are shown nothing, ever, so that what all interventions together bring can be told."""

    salt: str
    """A new salt holds out others."""
    share: float

    def __post_init__(self) -> None:
        _refuse_short(self.salt)
        if not 0 <= self.share < 1:
            raise ValueError(f"'share' of the holdout is {self.share}: choose one from 0, below 1")

    def holds_out(self, viewer: str) -> bool:
        """Whether a viewer is held out; a greater share holds out more and lets none go."""
        return chance(self.salt, viewer) <= self.share


@dataclass(frozen=True, slots=True)
class Experiment:
    """How one intervention is given to chance."""

    name: str
    intervention: str
    salt: str
    unit: Unit = "viewer"
    share: float | None = None
    """Share of units that are treated; the catalogue's where it is not given."""
    block_minutes: int = 30
    """How long a switchback lasts."""

    def __post_init__(self) -> None:
        _refuse_short(self.salt)
        if self.share is not None and not 0 <= self.share <= 1:
            raise ValueError(f"'share' of {self.name!r} is {self.share}: choose one from 0 to 1")
        if self.block_minutes < 1:
            raise ValueError(f"'block_minutes' of {self.name!r} is {self.block_minutes}: choose 1 or more")

    def unit_of(self, viewer: str, room: str, now: datetime) -> str:
        """The unit that a viewer in a room belongs to at a moment."""
        if self.unit == "viewer":
            return viewer
        if self.unit == "room":
            return room
        return f"{room}#{milliseconds(now) // (self.block_minutes * 60_000)}"


@dataclass(frozen=True, slots=True)
class Assignment:
    """What chance made of one viewer and one intervention."""

    experiment: str
    unit_kind: str
    unit: str
    arm: str
    propensity: float
    held_out: bool


@dataclass(frozen=True)
class Experiments:
    """All that is left to chance. An intervention that no experiment names is assigned by viewer.

    >>> from telltale.strategy.catalogue import shipped_catalogue
    >>> from datetime import UTC
    >>> experiments = Experiments("a salt of ours", Holdout("another salt", 0.1))
    >>> note = shipped_catalogue().by_name["stock_note"]
    >>> found = experiments.assign(note, "viewer-2", "room-1", datetime(2026, 3, 1, tzinfo=UTC))
    >>> found.arm, round(found.propensity, 3)
    ('treated', 0.45)
    """

    salt: str
    """Of interventions that no experiment names. Whoever knows a salt can work out its arms: keep it."""
    holdout: Holdout
    running: tuple[Experiment, ...] = ()

    def __post_init__(self) -> None:
        _refuse_short(self.salt)
        salts = [self.salt, self.holdout.salt, *(one.salt for one in self.running)]
        if len(set(salts)) < len(salts):
            raise ValueError("two salts are the same, so their draws would be too: give each its own")
        for field in ("name", "intervention"):
            names = [getattr(one, field) for one in self.running]
            if len(set(names)) < len(names):
                raise ValueError(f"two experiments have the same '{field}': end one first")

    @cached_property
    def _named(self) -> dict[str, Experiment]:
        return {one.intervention: one for one in self.running}

    def of(self, intervention: Intervention) -> Experiment:
        """The experiment of an intervention."""
        named = self._named.get(intervention.name)
        return named or Experiment(intervention.name, intervention.name, f"{self.salt}/{intervention.name}")

    def shares(self, intervention: Intervention) -> dict[str, float]:
        """The share of each arm among units that are not held out."""
        share = self.of(intervention).share
        treated = intervention.share if share is None else share
        return {TREATED: treated, CONTROL: 1.0 - treated}

    def assign(self, intervention: Intervention, viewer: str, room: str, now: datetime) -> Assignment:
        """Which arm a viewer is in, and with what probability."""
        experiment, shares = self.of(intervention), self.shares(intervention)
        unit = experiment.unit_of(viewer, room, now)
        held_out = self.holdout.holds_out(viewer)
        arm = CONTROL if held_out else assign(experiment.salt, unit, shares)
        out = self.holdout.share
        propensity = (1 - out) * shares[arm] + (out if arm == CONTROL else 0.0)
        return Assignment(experiment.name, experiment.unit, unit, arm, propensity, held_out)


def load_experiments(path: Path) -> Experiments:
    """Read experiments from a TOML file."""
    return config.load(Experiments, path)


def _refuse_short(salt: str) -> None:
    if len(salt) < _LEAST_SALT:
        raise ValueError(f"the salt {salt!r} is short: choose {_LEAST_SALT} signs or more, at random")

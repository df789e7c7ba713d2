"""What a spec may not say: values out of range, names of nothing, parts that contradict each other.

Each check gives problems: the path of the key, from the object that was checked, and what is wrong with
it, worded to follow the key's name (see `core.config.MisfitsError`).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from telltale.core.channels import ACTION_UNITS
from telltale.core.config import MisfitsError, Problem
from telltale.core.toml_lines import KeyPath
from telltale.signs.expressions import load_table

if TYPE_CHECKING:
    from telltale.simulate.spec import Spec

EXOGENOUS = ("promotion", "price", "taste", "price_sensitivity", "hidden")
"""Causes that no factor moves: the broadcast's, the product's on show, the person's two, and one unlogged."""
CLICKS = ("view_item", "like", "chat", "pause", "share", "gift")
"""Events of the log that viewers make at a rate; carts have a hazard of their own."""
MOVING_UNITS = tuple(unit for unit in ACTION_UNITS if unit != 45)
"""The units that acts and affect move; blinks (AU45) have a rate of their own."""
PEOPLE_TABLES = {"gender": "genders", "age_band": "age_bands", "culture": "cultures"}
"""For each column by which subgroups are told apart, the field of `People` that holds its values."""
REACH_S = 30.0
"""No effect reaches farther back from a cart: `acts.LEAD_S`, which cannot be imported from here."""
LONGEST_SHARE = 0.6
"""A category's mean session takes no more of a broadcast than this, so that long sessions fit too."""

_UNIT_NAMES = tuple(f"au{unit:02d}" for unit in MOVING_UNITS)
_SAFE_NAME = re.compile(r"[A-Za-z0-9_-]+")


def refuse(*problems: Collection[Problem]) -> None:
    """Raise all of the problems together, if there are any."""
    found = [problem for some in problems for problem in some]
    if found:
        raise MisfitsError(found)


def must(thing: Any, key: str, holds: bool, wanted: str) -> list[Problem]:
    """A problem of the field `key` unless its value `holds`.

    >>> from types import SimpleNamespace
    >>> must(SimpleNamespace(share=2.0), "share", False, "a number from 0 to 1")
    [(('share',), 'is 2.0: choose a number from 0 to 1')]
    """
    value = getattr(thing, key)
    value = list(value) if isinstance(value, tuple) else value
    return [] if holds else [((key,), f"is {value!r}: choose {wanted}")]


def check_units(units: tuple[int, ...]) -> list[Problem]:
    """The units of an act: known ones, each once."""
    if units and len(set(units)) == len(units) and set(units) <= set(MOVING_UNITS):
        return []
    known = " ".join(map(str, MOVING_UNITS))
    text = f"is {list(units)}: choose different ones from {known} (blinks have a rate of their own)"
    return [(("units",), text)]


def check_shares(thing: Any, *keys: str) -> Iterator[Problem]:
    """Tables of shares: each 0 or more, together 1."""
    for key in keys:
        shares = getattr(thing, key).values()
        if not shares or abs(sum(shares) - 1) > 1e-6 or min(shares) < 0:
            yield (key,), f"is {getattr(thing, key)}: the shares must be 0 or more and add up to 1"


def check_strategy_name(name: str) -> list[Problem]:
    """A strategy's name becomes its id."""
    if _SAFE_NAME.fullmatch(name):
        return []
    return [(("name",), f"is {name!r}: choose letters, digits, - and _")]


def check_causes(table: dict[str, float], key: str, allowed: Collection[str]) -> list[Problem]:
    """A table whose keys name causes of a strategy."""
    wrong = [name for name in table if name not in allowed]
    return [((key, name), f"is no cause here: {did_you_mean(name, allowed)}") for name in wrong]


def check_clicks(per_minute: dict[str, float], lift: dict[str, float]) -> Iterator[Problem]:
    """Events that viewers make, none of them a negative number of times."""
    for key, table in (("per_minute", per_minute), ("lift", lift)):
        for name, value in table.items():
            if name not in CLICKS:
                yield (key, name), f"is no click: {did_you_mean(name, CLICKS)}"
            elif value < 0:
                yield (key, name), f"is {value}: choose 0 or more"
    for name in lift:
        if name in CLICKS and name not in per_minute:
            yield ("lift", name), "has no rate to lift: set it in clicks.per_minute too"


def check_affect(affect: dict[str, dict[str, float]]) -> Iterator[Problem]:
    """The units that factors move."""
    for factor, units in affect.items():
        for unit in units:
            if unit not in _UNIT_NAMES:
                yield (
                    ("affect", factor, unit),
                    f"is no unit that affect moves: {did_you_mean(unit, _UNIT_NAMES)}",
                )


def check_spec(spec: Spec) -> Iterator[Problem]:
    """Every problem between the parts of a spec."""
    for key in ("categories", "acts"):
        if not getattr(spec, key):
            yield (key,), "is empty: list at least one"
    for key in ("categories", "factors", "strategies", "survey"):
        yield from _twice(key, "name", [item.name for item in getattr(spec, key)])
    yield from _twice("acts", "units", [sorted(act.units) for act in spec.acts])
    yield from _twice("subgroups", "value", [f"{group.column} {group.value}" for group in spec.subgroups])
    yield from _wrong_factors(spec)
    yield from _wrong_edges(spec)
    yield from _unknown_names(spec)
    yield from _wrong_effects(spec)
    yield from _wrong_subgroups(spec)
    yield from _long_sessions(spec)


def host_factors() -> tuple[str, ...]:
    """Names of the host's 28 expressions as factors of the room."""
    return tuple(expression.share_name for expression in load_table().expressions)


def _twice(key: str, field: str, values: Sequence[object]) -> Iterator[Problem]:
    for i, value in enumerate(values):
        if value in values[:i]:
            yield (key, i, field), f"is {value!r}, as in {key}[{values.index(value)}]: keep one of them"


def _wrong_factors(spec: Spec) -> Iterator[Problem]:
    hosts = host_factors()
    for i, factor in enumerate(spec.factors):
        path: KeyPath = ("factors", i)
        if factor.name in (*EXOGENOUS, "cart"):
            yield (*path, "name"), f"is {factor.name!r}, which already means something else: choose another"
        if factor.name in hosts and factor.level != "room":
            yield (*path, "level"), f"is {factor.level!r}: what the host's face shows is the room's"


def _wrong_edges(spec: Spec) -> Iterator[Problem]:
    levels = {factor.name: factor.level for factor in spec.all_factors}
    causes = (*levels, *EXOGENOUS)
    of_a_viewer = {"taste", "price_sensitivity", "hidden", *_viewer_factors(spec)}
    for i, edge in enumerate(spec.edges):
        if edge.cause not in causes:
            yield (
                ("edges", i, "cause"),
                f"is an unknown cause '{edge.cause}': {did_you_mean(edge.cause, causes)}",
            )
        if edge.effect not in levels:
            mend = did_you_mean(edge.effect, levels)
            yield ("edges", i, "effect"), f"is an unknown factor '{edge.effect}': {mend}"
        elif levels[edge.effect] == "room" and edge.cause in of_a_viewer:
            text = f"'{edge.cause}' is one viewer's and cannot move the room's '{edge.effect}'"
            yield ("edges", i, "cause"), f"is wrong: {text}"


def _unknown_names(spec: Spec) -> Iterator[Problem]:
    viewers = _viewer_factors(spec)
    causes = (*(factor.name for factor in spec.all_factors), *EXOGENOUS)
    for name in spec.cart.weights:
        if name not in causes:
            yield ("cart", "weights", name), f"is no factor and no cause: {did_you_mean(name, causes)}"
    for name in spec.faces.affect:
        if name not in viewers:
            yield ("faces", "affect", name), f"is no viewer factor: {did_you_mean(name, viewers)}"
    for i, strategy in enumerate(spec.strategies):
        if strategy.target not in (*viewers, "cart"):
            mend = did_you_mean(strategy.target, (*viewers, "cart"))
            yield ("strategies", i, "target"), f"is an unknown target '{strategy.target}': {mend}"


def _wrong_effects(spec: Spec) -> Iterator[Problem]:
    acts = {frozenset(act.units) for act in spec.acts}
    nearest = min((category.spread for category in spec.categories), default=1.0)
    for i, effect in enumerate(spec.effects):
        if acts and frozenset(effect.units) not in acts:
            yield (
                ("effects", i, "units"),
                f"is {list(effect.units)}: no act has exactly these units: list it in acts",
            )
        if effect.seconds[0] < REACH_S <= effect.seconds[0] * nearest:
            text = f"every category's spread takes this beyond {REACH_S:g} s: choose nearer seconds"
            yield ("effects", i, "seconds"), f"is {list(effect.seconds)}: {text}"


def _wrong_subgroups(spec: Spec) -> Iterator[Problem]:
    for i, group in enumerate(spec.subgroups):
        table = PEOPLE_TABLES[group.column]
        values = getattr(spec.people, table)
        if group.value not in values:
            text = f"is {group.value!r}, which is not in people.{table}: {did_you_mean(group.value, values)}"
            yield ("subgroups", i, "value"), text


def _long_sessions(spec: Spec) -> Iterator[Problem]:
    most = LONGEST_SHARE * spec.rooms.minutes
    for i, category in enumerate(spec.categories):
        if category.minutes > most:
            text = f"choose up to {most:g} ({LONGEST_SHARE} x rooms.minutes), or raise rooms.minutes"
            yield ("categories", i, "minutes"), f"is {category.minutes:g}: {text}"


def _viewer_factors(spec: Spec) -> tuple[str, ...]:
    return tuple(factor.name for factor in spec.factors if factor.level == "viewer")


def did_you_mean(name: str, allowed: Collection[str]) -> str:
    """How to mend a name that is none: the closest that is one, or all of them."""
    close = difflib.get_close_matches(name, allowed, n=1)
    shown = sorted(set(allowed) - set(host_factors())) if len(allowed) > 20 else allowed
    return f"did you mean '{close[0]}'?" if close else f"choose one of {', '.join(shown) or 'none'}"
